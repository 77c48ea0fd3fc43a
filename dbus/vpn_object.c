/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of the VPN's tunnels */
#include "vpn_object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../service/sys/clock_time.h"
#include "bus.h"
#include "vpn_method.h"

#define LABEL_SIZE (LINK_NAME_SIZE + 32)

static void label_of(enum tunnel_kind kind, const char *name, char label[LABEL_SIZE])
{
    snprintf(label, LABEL_SIZE, "%s:%s", tunnel_kind_name(kind), name);
}

char *vpn_object_path(enum tunnel_kind kind, const char *name)
{
    char label[LABEL_SIZE], *path = NULL;

    label_of(kind, name, label);
    return sd_bus_path_encode(VPN_PREFIX, label, &path) < 0 ? NULL : path;
}

static const struct tunnel *tunnel_labelled(const struct tunnels *tunnels, const char *label)
{
    char own[LABEL_SIZE];

    for (size_t i = 0; i < tunnels->count; i++) {
        label_of(tunnels->list[i].kind, tunnels->list[i].fact.name, own);
        if (strcmp(own, label) == 0)
            return &tunnels->list[i];
    }
    return NULL;
}

/* A tunnel has one path, though others can be decoded to the same. */
static bool is_path_of(const char *path, const struct tunnel *tunnel)
{
    char *own = vpn_object_path(tunnel->kind, tunnel->fact.name);
    bool same = own && strcmp(own, path) == 0;

    free(own);
    return same;
}

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata, void **found,
                sd_bus_error *error)
{
    struct vpn_object *object = userdata;
    char *label = NULL;

    object->tunnel = NULL;
    if (sd_bus_path_decode(path, VPN_PREFIX, &label) > 0)
        object->tunnel = tunnel_labelled(&object->bus->context.view.node->tunnels, label);
    free(label);
    if (object->tunnel && !is_path_of(path, object->tunnel))
        object->tunnel = NULL;
    *found = object;
    return object->tunnel || (object->leaving && strcmp(object->leaving, path) == 0);
}

static int list_paths(sd_bus *connection, const char *prefix, void *userdata, char ***paths,
                      sd_bus_error *error)
{
    const struct vpn_object *object = userdata;
    const struct tunnels *tunnels = &object->bus->context.view.node->tunnels;
    char **list = calloc(tunnels->count + 1, sizeof(*list));

    for (size_t i = 0; list && i < tunnels->count; i++) {
        list[i] = vpn_object_path(tunnels->list[i].kind, tunnels->list[i].fact.name);
        if (list[i])
            continue;
        while (i-- > 0)
            free(list[i]);
        free(list);
        list = NULL;
    }
    *paths = list;
    return list ? 1 : -ENOMEM;
}

#define GETTER(name)                                                                                         \
    static int get_##name(sd_bus *connection, const char *path, const char *interface, const char *property, \
                          sd_bus_message *reply, void *userdata, sd_bus_error *error)

static const struct node *node_of(void *userdata)
{
    return ((struct vpn_object *)userdata)->bus->context.view.node;
}

static const struct tunnel *tunnel_of(void *userdata)
{
    return ((struct vpn_object *)userdata)->tunnel;
}

GETTER(word)
{
    const struct tunnel *tunnel = tunnel_of(userdata);

    if (strcmp(property, "Name") == 0)
        return sd_bus_message_append(reply, "s", tunnel->fact.name);
    if (strcmp(property, "Kind") == 0)
        return sd_bus_message_append(reply, "s", tunnel_kind_name(tunnel->kind));
    return sd_bus_message_append(reply, "s", tunnel_state_name(tunnel_state(tunnel)));
}

GETTER(link)
{
    return sd_bus_message_append(reply, "s", tunnel_link(node_of(userdata), tunnel_of(userdata)));
}

GETTER(mtu)
{
    if (strcmp(property, "PathMTU") == 0)
        return sd_bus_message_append(reply, "u", tunnel_path_mtu(tunnel_of(userdata)));
    return sd_bus_message_append(reply, "u", tunnel_mtu(node_of(userdata), tunnel_of(userdata)));
}

