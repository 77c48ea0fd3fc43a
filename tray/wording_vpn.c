/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording_vpn: what the daemon's findings on the VPN say */
#include "wording_vpn.h"

#include <glib/gi18n.h>

#define VPN_DOWN   N_("The VPN is down.")
#define VPN_PARTLY N_("Some peers of the VPN cannot be reached.")

#define VPN_MORE_TUNNELS N_("This machine has more WireGuard tunnels than wslnode watches.")
#define VPN_MORE_PEERS   N_("The tunnel has more peers than wslnode watches.")

#define NO_UNDERLAY_CAUSE N_("The node has no address that the tunnel's packets could come from.")
#define NO_UNDERLAY_REMEDY                                                                                   \
    N_("See the finding on the uplink: when it has an address again, so has the tunnel.")
#define NO_HANDSHAKE_CAUSE                                                                                   \
    N_("There was no handshake for three minutes, though one is wanted: the peer is off, UDP is blocked on " \
       "the way, its endpoint has moved, or the keys of the two sides do not belong together.")
#define NO_HANDSHAKE_REMEDY                                                                                  \
    N_("Look whether the peer is on and at its endpoint, and whether both have each other's public key; "    \
       "let its UDP port through. `wslnodectl vpn NAME` shows each peer.")
#define NO_REPLY_CAUSE                                                                                       \
    N_("What is sent to the peer is not answered, though there was a handshake lately: it has just gone, "   \
       "or the way to it was cut.")
#define NO_REPLY_REMEDY                                                                                      \
    N_("If it does not come back by itself, look whether the peer is on and its UDP port is let "            \
       "through. `wslnodectl vpn NAME` shows each peer.")
#define NO_ENDPOINT_CAUSE                                                                                    \
    N_("There is no handshake, and nobody knows where the peer is: it has no endpoint here, and does not "   \
       "call by itself.")
#define NO_ENDPOINT_REMEDY                                                                                   \
    N_("Give the peer an Endpoint, or let it call: it needs one for this node, and a "                       \
       "PersistentKeepalive. `wslnodectl vpn NAME` shows each peer.")

#define VPN(sentence, word, why, what)                                                                       \
    {                                                                                                        \
        .id = "vpn-down", .said = sentence, .key = "reason", .is = word, .summary = sentence, .cause = why,  \
        .remedy = what                                                                                       \
    }

#define TAILSCALE_DOWN N_("Tailscale is down.")
#define KEY_CAUSE                                                                                            \
    N_("A login lasts as long as the tailnet allows, 180 days as a rule; after that nothing gets through "   \
       "until somebody logs in again.")
#define KEY_REMEDY                                                                                           \
    N_("Log in anew with `tailscale up --force-reauth`, which may cut connections for a moment. Of a "       \
       "machine that nobody sits at, an administrator of the tailnet can switch the expiry off.")
#define EXIT_NODE_REMEDY                                                                                     \
    N_("Choose another with `tailscale set --exit-node=NAME`, or none with `tailscale set --exit-node=`; "   \
       "`tailscale exit-node list` shows them.")

#define TWICE N_("Tailscale runs in Windows and in this distribution at once.")
#define TWICE_REMEDY                                                                                         \
    N_("Use one of the two. Tailscale's makers recommend the one in Windows; the one in this distribution "  \
       "(`tailscale down` stops it) is needed where the node is to have a name and an address of its own "   \
       "in the tailnet.")

#define PATH_IN_PIECES N_("The tunnel's larger packets reach the peer in fragments only.")
#define PATH_IN_PIECES_REMEDY                                                                                \
    N_("Nothing is lost, but it is slow, and many networks drop fragments: make the way wider, or lower "    \
       "the tunnel's MTU to what it carries, here and at the peer. Below 1280 bytes the tunnel's IPv6 "      \
       "would end.")
#define PATH_TOO_BIG                                                                                         \
    N_("The tunnel's larger packets are too big for the way to the peer: ping works, SSH and TLS hang.")
