/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel of the VPN */
#include "tunnel.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "node.h"
#include "path.h"
#include "reach.h"

const char *tunnel_kind_name(enum tunnel_kind kind)
{
    static const char *const names[TUNNEL_KINDS] = {"wireguard", "tailscale"};

    return names[kind];
}

const char *tunnel_state_name(enum tunnel_state state)
{
    static const char *const names[TUNNEL_STATES] = {"unknown", "idle", "up", "down"};

    return names[state];
}

const char *tunnel_reason_name(enum tunnel_reason reason)
{
    static const char *const names[TUNNEL_REASONS] = {
        "",         "daemon-gone", "link-gone",           "link-down",    "no-underlay",   "no-handshake",
        "no-reply", "no-endpoint", "endpoint-unresolved", "login-needed", "not-authorised"};

    return names[reason];
}

static struct tunnel *find(const struct tunnels *tunnels, enum tunnel_kind kind, const char *name)
{
    for (size_t i = 0; i < tunnels->count; i++)
        if (tunnels->list[i].kind == kind && strcmp(tunnels->list[i].fact.name, name) == 0)
            return &tunnels->list[i];
    return NULL;
}

static struct tunnel *of_link(const struct tunnels *tunnels, int32_t ifindex)
{
    /* A link that was given another name is two tunnels until the dump's end: the new one comes last. */
    for (size_t i = tunnels->count; ifindex && i-- > 0;)
        if (tunnels->list[i].fact.ifindex == ifindex)
            return &tunnels->list[i];
    return NULL;
}

const struct tunnel *tunnels_find(const struct tunnels *tunnels, enum tunnel_kind kind, const char *name)
{
    return find(tunnels, kind, name);
}

const struct tunnel *tunnels_of_link(const struct tunnels *tunnels, int32_t ifindex)
{
    return of_link(tunnels, ifindex);
}

/* They begin anew: whoever was silent because of the tunnel is given his time again. */
static void forget_peers(struct tunnel *tunnel)
{
    peers_done(&tunnel->peers);
    memset(tunnel->counts, 0, sizeof(tunnel->counts));
    tunnel->without_keepalive = tunnel->handshakes = 0;
    tunnel->due_usec = tunnel->newest_stamp_usec = 0;
    tunnel->read = tunnel->reading = tunnel->truncated = false;
    memset(&tunnel->reach, 0, sizeof(tunnel->reach));
}

void tunnels_done(struct tunnels *tunnels)
{
    for (size_t i = 0; i < tunnels->count; i++)
        peers_done(&tunnels->list[i].peers);
    free(tunnels->list);
    memset(tunnels, 0, sizeof(*tunnels));
}

static int add_tunnel(struct tunnels *tunnels, const struct tunnel *tunnel)
{
    struct tunnel *list;

    if (tunnels->count == TUNNELS_MAX) {
        tunnels->overflows = true;
        return 0;
    }
    list = realloc(tunnels->list, (tunnels->count + 1) * sizeof(*list));
    if (!list)
        return -ENOMEM;
    tunnels->list = list;
    memcpy(&list[tunnels->count++], tunnel, sizeof(*tunnel)); /* all of it, for it may be compared */
    return TUNNELS_CHANGED;
}

int tunnels_put(struct tunnels *tunnels, const struct tunnel *tunnel)
{
    struct tunnel *known = find(tunnels, tunnel->kind, tunnel->fact.name);

    if (!known)
        return add_tunnel(tunnels, tunnel);
    if (memcmp(known, tunnel, sizeof(*tunnel)) == 0)
        return 0;
    memcpy(known, tunnel, sizeof(*tunnel));
    return TUNNELS_CHANGED;
}

bool tunnels_remove(struct tunnels *tunnels, enum tunnel_kind kind, const char *name)
{
    struct tunnel *known = find(tunnels, kind, name);

    if (!known)
        return false;
    peers_done(&known->peers);
    tunnels->count--;
    memmove(known, known + 1, (tunnels->list + tunnels->count - known) * sizeof(*known));
    return true;
}

