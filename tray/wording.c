/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording: what the daemon's findings say */
#include "wording.h"

#include <glib/gi18n.h>

#include "wording_reach.h"
#include "wording_vpn.h"

#define LOST    "The link no longer has the MTU that was asked for."
#define REFUSED "The kernel does not take the MTU that was asked for on this link."

#define STALE_CAUSE                                                                                          \
    N_("WSL2 gives the node another address at every restart; what was written into a file stays what it "   \
       "was.")
#define STALE_REMEDY                                                                                         \
    N_("Mend it: {address} is put there, and nothing else is changed. Refreshing the address does the same " \
       "for all files.")
#define TUNNEL_SUMMARY                                                                                       \
    N_("The packets of tunnel {subject} (MTU {mtu}) do not fit into those of uplink {uplink} (MTU "          \
       "{uplink-mtu}).")
#define TUNNEL_CAUSE                                                                                         \
    N_("A tunnel wraps each packet into one that is {overhead} bytes larger. Under WSL the uplink's MTU is " \
       "the least of all connected links of Windows, a VPN there included: ping works, SSH and TLS hang.")

#define FIRST_DEAD N_("The DNS server that is asked first does not answer: names are found late.")
#define OTHER_DEAD N_("A DNS server that is listed does not answer.")

#define LATE_SUMMARY N_("Names are found late, though the first DNS server answers.")
#define HOSTS_REMEDY                                                                                         \
    N_("Look at the line hosts of /etc/nsswitch.conf, and let TCP port 53 through. `getent ahosts NAME` "    \
       "asks as programs do.")

#define DRIFT_SUMMARY N_("The clock is wrong by {seconds}.")
#define DRIFT_REMEDY                                                                                         \
    N_("Mend it: the clock is stepped once (wslnodectl sync-clock). In a container, set it on the host.")

