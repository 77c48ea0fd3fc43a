/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text: strings that others chose, made fit for a terminal and for a shell. */
#ifndef WSLNODE_CTL_TEXT_H
#define WSLNODE_CTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_TIME_SIZE 32

/* Whether the locale shows UTF-8; otherwise everything printed is ASCII. */
bool text_is_utf8_locale(void);
bool text_is_valid(const char *s);

/* Writes s with control characters and what turns the reading direction replaced. */
void text_write(FILE *out, const char *s);
/* The same as a new string, NULL without memory. */
char *text_clean(const char *s);
/* Columns on a terminal of a cleaned string. */
size_t text_width(const char *s);
/* Writes s as one word of a shell command. */
void text_quote(FILE *out, const char *s);

/* Decimal digits and nothing else: -EINVAL, or -ERANGE above max. */
int text_number(const char *s, uint64_t max, uint64_t *ret);
/* Local time of microseconds since 1970; "-" for 0. */
const char *text_time(uint64_t usec, char buffer[TEXT_TIME_SIZE]);

#endif
