/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What clients are told of the VPN: their objects first, then the drops.
 *
 * What was told is kept for each tunnel and compared: nothing is told twice, and no peer is looked at but for
 * drops. Without a connection all is taken as told, and drops go into the log.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/drop.h"
#include "vpn_object.h"

#define VPN_TOLD_MAX (2 * TUNNELS_MAX) /* those that are gone stay until that is told */

struct vpn_told {
    enum tunnel_kind kind;
    enum tunnel_state state;
    uint32_t mtu, path_mtu;
    char name[LINK_NAME_SIZE], link[LINK_NAME_SIZE];
};

struct publish_vpn {
    struct vpn_object *object;
    struct vpn_told told[VPN_TOLD_MAX];
    size_t count;
    struct drops drops;
    bool same; /* nothing has changed since drops were told last */
};

void publish_vpn_done(struct publish_vpn *vpn);
/* InterfacesAdded, and PropertiesChanged of what changed. */
void publish_vpn_objects(struct publish_vpn *vpn, sd_bus *connection, const struct node *node);
/* Tunnels, peers or the node's address may be others. */
void publish_vpn_doubt(struct publish_vpn *vpn);
/* VPNDown and VPNUp, then InterfacesRemoved; DROP_ROUND of each. True if there is more to tell. */
bool publish_vpn_drops(struct publish_vpn *vpn, sd_bus *connection, const struct node *node);
/* Before there is a connection: all of it. */
void publish_vpn_adopt(struct publish_vpn *vpn, const struct node *node);
