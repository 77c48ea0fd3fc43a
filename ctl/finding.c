/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* finding: one finding, or one check of a diagnosis, for a person. */
#include "finding.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "text.h"

enum table_colour finding_colour(const char *severity)
{
    if (strcmp(severity, "ok") == 0)
        return TABLE_GREEN;
    if (strcmp(severity, "warning") == 0)
        return TABLE_YELLOW;
    return strcmp(severity, "critical") == 0 ? TABLE_RED : TABLE_PLAIN;
}

bool finding_is_trouble(const json_t *finding)
{
    const char *severity = json_text(finding, "severity");

    return strcmp(severity, "warning") == 0 || strcmp(severity, "critical") == 0;
}

static void finding_print_line(const char *label, const char *text)
{
    if (!*text)
        return;
    printf("    %-8s", label);
    text_write(stdout, text);
    fputc('\n', stdout);
}

static void finding_print_values(json_t *params)
{
    if (json_object_size(params) == 0)
        return;
    printf("    %-8s", "Values:");
    json_write_pairs(stdout, params);
    fputc('\n', stdout);
}

static void finding_print_command(const char *id, const char *subject)
{
    printf("    %-8swslnodectl mend %s", "Mend:", id[0] == '-' || subject[0] == '-' ? "-- " : "");
    text_quote(stdout, id);
    if (*subject) {
        fputc(' ', stdout);
        text_quote(stdout, subject);
    }
    fputc('\n', stdout);
}

void finding_print(const json_t *finding)
{
    const char *id = json_text(finding, "id");
    const char *subject = json_text(finding, "subject");
    const char *severity = json_text(finding, "severity");
    enum table_colour colour = finding_colour(severity);

    printf("  %s%s%s ", table_colour(colour), table_dot(), table_colour(TABLE_PLAIN));
    text_write(stdout, severity);
    fputs(": ", stdout);
    text_write(stdout, json_text(finding, "summary"));
    fputs(" (", stdout);
    text_write(stdout, id);
    fputs(*subject ? " " : "", stdout);
    text_write(stdout, subject);
    fputs(")\n", stdout);
    if (strcmp(severity, "ok") == 0)
        return;
    finding_print_line("Cause:", json_text(finding, "cause"));
    finding_print_values(json_object_get(finding, "params"));
    finding_print_line("Remedy:", json_text(finding, "remedy"));
    if (*json_text(finding, "verb"))
        finding_print_command(id, subject);
}

void finding_print_all(const json_t *document)
{
    json_t *finding;
    size_t i;

    json_array_foreach(json_object_get(document, "Findings"), i, finding)
    {
        fputc('\n', stdout);
        finding_print(finding);
    }
}
