/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS servers that come into question */
#include "dns_candidates.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static struct dns_candidate *find(struct dns_candidates *candidates, const struct dns_address *address)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (dns_address_equal(&candidates->list[i].server.address, address))
            return &candidates->list[i];
    return NULL;
}

static void add(struct dns_candidates *candidates, const struct dns_address *address, enum dns_role role)
{
    struct dns_candidate *candidate = find(candidates, address);

    if (!candidate && candidates->count == NODE_SERVERS_MAX)
        return;
    if (!candidate) {
        candidate = &candidates->list[candidates->count++];
        candidate->server.address = *address;
    }
    candidate->server.roles |= role;
}

static void add_list(struct dns_candidates *candidates, const struct dns_list *list, enum dns_role role)
{
    for (size_t i = 0; i < list->count; i++)
        add(candidates, &list->servers[i], role);
}

/* Those that need the name of a link, or have none of their own. */
static bool is_link_local(const struct dns_address *address)
{
    struct in6_addr in6;

    if (address->family == AF_INET)
        return address->bytes[0] == 169 && address->bytes[1] == 254;
    memcpy(&in6, address->bytes, sizeof(in6));
    return IN6_IS_ADDR_LINKLOCAL(&in6);
}

static void add_gateway(struct dns_candidates *candidates, const struct node *node)
{
    const struct route_fact *route = node_default_route(node);
    struct dns_address address = {.family = 0};

    if (!route || !route->gateway_family)
        return;
    address.family = route->gateway_family;
    memcpy(address.bytes, route->gateway, address.family == AF_INET ? 4 : 16);
    if (!is_link_local(&address))
        add(candidates, &address, DNS_ROLE_GATEWAY);
}

void dns_candidates_find(const struct node *node, const struct resolver_fact *resolver,
                         const struct dns_config *config, struct dns_candidates *candidates)
{
    memset(candidates, 0, sizeof(*candidates));
    add_list(candidates, &resolver->wsl, DNS_ROLE_WSL);
    add_list(candidates, &resolver->listed, DNS_ROLE_LISTED);
    if (strcmp(node->platform.platform, "wsl2") == 0)
        add(candidates, &dns_tunnel, DNS_ROLE_TUNNEL);
    add_gateway(candidates, node);
    add_list(candidates, &config->servers, DNS_ROLE_CONFIGURED);
    if (config->public_fallback)
        add_list(candidates, &dns_public, DNS_ROLE_PUBLIC);
}

void dns_candidates_recall(struct dns_candidates *candidates, const struct dns_candidates *before)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct server_fact *known = &before->list[i].server;
        struct dns_candidate *candidate = find(candidates, &known->address);

        if (!candidate)
            continue;
        candidate->server.udp = known->udp;
        candidate->server.tcp = known->tcp;
        candidate->server.latency_usec = known->latency_usec;
        candidate->server.found = known->found;
    }
}
