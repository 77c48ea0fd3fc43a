/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of a tunnel's object: answered from memory */
#include "vpn_method.h"

#include "../service/sys/log.h"
#include "bus.h"
#include "encode_vpn.h"
#include "error.h"
#include "method.h"

#define LIST_PEERS_MAX 1000

/* A password may have been typed meanwhile: the tunnel may have gone, or another got its name. */
int vpn_method_list_peers(struct bus *bus, sd_bus_message *call, const char *target, sd_bus_error *error)
{
    const struct node *node = bus->context.view.node;
    const struct tunnel *tunnel = tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, target);
    sd_bus_message *reply = NULL;
    uint32_t offset, limit;
    int r;

    if (!tunnel)
        return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "The tunnel %s is gone.", target);
    r = sd_bus_message_read(call, "uu", &offset, &limit);
    if (r >= 0)
        r = sd_bus_message_new_method_return(call, &reply);
    if (r >= 0)
        r = encode_peers(reply, node, tunnel, offset,
                         limit && limit < LIST_PEERS_MAX ? limit : LIST_PEERS_MAX);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

int vpn_method_dispatch(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    const struct vpn_object *object = userdata;
    const char *name = object->tunnel->fact.name;
    struct refusal refusal;

    /* Nobody is asked for a password for an answer that nobody waits for. */
    if (sd_bus_message_get_expect_reply(call) <= 0)
        return 1;
    log_debug("%s calls %s of %s", sd_bus_message_get_sender(call), sd_bus_message_get_member(call), name);
    if (object->tunnel->kind == TUNNEL_WIREGUARD)
        return method_dispatch_on(object->bus, call, name, error);
    /* Nor for a refusal. */
    refuse(&refusal, REFUSAL_UNSUPPORTED,
           "Peers of %s are counted only, and not listed. `tailscale status` shows them.", name);
    return error_set(error, &refusal);
}
