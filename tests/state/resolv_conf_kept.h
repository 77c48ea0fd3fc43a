/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds of ours, whatever it was made from: for the rows of the unit test, and for the fuzzer. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "../../service/state/resolv_conf.h"

/* The lines that are to stay, found by what glibc compares: a word at the begin of a line, and a blank. */
static inline bool is_to_stay(const char *line, size_t length)
{
    static const char *const words[] = {"search ",  "search\t",  "domain ",   "domain\t",
                                        "options ", "options\t", "sortlist ", "sortlist\t"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (length >= strlen(words[i]) && memcmp(line, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* Only those lines, in order, each with an end. Returns the length; `out` has room for one byte more. */
static inline size_t lines_to_stay(const char *text, size_t length, char *out)
{
    const char *end = text + length;
    size_t written = 0;

    while (text < end) {
        const char *newline = memchr(text, '\n', end - text);
        size_t line = newline ? (size_t)(newline - text) : (size_t)(end - text);

        if (is_to_stay(text, line)) {
            memcpy(out + written, text, line);
            out[written + line] = '\n';
            written += line + 1;
        }
        text = newline ? newline + 1 : end;
    }
    return written;
}

static inline bool same_servers(const struct dns_list *a, const struct dns_list *b)
{
    return a->count == b->count && memcmp(a->servers, b->servers, a->count * sizeof(a->servers[0])) == 0;
}

static inline bool keeps_lines(const char *base, size_t base_length, const char *text, size_t length,
                               bool use_vc)
{
    static const char ours[] = "options use-vc\n";
    char *expected = malloc(base_length + sizeof(ours)), *kept = malloc(length + 1);
    size_t before = 0, after;
    bool same;

    if (use_vc) {
        before = strlen(ours);
        memcpy(expected, ours, before);
    }
    before += lines_to_stay(base, base_length, expected + before);
    after = lines_to_stay(text, length, kept);
    same = before == after && memcmp(expected, kept, before) == 0;
    free(expected);
    free(kept);
    return same;
}

static inline bool renders_well(const char *base, size_t base_length, const struct dns_list *servers,
                                bool use_vc)
{
    struct resolv_conf before, after;
    size_t length, again_length;
    char *text = resolv_conf_render(base, base_length, servers, use_vc, &length), *again;
    bool well;

    resolv_conf_parse(base, base_length, &before);
    resolv_conf_parse(text, length, &after);
    well =
        same_servers(&after.servers, servers) && after.written_by == DNS_OWNER_WSLNODE && text[length] == 0;
    /* Of ours the one line for TCP only comes and goes. */
    if (before.written_by != DNS_OWNER_WSLNODE)
        well = well && after.use_vc == (use_vc || before.use_vc) &&
               keeps_lines(base, base_length, text, length, use_vc);
    again = resolv_conf_render(text, length, servers, use_vc, &again_length);
    well = well && again_length == length && memcmp(again, text, length) == 0;
    free(text);
    free(again);
    return well;
}
