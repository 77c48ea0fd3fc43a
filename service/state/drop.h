/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drops of the VPN: who is told that a tunnel or a peer is down, once, and once that it is back. Pure.
 *
 * A drop is ended by what was missed, or by the end of the peer or the tunnel; not by silence that nobody
 * minds any more. While all of a tunnel is down its peers are not told besides. The end of a tunnel is told
 * as a drop if it was up and not told down, and that is the last of it; but Tailscale's is over when it is up
 * again, for there is only one. What is being found out about a peer that has just gone is waited for: some
 * seconds, which are its sensor's to count.
 */
#pragma once

#include "node.h"

#define DROP_ROUND 16 /* edges that are told in one round; the others in the next */

struct drop {
    enum tunnel_kind kind;
    char name[LINK_NAME_SIZE]; /* the tunnel's */
    bool whole;                /* all of it; key is zeros then */
    uint8_t key[PEER_KEY_SIZE];
    enum tunnel_reason reason; /* when it was told */
};

/* What was told, sorted. Besides, of reason TUNNEL_REASON_NONE, each tunnel that may be missed: it was up,
 * and nothing is told of all of it. */
struct drops {
    struct drop *list;
    size_t count;
    /* While there is more to tell: what is the case, sorted as well, and from where on both lists differ. */
    struct drop *now;
    size_t now_count, at, now_at;
};

typedef void (*drop_edge)(void *userdata, const struct drop *drop, bool down);

void drops_done(struct drops *drops);
/* Tells what changed since. True if more is to be told in another round; -ENOMEM: nothing was. Of a node that
 * has not `changed` since the last round no peer is looked at again: what a round costs is what it tells. */
int drops_tell(struct drops *told, const struct node *node, bool changed, drop_edge edge, void *userdata);
/* As it is now, without a word. */
int drops_adopt(struct drops *told, const struct node *node);
