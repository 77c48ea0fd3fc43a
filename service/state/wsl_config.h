/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What WSL makes of the text of one of its configuration files: every pair with its value and place, and
 * every complaint that WSL itself would have. It is WSL's parser in what it takes and in what it ignores:
 *
 * - the first pair of a key counts, even with a value that is no good; later ones are duplicates;
 * - an invalid line of wsl.conf ends it, one of .wslconfig is skipped. A header that is not quite one gives
 * its name to what follows all the same, cut to the length of the section before, or makes it nameless;
 * - a value goes on in the next line behind a backslash, with LF only in wsl.conf.
 *
 * Any bytes are taken. Time and memory grow with the size and no faster.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wsl_config_keys.h"
#include "wsl_config_reader.h"

#define WSL_CONFIG_SIZE_MAX (1 << 20)

enum wsl_config_standing {
    WSL_CONFIG_COUNTS,
    WSL_CONFIG_INVALID,   /* the key's default counts, and no later pair (of ports: those that are good) */
    WSL_CONFIG_DUPLICATE, /* of an earlier pair */
    WSL_CONFIG_UNKNOWN,
};

/* Bytes of the text. */
struct wsl_config_span {
    uint32_t begin, end;
};

struct wsl_config_pair {
    const char *section; /* as it is spelled, "" before the first header */
    const char *key;     /* "" where WSL does not see it, behind a header that is not quite one */
    const char *value;   /* as WSL gets it: without quotes and escapes, up to a NUL */
    const struct wsl_config_key *known; /* NULL: none of this file's */
    enum wsl_config_standing standing;
    uint32_t first;               /* of a duplicate: the pair that counts, by its index */
    uint32_t line;                /* where it begins */
    uint32_t wsl_line;            /* where it ends, as WSL counts */
    struct wsl_config_span whole; /* its lines, with what ends the last one */
    struct wsl_config_span name;
    struct wsl_config_span text; /* of the value; without one, the place where it belongs */
    uint32_t comment;            /* where one begins in its line; 0: none does */
    bool ended;                  /* by an end of line, not by the end of the file */
    bool astray;                 /* its section is what a wrong header made of it */
    bool cut;                    /* by a NUL */
};

struct wsl_config_section {
    const char *name;
    uint32_t line;
    uint32_t begin;
    uint32_t end; /* behind its header and its pairs, with their ends of line */
    bool ended;   /* by an end of line */
};

enum wsl_config_complaint_kind {
    /* Of syntax: the line is invalid. */
    WSL_CONFIG_NO_NAME,      /* neither name, header nor comment */
    WSL_CONFIG_NO_SECTION,   /* no name behind [ */
    WSL_CONFIG_NO_BRACKET,   /* no ] behind the name */
    WSL_CONFIG_AFTER_HEADER, /* something behind ] */
    WSL_CONFIG_NO_EQUALS,
    WSL_CONFIG_BAD_ESCAPE,
    WSL_CONFIG_OPEN_QUOTE,
    /* Of meaning: the pair is ignored. */
    WSL_CONFIG_UNKNOWN_KEY,
    WSL_CONFIG_DUPLICATE_KEY,
    WSL_CONFIG_BAD_VALUE, /* of ports, one for each that is bad */
    /* Nothing of the file is read. */
    WSL_CONFIG_UNREADABLE,
};

struct wsl_config_complaint {
    enum wsl_config_complaint_kind kind;
    uint32_t line;
    uint32_t wsl_line; /* as WSL counts: CR LF may be two; 0 of none */
    uint32_t begin;    /* of the line, or of the lines of the pair */
    uint32_t offset;   /* of the character that is not what was expected, or of the pair's name */
    uint32_t pair;     /* of meaning: its index */
};

struct wsl_config {
    enum wsl_config_dialect dialect;
    enum wsl_config_encoding encoding;
    size_t size; /* of the text */
    struct wsl_config_pair *pairs;
    size_t pairs_count;
    struct wsl_config_section *sections;
    size_t sections_count;
    struct wsl_config_complaint *complaints;
    size_t complaints_count;
    size_t invalid_lines;
    bool aborted;  /* wsl.conf has an invalid line, and ends there */
    uint32_t end;  /* of what is read: where the invalid line begins, Ctrl-Z, or the end of the text */
    bool ended;    /* a line may begin there */
    char *strings; /* holds all names and values */
};

/* 0, -EFBIG above WSL_CONFIG_SIZE_MAX, or -ENOMEM. Names and values are its own: the text may go. */
int wsl_config_parse(enum wsl_config_dialect dialect, const char *text, size_t size,
                     struct wsl_config *config);
void wsl_config_done(struct wsl_config *config);
bool wsl_config_is_syntax(enum wsl_config_complaint_kind kind);
/* The pair that counts, or whose value is invalid; NULL if the key is not there. */
const struct wsl_config_pair *wsl_config_find(const struct wsl_config *config, const char *section,
                                              const char *key);
