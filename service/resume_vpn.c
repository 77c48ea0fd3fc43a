/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the machine stood still: whether the tunnels that were up are up again */
#include "resume_vpn.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "sys/clock_time.h"
#include "sys/peer_nudge.h"
#include "sys/timer.h"

#define SOON_USEC  250000
#define LOOK_USEC  1000000
#define NUDGED_MAX 8 /* of a tunnel: one that answers is enough */

static const struct tunnel *tunnel_of(const struct resume_vpn *vpn, const struct resume_tunnel *entry)
{
    return tunnels_find(&vpn->context.node->tunnels, entry->kind, entry->name);
}

/* One may be lost; and of less nobody can tell that it is no keepalive. */
static void send_some(int32_t ifindex, uint8_t family, const uint8_t address[16])
{
    for (int i = 0; i < 3; i++)
        (void)peer_nudge(ifindex, family, address);
}

/* To whoever is at the other end, and no further: it goes to the peer that all addresses belong to, if one
 * has them. */
static void nudge_all_nodes(int32_t ifindex)
{
    static const uint8_t ipv4[16] = {224, 0, 0, 1}, ipv6[16] = {0xff, 0x02, [15] = 1};

    send_some(ifindex, AF_INET, ipv4);
    send_some(ifindex, AF_INET6, ipv6);
}

static void nudge(const struct resume_vpn *vpn, const struct tunnel *tunnel)
{
    bool nameless = false;
    size_t nudged = 0;

    for (size_t i = 0; i < tunnel->peers.count && nudged < NUDGED_MAX; i++) {
        const struct peer *peer = &tunnel->peers.list[i];

        if (peer->state != PEER_UP && peer->state != PEER_DOWN)
            continue;
        nudged++;
        vpn->context.sent(vpn->context.sensors, tunnel->fact.ifindex, peer->seen.key);
        if (peer->seen.address_family)
            send_some(tunnel->fact.ifindex, peer->seen.address_family, peer->seen.address);
        else
            nameless = true;
    }
    if (nameless)
        nudge_all_nodes(tunnel->fact.ifindex);
}

static void nudge_all(struct resume_vpn *vpn)
{
    for (size_t i = 0; i < vpn->count; i++) {
        const struct tunnel *tunnel = tunnel_of(vpn, &vpn->list[i]);

        if (tunnel && tunnel->kind == TUNNEL_WIREGUARD)
            nudge(vpn, tunnel);
    }
    vpn->sent_usec = clock_time_raw();
}

/* Not those whose first reading it was, or whose counters begin anew. */
static bool has_heard(const struct tunnel *tunnel, int64_t since_usec)
{
    for (size_t i = 0; i < tunnel->peers.count; i++) {
        const struct peer *peer = &tunnel->peers.list[i];

        if (peer->state == PEER_UP && peer->heard_usec > since_usec && peer->heard_usec > peer->first_usec)
            return true;
    }
    return false;
}

/* Nothing more will be heard of it, or it need not be. */
static bool is_over(const struct resume_vpn *vpn, struct resume_tunnel *entry)
{
    const struct tunnel *tunnel = tunnel_of(vpn, entry);

    if (!tunnel || entry->heard)
        return true;
    if (tunnel->kind == TUNNEL_TAILSCALE)
        return tunnel->word.state != TUNNEL_UNKNOWN;
    if (tunnel_reason(tunnel) != TUNNEL_REASON_NONE)
        return true;
    entry->heard = has_heard(tunnel, vpn->sent_usec);
    return entry->heard;
}

bool resume_vpn_is_over(struct resume_vpn *vpn)
{
    bool over = true;

    if (!vpn->count)
        return true;
    if (!vpn->sent_usec)
        return false;
    for (size_t i = 0; i < vpn->count; i++)
        over &= is_over(vpn, &vpn->list[i]);
    return over;
}

static enum tunnel_state state_now(const struct resume_vpn *vpn, const struct resume_tunnel *entry)
{
    const struct tunnel *tunnel = tunnel_of(vpn, entry);
    enum tunnel_state state = tunnel ? tunnel_state(tunnel) : TUNNEL_DOWN;

    /* What WireGuard says of a session may be from before. */
    return state == TUNNEL_UP && entry->kind == TUNNEL_WIREGUARD && !entry->heard ? TUNNEL_UNKNOWN : state;
}

const char *resume_vpn_word(const struct resume_vpn *vpn)
{
    const char *word = vpn->count ? "ok" : "none";

    for (size_t i = 0; i < vpn->count; i++) {
        enum tunnel_state state = state_now(vpn, &vpn->list[i]);

        if (state == TUNNEL_DOWN)
            return "down";
        if (state != TUNNEL_UP || !vpn->sent_usec)
            word = "unknown";
    }
    return word;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct resume_vpn *vpn = userdata;
    bool read = vpn->context.is_read(vpn->context.sensors);

    if (!read) {
        timer_set(vpn->timer_source, SOON_USEC);
    } else if (!vpn->sent_usec) {
        nudge_all(vpn);
        timer_set(vpn->timer_source, SOON_USEC);
    } else {
        vpn->context.read(vpn->context.sensors);
        timer_set(vpn->timer_source, LOOK_USEC);
    }
    vpn->context.wake(vpn->context.userdata);
    return 0;
}

void resume_vpn_note(struct resume_vpn *vpn)
{
    const struct tunnels *tunnels = &vpn->context.node->tunnels;

    vpn->count = 0;
    vpn->sent_usec = 0;
    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        struct resume_tunnel *entry = &vpn->list[vpn->count];

        if (tunnel_state(tunnel) != TUNNEL_UP)
            continue;
        *entry = (struct resume_tunnel){.kind = tunnel->kind};
        snprintf(entry->name, sizeof(entry->name), "%s", tunnel->fact.name);
        vpn->count++;
    }
}

void resume_vpn_start(struct resume_vpn *vpn)
{
    vpn->sent_usec = 0;
    for (size_t i = 0; i < vpn->count; i++)
        vpn->list[i].heard = false;
    if (!vpn->count)
        return;
    /* What was heard before the machine slept is not to be taken for an answer. */
    vpn->context.read(vpn->context.sensors);
    timer_set(vpn->timer_source, SOON_USEC);
}

void resume_vpn_stop(struct resume_vpn *vpn)
{
    timer_stop(vpn->timer_source);
}

int resume_vpn_init(struct resume_vpn *vpn, const struct resume_vpn_context *context)
{
    vpn->context = *context;
    return timer_new(context->event, &vpn->timer_source, 10000, on_look, vpn);
}

void resume_vpn_done(struct resume_vpn *vpn)
{
    vpn->timer_source = sd_event_source_disable_unref(vpn->timer_source);
}
