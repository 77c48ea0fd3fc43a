/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: what readers ask of it */
#include "node.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>

bool node_links_known(const struct node *node)
{
    return node->links.spoken && node->addresses.spoken && node->routes.spoken;
}

bool node_sockets_known(const struct node *node)
{
    return node_links_known(node) && node->sockets.spoken;
}

bool node_clock_known(const struct node *node)
{
    return node->clock.spoken && node->platform_spoken;
}

static bool is_wsl(const struct node *node)
{
    return strcmp(node->platform.platform, "wsl2") == 0;
}

bool node_clock_measured(const struct node *node)
{
    return node_clock_known(node) && clock_has_reference(&node->clock);
}

bool node_reference_known(const struct node *node)
{
    return node_clock_known(node) && (is_wsl(node) || clock_has_reference(&node->clock));
}

bool node_loopback_known(const struct node *node)
{
    return node->loopback_spoken;
}

bool node_wsl_config_known(const struct node *node)
{
    return node->wsl_config_spoken && is_wsl(node);
}

bool node_wslconfig_known(const struct node *node)
{
    return node->wslconfig_spoken && node->wslconfig.folders && is_wsl(node) && node_links_known(node);
}

bool node_resolver_known(const struct node *node)
{
    return node->resolver_spoken;
}

bool node_dns_known(const struct node *node)
{
    return node->resolver_spoken && node->servers.spoken;
}

bool node_hosts_known(const struct node *node)
{
    return node->hosts.view != HOSTS_UNKNOWN && dns_first_finds(node);
}

bool node_tunnels_known(const struct node *node)
{
    return node_links_known(node) && node->tunnels.spoken;
}

bool node_tailscale_known(const struct node *node)
{
    return node->tailscale_spoken;
}

bool node_windows_asked(const struct node *node)
{
    return node->windows_tailscale_spoken;
}

bool node_windows_known(const struct node *node)
{
    enum tailscale_daemon daemon = node->windows_tailscale.daemon;

    return node_windows_asked(node) && (daemon == TAILSCALE_ABSENT || daemon == TAILSCALE_ANSWERS);
}

bool node_files_known(const struct node *node)
{
    return node->files.spoken && node->places.spoken;
}

const struct link_fact *node_link(const struct node *node, int32_t ifindex)
{
    for (size_t i = 0; i < node->links.count; i++)
        if (node->links.list[i].fact.link.ifindex == ifindex)
            return &node->links.list[i].fact.link;
    return NULL;
}

const struct link_fact *node_link_named(const struct node *node, const char *name)
{
    for (size_t i = 0; i < node->links.count; i++)
        if (strcmp(node->links.list[i].fact.link.name, name) == 0)
            return &node->links.list[i].fact.link;
    return NULL;
}

bool link_is_tunnel(const struct link_fact *link)
{
    static const char *const kinds[] = {"wireguard", "tun", "ppp", "ipip", "gre", "ip6gre",
                                        "ip6tnl",    "sit", "vti", "vti6", "xfrm"};

    /* A tap device has the kind "tun" too, but it carries a virtual machine's Ethernet as a rule. */
    if (link->hardware == ARPHRD_ETHER)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(link->kind, kinds[i]) == 0)
            return true;
    return false;
}

bool address_counts(const struct address_fact *address)
{
    return address->global && address->usable;
}

