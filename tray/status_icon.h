/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status_icon: the icon in a system tray of X11's (XEmbed), such as trayer and stalonetray, which WSLg's
 * users run. */
#pragma once

#include <gtk/gtk.h>

#include "view.h"

struct status_icon;

struct status_icon_hooks {
    void (*activated)(gpointer userdata);
    /* It was taken into a tray, or fell out of it. */
    void (*moved)(gpointer userdata);
    /* TRUE if what is read for it will be told in a moment. */
    gboolean (*opening)(gpointer userdata);
};

struct status_icon *status_icon_new(GActionGroup *actions, const struct status_icon_hooks *hooks,
                                    gpointer userdata);
void status_icon_free(struct status_icon *icon);
/* Whether it should be in a tray, if there is one. */
void status_icon_offer(struct status_icon *icon, gboolean offered);
gboolean status_icon_is_shown(const struct status_icon *icon);
void status_icon_set(struct status_icon *icon, const struct view *view, GMenuModel *menu);
