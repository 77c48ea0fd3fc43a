/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tailscaled says, as facts. */
#pragma once

#include "facts.h"

enum { TS = 12 };

static inline struct fact tailscale_in(enum tailscale_state state)
{
    struct fact fact = fact_of(FACT_TAILSCALE);

    fact.tailscale.daemon = TAILSCALE_ANSWERS;
    fact.tailscale.state = state;
    return fact;
}

/* It runs, has the address 100.64.0.1, and three of its five peers are online. */
static inline struct fact tailscale_running(void)
{
    struct fact fact = tailscale_in(TAILSCALE_RUNNING);

    fact.tailscale.tun = TAILSCALE_TUN_LINK;
    fact.tailscale.peers = 5;
    fact.tailscale.peers_online = 3;
    fact.tailscale.exit_node_known = true;
    inet_pton(AF_INET, "100.64.0.1", fact.tailscale.ipv4);
    return fact;
}

/* It does not answer: absent, gone or silent. */
static inline struct fact tailscale_not(enum tailscale_daemon daemon)
{
    struct fact fact = fact_of(FACT_TAILSCALE);

    fact.tailscale.daemon = daemon;
    return fact;
}