#define PATH_TOO_BIG_REMEDY N_("Lower the tunnel's MTU to what the way carries, here and at the peer.")
#define PATH_STUCK                                                                                           \
    N_("The tunnel's larger packets are too big for the way to the peer, and its MTU cannot be lowered: "    \
       "ping works, SSH and TLS hang.")
#define PATH_STUCK_REMEDY                                                                                    \
    N_("Below 1280 bytes the tunnel's IPv6 would end. Make the way wider: end the other tunnel that it "     \
       "goes through, such as a VPN of Windows, or raise that one's MTU. If nobody needs IPv6 in it, "       \
       "`wslnodectl set-mtu` with --force lowers it all the same.")
#define PATH_BEYOND                                                                                          \
    N_("Something on the way to the peer is narrower than this node's own link: PPPoE, another VPN, or "     \
       "under WSL a VPN of Windows.")
#define PATH_PEER                                                                                            \
    N_("Nothing on the way says why: larger packets of the tunnel's are dropped there, or the peer's own "   \
       "end of the tunnel is smaller.")

#define PATH(sentence, word, why, what)                                                                      \
    {                                                                                                        \
        .id = "path-too-small", .said = sentence, .key = "cause", .is = word, .summary = sentence,           \
        .cause = why, .remedy = what                                                                         \
    }