static void forget_path(struct tunnel *tunnel)
{
    tunnel->measured = false;
    memset(&tunnel->path, 0, sizeof(tunnel->path));
}

static int take_path(struct tunnels *tunnels, const struct fact *fact)
{
    struct tunnel *tunnel = of_link(tunnels, fact->path.ifindex);
    bool measured = !fact->gone;

    if (!tunnel || (!measured && !tunnel->measured))
        return 0;
    if (measured && tunnel->measured && memcmp(&tunnel->path, &fact->path.input, sizeof(tunnel->path)) == 0)
        return 0;
    forget_path(tunnel);
    tunnel->measured = measured;
    if (measured)
        memcpy(&tunnel->path, &fact->path.input, sizeof(tunnel->path));
    return TUNNELS_CHANGED;
}

static int take_reach(struct tunnels *tunnels, const struct fact *fact)
{
    struct tunnel *tunnel = of_link(tunnels, fact->reach.ifindex);
    struct reach_fact now;

    memset(&now, 0, sizeof(now));
    if (!fact->gone)
        memcpy(&now, &fact->reach, sizeof(now));
    if (!tunnel || memcmp(&tunnel->reach, &now, sizeof(now)) == 0)
        return 0;
    memcpy(&tunnel->reach, &now, sizeof(now));
    return TUNNELS_PEERS;
}

/* Nobody's news: the next readings are taken differently. */
static int take_sent(struct tunnels *tunnels, const struct sent_fact *fact)
{
    struct tunnel *tunnel = of_link(tunnels, fact->ifindex);

    if (tunnel)
        peers_note_own(&tunnel->peers, fact);
    return 0;
}

static int take_tunnel(struct tunnels *tunnels, const struct tunnel_fact *fact)
{
    struct tunnel *known = find(tunnels, TUNNEL_WIREGUARD, fact->name);
    int changed = TUNNELS_CHANGED;

    if (!known) {
        const struct tunnel tunnel = {.kind = TUNNEL_WIREGUARD, .fact = *fact, .was_up = fact->up};

        return add_tunnel(tunnels, &tunnel);
    }
    known->stale = false;
    if (memcmp(&known->fact, fact, sizeof(*fact)) == 0)
        return 0;
    /* One that answers again is told after its peers. */
    if (known->fact.ifindex != fact->ifindex || known->fact.up != fact->up ||
        (known->fact.answers && !fact->answers)) {
        forget_peers(known);
        changed |= TUNNELS_PEERS;
    }
    if (known->fact.ifindex != fact->ifindex)
        forget_path(known);
    known->fact = *fact;
    known->was_up |= fact->up;
    return changed;
}

static void begin_dump(struct tunnels *tunnels)
{
    tunnels->overflows = false;
    for (size_t i = 0; i < tunnels->count; i++)
        tunnels->list[i].stale = tunnels->list[i].kind == TUNNEL_WIREGUARD;
}

static int end_dump(struct tunnels *tunnels)
{
    size_t kept = 0, before = tunnels->count;
    bool changed = !tunnels->spoken || tunnels->truncated != tunnels->overflows;

    for (size_t i = 0; i < before; i++)
        if (tunnels->list[i].stale)
            peers_done(&tunnels->list[i].peers);
        else
            tunnels->list[kept++] = tunnels->list[i];
    tunnels->count = kept;
    tunnels->spoken = true;
    tunnels->truncated = tunnels->overflows;
    return kept != before || changed ? TUNNELS_CHANGED : 0;
}

bool tunnel_peer_lacks_keepalive(const struct peer *peer)
{
    return !peer->seen.keepalive_sec && peer->seen.endpoint.family == AF_INET &&
           !ipv4_is_private(peer->seen.endpoint.bytes);
}

