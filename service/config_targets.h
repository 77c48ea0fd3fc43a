/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of what follows the node's address: sections [RefreshIP] and [File NAME]. */
#pragma once

#include "state/targets.h"

struct config_pair {
    const char *section, *name, *value;
};

/* 1: it was one of these; 0: it is not; -1 with the problem. `root` is where etc/passwd is, for User=. */
int config_targets_take(struct targets *targets, int root, const struct config_pair *pair, char *problem,
                        size_t size);
/* When all files are read: 0, or -1 with the problem. */
int config_targets_check(const struct targets *targets, char *problem, size_t size);
