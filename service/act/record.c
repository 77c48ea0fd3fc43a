/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes and wishes as JSON */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static json_t *of_wish(const struct wish *wish)
{
    if (!wish->set)
        return json_null();
    return json_pack("{s:I, s:b, s:I}", "mtu", (json_int_t)wish->mtu, "persist", wish->persist, "since",
                     (json_int_t)wish->since_usec);
}

static int read_wish(json_t *record, struct wish *wish)
{
    json_int_t mtu, since;
    int persist;

    memset(wish, 0, sizeof(*wish));
    if (json_is_null(record))
        return 0;
    if (json_unpack(record, "{s:I, s:b, s:I}", "mtu", &mtu, "persist", &persist, "since", &since) < 0 ||
        mtu < 0 || mtu > UINT32_MAX || since < 0)
        return -EINVAL;
    *wish = (struct wish){.set = true, .persist = persist, .mtu = mtu, .since_usec = since};
    return 0;
}

static json_t *of_span(const struct file_span *file)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I}", "variable", file->variable, "before",
                     file->before, "after", file->after, "create", file->create, "remove", file->remove,
                     "line", (json_int_t)file->line, "offset", (json_int_t)file->offset, "uid",
                     (json_int_t)file->uid);
}

static json_t *of_step(const struct step *step)
{
    const char *kind = step_kind_name(step->kind);

    switch (step->kind) {
    case STEP_FILE:
        return json_pack("{s:s, s:s, s:o}", "kind", kind, "target", step->target, "span",
                         of_span(&step->file));
    case STEP_KERNEL:
        return json_pack("{s:s, s:s, s:I, s:I}", "kind", kind, "target", step->target, "before",
                         (json_int_t)step->mtu_before, "after", (json_int_t)step->mtu_after);
    case STEP_WANTED:
        return json_pack("{s:s, s:s, s:o, s:o}", "kind", kind, "target", step->target, "before",
                         of_wish(&step->wish_before), "after", of_wish(&step->wish_after));
    case STEP_EFFECT:
        return json_pack("{s:s, s:s, s:s}", "kind", kind, "target", step->target, "result", step->result);
    case STEP_CLOCK:
        return json_pack("{s:s, s:s, s:I, s:b}", "kind", kind, "target", step->target, "by",
                         (json_int_t)step->clock_by_usec, "left", step->clock_left);
    case STEP_KINDS:
        break;
    }
    return NULL;
}

static bool is_mtu(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= UINT32_MAX;
}

static int take(char *text, size_t size, const char *value)
{
    return snprintf(text, size, "%s", value) < (int)size ? 0 : -EINVAL;
}

static int read_span(json_t *record, struct file_span *file)
{
    const char *variable, *before, *after;
    json_int_t line, offset, uid;
    int create, remove;

    if (json_unpack(record, "{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I}", "variable", &variable, "before",
                    &before, "after", &after, "create", &create, "remove", &remove, "line", &line, "offset",
                    &offset, "uid", &uid) < 0 ||
        line < 0 || line > UINT32_MAX || offset < 0 || offset > UINT32_MAX || uid < 0 || uid >= UINT32_MAX)
        return -EINVAL;
    file->create = create;
    file->remove = remove;
    file->line = line;
    file->offset = offset;
    file->uid = uid;
    if (take(file->variable, sizeof(file->variable), variable) < 0 ||
        take(file->before, sizeof(file->before), before) < 0)
        return -EINVAL;
    return take(file->after, sizeof(file->after), after);
}

