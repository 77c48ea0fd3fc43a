/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One key of a configuration file of WSL's is set or removed, and every other byte stays.
 *
 * It is set where the file has it first, be it in another spelling or under an alias, and be its value
 * invalid. Else it is added behind the last pair of the first section of its name, or with a section of its
 * own at the end; in a wsl.conf that ends early for WSL, before that place. It is removed wherever it stands,
 * for the next one would count otherwise; a comment behind it stays.
 *
 * What comes out is parsed again: the one key is what it should be, and everything else as it was. A file
 * that WSL cannot read for its encoding is refused, for its keys would all come to life: wsl_config_plain()
 * first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wsl_config_keys.h"

enum wsl_config_edit_error {
    WSL_CONFIG_EDIT_DONE,
    WSL_CONFIG_EDIT_UNKNOWN_KEY,
    WSL_CONFIG_EDIT_BAD_VALUE,
    WSL_CONFIG_EDIT_BAD_CHARACTER,
    WSL_CONFIG_EDIT_ENCODING,
    WSL_CONFIG_EDIT_TOO_LARGE,
    WSL_CONFIG_EDIT_NO_MEMORY,
    WSL_CONFIG_EDIT_UNSURE,
};

struct wsl_config_edit {
    char *text; /* to be freed; NULL on an error */
    size_t size;
    bool changed;
};

/* Only keys that the file is for, and values that WSL takes. */
enum wsl_config_edit_error wsl_config_set(enum wsl_config_dialect dialect, const char *text, size_t size,
                                          const char *section, const char *key, const char *value,
                                          struct wsl_config_edit *edit);
/* Any key, also one that WSL does not know; section "" for those before the first header. */
enum wsl_config_edit_error wsl_config_unset(enum wsl_config_dialect dialect, const char *text, size_t size,
                                            const char *section, const char *key,
                                            struct wsl_config_edit *edit);
/* What the error means, in words. */
const char *wsl_config_edit_problem(enum wsl_config_edit_error error);
