/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the executor works with */
#include "hands.h"

static bool is_read(void *userdata, const char *link, int64_t raw_usec)
{
    const struct fresh *fresh = userdata;

    return sense_wireguard_fresh(fresh->sensors->wireguard, link, raw_usec);
}

int hands_init(struct hands *hands, sd_event *event, const struct fresh *fresh)
{
    struct apply_keepalive_context keepalive = {.event = event,
                                                .root = fresh->root,
                                                .fd = -1,
                                                .node = fresh->view->node,
                                                .is_read = is_read,
                                                .userdata = (void *)fresh};
    int r = apply_kernel_new(event, -1, &hands->kernel);

    if (r >= 0)
        r = apply_file_new(event, fresh->root, &hands->file);
    return r < 0 ? r : apply_keepalive_new(&keepalive, &hands->keepalive);
}

void hands_done(struct hands *hands)
{
    hands->kernel = apply_kernel_free(hands->kernel);
    hands->file = apply_file_free(hands->file);
    hands->keepalive = apply_keepalive_free(hands->keepalive);
}
