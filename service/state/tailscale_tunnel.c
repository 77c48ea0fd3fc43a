/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tailscale as a tunnel of the VPN */
#include "tailscale_tunnel.h"

#include <stdio.h>

#include "tailscale.h"

static struct tunnel_word word_of(const struct tailscale_fact *fact)
{
    static const struct tunnel_word words[TAILSCALE_STATES] = {
        [TAILSCALE_NO_STATE] = {.state = TUNNEL_UNKNOWN},
        [TAILSCALE_IN_USE_OTHER_USER] = {.state = TUNNEL_UNKNOWN},
        [TAILSCALE_NEEDS_LOGIN] = {TUNNEL_DOWN, TUNNEL_LOGIN_NEEDED},
        [TAILSCALE_NEEDS_MACHINE_AUTH] = {TUNNEL_DOWN, TUNNEL_NOT_AUTHORISED},
        [TAILSCALE_STOPPED] = {.state = TUNNEL_IDLE},
        [TAILSCALE_STARTING] = {.state = TUNNEL_UNKNOWN},
        [TAILSCALE_RUNNING] = {.state = TUNNEL_UP},
    };

    if (fact->daemon != TAILSCALE_ANSWERS)
        return (struct tunnel_word){TUNNEL_DOWN, TUNNEL_DAEMON_GONE};
    return words[fact->state];
}

/* A key that has an end was a login's. */
static bool had_login(const struct tailscale_fact *fact)
{
    return fact->daemon == TAILSCALE_ANSWERS && fact->state == TAILSCALE_NEEDS_LOGIN && fact->key_expiry_usec;
}

static void look(const struct node *node, struct tunnel *tunnel)
{
    const struct tailscale_fact *fact = &node->tailscale;
    const struct link_fact *link = tailscale_link(node);

    tunnel->word = word_of(fact);
    if (tunnel->word.state == TUNNEL_UP || had_login(fact))
        tunnel->was_up = true;
    else if (tunnel->word.state == TUNNEL_IDLE)
        tunnel->was_up = false;
    tunnel->fact.answers = fact->daemon == TAILSCALE_ANSWERS;
    tunnel->fact.up = tunnel->word.state == TUNNEL_UP;
    tunnel->fact.user_space = fact->tun == TAILSCALE_TUN_USER_SPACE;
    tunnel->fact.ifindex = link ? link->ifindex : 0;
    tunnel->mtu = link ? link->mtu : 0;
    tunnel->counts[PEER_UP] = fact->peers_online;
    tunnel->counts[PEER_IDLE] = fact->peers > fact->peers_online ? fact->peers - fact->peers_online : 0;
}

/* One that is gone and was never heard of is as good as absent: its socket is left over. */
static bool is_there(const struct tailscale_fact *fact, const struct tunnel *known)
{
    return fact->daemon != TAILSCALE_ABSENT && (fact->daemon != TAILSCALE_GONE || known);
}

int tailscale_tunnel_note(struct node *node)
{
    const struct tunnel *known = tunnels_find(&node->tunnels, TUNNEL_TAILSCALE, TAILSCALE_TUNNEL);
    struct tunnel now;

    if (!is_there(&node->tailscale, known))
        return known && tunnels_remove(&node->tunnels, TUNNEL_TAILSCALE, TAILSCALE_TUNNEL) ? TUNNELS_CHANGED
                                                                                           : 0;
    memset(&now, 0, sizeof(now)); /* they are compared with memcmp */
    if (known)
        memcpy(&now, known, sizeof(now));
    now.kind = TUNNEL_TAILSCALE;
    snprintf(now.fact.name, sizeof(now.fact.name), "%s", TAILSCALE_TUNNEL);
    look(node, &now);
    return tunnels_put(&node->tunnels, &now);
}
