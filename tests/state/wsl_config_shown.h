/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was made of a configuration file of WSL's, as one line of text for a table. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/state/wsl_config.h"

/* In memory of the text's own size, so that a byte too far is seen. */
static inline int parse_exactly(enum wsl_config_dialect dialect, const char *text, size_t size,
                                struct wsl_config *config)
{
    char *copy = malloc(size ? size : 1);
    int r;

    memcpy(copy, text, size);
    r = wsl_config_parse(dialect, copy, size, config);
    free(copy);
    return r;
}

static inline void show_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '|' || (unsigned char)*text < ' ' || (unsigned char)*text > '~')
            fprintf(out, "\\%02x", (unsigned char)*text);
        else
            fputc(*text, out);
}

/*
 * "section.key=value|…" with ? behind a value that is invalid, * behind a duplicate and - behind what is
 * unknown; then "!line:kind" for each complaint, by WSL's line; "end" if WSL reads no further.
 */
static inline char *shown(const struct wsl_config *config)
{
    static const char *const kinds[] = {
        [WSL_CONFIG_NO_NAME] = "name",          [WSL_CONFIG_NO_SECTION] = "section",
        [WSL_CONFIG_NO_BRACKET] = "bracket",    [WSL_CONFIG_AFTER_HEADER] = "after",
        [WSL_CONFIG_NO_EQUALS] = "equals",      [WSL_CONFIG_BAD_ESCAPE] = "escape",
        [WSL_CONFIG_OPEN_QUOTE] = "quote",      [WSL_CONFIG_UNKNOWN_KEY] = "unknown",
        [WSL_CONFIG_DUPLICATE_KEY] = "again",   [WSL_CONFIG_BAD_VALUE] = "value",
        [WSL_CONFIG_UNREADABLE] = "unreadable",
    };
    const char *separator = "";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < config->pairs_count; i++) {
        const struct wsl_config_pair *pair = &config->pairs[i];

        fprintf(out, "%s%s%s%s=", separator, pair->section, *pair->section && *pair->key ? "." : "",
                pair->key);
        show_text(out, pair->value);
        fprintf(out, "%.1s", &" ?*-"[pair->standing] + (pair->standing == WSL_CONFIG_COUNTS ? 4 : 0));
        separator = "|";
    }
    for (size_t i = 0; i < config->complaints_count; i++) {
        fprintf(out, "%s!%u:%s", separator, config->complaints[i].wsl_line,
                kinds[config->complaints[i].kind]);
        separator = "|";
    }
    fprintf(out, "%s", config->aborted ? "|end" : "");
    fclose(out);
    return text;
}
