/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tunnels of the node at our end. Every reading is of now. */
#pragma once

#include "../../service/sys/clock_time.h"
#include "ends.h"

#define S      INT64_C(1000000)
#define WG0_AT VPN_PREFIX "/wireguard_3awg0"
#define NEVER  (-1) /* no handshake */
#define BOTH   (NODE_TUNNELS | NODE_PEERS)

/* wg0 is all there is. */
static inline void name_wg0(struct ends *ends)
{
    struct fact fact = tunnel_of("wg0", WG0);

    name_tunnels(&ends->stand->node, &fact, 1);
}

static inline void name_none(struct ends *ends)
{
    name_tunnels(&ends->stand->node, NULL, 0);
}

static inline struct fact peer_now(uint32_t number, int64_t age_usec)
{
    return peer_of(WG0, number, clock_time_raw(), age_usec);
}

static inline void read_one(struct ends *ends, struct fact peer)
{
    read_peers(&ends->stand->node, WG0, &peer, 1);
}

/* All of these have a session, or have none and miss it. */
static inline void read_many(struct ends *ends, size_t count, bool up)
{
    struct fact *peers = calloc(count, sizeof(*peers));

    assert_non_null(peers);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < count; i++)
            peers[i] = peer_of(WG0, i, clock_time_raw() + turn * 200 * S, NEVER);
        for (size_t i = 0; up && i < count; i++)
            peers[i].peer.handshake_usec = peers[i].peer.clock_usec + peers[i].peer.raw_usec - S;
        read_peers(&ends->stand->node, WG0, peers, count);
    }
    free(peers);
}

static inline int set_wg0(struct ends *ends, bool up, uint32_t mtu)
{
    int mask = tell(&ends->stand->node, link_up(WG0, "wg0", "wireguard", mtu));

    return mask | tell(&ends->stand->node, up ? tunnel_of("wg0", WG0) : tunnel_down("wg0", WG0));
}

static inline void change(struct ends *ends, int mask)
{
    publish_changed(&ends->bus.publish, mask);
    ends_run(ends, 25000);
}

/* What came since the last time: members, and the end of a tunnel's path. */
static inline void assert_told(struct ends *ends, const char *expected)
{
    char text[4096] = "";

    for (size_t i = 0; i < ends->told_count; i++) {
        size_t length = strlen(text);
        const struct told *told = &ends->told[i];

        snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? " " : "", told->member,
                 told->path + strlen(BUS_PATH));
    }
    assert_string_equal(text, expected);
    ends->told_count = 0;
}
