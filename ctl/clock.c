/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock: how right this node's clock is, by what, and what is wrong with it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "finding.h"
#include "json.h"
#include "offset.h"
#include "table.h"
#include "text.h"

/* "fighting" is of links as well, and then the subject is theirs. */
static bool clock_has_finding(const json_t *finding)
{
    const char *id = json_text(finding, "id");

    return strncmp(id, "clock-", 6) == 0 || strcmp(id, "no-time-reference") == 0 ||
           (strcmp(id, "fighting") == 0 && strcmp(json_text(finding, "subject"), "clock") == 0);
}

/* The document of --json, which is what is printed too. */
static int clock_fill(json_t *document, const json_t *properties)
{
    static const char *const keys[] = {"ClockState", "ClockReference", "ClockOffsetUSec",
                                       "ClockErrorBoundUSec"};
    json_t *findings = json_array();
    json_t *finding;
    size_t i;

    if (!findings || json_put(document, "Findings", findings) < 0)
        return -ENOMEM;
    for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        json_t *value = json_object_get(properties, keys[i]);

        if (value && json_object_set(document, keys[i], value) < 0)
            return -ENOMEM;
    }
    json_array_foreach(json_object_get(properties, "Findings"), i, finding)
    {
        if (clock_has_finding(finding) && json_array_append(findings, finding) < 0)
            return -ENOMEM;
    }
    return 0;
}

static const char *clock_explain(const char *reference)
{
    static const struct {
        const char *name;
        const char *meaning;
    } references[] = {
        {"ptp", " (WSL's PTP clock, which is Windows' time)"},
        {"rtc", " (the hardware clock)"},
        {"ntp", " (a server of the configuration)"},
        {"none", " (nothing tells the true time)"},
    };

    for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++)
        if (strcmp(references[i].name, reference) == 0)
            return references[i].meaning;
    return "";
}

static enum table_colour clock_colour(const char *state)
{
    if (strcmp(state, "ok") == 0)
        return TABLE_GREEN;
    return strcmp(state, "unknown") == 0 ? TABLE_PLAIN : TABLE_YELLOW;
}

static void clock_print_offset(const json_t *clock)
{
    json_int_t offset = json_number(clock, "ClockOffsetUSec");
    char words[OFFSET_SIZE], exact[OFFSET_SIZE];

    printf("  %-11s%s", "Offset:", offset_words(offset, words));
    printf(" (%s)\n", offset_exact(offset, 6, exact));
    /* Without the sign: it may be off either way. */
    printf("  %-11s%s at most, either way\n",
           "Error:", offset_exact(json_number(clock, "ClockErrorBoundUSec"), 6, exact) + 1);
}

static int clock_print(const json_t *clock)
{
    const json_t *findings = json_object_get(clock, "Findings");
    const char *reference = json_text(clock, "ClockReference");
    const char *state = json_text(clock, "ClockState");
    json_t *finding;
    size_t i;

    state = *state ? state : "unknown";
    reference = *reference ? reference : "none";
    printf("%s%s ", table_colour(clock_colour(state)), table_dot());
    text_write(stdout, state);
    printf("%s\n  %-11s", table_colour(TABLE_PLAIN), "Reference:");
    text_write(stdout, reference);
    puts(clock_explain(reference));
    if (strcmp(reference, "none") != 0)
        clock_print_offset(clock);
    json_array_foreach(findings, i, finding)
    {
        fputc('\n', stdout);
        finding_print(finding);
    }
    return 0;
}

int clock_run(const struct command_options *options, char **arguments)
{
    _json_ json_t *properties = NULL, *document = NULL;
    int r = client_get_all(options, &properties);

    if (r != 0)
        return r;
    document = json_document();
    if (!document || clock_fill(document, properties) < 0)
        return -ENOMEM;
    return options->json ? json_emit(document) : clock_print(document);
}
