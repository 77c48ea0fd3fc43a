/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mtu_dialog: asks which link is to have which MTU. */
#pragma once

#include <gtk/gtk.h>

typedef void (*mtu_dialog_chosen)(const char *link, guint mtu, gboolean persist, gpointer userdata);

/* `links` (char *) are offered; another may be typed. */
void mtu_dialog_open(GtkApplication *application, const GPtrArray *links, mtu_dialog_chosen chosen,
                     gpointer userdata);
