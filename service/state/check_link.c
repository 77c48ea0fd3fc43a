/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of links and routes */
#include "health.h"

#include <string.h>
#include <netinet/in.h>

#include "mtu.h"
#include "tailscale.h"

void check_no_uplink(const struct health_input *input, struct findings *findings)
{
    struct finding *finding;

    if (node_default_route(input->node))
        return;
    finding = findings_add(findings, "no-uplink", "", SEVERITY_CRITICAL);
    finding->summary = "The node has no way to the network: there is no default route.";
    finding->cause =
        "Under WSL the virtual switch gave no link or no address, or the networking mode fell back "
        "to none. Elsewhere the network is not configured.";
    finding->remedy = "Under WSL run `wsl --shutdown` in Windows and start again; if it stays, look at "
                      "networkingMode in .wslconfig. Elsewhere configure a default route.";
}

void check_no_address(const struct health_input *input, struct findings *findings)
{
    const struct link_fact *uplink = node_uplink(input->node);
    struct finding *finding;

    if (!uplink || node_address(input->node))
        return;
    finding = findings_add(findings, "no-address", uplink->name, SEVERITY_CRITICAL);
    finding->summary = "The uplink has a default route, but no global address.";
    finding->cause =
        "Nothing gave the link an address, or it went. Nobody can reach the node, and what it sends "
        "has no way back.";
    finding->remedy = "Under WSL run `wsl --shutdown` in Windows and start again. Elsewhere look at what "
                      "configures the link (networkctl, nmcli, dhclient).";
}

/* The first link besides the uplink that has a default route of the uplink's family. */
static const struct route_fact *rival_route(const struct node *node, const struct route_fact *uplink)
{
    const struct route_fact *best = NULL;

    for (size_t i = 0; i < node->routes.count; i++) {
        const struct route_fact *route = &node->routes.list[i].fact.route;

        if (route->family != uplink->family || route->ifindex == uplink->ifindex)
            continue;
        if (!best || route->metric < best->metric)
            best = route;
    }
    return best;
}

void check_two_uplinks(const struct health_input *input, struct findings *findings)
{
    const struct route_fact *first = node_default_route(input->node);
    const struct route_fact *second = first ? rival_route(input->node, first) : NULL;
    const struct link_fact *link = second ? node_link(input->node, second->ifindex) : NULL;
    const struct link_fact *uplink = node_uplink(input->node);
    struct finding *finding;

    if (!link || !uplink)
        return;
    /* With metrics apart it is a stand-by, and worth no more than a note. */
    finding = findings_add(findings, "two-uplinks", link->name,
                           first->metric == second->metric ? SEVERITY_WARNING : SEVERITY_INFO);
    finding->summary = "A second link carries a default route too.";
    finding->cause = "Two links offer a way to the network; the kernel takes the lower metric, and the order "
                     "of configuration where they are equal. Answers may leave by the wrong one.";
    finding->remedy = "Remove the default route that is not meant, or give it a higher metric "
                      "(ip route change default … metric N).";
    finding_text(finding, "uplink", uplink->name);
    finding_number(finding, "uplink-metric", first->metric);
    finding_number(finding, "metric", second->metric);
}

static uint32_t overhead(const struct node *node, const struct link_fact *uplink)
{
    return node_has_default_route(node, AF_INET6, uplink->ifindex) ? MTU_OVERHEAD_IPV6 : MTU_OVERHEAD_IPV4;
}

/*
 * WSL gives it the least of Windows' links. With an exit node all of Windows goes through there, so a larger
 * uplink would not help.
 */
static bool note_windows(struct finding *finding, const struct node *node)
{
    bool exit_node = node->windows_tailscale.exit_node;

    if (!tailscale_windows_runs(node))
        return false;
    finding_text(finding, "windows-vpn", exit_node ? "tailscale-exit-node" : "tailscale");
    if (exit_node)
        finding->remedy =
            "Raising the uplink's MTU would not help: Windows itself goes through Tailscale's exit node, "
            "which has no room for another tunnel. End one of the two, or choose no exit node in Windows.";
    return exit_node;
}

/* Which end to move: a tunnel below 1280 has no IPv6, so then the underlay must grow. */
static void advise(struct finding *finding, const struct node *node, const struct link_fact *tunnel,
                   const struct link_fact *uplink, uint32_t needed)
{
    uint32_t fits = uplink->mtu > needed ? uplink->mtu - needed : 0;

    if (uplink->mtu == MTU_LEAST_IPV6 && note_windows(finding, node))
        return;
    finding->mend.verb = MEND_SET_MTU;
    if (fits >= MTU_LEAST_IPV6) {
        finding->remedy = "Lower the tunnel's MTU to what the underlay carries.";
        memcpy(finding->mend.link, tunnel->name, sizeof(finding->mend.link));
        finding->mend.mtu = fits;
    } else {
        finding->remedy =
            "Raise the uplink's MTU so that it carries the tunnel: lowering the tunnel would end "
            "its IPv6. If Windows itself goes through a VPN of that size, raising does not help: "
            "end one of the two tunnels.";
        memcpy(finding->mend.link, uplink->name, sizeof(finding->mend.link));
        finding->mend.mtu = (tunnel->mtu > MTU_LEAST_IPV6 ? MTU_LEAST_IPV6 : tunnel->mtu) + MTU_OVERHEAD_IPV6;
    }
    finding_text(finding, "move", finding->mend.link);
    finding_number(finding, "to", finding->mend.mtu);
}

void check_tunnel_too_big(const struct health_input *input, struct findings *findings)
{
    const struct link_fact *uplink = node_uplink(input->node);
    uint32_t needed;

    if (!uplink)
        return;
    needed = overhead(input->node, uplink);
    for (size_t i = 0; i < input->node->links.count; i++) {
        const struct link_fact *link = &input->node->links.list[i].fact.link;
        struct finding *finding;

        if (link == uplink || !link->up || !link_is_tunnel(link) || link->mtu + needed <= uplink->mtu)
            continue;
        finding = findings_add(findings, "tunnel-too-big", link->name, SEVERITY_WARNING);
        finding->summary = "The tunnel's packets do not fit into the uplink's.";
        finding->cause =
            "A tunnel wraps each packet into a larger one. Under WSL the uplink's MTU is the least "
            "of all connected links of Windows, a VPN there included: ping works, SSH and TLS hang.";
        finding_number(finding, "mtu", link->mtu);
        finding_number(finding, "overhead", needed);
        finding_text(finding, "uplink", uplink->name);
        finding_number(finding, "uplink-mtu", uplink->mtu);
        advise(finding, input->node, link, uplink, needed);
    }
}

void check_too_many_links(const struct health_input *input, struct findings *findings)
{
    const struct node *node = input->node;
    struct finding *finding;

    if (!node->links.truncated && !node->addresses.truncated && !node->routes.truncated)
        return;
    finding = findings_add(findings, "too-many-links", "", SEVERITY_WARNING);
    finding->summary = "This machine has more links, addresses or default routes than wslnode keeps.";
    finding->cause = "Memory is bounded: what came after the limit is not known here.";
    finding->remedy = "Remove what is not needed; then run `wslnodectl diagnose`.";
    finding_number(finding, "links-limit", NODE_LINKS_MAX);
    finding_number(finding, "addresses-limit", NODE_ADDRESSES_MAX);
    finding_number(finding, "routes-limit", NODE_ROUTES_MAX);
}
