/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialog: what all dialogs of the tray have: one of each name, an icon, and the window, where it is seen,
 * behind it. */
#pragma once

#include <gtk/gtk.h>

/* Brings the one of this name to the front; FALSE if there is none. */
gboolean dialog_present(GtkApplication *application, const char *name);
/* Not shown yet, and without buttons. */
GtkWidget *dialog_new(GtkApplication *application, const char *name, const char *title);
