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
#include "topic.h"

static const struct topic clock_topic = {
    .properties = {"ClockState", "ClockReference", "ClockOffsetUSec", "ClockErrorBoundUSec"},
    .findings = {"clock-", "no-time-reference"},
    .fought_for = "clock",
};

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
    const char *reference = json_text(clock, "ClockReference");
    const char *state = json_text(clock, "ClockState");

    state = *state ? state : "unknown";
    reference = *reference ? reference : "none";
    printf("%s%s ", table_colour(clock_colour(state)), table_dot());
    text_write(stdout, state);
    printf("%s\n  %-11s", table_colour(TABLE_PLAIN), "Reference:");
    text_write(stdout, reference);
    puts(clock_explain(reference));
    if (strcmp(reference, "none") != 0)
        clock_print_offset(clock);
    finding_print_all(clock);
    return 0;
}

int clock_run(const struct command_options *options, char **arguments)
{
    _json_ json_t *properties = NULL, *document = NULL;
    int r = client_get_all(options, &properties);

    if (r != 0)
        return r;
    document = topic_document(&clock_topic, properties, NULL);
    if (!document)
        return -ENOMEM;
    return options->json ? json_emit(document) : clock_print(document);
}