static uint32_t ipv4(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/* A socket may wait at its network's broadcast address too, and at any address of a network on a loopback. */
static bool in_reach(const struct node *node, const struct address_fact *address,
                     const struct socket_fact *socket)
{
    const struct link_fact *link;
    uint32_t hosts, own, other;

    if (address->family != socket->family)
        return false;
    if (memcmp(address->bytes, socket->bytes, sizeof(address->bytes)) == 0)
        return true;
    if (address->family != AF_INET || address->prefix > 30)
        return false;
    hosts = UINT32_MAX >> address->prefix;
    own = ipv4(address->bytes);
    other = ipv4(socket->bytes);
    if ((own & ~hosts) != (other & ~hosts))
        return false;
    if ((other & hosts) == hosts || (other & hosts) == 0)
        return true;
    link = node_link(node, address->ifindex);
    return link && link->loopback;
}

bool socket_is_stranded(const struct node *node, const struct socket_fact *socket)
{
    const struct facts *addresses = &node->addresses;

    /* While a dump runs it is not known yet whether it goes beyond the limit; a full list is as good. */
    if (!addresses->spoken || addresses->truncated || addresses->count == addresses->limit)
        return false;
    for (size_t i = 0; i < addresses->count; i++)
        if (in_reach(node, &addresses->list[i].fact.address, socket))
            return false;
    return true;
}

static const struct route_fact *lowest_metric(const struct node *node, uint8_t family)
{
    const struct route_fact *best = NULL;

    for (size_t i = 0; i < node->routes.count; i++) {
        const struct route_fact *route = &node->routes.list[i].fact.route;

        if (route->family == family && (!best || route->metric < best->metric))
            best = route;
    }
    return best;
}

const struct route_fact *node_default_route(const struct node *node)
{
    const struct route_fact *route = lowest_metric(node, AF_INET);

    return route ? route : lowest_metric(node, AF_INET6);
}

bool node_has_default_route(const struct node *node, uint8_t family, int32_t ifindex)
{
    for (size_t i = 0; i < node->routes.count; i++) {
        const struct route_fact *route = &node->routes.list[i].fact.route;

        if (route->family == family && route->ifindex == ifindex)
            return true;
    }
    return false;
}

const struct link_fact *node_uplink(const struct node *node)
{
    const struct route_fact *route = node_default_route(node);

    return route ? node_link(node, route->ifindex) : NULL;
}

static const struct address_fact *first_global(const struct node *node, int32_t ifindex, uint8_t family)
{
    for (size_t i = 0; i < node->addresses.count; i++) {
        const struct address_fact *address = &node->addresses.list[i].fact.address;

        if (address->ifindex == ifindex && address->family == family && address_counts(address) &&
            (family == AF_INET6 || !address->secondary))
            return address;
    }
    return NULL;
}

const struct address_fact *node_address_of(const struct node *node, uint8_t family)
{
    const struct link_fact *uplink = node_uplink(node);

    return uplink ? first_global(node, uplink->ifindex, family) : NULL;
}

const struct address_fact *node_address(const struct node *node)
{
    const struct address_fact *address = node_address_of(node, AF_INET);

    return address ? address : node_address_of(node, AF_INET6);
}

static bool links_name(const struct node *node, const char *prefix, bool hardware)
{
    for (size_t i = 0; i < node->links.count; i++) {
        const struct link_fact *link = &node->links.list[i].fact.link;

        if (strncmp(link->name, prefix, strlen(prefix)) == 0)
            return true;
        if (hardware && link->hardware == ARPHRD_ETHER && !link->kind[0] &&
            strcmp(link->name, "loopback0") != 0)
            return true;
    }
    return false;
}

static bool in_nat_range(const struct node *node)
{
    const struct link_fact *eth0 = node_link_named(node, "eth0");
    const struct address_fact *address = eth0 ? first_global(node, eth0->ifindex, AF_INET) : NULL;

    return address && address->bytes[0] == 172 && (address->bytes[1] & 0xf0) == 16;
}

const char *node_networking_mode(const struct node *node)
{
    const struct platform_fact *platform = &node->platform;

    if (strcmp(platform->platform, "wsl2") != 0)
        return "unknown";
    /* Mirrored mode can fall back to nothing in silence: without any link its word does not count. */
    if (node->links.spoken && !links_name(node, "eth", true))
        return "none";
    if (platform->mode[0])
        return platform->mode;
    if (links_name(node, "loopback0", false))
        return "mirrored";
    return in_nat_range(node) ? "nat" : "unknown";
}

bool ipv4_is_private(const uint8_t *bytes)
{
    return bytes[0] == 10 || bytes[0] == 127 || (bytes[0] == 172 && bytes[1] >> 4 == 1) ||
           (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254) ||
           (bytes[0] == 100 && bytes[1] >> 6 == 1);
}

const char *address_text(uint8_t family, const uint8_t *bytes, int prefix, char *buffer, size_t size)
{
    size_t length;

    buffer[0] = 0;
    if (!family || !inet_ntop(family, bytes, buffer, size))
        return buffer;
    length = strlen(buffer);
    if (prefix >= 0)
        snprintf(buffer + length, size - length, "/%d", prefix);
    return buffer;
}
