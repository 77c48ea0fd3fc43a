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
    free(drops->now);
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

static void forget_now(struct drops *drops)
{
    free(drops->now);
    drops->now = NULL;
    drops->now_count = drops->at = drops->now_at = 0;
}

/* All that is down, and the tunnels that may be missed, in order. */
static int collect(const struct node *node, struct drops *drops)
{
    const struct tunnels *tunnels = &node->tunnels;
    size_t room = tunnels->count;

    forget_now(drops);
    for (size_t i = 0; i < tunnels->count; i++)
        room += tunnels->list[i].counts[PEER_DOWN];
    if (!room)
        return 0;
    drops->now = calloc(room, sizeof(*drops->now));
    if (!drops->now)
        return -ENOMEM;
    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        enum tunnel_reason reason = tunnel_reason(tunnel);

        if (tunnel_is_missed(tunnel))
            drops->now[drops->now_count++] = drop_of(tunnel, reason);
        if (reason == TUNNEL_REASON_NONE && !tunnel_is_asked_for(tunnel))
            drops->now_count += collect_peers(node, tunnel, drops->now + drops->now_count);
    }
    if (drops->now_count)
        qsort(drops->now, drops->now_count, sizeof(*drops->now), order);
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

/* One of either list, or of both. */
static void merge_one(struct round *round, const struct drops *told, size_t *i, size_t *j)
{
    int r = *i == told->count ? 1 : *j == told->now_count ? -1 : order(&told->list[*i], &told->now[*j]);

    if (r < 0)
        note_ended(round, &told->list[(*i)++]);
    else if (r > 0)
        note_new(round, &told->now[(*j)++]);
    else
        note_both(round, &told->list[(*i)++], &told->now[(*j)++]);
}

/* All of it the first time: what needs no word is done then. In the rounds after that nothing is left to do
 * behind the first that has to wait. */
static void merge(struct round *round, struct drops *told, bool first)
{
    size_t i = told->at, j = told->now_at;

    for (size_t k = 0; k < i; k++)
        keep(round, &told->list[k]);
    while (i < told->count || j < told->now_count) {
        bool waited = round->more;
        size_t at = round->kept_count, now_at = j;

        merge_one(round, told, &i, &j);
        if (!round->more || waited)
            continue;
        told->at = at;
        told->now_at = now_at;
        if (!first)
            break;
    }
    if (round->more && !first)
        while (i < told->count)
            keep(round, &told->list[i++]);
}

static int tell(struct drops *told, bool changed, struct round *round)
{
    bool first = changed || !told->now;
    size_t room;
    int r = first ? collect(round->node, told) : 0;

    if (r < 0)
        return r;
    room = told->count + told->now_count - told->now_at;
    if (room) {
        round->kept = calloc(room, sizeof(*round->kept));
        if (!round->kept) {
            forget_now(told);
            return -ENOMEM;
        }
        merge(round, told, first);
    }
    free(told->list);
    told->list = round->kept;
    told->count = round->kept_count;
    if (!round->more)
        forget_now(told);
    return round->more;
}

int drops_tell(struct drops *told, const struct node *node, bool changed, drop_edge edge, void *userdata)
{
    struct round round = {.node = node, .edge = edge, .userdata = userdata, .left = DROP_ROUND};

    return tell(told, changed, &round);
}

/* Only the list is wanted. */
static void say_nothing(void *userdata, const struct drop *drop, bool down)
{
}

int drops_adopt(struct drops *told, const struct node *node)
{
    struct round round = {.node = node, .edge = say_nothing, .left = UINT_MAX};

    return tell(told, true, &round);
}
