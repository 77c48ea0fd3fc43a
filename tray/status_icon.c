/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status_icon: the icon in a system tray of X11's */
#include "status_icon.h"

/* GTK 3 deprecates it in favour of what these trays do not speak. */
G_GNUC_BEGIN_IGNORE_DEPRECATIONS

/* A menu does not change once it is shown: it waits so long for what is read when it is about to be. */
#define STATUS_ICON_WAIT_MS 250

struct status_icon {
    struct status_icon_hooks hooks;
    gpointer userdata;
    GActionGroup *actions;
    GtkStatusIcon *icon;
    GtkWidget *menu;
    GMenuModel *model;
    guint waiting;      /* until the menu is shown */
    guint button, time; /* of the click */
};

static void on_embedded(struct status_icon *icon)
{
    icon->hooks.moved(icon->userdata);
}

static void on_activate(struct status_icon *icon)
{
    icon->hooks.activated(icon->userdata);
}

static void popup(struct status_icon *icon)
{
    if (icon->menu)
        gtk_widget_destroy(icon->menu);
    icon->menu = gtk_menu_new_from_model(icon->model);
    g_signal_connect(icon->menu, "destroy", G_CALLBACK(gtk_widget_destroyed), &icon->menu);
    gtk_widget_insert_action_group(icon->menu, "app", icon->actions);
    gtk_menu_popup(GTK_MENU(icon->menu), NULL, NULL, gtk_status_icon_position_menu, icon->icon, icon->button,
                   icon->time);
}

static gboolean on_waited(gpointer userdata)
{
    struct status_icon *icon = userdata;

    icon->waiting = 0;
    popup(icon);
    return G_SOURCE_REMOVE;
}

static void on_popup(GtkStatusIcon *source, guint button, guint time, struct status_icon *icon)
{
    gboolean told = icon->hooks.opening(icon->userdata);

    icon->button = button;
    icon->time = time;
    if (!icon->model || icon->waiting)
        return;
    if (told)
        icon->waiting = g_timeout_add(STATUS_ICON_WAIT_MS, on_waited, icon);
    else
        popup(icon);
}

struct status_icon *status_icon_new(GActionGroup *actions, const struct status_icon_hooks *hooks,
                                    gpointer userdata)
{
    struct status_icon *icon = g_new0(struct status_icon, 1);

    icon->hooks = *hooks;
    icon->userdata = userdata;
    icon->actions = g_object_ref(actions);
    icon->icon = gtk_status_icon_new();
    gtk_status_icon_set_visible(icon->icon, FALSE);
    gtk_status_icon_set_title(icon->icon, "wslnode");
    gtk_status_icon_set_name(icon->icon, "wslnode");
    g_signal_connect_swapped(icon->icon, "notify::embedded", G_CALLBACK(on_embedded), icon);
    g_signal_connect_swapped(icon->icon, "activate", G_CALLBACK(on_activate), icon);
    g_signal_connect(icon->icon, "popup-menu", G_CALLBACK(on_popup), icon);
    return icon;
}

void status_icon_free(struct status_icon *icon)
{
    if (!icon)
        return;
    if (icon->waiting)
        g_source_remove(icon->waiting);
    if (icon->menu)
        gtk_widget_destroy(icon->menu);
    g_signal_handlers_disconnect_by_data(icon->icon, icon);
    g_object_unref(icon->icon);
    g_object_unref(icon->actions);
    g_clear_object(&icon->model);
    g_free(icon);
}

void status_icon_offer(struct status_icon *icon, gboolean offered)
{
    gtk_status_icon_set_visible(icon->icon, offered);
}

gboolean status_icon_is_shown(const struct status_icon *icon)
{
    return gtk_status_icon_get_visible(icon->icon) && gtk_status_icon_is_embedded(icon->icon);
}

void status_icon_set(struct status_icon *icon, const struct view *view, GMenuModel *menu)
{
    g_autofree char *text = g_strdup_printf("wslnode: %s", view->title);

    /* These trays recolour nothing: the coloured icon is readable on any ground. */
    gtk_status_icon_set_from_icon_name(icon->icon, view_colour_icon(view->level));
    gtk_status_icon_set_tooltip_text(icon->icon, text);
    g_set_object(&icon->model, menu);
    if (!icon->waiting)
        return;
    g_source_remove(icon->waiting);
    on_waited(icon);
}

G_GNUC_END_IGNORE_DEPRECATIONS
