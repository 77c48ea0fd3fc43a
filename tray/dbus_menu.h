/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dbus_menu: a menu model and its actions as com.canonical.dbusmenu, for hosts that draw the icon's menu
 * themselves. */
#pragma once

#include <gio/gio.h>

#define DBUS_MENU_PATH "/Menu"

struct dbus_menu;

/* `about_to_show` is called when a host is going to show the menu; may be NULL. */
struct dbus_menu *dbus_menu_new(GDBusConnection *session, GActionGroup *actions,
                                void (*about_to_show)(gpointer), gpointer userdata, GError **error);
void dbus_menu_free(struct dbus_menu *menu);
/* Says LayoutUpdated if anything is another than before. */
void dbus_menu_set(struct dbus_menu *menu, GMenuModel *model);
