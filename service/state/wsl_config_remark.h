/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be wrong in a configuration file of WSL's, in words, which hold nothing of the file itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wsl_config_remark_kind {
    /* Lines that are no good: wsl.conf ends there, .wslconfig goes on behind. */
    WSL_CONFIG_REMARK_NO_NAME,
    WSL_CONFIG_REMARK_COMMENT, /* of another language */
    WSL_CONFIG_REMARK_SECTION,
    WSL_CONFIG_REMARK_BRACKET,
    WSL_CONFIG_REMARK_AFTER_HEADER,
    WSL_CONFIG_REMARK_NO_EQUALS,
    WSL_CONFIG_REMARK_DOTTED,
    WSL_CONFIG_REMARK_ESCAPE,
    WSL_CONFIG_REMARK_QUOTE,
    /* Keys that are ignored. */
    WSL_CONFIG_REMARK_OUTSIDE,
    WSL_CONFIG_REMARK_ASTRAY,
    WSL_CONFIG_REMARK_CONF_KEY,
    WSL_CONFIG_REMARK_WSLCONFIG_KEY,
    WSL_CONFIG_REMARK_UNKNOWN_SECTION,
    WSL_CONFIG_REMARK_UNKNOWN_KEY,
    WSL_CONFIG_REMARK_DUPLICATE,
    /* Values that are not taken, by type. */
    WSL_CONFIG_REMARK_BOOLEAN,
    WSL_CONFIG_REMARK_INTEGER,
    WSL_CONFIG_REMARK_SIZE,
    WSL_CONFIG_REMARK_CGROUPS,
    WSL_CONFIG_REMARK_MODE,
    WSL_CONFIG_REMARK_RECLAIM,
    WSL_CONFIG_REMARK_PORTS,
    WSL_CONFIG_REMARK_ADDRESS,
    WSL_CONFIG_REMARK_MAC,
    WSL_CONFIG_REMARK_SEMICOLON,
    /* Values that are taken for something else. */
    WSL_CONFIG_REMARK_BACKSLASH,
    WSL_CONFIG_REMARK_SWALLOWED,
    WSL_CONFIG_REMARK_CONTINUED,
    WSL_CONFIG_REMARK_HASH,
    WSL_CONFIG_REMARK_QUOTES,
    WSL_CONFIG_REMARK_NOT_ASCII,
    WSL_CONFIG_REMARK_NUL,
    /* Files that WSL cannot read. */
    WSL_CONFIG_REMARK_MARK,
    WSL_CONFIG_REMARK_UTF16,
};

struct wsl_config_remark {
    enum wsl_config_remark_kind kind;
    uint32_t line;
    uint32_t first;      /* of a duplicate: the line of the one that counts; else 0 */
    bool rest;           /* WSL reads nothing from this line on */
    const char *section; /* of the configuration, with it gone; NULL where no key is concerned */
    const char *key;
};

/* The kind's name, such as "duplicate". */
const char *wsl_config_remark_id(enum wsl_config_remark_kind kind);
/* What is wrong, and what to do: sentences without their full stop. */
const char *wsl_config_remark_what(enum wsl_config_remark_kind kind);
const char *wsl_config_remark_next(enum wsl_config_remark_kind kind);
