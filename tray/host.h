/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host: where the icon is: a StatusNotifier host, else a tray of X11's, else nowhere, and then the window
 * stands for it. It moves between them as they come and go.
 */
#pragma once

#include <gtk/gtk.h>

#include "view.h"

struct host;

enum host_place {
    HOST_LOOKING, /* for a moment after the start, or after the last one went */
    HOST_ITEM,
    HOST_STATUS_ICON,
    HOST_NOWHERE,
};

struct host_hooks {
    void (*activated)(gpointer userdata);
    void (*moved)(enum host_place place, gpointer userdata);
    /* The menu. TRUE if what is read for it will be told in a moment. */
    gboolean (*opening)(gpointer userdata);
};

/* `session` may be NULL: then only a tray of X11's is looked for. */
struct host *host_new(GDBusConnection *session, GActionGroup *actions, const struct host_hooks *hooks,
                      gpointer userdata);
void host_free(struct host *host);
enum host_place host_place(const struct host *host);
void host_set(struct host *host, const struct view *view, GMenuModel *menu);
