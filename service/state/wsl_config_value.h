/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What WSL takes for a value of each type. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wsl_config_keys.h"

struct wsl_config_value {
    uint64_t number;    /* a boolean as 0 or 1, an integer with its sign extended, a size in bytes */
    const char *choice; /* as the table spells it */
    size_t bad;         /* entries of a list of ports that do not count; the others do */
};

/* Whether WSL takes the text for the key: as it does, be it sensible or not. Fills `value` by the type. */
bool wsl_config_value_read(enum wsl_config_dialect dialect, const struct wsl_config_key *key,
                           const char *text, struct wsl_config_value *value);