const struct wording wordings_vpn[] = {
    VPN(VPN_DOWN, "daemon-gone",
        N_("The program that made the tunnel does not answer any more: it has ended or hangs."),
        N_("Start it again, for example with `wg-quick down` and `wg-quick up`, and look at its log.")),
    VPN(VPN_DOWN, "link-down", N_("The tunnel's link was set down."),
        N_("Set it up again with `ip link set dev LINK up`, or with what manages it.")),
    VPN(VPN_DOWN, "no-underlay", NO_UNDERLAY_CAUSE, NO_UNDERLAY_REMEDY),
    VPN(VPN_PARTLY, "no-underlay", NO_UNDERLAY_CAUSE, NO_UNDERLAY_REMEDY),
    VPN(VPN_DOWN, "no-handshake", NO_HANDSHAKE_CAUSE, NO_HANDSHAKE_REMEDY),
    VPN(VPN_PARTLY, "no-handshake", NO_HANDSHAKE_CAUSE, NO_HANDSHAKE_REMEDY),
    VPN(VPN_DOWN, "no-reply", NO_REPLY_CAUSE, NO_REPLY_REMEDY),
    VPN(VPN_PARTLY, "no-reply", NO_REPLY_CAUSE, NO_REPLY_REMEDY),
    VPN(VPN_DOWN, "no-endpoint", NO_ENDPOINT_CAUSE, NO_ENDPOINT_REMEDY),
    VPN(VPN_PARTLY, "no-endpoint", NO_ENDPOINT_CAUSE, NO_ENDPOINT_REMEDY),
    VPN(TAILSCALE_DOWN, "daemon-gone", N_("tailscaled does not answer any more: it has ended or hangs."),
        N_("Start it again with `systemctl restart tailscaled`, and look at its log.")),
    VPN(TAILSCALE_DOWN, "login-needed",
        N_("Tailscale's login has expired, or somebody logged out: until there is a new one nothing gets "
           "through."),
        N_("Log in with `tailscale up`, and open the page that it names. Of a machine that nobody sits at, "
           "an "
           "administrator of the tailnet can switch the expiry off.")),
    VPN(TAILSCALE_DOWN, "not-authorised",
        N_("The tailnet lets in only machines that an administrator has approved, and this one is not."),
        N_("Have it approved in the tailnet's admin console, under Machines.")),
    {
        .id = "tailscale-exit-node",
        .key = "state",
        .is = "offline",
        .summary = N_("Tailscale's exit node {exit-node} is offline: nothing reaches the internet."),
        .cause =
            N_("All that does not go to the tailnet is to go by way of the exit node, and that is off or "
               "cut off."),
        .remedy = EXIT_NODE_REMEDY,
    },
    {
        .id = "tailscale-exit-node",
        .key = "state",
        .is = "not-found",
        .summary = N_("Tailscale's exit node is not there: nothing reaches the internet."),
        .cause =
            N_("All that does not go to the tailnet is to go by way of an exit node that is not among the "
               "peers: it was removed, or this machine may not use it."),
        .remedy = EXIT_NODE_REMEDY,
    },
    {
        .id = "tailscale-key-expires",
        .said = "Tailscale's login expires within a week.",
        .summary = N_("Tailscale's login expires within a week."),
        .cause = KEY_CAUSE,
        .remedy = KEY_REMEDY,
    },
    {
        .id = "tailscale-key-expires",
        .said = "Tailscale's login expires within a day.",
        .summary = N_("Tailscale's login expires within a day."),
        .cause = KEY_CAUSE,
        .remedy = KEY_REMEDY,
    },
    {
        .id = "tailscale-health",
        .summary = N_("Tailscale warns about itself: {warning}"),
        .cause = N_("tailscaled found something that it tells of; the first of it stands in the details."),
        .remedy = N_("Look at the end of `tailscale status`, which has all of it."),
    },
    {
        .id = "tailscale-twice",
        .key = "networking-mode",
        .is = "mirrored",
        .summary = TWICE,
        .cause = N_(
            "In mirrored mode both have links to the tailnet here, and one address: what comes in by one of "
            "them may be answered by the other and is lost then, and both want the same UDP port, 41641."),
        .remedy = TWICE_REMEDY,
    },
    {
        .id = "tailscale-twice",
        .summary = TWICE,
        .cause =
            N_("This machine is in the tailnet twice, and WSL gives the uplink the least MTU of Windows' "
               "links: the Tailscale there has 1280 bytes, which the packets of this one do not fit into."),
        .remedy = TWICE_REMEDY,
    },
    {
        .id = "windows-silent",
        .summary = N_("Whether Tailscale runs in Windows cannot be told: {error}"),
        .cause = N_("Its program was started through interop, and gave no answer that can be used: what came "
                    "instead stands in the details."),
        .remedy =
            N_("Run `tailscale.exe status` in a shell. If other programs of Windows hang there as well, only "
               "`wsl --shutdown` in Windows makes interop work again."),
    },
    PATH(PATH_IN_PIECES, "beyond", PATH_BEYOND, PATH_IN_PIECES_REMEDY),
    PATH(PATH_IN_PIECES, "peer", PATH_PEER, PATH_IN_PIECES_REMEDY),
    PATH(PATH_TOO_BIG, "beyond", PATH_BEYOND, PATH_TOO_BIG_REMEDY),
    PATH(PATH_TOO_BIG, "peer", PATH_PEER, PATH_TOO_BIG_REMEDY),
    PATH(PATH_STUCK, "beyond", PATH_BEYOND, PATH_STUCK_REMEDY),
    PATH(PATH_STUCK, "peer", PATH_PEER, PATH_STUCK_REMEDY),
    {
        .id = "vpn-truncated",
        .said = VPN_MORE_TUNNELS,
        .summary = VPN_MORE_TUNNELS,
        .cause = N_("Memory is bounded: the tunnels after the limit are not listed, and nobody is told when "
                    "one of them is down."),
        .remedy = N_("Take down the tunnels that nobody needs."),
    },
    {
        .id = "vpn-truncated",
        .said = VPN_MORE_PEERS,
        .summary = VPN_MORE_PEERS,
        .cause = N_("Memory is bounded: the peers after the limit are neither listed nor counted, and nobody "
                    "is told when one of them is down."),
        .remedy = N_("Remove the peers that nobody needs, or spread them over several tunnels."),
    },
    {
        .id = "vpn-no-keepalive",
        .summary = N_("Behind NAT, and without keepalive: the peer cannot reach this node when nothing is "
                      "sent."),
        .cause =
            N_("The NAT on the way forgets the tunnel some 30 seconds to 3 minutes after its last packet; "
               "from then on what the peer sends is lost until this node sends again. A drop cannot be "
               "seen either: silence is normal without keepalive."),
        .remedy = N_("Set PersistentKeepalive to 25 seconds for the peer, if it is to reach this node at any "
                     "time."),
    },
};

const gsize wordings_vpn_count = G_N_ELEMENTS(wordings_vpn);
