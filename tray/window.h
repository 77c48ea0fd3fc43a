/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* window: the state, what is wrong and what can be done, in a small window. */
#pragma once

#include <gtk/gtk.h>

#include "notify.h"
#include "view.h"

struct window;

struct window_hooks {
    /* It can be seen now, or no longer. */
    void (*visible)(gboolean visible, gpointer userdata);
};

struct window *window_new(GtkApplication *application, const struct window_hooks *hooks, gpointer userdata);
void window_free(struct window *window);
/* `stay`: nothing else shows the state, so closing iconifies and does not hide. */
void window_set_stay(struct window *window, gboolean stay);
void window_present(struct window *window);
/* Its entry in the taskbar, without coming into view if it was not there already. */
void window_show_in_taskbar(struct window *window);
/* What is as in `former` (which may be NULL) is left as it is, so that the focus stays where it was. */
void window_set(struct window *window, const struct view *view, const struct view *former);
GtkWidget *window_widget(const struct window *window);
/* What was told: struct notify_line, newest first. */
void window_set_list(struct window *window, const GPtrArray *lines);
/* Presents it with this finding opened. */
void window_show_finding(struct window *window, const char *id, const char *subject);
