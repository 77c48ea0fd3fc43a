/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A node with the tunnel wg0. */
#pragma once

#include "facts.h"
#include "memory.h"

#define S    INT64_C(1000000)
#define T    (1000 * S) /* CLOCK_MONOTONIC_RAW of the first reading */
#define NONE (-1)       /* no handshake */
#define BOTH (NODE_TUNNELS | NODE_PEERS)

enum { WG1 = 9 };

/* wg0 is named, its link is up, and its peers have not been read. */
static inline int set_up(void **state)
{
    static struct node node;
    struct fact fact = tunnel_of("wg0", WG0);

    node_with_tunnel(&node);
    name_tunnels(&node, &fact, 1);
    *state = &node;
    return 0;
}

static inline int tear_down(void **state)
{
    memory_left = MEMORY_ENOUGH;
    node_done(*state);
    return 0;
}

static inline const struct tunnel *wg0(const struct node *node)
{
    return tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, "wg0");
}

static inline enum tunnel_state state_of(const struct node *node)
{
    return tunnel_state(wg0(node));
}

static inline int set_link(struct node *node, bool up)
{
    return tell(node, up ? tunnel_of("wg0", WG0) : tunnel_down("wg0", WG0));
}

static inline int read_peer(struct node *node, struct fact peer)
{
    return read_peers(node, WG0, &peer, 1);
}

#define TUNNEL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
