/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of WSL's two configuration files.
 *
 * Names are compared without regard to case, in ASCII. Four keys of .wslconfig are at home in two sections.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* More than there are in either table. */
#define WSL_CONFIG_KEYS_MAX 64

enum wsl_config_dialect {
    WSL_CONFIG_CONF,      /* /etc/wsl.conf, of one distribution */
    WSL_CONFIG_WSLCONFIG, /* .wslconfig, of one user of Windows and all distributions */
};

enum wsl_config_type {
    WSL_CONFIG_BOOLEAN,
    WSL_CONFIG_INTEGER,
    WSL_CONFIG_SIZE,
    WSL_CONFIG_CHOICE,
    WSL_CONFIG_TEXT,
    WSL_CONFIG_PATH,
    WSL_CONFIG_PORTS,
    WSL_CONFIG_ADDRESS,
    WSL_CONFIG_MAC,
};

struct wsl_config_key {
    const char *section;
    const char *key;
    enum wsl_config_type type;
    const char
        *standard; /* its value where nothing is said, as text; NULL: none, or it depends on the machine */
    const char *const *choices; /* NULL at the end */
    const char *alias;          /* another section that it may stand in, or NULL */
};

/* A dialect's keys: `index` from 0 on, NULL at the end. */
const struct wsl_config_key *wsl_config_key_at(enum wsl_config_dialect dialect, size_t index);
/* NULL if WSL does not know it there. */
const struct wsl_config_key *wsl_config_key_find(enum wsl_config_dialect dialect, const char *section,
                                                 const char *key);
bool wsl_config_section_known(enum wsl_config_dialect dialect, const char *section);
bool wsl_config_same_name(const char *a, const char *b);
