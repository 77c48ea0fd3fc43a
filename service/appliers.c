/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that the executor applies steps with */
#include "appliers.h"

static bool is_read(void *userdata, const char *link, int64_t raw_usec)
{
    const struct fresh *fresh = userdata;

    return sense_wireguard_fresh(fresh->sensors->wireguard, link, raw_usec);
}

static void on_sent(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE])
{
    const struct fresh *fresh = userdata;

    sense_wireguard_sent(fresh->sensors->wireguard, ifindex, key);
}

int appliers_start(struct appliers *appliers, sd_event *event, const struct fresh *fresh)
{
    struct apply_peer_context peer = {.event = event,
                                      .root = fresh->root,
                                      .fd = -1,
                                      .node = fresh->view->node,
                                      .is_read = is_read,
                                      .sent = on_sent,
                                      .userdata = (void *)fresh};
    int r = apply_kernel_new(event, -1, &appliers->kernel);

    if (r >= 0)
        r = apply_file_new(event, fresh->root, &appliers->file);
    return r < 0 ? r : apply_peer_new(&peer, &appliers->peer);
}

void appliers_stop(struct appliers *appliers)
{
    appliers->kernel = apply_kernel_free(appliers->kernel);
    appliers->file = apply_file_free(appliers->file);
    appliers->peer = apply_peer_free(appliers->peer);
}
