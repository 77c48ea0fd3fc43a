/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of the VPN */
#include "publish_vpn.h"

#include <stdio.h>
#include <string.h>

#include "../service/sys/log.h"
#include "announce.h"

void publish_vpn_done(struct publish_vpn *vpn)
{
    drops_done(&vpn->drops);
}

static struct vpn_told *find(struct publish_vpn *vpn, const struct tunnel *tunnel)
{
    for (size_t i = 0; i < vpn->count; i++)
        if (vpn->told[i].kind == tunnel->kind && strcmp(vpn->told[i].name, tunnel->fact.name) == 0)
            return &vpn->told[i];
    return NULL;
}

static void look(struct vpn_told *now, const struct node *node, const struct tunnel *tunnel)
{
    now->state = tunnel_state(tunnel);
    now->mtu = tunnel_mtu(node, tunnel);
    now->path_mtu = tunnel_path_mtu(tunnel);
    snprintf(now->link, sizeof(now->link), "%s", tunnel_link(node, tunnel));
}

static void warn(const struct vpn_told *told, const char *what, int r)
{
    if (r < 0)
        log_warning("%s of the tunnel %s cannot be sent: %s, ignoring", what, told->name, strerror(-r));
}

static void tell_new(struct publish_vpn *vpn, sd_bus *connection, const struct node *node,
                     const struct tunnel *tunnel)
{
    struct vpn_told *told;

    /* Its turn comes: more than these are gone, and each removal makes room. */
    if (vpn->count == VPN_TOLD_MAX)
        return;
    told = &vpn->told[vpn->count++];
    *told = (struct vpn_told){.kind = tunnel->kind};
    snprintf(told->name, sizeof(told->name), "%s", tunnel->fact.name);
    look(told, node, tunnel);
    if (connection)
        warn(told, "InterfacesAdded", vpn_object_emit_added(connection, told->kind, told->name));
}

static void tell_changes(struct vpn_told *told, sd_bus *connection, const struct node *node,
                         const struct tunnel *tunnel)
{
    const struct vpn_told before = *told;
    char *names[5] = {NULL};
    size_t count = 0;

    look(told, node, tunnel);
    if (strcmp(before.link, told->link) != 0)
        names[count++] = "Link";
    if (before.state != told->state)
        names[count++] = "State";
    if (before.mtu != told->mtu)
        names[count++] = "MTU";
    if (before.path_mtu != told->path_mtu)
        names[count++] = "PathMTU";
    if (count && connection)
        warn(told, "PropertiesChanged", vpn_object_emit_changed(connection, told->kind, told->name, names));
}

void publish_vpn_objects(struct publish_vpn *vpn, sd_bus *connection, const struct node *node)
{
    for (size_t i = 0; i < node->tunnels.count; i++) {
        const struct tunnel *tunnel = &node->tunnels.list[i];
        struct vpn_told *told = find(vpn, tunnel);

        if (told)
            tell_changes(told, connection, node, tunnel);
        else
            tell_new(vpn, connection, node, tunnel);
    }
}

struct listeners {
    sd_bus *connection;
    const struct node *node;
};

static void on_edge(void *userdata, const struct drop *drop, bool down)
{
    const struct listeners *listeners = userdata;

    if (down)
        announce_vpn_down(listeners->connection, listeners->node, drop);
    else
        announce_vpn_up(listeners->connection, listeners->node, drop);
}

/* Whether its end is still to be told as a drop. */
static bool is_pending(const struct drops *drops, const struct vpn_told *told)
{
    for (size_t i = 0; i < drops->count; i++)
        if (drops->list[i].kind == told->kind && drops->list[i].reason == TUNNEL_REASON_NONE &&
            strcmp(drops->list[i].name, told->name) == 0)
            return true;
    return false;
}

static bool tell_gone(struct publish_vpn *vpn, sd_bus *connection, const struct node *node)
{
    size_t kept = 0, left = DROP_ROUND;
    bool more = false;

    for (size_t i = 0; i < vpn->count; i++) {
        const struct vpn_told told = vpn->told[i];
        bool gone = !tunnels_find(&node->tunnels, told.kind, told.name);

        if (!gone || !left || is_pending(&vpn->drops, &told)) {
            vpn->told[kept++] = told;
            more |= gone;
            continue;
        }
        left--;
        if (connection)
            warn(&told, "InterfacesRemoved",
                 vpn_object_emit_removed(vpn->object, connection, told.kind, told.name));
    }
    vpn->count = kept;
    return more;
}

void publish_vpn_doubt(struct publish_vpn *vpn)
{
    vpn->same = false;
}

bool publish_vpn_drops(struct publish_vpn *vpn, sd_bus *connection, const struct node *node)
{
    struct listeners listeners = {.connection = connection, .node = node};
    int r = drops_tell(&vpn->drops, node, !vpn->same, on_edge, &listeners);

    vpn->same = true;
    if (r < 0)
        log_warning("Drops of the VPN cannot be told: %s, ignoring", strerror(-r));
    return tell_gone(vpn, connection, node) || r > 0;
}

void publish_vpn_adopt(struct publish_vpn *vpn, const struct node *node)
{
    do
        publish_vpn_objects(vpn, NULL, node);
    while (publish_vpn_drops(vpn, NULL, node));
}
