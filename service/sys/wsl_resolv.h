/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where WSL has drives and the resolv.conf that it makes, and whether it links that: what wsl.conf says. */
#pragma once

#include <stdbool.h>

#include "../state/fact.h"

struct wsl_resolv {
    char drives[FILE_PATH_SIZE]; /* what they are below, with its slashes: /mnt/ by default */
    char path[FILE_PATH_SIZE];   /* with its leading slash: /mnt/wsl/resolv.conf by default */
    bool generates;              /* generateResolvConf */
};

/* What cannot be read has its defaults, as for WSL. */
void wsl_resolv_read(int root, struct wsl_resolv *wsl);
