/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the executor works with: made and ended together. */
#pragma once

#include "act/executor.h"
#include "fresh.h"

struct appliers {
    struct apply_kernel *kernel;
    struct apply_file *file;
    struct apply_peer *peer;
};

/* What was made is to be ended even after an error. */
int appliers_start(struct appliers *appliers, sd_event *event, const struct fresh *fresh);
void appliers_stop(struct appliers *appliers);