static int read_wishes(json_t *record, struct step *step)
{
    json_t *before, *after;

    if (json_unpack(record, "{s:o, s:o}", "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || read_wish(before, &step->wish_before) < 0)
        return -EINVAL;
    return read_wish(after, &step->wish_after);
}

static int read_mtus(json_t *record, struct step *step)
{
    json_t *before, *after;

    if (json_unpack(record, "{s:o, s:o}", "before", &before, "after", &after) < 0 ||
        strlen(step->target) >= LINK_NAME_SIZE || !is_mtu(before) || !is_mtu(after))
        return -EINVAL;
    step->mtu_before = json_integer_value(before);
    step->mtu_after = json_integer_value(after);
    return 0;
}

static int read_clock_step(json_t *record, struct step *step)
{
    json_int_t by;
    int left;

    if (json_unpack(record, "{s:I, s:b}", "by", &by, "left", &left) < 0 || by > CLOCK_TIME_MAX_USEC ||
        by < -CLOCK_TIME_MAX_USEC)
        return -EINVAL;
    step->clock_by_usec = by;
    step->clock_left = left;
    return 0;
}

static int read_step(json_t *record, struct step *step)
{
    const char *kind, *target, *result;

    memset(step, 0, sizeof(*step));
    if (json_unpack(record, "{s:s, s:s}", "kind", &kind, "target", &target) < 0 ||
        take(step->target, sizeof(step->target), target) < 0)
        return -EINVAL;
    for (step->kind = 0; step->kind < STEP_KINDS; step->kind++)
        if (strcmp(kind, step_kind_name(step->kind)) == 0)
            break;
    switch (step->kind) {
    case STEP_FILE:
        return read_span(json_object_get(record, "span"), &step->file);
    case STEP_KERNEL:
        return read_mtus(record, step);
    case STEP_WANTED:
        return read_wishes(record, step);
    case STEP_EFFECT:
        if (json_unpack(record, "{s:s}", "result", &result) < 0)
            return -EINVAL;
        return take(step->result, sizeof(step->result), result);
    case STEP_CLOCK:
        return read_clock_step(record, step);
    case STEP_KINDS:
        break;
    }
    return -EINVAL;
}

json_t *record_of_change(const struct change *change)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < change->steps_count; i++)
        json_array_append_new(steps, of_step(&change->steps[i]));
    return json_pack("{s:I, s:I, s:I, s:s, s:s, s:o*, s:o}", "id", (json_int_t)change->id, "time",
                     (json_int_t)change->time_usec, "uid", (json_int_t)change->uid, "verb",
                     verb_name(change->verb), "state", change_state_name(change->state), "undoes",
                     change->undoes ? json_integer((json_int_t)change->undoes) : NULL, "steps", steps);
}

static int read_verb(const char *name, enum verb *verb)
{
    for (*verb = 0; *verb < VERBS; (*verb)++)
        if (strcmp(name, verb_name(*verb)) == 0)
            return 0;
    return -EINVAL;
}

static int read_state(const char *name, enum change_state *state)
{
    for (*state = 0; *state < CHANGE_STATES; (*state)++)
        if (strcmp(name, change_state_name(*state)) == 0)
            return 0;
    return -EINVAL;
}

int record_read_change(const json_t *record, struct change *change)
{
    json_int_t id, time_usec, uid, undoes = 0;
    const char *verb, *state;
    json_t *steps, *step;
    size_t i;

    memset(change, 0, sizeof(*change));
    if (json_unpack((json_t *)record, "{s:I, s:I, s:I, s:s, s:s, s?I, s:o}", "id", &id, "time", &time_usec,
                    "uid", &uid, "verb", &verb, "state", &state, "undoes", &undoes, "steps", &steps) < 0)
        return -EINVAL;
    if (id <= 0 || id == INT64_MAX || time_usec < 0 || uid < 0 || uid > UINT32_MAX || undoes < 0 ||
        undoes >= id || read_verb(verb, &change->verb) < 0 || read_state(state, &change->state) < 0 ||
        !json_is_array(steps) || json_array_size(steps) < 1 || json_array_size(steps) > STEPS_MAX)
        return -EINVAL;
    change->steps = calloc(json_array_size(steps), sizeof(*change->steps));
    if (!change->steps)
        return -ENOMEM;
    json_array_foreach(steps, i, step)
    {
        if (read_step(step, &change->steps[change->steps_count++]) < 0) {
            free(change->steps);
            change->steps = NULL;
            return -EINVAL;
        }
    }
    change->id = id;
    change->time_usec = time_usec;
    change->uid = uid;
    change->undoes = undoes;
    return 0;
}

json_t *record_of_wanted(const struct wanted *wanted, bool persist)
{
    json_t *record = json_object();

    for (size_t i = 0; i < wanted->count; i++) {
        const struct wanted_mtu *mtu = &wanted->list[i];

        if (mtu->by_verb.set && mtu->by_verb.persist == persist)
            json_object_set_new(record, mtu->link, of_wish(&mtu->by_verb));
    }
    return record;
}

static bool is_wish_of(const char *link, json_t *value, bool persist, struct wish *wish)
{
    return strlen(link) < LINK_NAME_SIZE && read_wish(value, wish) == 0 && wish->set &&
           wish->persist == persist;
}

int record_read_wanted(const json_t *record, bool persist, struct wanted *wanted)
{
    const char *link;
    json_t *value;
    struct wish wish;
    int lost = 0;

    if (!json_is_object(record))
        return 1;
    json_object_foreach((json_t *)record, link, value)
    {
        const struct wanted_mtu *known;

        if (!is_wish_of(link, value, persist, &wish)) {
            lost++;
            continue;
        }
        known = wanted_find(wanted, link);
        if (known && known->by_verb.set && known->by_verb.since_usec > wish.since_usec)
            continue;
        if (wanted_set(wanted, link, &wish) < 0)
            lost++;
    }
    return lost;
}
