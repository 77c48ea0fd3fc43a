/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drops of the VPN */
#include "drop.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

void drops_done(struct drops *drops)
{
    free(drops->list);
    memset(drops, 0, sizeof(*drops));
}

static int order(const void *a, const void *b)
{
    const struct drop *x = a, *y = b;
    int r = (int)x->kind - (int)y->kind;

    if (r == 0)
        r = strcmp(x->name, y->name);
    if (r == 0)
        r = (int)y->whole - (int)x->whole;
    return r ? r : memcmp(x->key, y->key, sizeof(x->key));
}

static struct drop drop_of(const struct tunnel *tunnel, enum tunnel_reason reason)
{
    struct drop drop = {.kind = tunnel->kind, .whole = true, .reason = reason};

    snprintf(drop.name, sizeof(drop.name), "%s", tunnel->fact.name);
    return drop;
}

static size_t collect_peers(const struct node *node, const struct tunnel *tunnel, struct drop *list)
{
    size_t count = 0;

    /* While they are being read more may be down than have been counted: their time comes at its end. */
    for (size_t i = 0; count < tunnel->counts[PEER_DOWN] && i < tunnel->peers.count; i++) {
        const struct peer *peer = &tunnel->peers.list[i];

        if (peer->state != PEER_DOWN)
            continue;
        list[count] = drop_of(tunnel, tunnel_peer_reason(node, peer));
        list[count].whole = false;
        memcpy(list[count++].key, peer->seen.key, PEER_KEY_SIZE);
    }
    return count;
}

/* All that is down, and the tunnels that may be missed, in order. */
static int collect(const struct node *node, struct drops *now)
{
    const struct tunnels *tunnels = &node->tunnels;
    size_t room = tunnels->count;

    for (size_t i = 0; i < tunnels->count; i++)
        room += tunnels->list[i].counts[PEER_DOWN];
    *now = (struct drops){0};
    if (!room)
        return 0;
    now->list = calloc(room, sizeof(*now->list));
    if (!now->list)
        return -ENOMEM;
    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        enum tunnel_reason reason = tunnel_reason(tunnel);

        if (tunnel_is_missed(tunnel))
            now->list[now->count++] = drop_of(tunnel, reason);
        if (reason == TUNNEL_REASON_NONE && !tunnel_is_asked_for(tunnel))
            now->count += collect_peers(node, tunnel, now->list + now->count);
    }
    if (now->count)
        qsort(now->list, now->count, sizeof(*now->list), order);
    return 0;
}

/* There is one Tailscale: whatever comes by its name is the same, and a link of WireGuard's another. */
static bool may_return(const struct drop *drop)
{
    return drop->kind == TUNNEL_TAILSCALE;
}

enum end { STAYS, IS_BACK, IS_GONE, IS_OVER };

/* What became of what is in the list of what was told, and is not in that of now. */
static enum end end_of(const struct drop *drop, const struct node *node)
{
    const struct tunnel *tunnel = tunnels_find(&node->tunnels, drop->kind, drop->name);
    const struct peer *peer;

    if (!tunnel && drop->reason == TUNNEL_REASON_NONE)
        return IS_GONE;
    if (!tunnel)
        return may_return(drop) ? STAYS : IS_OVER;
    if (drop->whole && drop->reason == TUNNEL_REASON_NONE && tunnel_state(tunnel) == TUNNEL_IDLE)
        return IS_OVER; /* a person stopped it: from now on it may end without a word */
    if (drop->whole)
        return STAYS; /* another of its name, which was not up yet, or nobody can tell how it is */
    peer = peers_find(&tunnel->peers, drop->key);
    if (!peer)
        return tunnel->read ? IS_OVER : STAYS;
    return peer->state == PEER_UP ? IS_BACK : STAYS;
}

struct round {
    const struct node *node;
    drop_edge edge;
    void *userdata;
    struct drop *kept; /* what is told after this round */
    size_t kept_count;
    unsigned left;
    bool more;
};

static bool may_tell(struct round *round)
{
    if (!round->left) {
        round->more = true;
        return false;
    }
    round->left--;
    return true;
}

static void keep(struct round *round, const struct drop *drop)
{
    round->kept[round->kept_count++] = *drop;
}

static void note_ended(struct round *round, const struct drop *told)
{
    enum end end = end_of(told, round->node);
    struct drop last = *told;

    if (end == IS_OVER)
        return;
    if (end == STAYS || !may_tell(round)) {
        keep(round, told);
        return;
    }
    if (end == IS_GONE)
        last.reason = TUNNEL_LINK_GONE;
    if (end == IS_GONE && may_return(told))
        keep(round, &last);
    round->edge(round->userdata, &last, end == IS_GONE);
}

static void note_new(struct round *round, const struct drop *drop)
{
    if (drop->reason == TUNNEL_REASON_NONE) {
        keep(round, drop);
    } else if (may_tell(round)) {
        keep(round, drop);
        round->edge(round->userdata, drop, true);
    }
}

/* Of a whole tunnel both lists may tell different things. */
static void note_both(struct round *round, const struct drop *told, const struct drop *now)
{
    bool was_down = told->reason != TUNNEL_REASON_NONE, is_down = now->reason != TUNNEL_REASON_NONE;

    if (was_down == is_down || !may_tell(round)) {
        keep(round, told);
    } else {
        keep(round, now);
        round->edge(round->userdata, is_down ? now : told, is_down);
    }
}

static void merge(struct round *round, const struct drops *told, const struct drops *now)
{
    size_t i = 0, j = 0;

    while (i < told->count || j < now->count) {
        int r = i == told->count ? 1 : j == now->count ? -1 : order(&told->list[i], &now->list[j]);

        if (r < 0)
            note_ended(round, &told->list[i++]);
        else if (r > 0)
            note_new(round, &now->list[j++]);
        else
            note_both(round, &told->list[i++], &now->list[j++]);
    }
}

static int tell(struct drops *told, struct round *round)
{
    struct drops now;
    int r = collect(round->node, &now);

    if (r < 0)
        return r;
    if (told->count + now.count) {
        round->kept = calloc(told->count + now.count, sizeof(*round->kept));
        if (!round->kept) {
            drops_done(&now);
            return -ENOMEM;
        }
        merge(round, told, &now);
    }
    drops_done(&now);
    drops_done(told);
    *told = (struct drops){.list = round->kept, .count = round->kept_count};
    return round->more;
}

int drops_tell(struct drops *told, const struct node *node, drop_edge edge, void *userdata)
{
    struct round round = {.node = node, .edge = edge, .userdata = userdata, .left = DROP_ROUND};

    return tell(told, &round);
}

/* Only the list is wanted. */
static void say_nothing(void *userdata, const struct drop *drop, bool down)
{
}

int drops_adopt(struct drops *told, const struct node *node)
{
    struct round round = {.node = node, .edge = say_nothing, .left = UINT_MAX};

    return tell(told, &round);
}
