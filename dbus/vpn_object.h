/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of the VPN's tunnels: they are made of what the node knows when somebody asks. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/tunnel.h"

#define VPN_PREFIX    "/org/wslnode/Node1/vpn"
#define VPN_INTERFACE "org.wslnode.Node1.VPN"

struct bus;

/* What a call is about, from the look for its path until the next one. */
struct vpn_object {
    struct bus *bus;
    const struct tunnel *tunnel;
    const char *leaving; /* the path of a tunnel that is gone, while that is told */
};

int vpn_object_add(struct bus *bus);
/* To be freed; NULL: out of memory. */
char *vpn_object_path(enum tunnel_kind kind, const char *name);

/* InterfacesAdded, PropertiesChanged (`names` ends with NULL) and InterfacesRemoved. */
int vpn_object_emit_added(sd_bus *connection, enum tunnel_kind kind, const char *name);
int vpn_object_emit_changed(sd_bus *connection, enum tunnel_kind kind, const char *name, char **names);
int vpn_object_emit_removed(struct vpn_object *object, sd_bus *connection, enum tunnel_kind kind,
                            const char *name);