/* As of the last reading, all three of the same. */
GETTER(peers)
{
    const uint32_t *counts = tunnel_of(userdata)->counts;
    uint32_t all = 0;

    if (strcmp(property, "PeersUp") == 0)
        return sd_bus_message_append(reply, "u", counts[PEER_UP]);
    if (strcmp(property, "PeersDown") == 0)
        return sd_bus_message_append(reply, "u", counts[PEER_DOWN]);
    for (size_t i = 0; i < PEER_STATES; i++)
        all += counts[i];
    return sd_bus_message_append(reply, "u", all);
}

static uint64_t not_negative(int64_t usec)
{
    return usec > 0 ? usec : 0;
}

/* What was known by its stamp alone has no age, and so no place on CLOCK_MONOTONIC. */
GETTER(handshake)
{
    const struct tunnel *tunnel = tunnel_of(userdata);
    int64_t raw, clock, age;

    clock_time_read(&raw, &clock);
    age = tunnel_age(tunnel, raw);
    if (strcmp(property, "LastHandshakeUSecMonotonic") == 0)
        return sd_bus_message_append(reply, "t", age < 0 ? 0 : not_negative(clock_time_monotonic() - age));
    return sd_bus_message_append(reply, "t",
                                 not_negative(age < 0 ? tunnel->newest_stamp_usec : raw + clock - age));
}

#define METHOD_ENTRY(member, in, out, authorisation, runs)                                                   \
    SD_BUS_METHOD_WITH_ARGS(#member, METHOD_ARGS(in), METHOD_ARGS(out), vpn_method_dispatch,                 \
                            SD_BUS_VTABLE_UNPRIVILEGED),
#define METHOD_ARGS(list) SD_BUS_ARGS list

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Name", "s", get_word, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Kind", "s", get_word, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Link", "s", get_link, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("State", "s", get_word, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("MTU", "u", get_mtu, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("PathMTU", "u", get_mtu, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("PeerCount", "u", get_peers, 0, 0),
    SD_BUS_PROPERTY("PeersUp", "u", get_peers, 0, 0),
    SD_BUS_PROPERTY("PeersDown", "u", get_peers, 0, 0),
    SD_BUS_PROPERTY("LastHandshakeUSec", "t", get_handshake, 0, 0),
    SD_BUS_PROPERTY("LastHandshakeUSecMonotonic", "t", get_handshake, 0, 0),
    VPN_METHOD_TABLE(METHOD_ENTRY) SD_BUS_VTABLE_END,
};

int vpn_object_add(struct bus *bus)
{
    int r = sd_bus_add_fallback_vtable(bus->connection, NULL, VPN_PREFIX, VPN_INTERFACE, vtable, find,
                                       &bus->vpn_object);

    bus->vpn_object = (struct vpn_object){.bus = bus};
    if (r >= 0)
        r = sd_bus_add_node_enumerator(bus->connection, NULL, VPN_PREFIX, list_paths, &bus->vpn_object);
    return r < 0 ? r : sd_bus_add_object_manager(bus->connection, NULL, BUS_PATH);
}

int vpn_object_emit_added(sd_bus *connection, enum tunnel_kind kind, const char *name)
{
    char *path = vpn_object_path(kind, name);
    int r = path ? sd_bus_emit_object_added(connection, path) : -ENOMEM;

    free(path);
    return r;
}

int vpn_object_emit_changed(sd_bus *connection, enum tunnel_kind kind, const char *name, char **names)
{
    char *path = vpn_object_path(kind, name);
    int r = path ? sd_bus_emit_properties_changed_strv(connection, path, VPN_INTERFACE, names) : -ENOMEM;

    free(path);
    return r;
}

/*
 * It is to name each interface that the addition named, or the object stays in GDBusObjectManagerClient.
 * Which of its own sd-bus adds depends on its version, so it is asked; it takes what find() finds.
 */
int vpn_object_emit_removed(struct vpn_object *object, sd_bus *connection, enum tunnel_kind kind,
                            const char *name)
{
    char *path = vpn_object_path(kind, name);
    int r;

    object->leaving = path;
    r = path ? sd_bus_emit_object_removed(connection, path) : -ENOMEM;
    object->leaving = NULL;
    free(path);
    return r;
}
