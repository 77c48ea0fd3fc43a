/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients see of the uplink */
#include "outlook.h"

#include <string.h>

#include "digest.h"

/* Of what the property Addresses would show. */
static uint64_t digest_addresses(const struct node *node, int32_t ifindex)
{
    uint64_t digest = DIGEST_BEGIN;

    for (size_t i = 0; i < node->addresses.count; i++) {
        const struct address_fact *address = &node->addresses.list[i].fact.address;

        if (address->ifindex != ifindex || !address_counts(address))
            continue;
        digest = digest_add(digest, address->bytes, sizeof(address->bytes));
        digest = digest_add(digest, &address->prefix, sizeof(address->prefix));
    }
    return digest;
}

void outlook_look(struct outlook *outlook, const struct node *node)
{
    const struct route_fact *route = node_default_route(node);
    const struct link_fact *link = node_uplink(node);
    const struct address_fact *address = node_address(node);

    memset(outlook, 0, sizeof(*outlook));
    if (route)
        outlook->route = *route;
    if (link) {
        outlook->link = *link;
        outlook->addresses = digest_addresses(node, link->ifindex);
    }
    if (address)
        outlook->address = *address;
    outlook->mode = node_networking_mode(node);
}

static void report_address(struct events *events, const struct address_fact *before,
                           const struct address_fact *after, const char *link)
{
    char old[ADDRESS_TEXT_SIZE], new[ADDRESS_TEXT_SIZE];

    events_add(events, EVENT_ADDRESS, link, address_text(before->family, before->bytes, -1, old, sizeof(old)),
               address_text(after->family, after->bytes, -1, new, sizeof(new)));
}

int outlook_compare(const struct outlook *before, const struct outlook *after, struct events *events)
{
    int mask = 0;

    if (strcmp(before->link.name, after->link.name) != 0) {
        mask |= NODE_UPLINK;
        events_add(events, EVENT_UPLINK, "", before->link.name, after->link.name);
    }
    if (before->addresses != after->addresses)
        mask |= NODE_ADDRESSES;
    if (before->link.mtu != after->link.mtu)
        mask |= NODE_UPLINK_MTU;
    if (before->route.gateway_family != after->route.gateway_family ||
        memcmp(before->route.gateway, after->route.gateway, sizeof(after->route.gateway)) != 0)
        mask |= NODE_GATEWAY;
    if (before->address.family != after->address.family ||
        memcmp(before->address.bytes, after->address.bytes, sizeof(after->address.bytes)) != 0) {
        mask |= NODE_ADDRESS;
        report_address(events, &before->address, &after->address,
                       after->link.name[0] ? after->link.name : before->link.name);
    }
    if (strcmp(before->mode, after->mode) != 0)
        mask |= NODE_MODE;
    return mask;
}
