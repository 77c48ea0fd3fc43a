/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host: where the icon is */
#include "host.h"

#include "item.h"
#include "status_icon.h"

/* A panel that is started anew takes about as long; the window should not flash up for that. */
#define HOST_PATIENCE_MS 1500

struct host {
    struct host_hooks hooks;
    gpointer userdata;
    struct item *item;
    struct status_icon *icon;
    enum host_place place;
    guint patience;
};

static void move(struct host *host, enum host_place place)
{
    if (host->patience && place != HOST_LOOKING) {
        g_source_remove(host->patience);
        host->patience = 0;
    }
    if (place == host->place)
        return;
    host->place = place;
    host->hooks.moved(place, host->userdata);
}

static gboolean give_up(gpointer userdata)
{
    struct host *host = userdata;

    host->patience = 0;
    move(host, HOST_NOWHERE);
    return G_SOURCE_REMOVE;
}

static void consider(gpointer userdata)
{
    struct host *host = userdata;
    gboolean item = host->item && item_is_shown(host->item);

    status_icon_offer(host->icon, !item);
    if (item) {
        move(host, HOST_ITEM);
    } else if (status_icon_is_shown(host->icon)) {
        move(host, HOST_STATUS_ICON);
    } else if (host->place != HOST_NOWHERE) {
        if (!host->patience)
            host->patience = g_timeout_add(HOST_PATIENCE_MS, give_up, host);
        move(host, HOST_LOOKING);
    }
}

static void activated(gpointer userdata)
{
    struct host *host = userdata;

    host->hooks.activated(host->userdata);
}

static gboolean icon_opening(gpointer userdata)
{
    struct host *host = userdata;

    return host->hooks.opening(host->userdata);
}

/* Who draws an item's menu draws it again when it changes. */
static void item_opening(gpointer userdata)
{
    icon_opening(userdata);
}

struct host *host_new(GDBusConnection *session, GActionGroup *actions, const struct host_hooks *hooks,
                      gpointer userdata)
{
    static const struct item_hooks item_hooks = {.activated = activated,
                                                 .moved = consider,
                                                 .opening = item_opening};
    static const struct status_icon_hooks icon_hooks = {.activated = activated,
                                                        .moved = consider,
                                                        .opening = icon_opening};
    struct host *host = g_new0(struct host, 1);

    host->hooks = *hooks;
    host->userdata = userdata;
    host->icon = status_icon_new(actions, &icon_hooks, host);
    if (session)
        host->item = item_new(session, actions, &item_hooks, host);
    consider(host);
    return host;
}

void host_free(struct host *host)
{
    if (!host)
        return;
    if (host->patience)
        g_source_remove(host->patience);
    item_free(host->item);
    status_icon_free(host->icon);
    g_free(host);
}

enum host_place host_place(const struct host *host)
{
    return host->place;
}

void host_set(struct host *host, const struct view *view, GMenuModel *menu)
{
    if (host->item)
        item_set(host->item, view, menu);
    status_icon_set(host->icon, view, menu);
}
