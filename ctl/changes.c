/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes: what was changed, newest first. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "failure.h"
#include "json.h"
#include "table.h"
#include "text.h"

static int changes_ask(const struct command_options *options, json_t **ret)
{
    _bus_ sd_bus *bus = NULL;
    _message_ sd_bus_message *m = NULL;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = client_new_call(bus, CLIENT_INTERFACE, "ListChanges", &m);
    if (r >= 0)
        r = sd_bus_message_append(m, "tu", UINT64_C(0), options->limit);
    return r < 0 ? r : client_ask(options, bus, m, ret);
}

/* Who asked, by name where this machine knows one. */
static const char *changes_user(const json_t *change, char buffer[JSON_NUMBER_SIZE])
{
    const struct passwd *user = getpwuid((uid_t)json_number(change, "uid"));

    return user ? user->pw_name : json_scalar(json_object_get(change, "uid"), buffer);
}

static enum table_colour changes_colour(const char *state)
{
    if (strcmp(state, "failed") == 0)
        return TABLE_RED;
    return strcmp(state, "undone") == 0 ? TABLE_DIM : TABLE_PLAIN;
}

static char *changes_step(const json_t *step)
{
    const char *parts[3];
    char *text;

    if (!step)
        return strdup("-");
    for (size_t i = 0; i < 3; i++) {
        parts[i] = json_string_value(json_array_get(step, i));
        parts[i] = parts[i] ? parts[i] : "";
    }
    return asprintf(&text, "%s %s %s", parts[0], parts[1], parts[2]) < 0 ? NULL : text;
}

/* A line for each step; those after the first stand alone in their column. */
static int changes_add(struct table *table, const json_t *change)
{
    const json_t *steps = json_object_get(change, "steps");
    const char *state = json_text(change, "state");
    char id[JSON_NUMBER_SIZE], uid[JSON_NUMBER_SIZE], when[TEXT_TIME_SIZE];
    size_t i = 0;

    do {
        _free_ char *step = changes_step(json_array_get(steps, i));
        const char *cells[6] = {NULL};

        if (!step)
            return -ENOMEM;
        if (i == 0) {
            cells[0] = json_scalar(json_object_get(change, "id"), id);
            cells[1] = text_time((uint64_t)json_number(change, "time"), when);
            cells[2] = changes_user(change, uid);
            cells[3] = json_text(change, "verb");
            cells[4] = state;
        }
        cells[5] = step;
        table_add(table, changes_colour(state), cells);
    } while (++i < json_array_size(steps));
    return 0;
}

static int changes_print(const struct command_options *options, const json_t *changes)
{
    static const char *const head[] = {"ID", "TIME", "USER", "VERB", "STATE", "STEPS"};
    _table_ struct table table = {0};
    json_t *change;
    size_t i;

    table_begin(&table, 6, head);
    json_array_foreach(changes, i, change) if (changes_add(&table, change) < 0) return -ENOMEM;
    if (table.rows == 1) {
        fputs("Nothing was changed yet.\n", stderr);
        return 0;
    }
    return table_print(&table, !options->no_legend, 0);
}

int changes_run(const struct command_options *options, char **arguments)
{
    _json_ json_t *changes = NULL;
    int r = changes_ask(options, &changes);

    if (r != 0)
        return r;
    return options->json ? json_emit_list("Changes", changes) : changes_print(options, changes);
}
