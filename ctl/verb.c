/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verb: the one way to call a method that changes something. */
#include "verb.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "client.h"
#include "failure.h"
#include "fix_dns.h"
#include "json.h"
#include "sync_clock.h"
#include "table.h"
#include "text.h"

enum verb_flag {
    VERB_DRY_RUN = 1,
    VERB_FORCE = 2,
    VERB_PERSIST = 4,
};

uint64_t verb_flags(const struct command_options *options)
{
    return (options->dry_run ? VERB_DRY_RUN : 0) | (options->force ? VERB_FORCE : 0) |
           (options->persist ? VERB_PERSIST : 0);
}

int verb_check_text(const struct command_options *options, const char *text)
{
    if (text_is_valid(text))
        return 0;
    return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "\"%s\" is not valid UTF-8", text);
}

static int verb_print_steps(const json_t *steps)
{
    _table_ struct table table = {0};
    size_t i;
    json_t *step;

    table_begin(&table, 3, (const char *const[]){"KIND", "TARGET", "STEP"});
    json_array_foreach(steps, i, step)
    {
        const char *cells[3];

        for (size_t j = 0; j < 3; j++)
            cells[j] = json_string_value(json_array_get(step, j));
        table_add(&table, TABLE_PLAIN, cells);
    }
    return table_print(&table, false, 0);
}

static void verb_print_result(json_t *result)
{
    if (json_object_size(result) == 0)
        return;
    fputs("Result: ", stdout);
    json_write_pairs(stdout, result);
    fputc('\n', stdout);
}

/* A step of the clock is gone with the time, and a restart has been. */
static bool verb_can_be_undone(const json_t *steps)
{
    json_t *step;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        const char *kind = json_string_value(json_array_get(step, 0));

        if (kind && strcmp(kind, "clock") != 0 && strcmp(kind, "effect") != 0)
            return true;
    }
    return false;
}

static void verb_print_change(const json_t *change, bool can_be_undone)
{
    char buffer[JSON_NUMBER_SIZE];
    const char *id = json_scalar(change, buffer);

    if (can_be_undone)
        printf("Change %s. Undo: wslnodectl undo %s\n", id, id);
    else
        printf("Change %s. It cannot be undone.\n", id);
}

static int verb_print(const struct command_options *options, json_t *document)
{
    const json_t *steps = json_object_get(document, "steps");
    const json_t *change = json_object_get(document, "change");
    json_t *result = json_object_get(document, "result");
    bool clock = sync_clock_is_result(result);
    int r;

    if (options->json)
        return json_emit(document);
    r = clock ? 0 : verb_print_steps(steps);
    if (r < 0)
        return r;
    if (clock)
        sync_clock_print(result, options->dry_run);
    else if (fix_dns_is_result(result))
        fix_dns_print(result);
    else
        verb_print_result(result);
    /* An id above what JSON holds is text. */
    if (json_is_string(change) || json_integer_value(change) != 0) {
        verb_print_change(change, verb_can_be_undone(steps));
    } else if (options->dry_run && json_array_size(steps) > 0) {
        puts("Dry run: nothing was changed.");
    } else if (!clock) {
        puts("Nothing to do.");
    }
    return 0;
}

int verb_read(sd_bus_message *reply, json_t *object)
{
    static const char *const keys[] = {"change", "steps", "result"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        json_t *value = NULL;
        int r = json_from_message(reply, &value);

        if (r >= 0)
            r = json_put(object, keys[i], value);
        if (r < 0)
            return r;
    }
    return 0;
}

static int verb_show(const struct command_options *options, sd_bus_message *reply)
{
    _json_ json_t *document = json_document();
    int r;

    if (!document || json_put(document, "dry-run", json_boolean(options->dry_run)) < 0)
        return -ENOMEM;
    r = verb_read(reply, document);
    return r < 0 ? r : verb_print(options, document);
}

static int verb_call(const struct command_options *options, sd_bus *bus, sd_bus_message *m)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;
    _call_ struct client_call call = {0};
    int r;

    {
        /* Gone before anything is printed: it may hold the terminal. */
        _agent_ pid_t agent = 0;

        r = options->no_ask_password ? 0 : agent_start(&agent);
        if (r < 0)
            return r;
        r = client_send(bus, m, VERB_TIMEOUT_USEC, &call);
        if (r >= 0)
            r = client_wait(bus, &call, &error);
    }
    return r < 0 ? failure_report(options, &error, r) : verb_show(options, call.reply);
}

int verb_run(const struct command_options *options, const char *method, const char *types, ...)
{
    _bus_ sd_bus *bus = NULL;
    _message_ sd_bus_message *m = NULL;
    va_list arguments;
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = client_new_call(bus, CLIENT_INTERFACE, method, &m);
    if (r < 0)
        return r;
    va_start(arguments, types);
    r = sd_bus_message_appendv(m, types, arguments);
    va_end(arguments);
    if (r >= 0)
        r = sd_bus_message_append(m, "t", verb_flags(options));
    if (r >= 0)
        r = sd_bus_message_set_allow_interactive_authorization(m, !options->no_ask_password);
    return r < 0 ? r : verb_call(options, bus, m);
}
