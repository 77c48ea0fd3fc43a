/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording_reach: what the daemon's findings on a peer that is down say of where it should be */
#include "wording_reach.h"

#include <glib/gi18n.h>

#define UNRESOLVED_CAUSE                                                                                     \
    N_("The name that the tunnel's file gives the peer cannot be looked up, so nobody can tell "             \
       "whether the peer is still where it was.")
#define UNRESOLVED_REMEDY                                                                                    \
    N_("Look at `wslnodectl diagnose` and `getent ahosts HOST`. If DNS is beyond this very "                 \
       "tunnel, give the peer's address in the file, and not a name.")
#define MOVED_CAUSE                                                                                          \
    N_("What the tunnel's file gives for the peer stands for another endpoint now than the "                 \
       "tunnel's own: the peer has moved, most likely.")
#define MOVED_REMEDY N_("`wslnodectl refresh-ip` tells the tunnel where it is now.")
#define UNREACHABLE_CAUSE                                                                                    \
    N_("The network says that the endpoint is not there: a router does, or its address is in "               \
       "this node's own network and nobody answers for it.")
#define UNREACHABLE_REMEDY                                                                                   \
    N_("Look whether the peer is on and still has that address, and whether the route to it is "             \
       "right.")
#define SILENT_CAUSE                                                                                         \
    N_("The endpoint answers nothing, not even ping: the peer is off, has another address, or "              \
       "something on the way drops all of it.")
#define SILENT_REMEDY                                                                                        \
    N_("Look whether the peer is on and still has that address. If it has, let its UDP port "                \
       "through; with ping let through as well more can be told.")
#define REFUSED_CAUSE                                                                                        \
    N_("The host at the endpoint says that nothing listens at this UDP port: WireGuard does not "            \
       "run there, uses another port, or a router there does not pass it on.")
#define REFUSED_REMEDY                                                                                       \
    N_("Start WireGuard on the peer, or compare its ListenPort with the Endpoint here; behind a "            \
       "router have the port forwarded to it.")
#define PROHIBITED_CAUSE                                                                                     \
    N_("Packets to the endpoint's UDP port are refused by a firewall, which says so: here, on "              \
       "the way or at the peer.")
#define PROHIBITED_REMEDY N_("Let that UDP port through.")
#define PING_ONLY_CAUSE                                                                                      \
    N_("The endpoint's host answers ping, and nothing shows that UDP gets there: a firewall "                \
       "drops it, most likely; or the host keeps silent on closed ports, and the keys of the "               \
       "two sides do not belong together.")
#define PING_ONLY_REMEDY                                                                                     \
    N_("Let the UDP port through, on the way and at the peer; if it is, compare the keys, for "              \
       "each side needs the other's public one: `wg show` tells a side's own, and both need the "            \
       "same preshared key, or none.")
#define DEAF_CAUSE                                                                                           \
    N_("UDP gets to the endpoint's host and back, and something at the port takes it without a "             \
       "word, as WireGuard does with whom it does not know: the keys of the two sides do not "               \
       "belong together, most likely.")
#define DEAF_REMEDY                                                                                          \
    N_("On both sides compare the keys, for each side needs the other's public one: `wg show` "              \
       "tells a side's own, and both need the same preshared key, or none.")

#define WHY(sentence, word, why, what)                                                                       \
    {                                                                                                        \
        .id = "vpn-down", .said = sentence, .key = "evidence", .is = word, .summary = sentence,              \
        .cause = why, .remedy = what                                                                         \
    }
#define BOTH(word, why, what)                                                                                \
    WHY(N_("The VPN is down."), word, why, what),                                                            \
        WHY(N_("Some peers of the VPN cannot be reached."), word, why, what)

const struct wording wordings_reach[] = {
    BOTH("unresolved", UNRESOLVED_CAUSE, UNRESOLVED_REMEDY),
    BOTH("moved", MOVED_CAUSE, MOVED_REMEDY),
    BOTH("unreachable", UNREACHABLE_CAUSE, UNREACHABLE_REMEDY),
    BOTH("silent", SILENT_CAUSE, SILENT_REMEDY),
    BOTH("refused", REFUSED_CAUSE, REFUSED_REMEDY),
    BOTH("prohibited", PROHIBITED_CAUSE, PROHIBITED_REMEDY),
    BOTH("ping-only", PING_ONLY_CAUSE, PING_ONLY_REMEDY),
    BOTH("deaf", DEAF_CAUSE, DEAF_REMEDY),
};

const gsize wordings_reach_count = G_N_ELEMENTS(wordings_reach);
