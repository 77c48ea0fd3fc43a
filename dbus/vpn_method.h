/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The methods of a tunnel's object, in a table as those of the node: each row says METHOD_FREE or names how
 * it is authorised, or it does not compile. They change nothing, so they do not queue.
 */
#pragma once

#include <systemd/sd-bus.h>

/* X(member, (in arguments), (out arguments), authorisation, what runs) */
#define VPN_METHOD_TABLE(X)                                                                                  \
    X(ListPeers, ("u", offset, "u", limit), ("aa{sv}", peers), action_list_peers, list_peers)

/* The handler of every method in the vtable; `userdata` is the struct vpn_object. */
int vpn_method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error);
