/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that the executor applies steps with */
#include "appliers.h"

int appliers_start(struct appliers *appliers, const struct apply_keepalive_context *context)
{
    int r = apply_kernel_new(context->event, -1, &appliers->kernel);

    if (r >= 0)
        r = apply_keepalive_new(context, &appliers->keepalive);
    return r < 0 ? r : apply_file_new(context->event, context->root, &appliers->file);
}

void appliers_stop(struct appliers *appliers)
{
    appliers->kernel = apply_kernel_free(appliers->kernel);
    appliers->file = apply_file_free(appliers->file);
    appliers->keepalive = apply_keepalive_free(appliers->keepalive);
}
