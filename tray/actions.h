/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* actions: what menu, window and keys can ask for, as the application's actions. */
#pragma once

#include <gtk/gtk.h>

#include "client.h"
#include "view.h"

struct actions;

struct actions_hooks {
    void (*show)(gpointer userdata);
    /* Shows one finding in the window. */
    void (*details)(const char *id, const char *subject, gpointer userdata);
    void (*settings)(gpointer userdata);
    const struct view *(*view)(gpointer userdata);
};

struct actions *actions_new(GtkApplication *application, struct client *client,
                            const struct actions_hooks *hooks, gpointer userdata);
void actions_free(struct actions *actions);
/* What needs the daemon can be chosen only where it is, or could be started. */
void actions_set(struct actions *actions, const struct view *view);
/* Mends at once, as a notification's button does. */
void actions_fix(struct actions *actions, const char *id, const char *subject);
