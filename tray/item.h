/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* item: the icon as a StatusNotifierItem, wherever the desktop has a host for it. It registers anew with each
 * watcher. */
#pragma once

#include <gio/gio.h>

#include "view.h"

struct item;

struct item_hooks {
    void (*activated)(gpointer userdata);
    /* Whether a host shows it is another than before. */
    void (*moved)(gpointer userdata);
    /* The menu is going to be shown. */
    void (*opening)(gpointer userdata);
};

struct item *item_new(GDBusConnection *session, GActionGroup *actions, const struct item_hooks *hooks,
                      gpointer userdata);
void item_free(struct item *item);
gboolean item_is_shown(const struct item *item);
void item_set(struct item *item, const struct view *view, GMenuModel *menu);