/* What is needed of all peers together. */
static void count_peers(struct tunnel *tunnel)
{
    const struct peers *peers = &tunnel->peers;

    memset(tunnel->counts, 0, sizeof(tunnel->counts));
    tunnel->without_keepalive = tunnel->handshakes = 0;
    tunnel->due_usec = tunnel->newest_stamp_usec = 0;
    for (uint32_t i = 0; i < peers->count; i++) {
        const struct peer *peer = &peers->list[i];
        int64_t due = peer_due(peer);

        if (!tunnel->counts[peer->state]++ && peer->state == PEER_DOWN)
            tunnel->first_down = *peer;
        if (tunnel_peer_lacks_keepalive(peer) && !tunnel->without_keepalive++)
            tunnel->first_without = *peer;
        if (peer->handshake_usec &&
            (!tunnel->handshakes++ || peer->handshake_usec > peers->list[tunnel->newest].handshake_usec))
            tunnel->newest = i;
        if (peer->seen.handshake_usec > tunnel->newest_stamp_usec)
            tunnel->newest_stamp_usec = peer->seen.handshake_usec;
        if (due && (!tunnel->due_usec || due < tunnel->due_usec))
            tunnel->due_usec = due;
    }
}

/* All that findings tell of a peer. */
static bool same_word(const struct peer *a, const struct peer *b)
{
    return a->reason == b->reason && memcmp(a->seen.key, b->seen.key, PEER_KEY_SIZE) == 0 &&
           memcmp(&a->seen.endpoint, &b->seen.endpoint, sizeof(a->seen.endpoint)) == 0;
}

static int end_reading(struct tunnel *tunnel)
{
    struct peer down = tunnel->first_down, without = tunnel->first_without;
    uint32_t count = tunnel->without_keepalive;
    bool changed = peers_end(&tunnel->peers) || tunnel->changed || !tunnel->read;

    tunnel->reading = tunnel->changed = false;
    tunnel->read = true;
    count_peers(tunnel);
    changed |= tunnel->truncated != tunnel->peers.truncated;
    tunnel->truncated = tunnel->peers.truncated;
    changed |= count != tunnel->without_keepalive;
    changed |= tunnel->counts[PEER_DOWN] && !same_word(&down, &tunnel->first_down);
    changed |= count && !same_word(&without, &tunnel->first_without);
    return changed ? TUNNELS_PEERS : 0;
}

static int take_peers(struct tunnels *tunnels, const struct fact *fact)
{
    struct tunnel *tunnel =
        of_link(tunnels, fact->kind == FACT_PEER ? fact->peer.ifindex : fact->dump.ifindex);
    int r;

    if (!tunnel)
        return 0;
    if (fact->kind == FACT_DUMP_BEGIN) {
        peers_begin(&tunnel->peers);
        tunnel->reading = true;
        return 0;
    }
    if (!tunnel->reading)
        return 0;
    if (fact->kind == FACT_DUMP_END)
        return end_reading(tunnel);
    r = peers_see(&tunnel->peers, &fact->peer);
    tunnel->changed |= r > 0;
    return r < 0 ? r : 0; /* told at the reading's end */
}

int tunnels_take(struct tunnels *tunnels, const struct fact *fact)
{
    if (fact->kind == FACT_TUNNEL)
        return take_tunnel(tunnels, &fact->tunnel);
    if (fact->kind == FACT_PATH)
        return take_path(tunnels, fact);
    if (fact->kind == FACT_REACH)
        return take_reach(tunnels, fact);
    if (fact->kind == FACT_SENT)
        return take_sent(tunnels, &fact->sent);
    if (fact->kind == FACT_PEER || fact->dump.of == FACT_PEER)
        return take_peers(tunnels, fact);
    if (fact->kind == FACT_DUMP_END)
        return end_dump(tunnels);
    begin_dump(tunnels);
    return 0;
}

bool tunnels_note_links(struct tunnels *tunnels, const struct node *node)
{
    bool changed = false;

    for (size_t i = 0; i < tunnels->count; i++) {
        struct tunnel *tunnel = &tunnels->list[i];
        const struct link_fact *link = node_link(node, tunnel->fact.ifindex);

        /* What became of it its sensor says: gone, or its daemon is. */
        if (!link)
            continue;
        changed |= link->mtu != tunnel->mtu;
        tunnel->mtu = link->mtu;
    }
    return changed;
}

