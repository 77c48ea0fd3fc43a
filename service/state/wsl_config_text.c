/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a value stands in a configuration file */
#include "wsl_config_text.h"

#include <string.h>

static bool is_blank(int c)
{
    return c == ' ' || c == '\t';
}

/* Behind a backslash. A CR there is dropped, and what follows it counts. */
static bool read_escape(int c, char **write, struct wsl_config_text *text)
{
    switch (c) {
    case '\\':
    case '"':
        *(*write)++ = (char)c;
        return true;
    case 'b':
        *(*write)++ = '\b';
        return true;
    case 'n':
        *(*write)++ = '\n';
        return true;
    case 't':
        *(*write)++ = '\t';
        return true;
    case '\n':
        text->lines++;
        return true;
    default:
        return c == '\r';
    }
}

static bool goes_on(int c, bool quoted)
{
    return c != WSL_CONFIG_END && c != '\n' && c != '\r' && (c != '#' || quoted);
}

enum wsl_config_text_end wsl_config_text_read(struct wsl_config_reader *reader, char **write,
                                              struct wsl_config_text *text)
{
    char *trimmed = *write;
    bool quoted = false;

    for (; goes_on(reader->unit, quoted); wsl_config_reader_next(reader)) {
        int c = reader->unit;

        if (c == '\\') {
            wsl_config_reader_next(reader);
            if (!read_escape(reader->unit, write, text))
                return WSL_CONFIG_TEXT_ESCAPE;
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            *(*write)++ = (char)c;
        }
        /* A blank is kept if a quote, an escape or more text follows. */
        if (!is_blank(c)) {
            trimmed = *write;
            text->end = reader->end;
        }
    }
    if (quoted)
        return WSL_CONFIG_TEXT_QUOTE;
    *trimmed = 0;
    *write = trimmed + 1;
    return WSL_CONFIG_TEXT_COMPLETE;
}

bool wsl_config_text_can_be_written(enum wsl_config_dialect dialect, const char *value)
{
    for (; *value; value++)
        if (*value == '\r' ||
            (dialect == WSL_CONFIG_WSLCONFIG && (*value == 0x1a || (unsigned char)*value >= 0x80)))
            return false;
    return true;
}

size_t wsl_config_text_write(const char *value, char *out)
{
    size_t length = strlen(value);
    bool quoted = length && (is_blank(value[0]) || is_blank(value[length - 1]) || strchr(value, '#'));
    char *begin = out;

    if (quoted)
        *out++ = '"';
    for (; *value; value++) {
        if (*value == '\\' || *value == '"' || *value == '\n')
            *out++ = '\\';
        *out++ = *value == '\n' ? 'n' : *value;
    }
    if (quoted)
        *out++ = '"';
    *out = 0;
    return out - begin;
}