static const struct wording wordings[] = {
    {
        .id = "no-uplink",
        .summary = N_("The node has no way to the network: there is no default route."),
        .cause = N_("Under WSL the virtual switch gave no link or no address, or the networking mode fell "
                    "back to none. Elsewhere the network is not configured."),
        .remedy = N_("Under WSL run `wsl --shutdown` in Windows and start again; if it stays, look at "
                     "networkingMode in .wslconfig. Elsewhere configure a default route."),
    },
    {
        .id = "no-address",
        .summary = N_("The uplink {subject} has a default route, but no global address."),
        .cause = N_("Nothing gave the link an address, or it went. Nobody can reach the node, and what it "
                    "sends has no way back."),
        .remedy = N_("Under WSL run `wsl --shutdown` in Windows and start again. Elsewhere look at what "
                     "configures the link (networkctl, nmcli, dhclient)."),
    },
    {
        .id = "two-uplinks",
        .summary = N_("A second link carries a default route too: {subject}, beside {uplink}."),
        .cause = N_("Two links offer a way to the network: {uplink} with metric {uplink-metric}, {subject} "
                    "with {metric}. The kernel takes the lower metric, and the order of configuration where "
                    "they are equal. Answers may leave by the wrong one."),
        .remedy = N_("Remove the default route that is not meant, or give it a higher metric (ip route "
                     "change default … metric N)."),
    },
    {
        .id = "too-many-links",
        .summary = N_("This machine has more links, addresses or default routes than wslnode keeps."),
        .cause = N_("Memory is bounded: of more than {links-limit} links, {addresses-limit} addresses or "
                    "{routes-limit} default routes, the rest is not known here."),
        .remedy = N_("Remove what is not needed; then run `wslnodectl diagnose`."),
    },
    {
        .id = "tunnel-too-big",
        .key = "windows-vpn",
        .is = "tailscale-exit-node",
        .summary = TUNNEL_SUMMARY,
        .cause = TUNNEL_CAUSE,
        .remedy = N_(
            "Raising the uplink's MTU would not help: Windows itself goes through Tailscale's exit node, "
            "which has no room for another tunnel. End one of the two, or choose no exit node in Windows."),
    },
    {
        .id = "tunnel-too-big",
        .key = "move",
        .is = "{subject}",
        .summary = TUNNEL_SUMMARY,
        .cause = TUNNEL_CAUSE,
        .remedy = N_("Lower the MTU of tunnel {move} to {to}, which {uplink} carries."),
    },
    {
        .id = "tunnel-too-big",
        .key = "move",
        .is = "{uplink}",
        .summary = TUNNEL_SUMMARY,
        .cause = TUNNEL_CAUSE,
        .remedy = N_("Raise the MTU of uplink {move} to {to}, so that it carries the tunnel: lowering the "
                     "tunnel would end its IPv6. If Windows itself goes through a VPN of that size, raising "
                     "does not help: end one of the two tunnels."),
    },
    {.id = "tunnel-too-big", .summary = TUNNEL_SUMMARY, .cause = TUNNEL_CAUSE},
    {
        .id = "stale-address",
        .key = "found",
        .is = "nothing", /* the daemon's word for an empty value */
        .summary = N_("The node's address is missing in {subject}."),
        .cause = N_("{variable} in line {line} is to follow the node's address, but is empty."),
        .remedy = STALE_REMEDY,
    },
    {
        .id = "stale-address",
        .summary = N_("{subject} holds an address that the node no longer has: {found}, in line {line}."),
        .cause = STALE_CAUSE,
        .remedy = STALE_REMEDY,
    },
    {
        .id = "file-refused",
        .summary = N_("{subject} is to follow the node's address, but is not touched."),
        .cause = N_("It is not a file that can be changed safely, or not one that holds the address: "
                    "{problem}"),
        .remedy = N_("Mend that, or take the file out of Files= in /etc/wslnode/wslnode.conf."),
    },
    {
        .id = "listens-on-gone-address",
        .summary = N_("A service listens on an address that the node no longer has: {subject}."),
        .cause = N_("The address {address} went while the service ran: WSL gave the node another one, or a "
                    "VPN's link went. Nobody reaches the service there. A proxy that binds other machines' "
                    "addresses on purpose (HAProxy or keepalived, by ip_nonlocal_bind) looks the same."),
        .remedy = N_("Restart the service with the address that the node has now, or let it listen on "
                     "0.0.0.0 or [::]; `ss -ltunp` shows whose port {port} is. Nothing is to be done for "
                     "such a proxy."),
    },
    {
        .id = "wanted-mtu-lost",
        .said = LOST,
        .summary = N_("{subject} has MTU {mtu}, no longer {wanted-mtu} as was asked for."),
        .cause = N_("WSL writes the uplink's MTU when something changed in Windows, a VPN there that came or "
                    "went for instance, and at every start. So a smaller value may be right now."),
        .remedy = N_("If MTU {wanted-mtu} is still wanted, mend it; if not, release the wish (wslnodectl "
                     "release mtu LINK)."),
    },
    {
        .id = "wanted-mtu-lost",
        .said = REFUSED,
        .summary = N_("The kernel does not take MTU {wanted-mtu} on {subject}, as was asked for."),
        .cause = N_("The link is of another kind or has other limits than when it was asked for."),
        .remedy = N_("Set a value that {subject} takes (wslnodectl set-mtu LINK MTU), or release the wish "
                     "(wslnodectl release mtu LINK)."),
    },
    {
        .id = "fighting",
        .key = "subject",
        .is = "clock",
        .summary =
            N_("Something steps the clock again and again, and it stays wrong; wslnode does not join in."),
        .cause = N_("The kernel does not say who sets the clock. The suspects are those that are at work "
                    "here: {suspects}"),
        .remedy = N_("Stop what does not follow Windows' time; `wslnodectl clock` shows the evidence."),
    },
    {
        .id = "fighting",
        .key = "subject",
        .is = "/etc/resolv.conf",
        .summary =
            N_("Something replaces FixDNS's /etc/resolv.conf again and again; wslnode does not join in."),
        .cause = N_("The kernel does not say who writes a file. The owner is whose the file looks like now."),
        .remedy = N_("Find what else writes /etc/resolv.conf (Tailscale, resolvconf, NetworkManager, a "
                     "script) and have it leave the file alone, or set the servers there."),
    },
    {
        .id = "fighting",
        .summary = N_("Something sets the MTU of tunnel {subject} again and again; wslnode has stopped "
                      "joining in."),
        .cause = N_("The kernel does not say who writes an MTU. {wanted-mtu} was put back three times within "
                    "a minute and changed again."),
        .remedy = N_("Find what else configures this tunnel (wg-quick, NetworkManager, a script) and give it "
                     "MTU {wanted-mtu}; or release the wish (wslnodectl release mtu LINK)."),
    },
    {
        .id = "clock-drift",
        .key = "slew-left-seconds",
        .is = "{slew-left-seconds}", /* wherever there is one */
        .summary = DRIFT_SUMMARY,
        .cause = N_("WSL's clock stands still while Windows sleeps, and WSL's own correction is at work, but "
                    "takes {slew-left-seconds} more."),
        .remedy = DRIFT_REMEDY,
    },
    {
        .id = "clock-drift",
        .summary = DRIFT_SUMMARY,
        .cause =
            N_("WSL's clock stands still while Windows sleeps, and WSL's own correction takes twelve times "
               "as long as the sleep."),
        .remedy = DRIFT_REMEDY,
    },
    {
        .id = "clock-stepped",
        .summary = N_("Something sets the clock every {period-seconds}; it does no harm."),
        .cause = N_("Docker Desktop does so every 30 s, for instance. The kernel does not say who it is. The "
                    "suspects are those that are at work here: {suspects}"),
        .remedy = N_("Nothing has to be done."),
    },
    {
        .id = "no-time-reference",
        .summary = N_("Nothing tells the true time."),
        .cause =
            N_("WSL's PTP clock and the hardware clock are missing or cannot be read, and no NTP server is "
               "configured or answers."),
        .remedy = N_("Name NTP servers in NTPServers= of section [Clock] in /etc/wslnode/wslnode.conf, then "
                     "reload."),
    },
    {
        .id = "clock-reference-stale",
        .summary = N_("WSL's PTP clock cannot be trusted now."),
        .cause = N_("It has had no fresh sample of Windows' time for ten minutes, or it contradicts itself."),
        .remedy =
            N_("Nothing has to be done while another reference is there; if it stays so, restart WSL (wsl "
               "--shutdown in Windows)."),
    },
    {
        .id = "dns-no-answer",
        .summary = N_("No DNS server answers: names are not found."),
        .cause = N_("None of the servers in /etc/resolv.conf answers, or it names none. A VPN or a firewall "
                    "in Windows may keep them from WSL."),
        .remedy = N_("Look at Windows' network. If that is well, ask other servers: mend it (wslnodectl "
                     "fix-dns), or change what owns /etc/resolv.conf."),
    },
    {
        .id = "dns-server-dead",
        .said = FIRST_DEAD,
        .summary = FIRST_DEAD,
        .cause = N_("Programs wait for it, five seconds as a rule, before they ask the next one."),
        .remedy =
            N_("Ask the others first: mend it (wslnodectl fix-dns), or change what owns /etc/resolv.conf."),
    },
    {
        .id = "dns-server-dead",
        .said = OTHER_DEAD,
        .summary = OTHER_DEAD,
        .cause = N_("It is asked only when those before it do not answer."),
        .remedy = N_("Nothing has to be done while those before it answer."),
    },
    {
        .id = "dns-tunnel-refuses",
        .summary = N_("WSL's DNS tunnel does not listen."),
        .cause = N_("WSL lists it, and nothing takes questions there: its part in Windows did not start or "
                    "has ended."),
        .remedy =
            N_("Mend it (wslnodectl fix-dns): other servers are asked. To have the tunnel again, run wsl "
               "--shutdown in Windows, then start WSL; dnsTunneling=false in .wslconfig does without it."),
    },
    {
        .id = "dns-no-tcp",
        .summary = N_("The DNS server answers by UDP, but not by TCP."),
        .cause = N_("What is too long for UDP is asked for again by TCP; something lets none through."),
        .remedy = N_("Nothing has to be done unless some names are not found: then let TCP port 53 through."),
    },
    {
        .id = "resolv-conf-missing",
        .summary = N_("There is no /etc/resolv.conf: names are not found."),
        .cause = N_("It was removed, or is a link to a file that is not there. WSL makes one at its start, "
                    "unless generateResolvConf in wsl.conf forbids it."),
        .remedy = N_("Mend it (wslnodectl fix-dns). Where generateResolvConf is false, remove that line if "
                     "WSL is to make the file again."),
    },
    {
        .id = "resolv-conf-rewritten",
        .summary = N_("Something wrote its own DNS servers into WSL's resolv.conf."),
        .cause = N_("/etc/resolv.conf is WSL's link, and what it leads to bears another's mark. All "
                    "distributions share that file, and WSL overwrites it when Windows' network changes."),
        .remedy = N_("Have the writer leave /etc/resolv.conf alone; or set generateResolvConf=false in "
                     "section [network] of /etc/wsl.conf and give the distribution a file of its own."),
    },
    {
        .id = "resolv-conf-immutable",
        .summary = N_("/etc/resolv.conf cannot be changed by anybody."),
        .cause = N_("Somebody set its attribute i (chattr +i) to keep WSL from replacing it. That holds off "
                    "Tailscale, systemd-resolved and wslnode as well."),
        .remedy = N_("Nothing has to be done while its servers answer. `chattr -i /etc/resolv.conf` lets go "
                     "of it; generateResolvConf=false in /etc/wsl.conf keeps WSL away."),
    },
    {
        .id = "resolv-conf-ours",
        .summary = N_("FixDNS's servers are asked instead of those that were there before."),
        .cause = N_("Those did not answer. WSL's own come back by themselves when they answer again, and at "
                    "WSL's next start."),
        .remedy = N_("Nothing has to be done. To go back now, undo the change (wslnodectl changes, then "
                     "wslnodectl undo)."),
    },
    {
        .id = "hosts-not-found",
        .summary = N_("DNS servers answer, but programs do not find names."),
        .cause =
            N_("The line hosts of /etc/nsswitch.conf may lack dns, or ask another service that says no; or "
               "what is too long for UDP is not answered by TCP."),
        .remedy = HOSTS_REMEDY,
    },
    {
        .id = "hosts-late",
        .key = "waits-for",
        .is = "aaaa",
        .summary = LATE_SUMMARY,
        .cause =
            N_("Programs ask for IPv6 addresses (AAAA) as well, and wait for that answer. The server gives "
               "none, or it leaves one of two questions at once unanswered."),
        .remedy =
            N_("Ask another server, or put `options no-aaaa` (from glibc 2.36 on) or `options "
               "single-request` into /etc/resolv.conf. Where WSL makes the file, that is lost at its next "
               "start, unless `wslnodectl fix-dns --persist` or generateResolvConf=false in /etc/wsl.conf "
               "comes before it."),
    },
    {
        .id = "hosts-late",
        .key = "waits-for",
        .is = "search",
        .summary = LATE_SUMMARY,
        .cause = N_("Programs ask for the name within a domain of the search line first, and nothing answers "
                    "that."),
        .remedy =
            N_("Take that domain out of the search line of /etc/resolv.conf, or set a lower ndots in its "
               "options. Where WSL makes the file, that is lost at its next start, unless `wslnodectl "
               "fix-dns --persist` or generateResolvConf=false in /etc/wsl.conf comes before it."),
    },
    {
        .id = "hosts-late",
        .summary = LATE_SUMMARY,
        .cause =
            N_("Programs wait neither for IPv6 addresses nor for the search line alone. Another service in "
               "the line hosts of /etc/nsswitch.conf may not answer, or TCP does not, which is asked where "
               "UDP is too short."),
        .remedy = HOSTS_REMEDY,
    },
    {
        .id = "network-dead",
        .summary = N_("The network stack is dead: not even loopback answers."),
        .cause = N_("So it can be after hibernation. Nothing inside WSL ends it."),
        .remedy = N_("Run wsl --shutdown in Windows, then start WSL again."),
    },
    {
        .id = "wsl-conf-cut-off",
        .summary = N_("WSL ignores the rest of its configuration file, from line {line} on."),
        .cause =
            N_("There is a line that WSL does not understand, and it reads nothing from there on. It says so "
               "at the next start, if at all."),
        .remedy =
            N_("`wslnodectl config lint --wsl` says what is wrong with the line. It counts from the next "
               "start of the distribution on (wsl --terminate in Windows)."),
    },
    {
        .id = "wsl-conf-remarks",
        .summary = N_("WSL takes something in its configuration file otherwise than it looks: line {line}."),
        .cause = N_("A key or a value is none that WSL knows there, or it reads another one."),
        .remedy = N_("`wslnodectl config lint --wsl` says which, and what to write instead."),
    },
    {
        .id = "stops-when-idle",
        .summary = N_("WSL stops this node {milliseconds} ms after its last shell is closed."),
        .cause =
            N_("Services do not keep a distribution up unless instanceIdleTimeout is negative, which it is "
               "not in {file}. vmIdleTimeout alone changes nothing. A task of Windows that holds a shell "
               "open keeps it up as well."),
        .remedy = N_("Put the lines \"[general]\" and, below it, \"instanceIdleTimeout=-1\" into "
                     "%UserProfile%\\.wslconfig in Windows. `wsl --shutdown` there makes WSL read them."),
    },
    {
        .id = "wslconfig-remarks",
        .summary = N_("WSL takes something in .wslconfig otherwise than it looks: line {line} of {file}."),
        .cause =
            N_("A key or a value is none that WSL knows there (generateResolvConf, for instance, belongs "
               "into wsl.conf), or it reads another one."),
        .remedy = N_("`wslnodectl config lint --wslconfig FILE` says which, and what to write instead. It "
                     "counts after `wsl --shutdown` in Windows."),
    },
    {
        .id = "configuration-refused",
        .summary = N_("The configuration file was refused; the one before it stays in force: {subject}"),
        .cause = N_("The file cannot be read, or a line of it cannot be understood: {problem}"),
        .remedy = N_("Mend the line, then run `systemctl reload wslnoded` (without systemd: send SIGHUP)."),
    },
};

const struct wording *wording_at(gsize place)
{
    if (place < G_N_ELEMENTS(wordings))
        return &wordings[place];
    place -= G_N_ELEMENTS(wordings);
    /* Before what holds of any that is down. */
    if (place < wordings_reach_count)
        return &wordings_reach[place];
    place -= wordings_reach_count;
    return place < wordings_vpn_count ? &wordings_vpn[place] : NULL;
}
