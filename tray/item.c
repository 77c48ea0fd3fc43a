/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* item: the icon as a StatusNotifierItem */
#include "item.h"

#include <unistd.h>

#include "dbus_menu.h"
#include "org.kde.StatusNotifierItem.h"
#include "org.kde.StatusNotifierWatcher.h"
#include "pixmap.h"

#define ITEM_WATCHER      "org.kde.StatusNotifierWatcher"
#define ITEM_WATCHER_PATH "/StatusNotifierWatcher"
#define ITEM_PATH         "/StatusNotifierItem"

struct item {
    struct item_hooks hooks;
    gpointer userdata;
    GDBusConnection *session;
    TrayStatusNotifierItem *skeleton;
    struct dbus_menu *menu;
    char *name;
    guint own_name, watch;
    gboolean named;      /* the bus gave us our name */
    gboolean has_host;   /* something draws what the watcher knows */
    gboolean registered; /* the watcher knows us */
    gboolean shown;
    GCancellable *meeting; /* what belongs to this watcher */
    TrayStatusNotifierWatcher *watcher;
    enum view_level level;
    gboolean is_set;
};

static void consider(struct item *item)
{
    gboolean shown = item->registered && item->has_host;

    if (shown == item->shown)
        return;
    item->shown = shown;
    item->hooks.moved(item->userdata);
}

static void on_registered(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct item *item = userdata;
    g_autoptr(GError) error = NULL;

    if (tray_status_notifier_watcher_call_register_status_notifier_item_finish(
            TRAY_STATUS_NOTIFIER_WATCHER(source), result, &error)) {
        item->registered = TRUE;
        consider(item);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_message("The desktop does not take the icon: %s", error->message);
    }
}

static void register_item(struct item *item)
{
    if (item->named && item->watcher && !item->registered)
        tray_status_notifier_watcher_call_register_status_notifier_item(item->watcher, item->name,
                                                                        item->meeting, on_registered, item);
}

/* Not every watcher says PropertiesChanged, so its signals count, and the property is what it was at first.
 */
static void on_host(struct item *item)
{
    item->has_host = TRUE;
    consider(item);
}

static void on_no_host(struct item *item)
{
    item->has_host = FALSE;
    consider(item);
}

static void on_watcher(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct item *item = userdata;
    g_autoptr(GError) error = NULL;
    TrayStatusNotifierWatcher *watcher = tray_status_notifier_watcher_proxy_new_finish(result, &error);

    if (!watcher)
        return;
    item->watcher = watcher;
    g_signal_connect_swapped(watcher, "status-notifier-host-registered", G_CALLBACK(on_host), item);
    g_signal_connect_swapped(watcher, "status-notifier-host-unregistered", G_CALLBACK(on_no_host), item);
    item->has_host = tray_status_notifier_watcher_get_is_status_notifier_host_registered(watcher);
    register_item(item);
}

static void part(struct item *item)
{
    g_cancellable_cancel(item->meeting);
    g_clear_object(&item->meeting);
    if (item->watcher)
        g_signal_handlers_disconnect_by_data(item->watcher, item);
    g_clear_object(&item->watcher);
    item->registered = item->has_host = FALSE;
}

static void on_appeared(GDBusConnection *session, const char *name, const char *owner, gpointer userdata)
{
    struct item *item = userdata;

    part(item);
    item->meeting = g_cancellable_new();
    tray_status_notifier_watcher_proxy_new(session, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, owner,
                                           ITEM_WATCHER_PATH, item->meeting, on_watcher, item);
}

static void on_vanished(GDBusConnection *session, const char *name, gpointer userdata)
{
    struct item *item = userdata;

    part(item);
    consider(item);
}

static void on_named(GDBusConnection *session, const char *name, gpointer userdata)
{
    struct item *item = userdata;

    item->named = TRUE;
    register_item(item);
}

static gboolean on_activate(TrayStatusNotifierItem *skeleton, GDBusMethodInvocation *invocation, gint x,
                            gint y, struct item *item)
{
    g_dbus_method_invocation_return_value(invocation, NULL);
    item->hooks.activated(item->userdata);
    return TRUE;
}

static gboolean on_scroll(TrayStatusNotifierItem *skeleton, GDBusMethodInvocation *invocation, gint delta,
                          const char *orientation, struct item *item)
{
    tray_status_notifier_item_complete_scroll(skeleton, invocation);
    return TRUE;
}

static void opening(gpointer userdata)
{
    struct item *item = userdata;

    item->hooks.opening(item->userdata);
}

