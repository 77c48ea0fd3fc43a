/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* undo_all: takes back, newest first, every change that still can be taken back. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "failure.h"
#include "json.h"
#include "table.h"
#include "verb.h"

#define UNDO_ALL_PAGE 50

struct undo_all {
    const struct command_options *options;
    sd_bus *bus;
    json_t *log;      /* as it was before the first undoing, newest first */
    json_t *outcomes; /* one for each change that was tried */
    bool asks;        /* whether a password may be asked for */
    int r;            /* of the first refusal, and what was answered */
    sd_bus_error error;
};

static void undo_all_end(struct undo_all *all)
{
    json_decref(all->log);
    json_decref(all->outcomes);
    sd_bus_error_free(&all->error);
    sd_bus_close_unref(all->bus);
}

static int undo_all_list_page(struct undo_all *all, json_int_t before, json_t **ret)
{
    _message_ sd_bus_message *m = NULL;
    int r = client_new_call(all->bus, CLIENT_INTERFACE, "ListChanges", &m);

    if (r >= 0)
        r = sd_bus_message_append(m, "tu", (uint64_t)before, (uint32_t)UNDO_ALL_PAGE);
    return r < 0 ? r : client_ask(all->options, all->bus, m, ret);
}

static int undo_all_list(struct undo_all *all)
{
    json_int_t before = 0;

    for (;;) {
        _json_ json_t *page = NULL;
        json_int_t last;
        int r = undo_all_list_page(all, before, &page);

        if (r != 0 || json_array_size(page) == 0)
            return r;
        last = json_number(json_array_get(page, json_array_size(page) - 1), "id");
        /* A page that does not lead on would be asked for again for ever. */
        if (last <= 0 || (before > 0 && last >= before))
            return -EBADMSG;
        before = last;
        if (json_array_extend(all->log, page) < 0)
            return -ENOMEM;
    }
}

/*
 * Whether the change is to be tried. An undoing is not: that would do again what it took back. Unless it took
 * back an undoing, and so on; what is no longer in the log is taken for a change of another verb.
 */
static bool undo_all_wants(const json_t *log, size_t index)
{
    const json_t *change = json_array_get(log, index);
    bool applied = true;

    if (strcmp(json_text(change, "state"), "done") != 0)
        return false;
    while (change && strcmp(json_text(change, "verb"), "Undo") == 0) {
        json_int_t undoes = json_number(change, "undoes");

        applied = !applied;
        do
            change = json_array_get(log, ++index);
        while (change && json_number(change, "id") != undoes);
    }
    return applied;
}

static const char *undo_all_target(const json_t *change)
{
    const char *target =
        json_string_value(json_array_get(json_array_get(json_object_get(change, "steps"), 0), 1));

    return target ? target : "";
}

/* In a dry run: the change just above on the same target that would be gone by then. 0 if there is none. */
static json_int_t undo_all_above(const struct undo_all *all, const char *target)
{
    for (size_t i = json_array_size(all->outcomes); i-- > 0;) {
        const json_t *outcome = json_array_get(all->outcomes, i);
        const char *word = json_text(outcome, "outcome");

        if (strcmp(json_text(outcome, "target"), target) == 0 &&
            (strcmp(word, "undone") == 0 || strcmp(word, "follows") == 0))
            return json_number(outcome, "id");
    }
    return 0;
}

