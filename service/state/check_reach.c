/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a finding on a peer that is down says of where it should be */
#include "check_reach.h"

#include "reach.h"

struct explanation {
    const char *cause, *remedy;
};

#define COMPARE_KEYS                                                                                         \
    " compare the keys, for each side needs the other's public one: `wg show` tells a side's own, and both " \
    "need the same preshared key, or none."

static const struct explanation explanations[REACH_VERDICTS] = {
    [REACH_UNRESOLVED] =
        {"The name that the tunnel's file gives the peer cannot be looked up, so nobody can tell whether the "
         "peer is still where it was.",
         "Look at `wslnodectl diagnose` and `getent ahosts HOST`. If DNS is beyond this very tunnel, give "
         "the peer's address in the file, and not a name."},
    [REACH_MOVED] =
        {"What the tunnel's file gives for the peer stands for another endpoint now than the tunnel's own: "
         "the peer has moved, most likely.",
         "`wslnodectl refresh-ip` tells the tunnel where it is now."},
    [REACH_UNREACHABLE] =
        {"The network says that the endpoint is not there: a router does, or its address is in this node's "
         "own network and nobody answers for it.",
         "Look whether the peer is on and still has that address, and whether the route to it is right."},
    [REACH_SILENT] =
        {"The endpoint answers nothing, not even ping: the peer is off, has another address, or something on "
         "the way drops all of it.",
         "Look whether the peer is on and still has that address. If it has, let its UDP port through; with "
         "ping let through as well more can be told."},
    [REACH_REFUSED] =
        {"The host at the endpoint says that nothing listens at this UDP port: WireGuard does not run there, "
         "uses another port, or a router there does not pass it on.",
         "Start WireGuard on the peer, or compare its ListenPort with the Endpoint here; behind a router "
         "have the port forwarded to it."},
    [REACH_PROHIBITED] =
        {"Packets to the endpoint's UDP port are refused by a firewall, which says so: here, on the way or "
         "at the peer.",
         "Let that UDP port through."},
    [REACH_PING_ONLY] =
        {"The endpoint's host answers ping, and nothing shows that UDP gets there: a firewall drops it, most "
         "likely; or the host keeps silent on closed ports, and the keys of the two sides do not belong "
         "together.",
         "Let the UDP port through, on the way and at the peer; if it is," COMPARE_KEYS},
    [REACH_DEAF] =
        {"UDP gets to the endpoint's host and back, and something at the port takes it without a word, as "
         "WireGuard does with whom it does not know: the keys of the two sides do not belong together, most "
         "likely.",
         "On both sides" COMPARE_KEYS},
};

static void tell(const struct reach_fact *reach, enum reach_verdict verdict, struct finding *finding)
{
    char place[PEER_ENDPOINT_TEXT_SIZE];

    finding_text(finding, "evidence", reach_verdict_name(verdict));
    if (reach->endpoint.family) {
        finding_text(finding, "endpoint-ping", reach_ping_name(reach->ping));
        finding_text(finding, "endpoint-port", reach_port_name(reach->port));
        finding_text(finding, "endpoint-udp", reach->udp_passes ? "passes" : "unknown");
    }
    if (reach->host[0])
        finding_text(finding, "endpoint-name", reach->host);
    if (reach->name == REACH_NAME_MOVED)
        finding_text(finding, "endpoint-now", peer_endpoint_text(&reach->place, place, sizeof(place)));
}

void check_reach(const struct tunnel *tunnel, struct finding *finding)
{
    const struct reach_fact *reach = tunnel_reach(tunnel);
    enum reach_verdict verdict;

    if (!reach)
        return;
    verdict = reach_judge(reach);
    tell(reach, verdict, finding);
    if (verdict == REACH_NOTHING)
        return;
    finding->cause = explanations[verdict].cause;
    finding->remedy = explanations[verdict].remedy;
    if (verdict == REACH_MOVED)
        finding->mend.verb = MEND_REFRESH_IP;
}