enum tunnel_reason tunnel_reason(const struct tunnel *tunnel)
{
    if (tunnel->kind == TUNNEL_TAILSCALE)
        return tunnel->word.reason;
    if (!tunnel->fact.answers)
        return TUNNEL_DAEMON_GONE;
    return tunnel->fact.up ? TUNNEL_REASON_NONE : TUNNEL_LINK_DOWN;
}

bool tunnel_is_missed(const struct tunnel *tunnel)
{
    return tunnel->was_up && (tunnel->kind != TUNNEL_TAILSCALE || tunnel->word.state != TUNNEL_UNKNOWN);
}

static bool is_about(const struct reach_fact *reach, const struct peer *peer)
{
    return reach->ifindex && memcmp(reach->key, peer->seen.key, sizeof(reach->key)) == 0 &&
           peer_endpoint_equal(&reach->endpoint, &peer->seen.endpoint);
}

const struct reach_fact *tunnel_reach(const struct tunnel *tunnel)
{
    const struct reach_fact *reach = &tunnel->reach;

    return tunnel->counts[PEER_DOWN] && !reach->asking && is_about(reach, &tunnel->first_down) ? reach : NULL;
}

bool tunnel_is_asked_for(const struct tunnel *tunnel)
{
    return tunnel->reach.ifindex && tunnel->reach.asking;
}

/* Of whom it was asked; of others nobody knows. */
static enum tunnel_reason unless_unresolved(const struct node *node, const struct peer *peer,
                                            enum tunnel_reason reason)
{
    const struct tunnel *tunnel = of_link(&node->tunnels, peer->seen.ifindex);
    const struct reach_fact *reach = tunnel ? tunnel_reach(tunnel) : NULL;

    return reach && is_about(reach, peer) && reach_judge(reach) == REACH_UNRESOLVED
               ? TUNNEL_ENDPOINT_UNRESOLVED
               : reason;
}

enum tunnel_reason tunnel_peer_reason(const struct node *node, const struct peer *peer)
{
    switch (peer->reason) {
    case PEER_NO_HANDSHAKE:
        return node_address(node) ? unless_unresolved(node, peer, TUNNEL_NO_HANDSHAKE) : TUNNEL_NO_UNDERLAY;
    case PEER_NO_REPLY:
        return node_address(node) ? TUNNEL_NO_REPLY : TUNNEL_NO_UNDERLAY;
    case PEER_NO_ENDPOINT:
        return unless_unresolved(node, peer, TUNNEL_NO_ENDPOINT);
    case PEER_REASON_NONE:
    case PEER_REASONS:
        break;
    }
    return TUNNEL_REASON_NONE;
}

enum tunnel_state tunnel_state(const struct tunnel *tunnel)
{
    if (tunnel->kind == TUNNEL_TAILSCALE)
        return tunnel->word.state;
    if (tunnel_reason(tunnel) != TUNNEL_REASON_NONE)
        return TUNNEL_DOWN;
    if (tunnel->counts[PEER_UP])
        return TUNNEL_UP;
    if (tunnel->counts[PEER_DOWN])
        return TUNNEL_DOWN;
    return tunnel->counts[PEER_UNKNOWN] || !tunnel->read ? TUNNEL_UNKNOWN : TUNNEL_IDLE;
}

int64_t tunnel_age(const struct tunnel *tunnel, int64_t raw_usec)
{
    return tunnel->handshakes ? peer_age(&tunnel->peers.list[tunnel->newest], raw_usec) : -1;
}

uint32_t tunnel_path_mtu(const struct tunnel *tunnel)
{
    struct path_verdict verdict;

    if (!tunnel->measured)
        return 0;
    path_judge(&tunnel->path, &verdict);
    return verdict.carries;
}

const char *tunnel_link(const struct node *node, const struct tunnel *tunnel)
{
    const struct link_fact *link = node_link(node, tunnel->fact.ifindex);

    return link ? link->name : "";
}

uint32_t tunnel_mtu(const struct node *node, const struct tunnel *tunnel)
{
    const struct link_fact *link = node_link(node, tunnel->fact.ifindex);

    return link ? link->mtu : 0;
}