/* What cannot be taken back at all is no failure: nobody could do more about it. */
static bool undo_all_is_left(const sd_bus_error *error)
{
    static const char *const names[] = {FAILURE_PREFIX "NotUndoable", FAILURE_PREFIX "ChangedSince",
                                        FAILURE_PREFIX "NoSuchLink", FAILURE_PREFIX "NoSuchChange"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (sd_bus_error_has_name(error, names[i]))
            return true;
    return false;
}

static bool undo_all_is_denied(const sd_bus_error *error)
{
    return sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
           sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

/* Whether the answer is about this change, so that the next one may fare better. */
static bool undo_all_goes_on(const sd_bus_error *error)
{
    return sd_bus_error_is_set(error) &&
           (undo_all_is_denied(error) || strncmp(error->name, FAILURE_PREFIX, strlen(FAILURE_PREFIX)) == 0);
}

/* Gives 0, 1 if there is no use in trying the next one, or a negative errno. */
static int undo_all_refused(struct undo_all *all, json_t *outcome, sd_bus_error *error, int failed)
{
    bool left = undo_all_is_left(error);
    int r = json_put(outcome, "outcome", json_string(left ? "left" : "refused"));

    if (r == 0)
        r = failure_put(outcome, error, failed);
    if (r < 0 || left)
        return r;
    r = !undo_all_goes_on(error);
    /* Whoever gave no password once is not asked for each of the others. */
    if (undo_all_is_denied(error))
        all->asks = false;
    if (all->r == 0 || r == 1) {
        sd_bus_error_free(&all->error);
        sd_bus_error_move(&all->error, error);
        all->r = failed;
    }
    return r;
}

static int undo_all_ask(struct undo_all *all, json_int_t id, json_t *outcome)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;
    _message_ sd_bus_message *m = NULL;
    _call_ struct client_call call = {0};
    int r = client_new_call(all->bus, CLIENT_INTERFACE, "Undo", &m);

    if (r >= 0)
        r = sd_bus_message_append(m, "tt", (uint64_t)id, verb_flags(all->options));
    if (r >= 0)
        r = sd_bus_message_set_allow_interactive_authorization(m, all->asks);
    if (r < 0)
        return r;
    r = client_send(all->bus, m, VERB_TIMEOUT_USEC, &call);
    if (r >= 0)
        r = client_wait(all->bus, &call, &error);
    if (r < 0)
        return undo_all_refused(all, outcome, &error, r);
    r = verb_read(call.reply, outcome);
    return r < 0 ? r : json_put(outcome, "outcome", json_string("undone"));
}

static int undo_all_follow(json_t *outcome, json_int_t above)
{
    int r = json_put(outcome, "outcome", json_string("follows"));

    return r < 0 ? r : json_put(outcome, "after", json_integer(above));
}

static int undo_all_try(struct undo_all *all, const json_t *change)
{
    const char *target = undo_all_target(change);
    /* Only when those above are gone can the daemon tell what becomes of this one. */
    json_int_t above = all->options->dry_run ? undo_all_above(all, target) : 0;
    json_int_t id = json_number(change, "id");
    json_t *outcome = json_object();
    int r;

    if (!outcome || json_put(outcome, "id", json_integer(id)) < 0 ||
        json_put(outcome, "verb", json_string(json_text(change, "verb"))) < 0 ||
        json_put(outcome, "target", json_string(target)) < 0)
        r = -ENOMEM;
    else if (above > 0)
        r = undo_all_follow(outcome, above);
    else
        r = undo_all_ask(all, id, outcome);
    if (r < 0) {
        json_decref(outcome);
        return r;
    }
    return json_array_append_new(all->outcomes, outcome) < 0 ? -ENOMEM : r;
}

static int undo_all_try_each(struct undo_all *all)
{
    /* Gone before anything is printed: it may hold the terminal. One for all, so that it asks once. */
    _agent_ pid_t agent = 0;
    int r = all->asks ? agent_start(&agent) : 0;

    for (size_t i = 0; r == 0 && i < json_array_size(all->log); i++)
        if (undo_all_wants(all->log, i))
            r = undo_all_try(all, json_array_get(all->log, i));
    return r < 0 ? r : 0;
}

static void undo_all_write_steps(FILE *out, const json_t *steps)
{
    json_t *step;
    size_t i;

    if (json_array_size(steps) == 0)
        fputs("nothing was left of it", out);
    json_array_foreach(steps, i, step)
    {
        const char *kind = json_string_value(json_array_get(step, 0));
        const char *text = json_string_value(json_array_get(step, 2));

        fprintf(out, "%s%s %s", i > 0 ? "; " : "", kind ? kind : "", text ? text : "");
    }
}

static char *undo_all_reason(const json_t *outcome)
{
    const json_t *error = json_object_get(outcome, "error");
    json_int_t after = json_number(outcome, "after");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (error)
        fprintf(out, "%s: %s", failure_word(json_text(error, "name")), json_text(error, "message"));
    else if (after > 0)
        fprintf(out, "after change %" JSON_INTEGER_FORMAT ", if nothing else stands there then", after);
    else
        undo_all_write_steps(out, json_object_get(outcome, "steps"));
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static const char *undo_all_word(const struct command_options *options, const char *word)
{
    bool planned = strcmp(word, "follows") == 0 || (options->dry_run && strcmp(word, "undone") == 0);

    return planned ? "would be undone" : word;
}

static int undo_all_print(const struct undo_all *all)
{
    static const char *const head[] = {"CHANGE", "VERB", "TARGET", "OUTCOME", "STEPS OR REASON"};
    _table_ struct table table = {0};
    json_t *outcome;
    size_t i;

    table_begin(&table, 5, head);
    json_array_foreach(all->outcomes, i, outcome)
    {
        const char *word = json_text(outcome, "outcome");
        _free_ char *reason = undo_all_reason(outcome);
        char id[JSON_NUMBER_SIZE];

        if (!reason)
            return -ENOMEM;
        table_add(&table,
                  strcmp(word, "refused") == 0 ? TABLE_RED
                  : strcmp(word, "left") == 0  ? TABLE_DIM
                                               : TABLE_PLAIN,
                  (const char *const[]){json_scalar(json_object_get(outcome, "id"), id),
                                        json_text(outcome, "verb"), json_text(outcome, "target"),
                                        undo_all_word(all->options, word), reason});
    }
    if (table.rows == 1) {
        puts("Nothing to undo.");
        return 0;
    }
    if (table_print(&table, false, 0) < 0)
        return -ENOMEM;
    if (all->options->dry_run)
        puts("Dry run: nothing was changed.");
    return 0;
}

static int undo_all_emit(const struct undo_all *all)
{
    _json_ json_t *document = json_document();

    if (!document || json_put(document, "dry-run", json_boolean(all->options->dry_run)) < 0 ||
        json_put(document, "outcomes", json_incref(all->outcomes)) < 0)
        return -ENOMEM;
    return json_emit(document);
}

/* The outcomes hold every error already: a second document would be one too many. */
static int undo_all_report(const struct undo_all *all)
{
    struct command_options plain = *all->options;

    plain.json = false;
    return all->r < 0 ? failure_report(&plain, &all->error, all->r) : COMMAND_OK;
}

int undo_all_run(const struct command_options *options, char **arguments)
{
    __attribute__((cleanup(undo_all_end))) struct undo_all all = {.options = options,
                                                                  .log = json_array(),
                                                                  .outcomes = json_array(),
                                                                  .asks = !options->no_ask_password};
    int r = client_open(&all.bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = undo_all_list(&all);
    if (r != 0)
        return r;
    r = undo_all_try_each(&all);
    if (r < 0)
        return r;
    r = options->json ? undo_all_emit(&all) : undo_all_print(&all);
    return r < 0 ? r : undo_all_report(&all);
}
