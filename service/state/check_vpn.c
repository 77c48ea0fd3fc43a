/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the VPN's tunnels */
#include "check_reach.h"
#include "health.h"

#include <netinet/in.h>
#include <string.h>

/* What WireGuard itself recommends: a NAT forgets no sooner than after 30 s. */
#define KEEPALIVE_SEC 25

struct explanation {
    const char *cause, *remedy;
};

#define SEE_PEERS " `wslnodectl vpn NAME` shows each peer."

static const struct explanation explanations[TUNNEL_REASONS] = {
    [TUNNEL_DAEMON_GONE] =
        {"The program that made the tunnel does not answer any more: it has ended or hangs.",
         "Start it again, for example with `wg-quick down` and `wg-quick up`, and look at its log."},
    [TUNNEL_LINK_DOWN] = {"The tunnel's link was set down.",
                          "Set it up again with `ip link set dev LINK up`, or with what manages it."},
    [TUNNEL_NO_UNDERLAY] =
        {"The node has no address that the tunnel's packets could come from.",
         "See the finding on the uplink: when it has an address again, so has the tunnel."},
    [TUNNEL_NO_HANDSHAKE] =
        {"There was no handshake for three minutes, though one is wanted: the peer is off, UDP is blocked on "
         "the way, its endpoint has moved, or the keys of the two sides do not belong together.",
         "Look whether the peer is on and at its endpoint, and whether both have each other's public key; "
         "let its UDP port through." SEE_PEERS},
    [TUNNEL_NO_REPLY] = {"What is sent to the peer is not answered, though there was a handshake lately: it "
                         "has just gone, or the "
                         "way to it was cut.",
                         "If it does not come back by itself, look whether the peer is on and its UDP port "
                         "is let through." SEE_PEERS},
    [TUNNEL_NO_ENDPOINT] =
        {"There is no handshake, and nobody knows where the peer is: it has no endpoint here, "
         "and does not call by itself.",
         "Give the peer an Endpoint, or let it call: it needs one for this node, and a "
         "PersistentKeepalive." SEE_PEERS},
};

static void name_peer(struct finding *finding, const struct peer *peer)
{
    char key[PEER_KEY_TEXT_SIZE], endpoint[PEER_ENDPOINT_TEXT_SIZE];

    finding_text(finding, "peer", peer_key_text(peer->seen.key, key));
    finding_text(finding, "endpoint", peer_endpoint_text(&peer->seen.endpoint, endpoint, sizeof(endpoint)));
}

static void add_down(const struct node *node, const struct tunnel *tunnel, struct findings *findings)
{
    enum tunnel_reason reason = tunnel_reason(tunnel);
    const struct peer *peer = reason == TUNNEL_REASON_NONE ? &tunnel->first_down : NULL;
    bool all = tunnel_state(tunnel) == TUNNEL_DOWN;
    struct finding *finding =
        findings_add(findings, "vpn-down", tunnel->fact.name, all ? SEVERITY_CRITICAL : SEVERITY_WARNING);

    if (peer)
        reason = tunnel_peer_reason(node, peer);
    finding->summary = all ? "The VPN is down." : "Some peers of the VPN cannot be reached.";
    finding->cause = explanations[reason].cause;
    finding->remedy = explanations[reason].remedy;
    finding_text(finding, "reason", tunnel_reason_name(reason));
    if (!peer)
        return;
    finding_number(finding, "peers-down", tunnel->counts[PEER_DOWN]);
    finding_number(finding, "peers", (uint32_t)tunnel->peers.count);
    name_peer(finding, peer);
    if (reason != TUNNEL_NO_UNDERLAY)
        check_reach(tunnel, finding);
}

void check_vpn_down(const struct health_input *input, struct findings *findings)
{
    const struct tunnels *tunnels = &input->node->tunnels;

    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        bool whole = tunnel_reason(tunnel) != TUNNEL_REASON_NONE;

        if (tunnel->kind == TUNNEL_TAILSCALE)
            check_tailscale_down(input, tunnel, findings);
        else if (whole ? tunnel->was_up : tunnel->counts[PEER_DOWN] > 0 && !tunnel_is_asked_for(tunnel))
            add_down(input->node, tunnel, findings);
    }
}

/* From what is beyond it, which no private address is. IPv6 is not translated as a rule. */
static bool is_behind_nat(const struct node *node)
{
    const struct address_fact *address = node_address_of(node, AF_INET);

    return address && ipv4_is_private(address->bytes);
}

void check_vpn_no_keepalive(const struct health_input *input, struct findings *findings)
{
    const struct tunnels *tunnels = &input->node->tunnels;

    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];
        struct finding *finding;

        if (!tunnel->without_keepalive || !is_behind_nat(input->node))
            continue;
        finding = findings_add(findings, "vpn-no-keepalive", tunnel->fact.name, SEVERITY_INFO);
        finding->summary =
            "Behind NAT, and without keepalive: the peer cannot reach this node when nothing is sent.";
        finding->cause =
            "The NAT on the way forgets the tunnel some 30 seconds to 3 minutes after its last packet; from "
            "then on what the peer sends is lost until this node sends again. A drop cannot be seen "
            "either: silence is normal without keepalive.";
        finding->remedy =
            "Set PersistentKeepalive to 25 seconds for the peer, if it is to reach this node at any time.";
        finding_number(finding, "peers", tunnel->without_keepalive);
        name_peer(finding, &tunnel->first_without);
        finding->mend = (struct mend){.verb = MEND_SET_KEEPALIVE, .seconds = KEEPALIVE_SEC};
        memcpy(finding->mend.link, tunnel->fact.name, sizeof(finding->mend.link));
    }
}