static void set_constants(struct item *item)
{
    TrayStatusNotifierItem *skeleton = item->skeleton;

    tray_status_notifier_item_set_category(skeleton, "SystemServices");
    tray_status_notifier_item_set_id(skeleton, "wslnode");
    tray_status_notifier_item_set_status(skeleton, "Active");
    tray_status_notifier_item_set_icon_theme_path(skeleton, "");
    tray_status_notifier_item_set_menu(skeleton, DBUS_MENU_PATH);
    g_signal_connect(skeleton, "handle-activate", G_CALLBACK(on_activate), item);
    g_signal_connect(skeleton, "handle-secondary-activate", G_CALLBACK(on_activate), item);
    g_signal_connect(skeleton, "handle-context-menu", G_CALLBACK(on_activate), item);
    g_signal_connect(skeleton, "handle-scroll", G_CALLBACK(on_scroll), item);
}

struct item *item_new(GDBusConnection *session, GActionGroup *actions, const struct item_hooks *hooks,
                      gpointer userdata)
{
    struct item *item = g_new0(struct item, 1);
    g_autoptr(GError) error = NULL;

    item->hooks = *hooks;
    item->userdata = userdata;
    item->session = g_object_ref(session);
    item->skeleton = tray_status_notifier_item_skeleton_new();
    set_constants(item);
    item->menu = dbus_menu_new(session, actions, opening, item, &error);
    if (!item->menu || !g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(item->skeleton), session,
                                                         ITEM_PATH, &error)) {
        g_warning("The icon cannot be offered to the desktop: %s", error->message);
        return item;
    }
    item->name = g_strdup_printf("org.kde.StatusNotifierItem-%d-1", (int)getpid());
    item->own_name = g_bus_own_name_on_connection(session, item->name, G_BUS_NAME_OWNER_FLAGS_NONE, on_named,
                                                  NULL, item, NULL);
    item->watch = g_bus_watch_name_on_connection(session, ITEM_WATCHER, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                 on_appeared, on_vanished, item, NULL);
    return item;
}

void item_free(struct item *item)
{
    if (!item)
        return;
    if (item->watch)
        g_bus_unwatch_name(item->watch);
    if (item->own_name)
        g_bus_unown_name(item->own_name);
    part(item);
    dbus_menu_free(item->menu);
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(item->skeleton));
    g_signal_handlers_disconnect_by_data(item->skeleton, item);
    g_object_unref(item->skeleton);
    g_object_unref(item->session);
    g_free(item->name);
    g_free(item);
}

gboolean item_is_shown(const struct item *item)
{
    return item->shown;
}

static void set_icon(struct item *item, enum view_level level)
{
    TrayStatusNotifierItem *skeleton = item->skeleton;
    g_autoptr(GVariant) pixmap = g_variant_ref_sink(pixmap_new(view_colour_icon(level)));
    const char *status = level == VIEW_CRITICAL ? "NeedsAttention" : "Active";

    tray_status_notifier_item_set_icon_name(skeleton, view_icon(level));
    tray_status_notifier_item_set_icon_pixmap(skeleton, pixmap);
    tray_status_notifier_item_set_attention_icon_name(skeleton, view_icon(level));
    tray_status_notifier_item_set_attention_icon_pixmap(skeleton, pixmap);
    tray_status_notifier_item_set_status(skeleton, status);
    tray_status_notifier_item_emit_new_icon(skeleton);
    tray_status_notifier_item_emit_new_attention_icon(skeleton);
    tray_status_notifier_item_emit_new_status(skeleton, status);
}

void item_set(struct item *item, const struct view *view, GMenuModel *menu)
{
    TrayStatusNotifierItem *skeleton = item->skeleton;
    g_autofree char *title = g_strdup_printf("wslnode: %s", view->title);

    if (!item->is_set || item->level != view->level)
        set_icon(item, view->level);
    item->level = view->level;
    item->is_set = TRUE;
    if (g_strcmp0(title, tray_status_notifier_item_get_title(skeleton))) {
        tray_status_notifier_item_set_title(skeleton, title);
        tray_status_notifier_item_set_tool_tip(skeleton,
                                               g_variant_new("(s@a(iiay)ss)", view_icon(view->level),
                                                             g_variant_new("a(iiay)", NULL), "wslnode",
                                                             view->title));
        tray_status_notifier_item_emit_new_title(skeleton);
        tray_status_notifier_item_emit_new_tool_tip(skeleton);
    }
    if (item->menu)
        dbus_menu_set(item->menu, menu);
}
