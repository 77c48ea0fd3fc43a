/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of a tunnel's object: rows of the same table as those of the node. They change nothing. */
#pragma once

#include <systemd/sd-bus.h>

/* X(member, (in arguments), (out arguments), authorisation, what runs) */
#define VPN_METHOD_TABLE(X)                                                                                  \
    X(ListPeers, ("u", offset, "u", limit), ("aa{sv}", peers), action_list_peers, vpn_method_list_peers)

struct bus;

/* The target is the tunnel's name. */
int vpn_method_list_peers(struct bus *bus, sd_bus_message *call, const char *target, sd_bus_error *error);
/* The handler of every method in the vtable; `userdata` is the struct vpn_object. */
int vpn_method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error);
