/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes and wishes as JSON */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record_step.h"

json_t *record_of_change(const struct change *change)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < change->steps.count; i++) {
        struct step step = steps_at(&change->steps, i);

        json_array_append_new(steps, record_of_step(&step));
    }
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

static int read_steps(json_t *list, struct steps *steps)
{
    json_t *record;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > STEPS_MAX)
        return -EINVAL;
    json_array_foreach(list, i, record)
    {
        struct step step;
        int r = record_read_step(record, &step);

        if (r >= 0)
            r = steps_add(steps, &step);
        if (r < 0) {
            steps_done(steps);
            return r;
        }
    }
    return 0;
}

int record_read_change(const json_t *record, struct change *change)
{
    json_int_t id, time_usec, uid, undoes = 0;
    const char *verb, *state;
    json_t *steps;

    memset(change, 0, sizeof(*change));
    if (json_unpack((json_t *)record, "{s:I, s:I, s:I, s:s, s:s, s?I, s:o}", "id", &id, "time", &time_usec,
                    "uid", &uid, "verb", &verb, "state", &state, "undoes", &undoes, "steps", &steps) < 0)
        return -EINVAL;
    if (id <= 0 || id == INT64_MAX || time_usec < 0 || uid < 0 || uid > UINT32_MAX || undoes < 0 ||
        undoes >= id || read_verb(verb, &change->verb) < 0 || read_state(state, &change->state) < 0)
        return -EINVAL;
    change->id = id;
    change->time_usec = time_usec;
    change->uid = uid;
    change->undoes = undoes;
    return read_steps(steps, &change->steps);
}

json_t *record_of_wanted(const struct wanted *wanted, bool persist)
{
    json_t *record = json_object();

    for (size_t i = 0; i < wanted->count; i++) {
        const struct wanted_mtu *mtu = &wanted->list[i];

        if (mtu->by_verb.set && mtu->by_verb.persist == persist)
            json_object_set_new(record, mtu->link, record_of_wish(&mtu->by_verb));
    }
    return record;
}

static bool is_wish_of(const char *link, json_t *value, bool persist, struct wish *wish)
{
    return strlen(link) < LINK_NAME_SIZE && record_read_wish(value, wish) == 0 && wish->set &&
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
