/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that the executor applies steps with: started and ended together. */
#pragma once

#include "act/apply_file.h"
#include "act/apply_keepalive.h"
#include "act/apply_kernel.h"

struct appliers {
    struct apply_kernel *kernel;
    struct apply_file *file;
    struct apply_keepalive *keepalive;
};

/* Loop and root are the context's. What was started is to be stopped even after an error. */
int appliers_start(struct appliers *appliers, const struct apply_keepalive_context *context);
void appliers_stop(struct appliers *appliers);
