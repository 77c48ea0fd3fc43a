/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is wrong in a configuration file of WSL's: what WSL complains of, and what it does not say but does
 * otherwise than was meant.
 */
#pragma once

#include <stddef.h>

#include "wsl_config.h"
#include "wsl_config_remark.h"

struct wsl_config_remarks {
    struct wsl_config_remark *list; /* by line */
    size_t count;
};

/* `text` is what was parsed. 0 or -ENOMEM. */
int wsl_config_lint(const struct wsl_config *config, const char *text, struct wsl_config_remarks *remarks);
void wsl_config_remarks_done(struct wsl_config_remarks *remarks);
