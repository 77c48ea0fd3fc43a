/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dialog: what all dialogs of the tray have */
#include "dialog.h"

gboolean dialog_present(GtkApplication *application, const char *name)
{
    for (GList *at = gtk_application_get_windows(application); at; at = at->next)
        if (g_str_equal(gtk_widget_get_name(at->data), name)) {
            gtk_window_present(at->data);
            return TRUE;
        }
    return FALSE;
}

/* Never another dialog, which may be closed first. */
static GtkWindow *find_window(GtkApplication *application)
{
    for (GList *at = gtk_application_get_windows(application); at; at = at->next)
        if (GTK_IS_APPLICATION_WINDOW(at->data) && gtk_widget_get_visible(at->data))
            return at->data;
    return NULL;
}

GtkWidget *dialog_new(GtkApplication *application, const char *name, const char *title)
{
    GtkWidget *dialog = gtk_dialog_new();

    gtk_widget_set_name(dialog, name);
    gtk_window_set_title(GTK_WINDOW(dialog), title);
    gtk_window_set_icon_name(GTK_WINDOW(dialog), "org.wslnode.Tray");
    gtk_window_set_transient_for(GTK_WINDOW(dialog), find_window(application));
    gtk_window_set_application(GTK_WINDOW(dialog), application);
    return dialog;
}
