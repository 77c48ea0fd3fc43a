/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The characters of a configuration file as WSL's parser gets them, each with the bytes that it stands in.
 *
 * wsl.conf is read byte by byte. .wslconfig is opened by the C library of Windows as text in UTF-8: a mark at
 * the beginning is obeyed, CR LF is one LF, Ctrl-Z is the end, and what comes out are units of UTF-16.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wsl_config_keys.h"

#define WSL_CONFIG_END (-1)

enum wsl_config_encoding {
    WSL_CONFIG_PLAIN,
    WSL_CONFIG_UTF8_MARK,
    WSL_CONFIG_UTF16LE_MARK,
    WSL_CONFIG_UTF16BE_MARK,
    /* Without a mark, by the look of the first characters. */
    WSL_CONFIG_UTF16LE,
    WSL_CONFIG_UTF16BE,
};

struct wsl_config_reader {
    const unsigned char *text;
    size_t size;       /* Ctrl-Z makes it smaller */
    bool text_mode;    /* of .wslconfig */
    bool wide;         /* UTF-16LE */
    int low;           /* the second half of a pair, which is the next unit; 0: none */
    int unit;          /* the current one, or WSL_CONFIG_END */
    size_t begin, end; /* its bytes; both halves of a pair have the same end */
    uint32_t line;     /* by LF, from 1 on */
};

/* What the file looks like, whether or not WSL can read that. */
enum wsl_config_encoding wsl_config_encoding_of(const char *text, size_t size);
/* Whether WSL can make nothing of it, in this dialect. */
bool wsl_config_encoding_is_dead(enum wsl_config_dialect dialect, enum wsl_config_encoding encoding);

/* At the first character. */
void wsl_config_reader_begin(struct wsl_config_reader *reader, enum wsl_config_dialect dialect,
                             const char *text, size_t size);
void wsl_config_reader_next(struct wsl_config_reader *reader);

/*
 * The well-formed sequence of UTF-8 at the beginning of bytes, of which there is at least one: its length and
 * character. Where there is none, the length of what has to be replaced, and U+FFFD.
 */
size_t wsl_config_utf8(const unsigned char *bytes, size_t size, uint32_t *character);
