/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings_dialog: what to be told about, and whether to start with the session */
#include "settings_dialog.h"

#include <glib/gi18n.h>

#include "autostart.h"
#include "dialog.h"

#define SETTINGS_DIALOG_NAME "settings"

struct settings_dialog {
    struct settings *settings;
    GDBusConnection *session;
    GtkWidget *dialog, *tell, *start, *problem;
    guint references; /* the dialog's own, and one for each answer that is awaited */
    gboolean setting; /* by us, not by the user */
};

static void unref(struct settings_dialog *shown)
{
    if (--shown->references == 0)
        g_free(shown);
}

static void on_destroy(struct settings_dialog *shown)
{
    shown->dialog = NULL;
    unref(shown);
}

static void complain(struct settings_dialog *shown, const char *text)
{
    gtk_label_set_text(GTK_LABEL(shown->problem), text ? text : "");
    gtk_widget_set_visible(shown->problem, text != NULL);
}

static void on_tell(GtkComboBox *combo, struct settings_dialog *shown)
{
    g_autofree char *path = settings_path();
    g_autoptr(GError) error = NULL;

    shown->settings->tell = (enum settings_tell)gtk_combo_box_get_active(combo);
    complain(shown, settings_save(shown->settings, path, &error) ? NULL : error->message);
}

static void on_started(gboolean enabled, const GError *error, gpointer userdata)
{
    struct settings_dialog *shown = userdata;

    if (shown->dialog) {
        shown->setting = TRUE;
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(shown->start), enabled);
        shown->setting = FALSE;
        gtk_widget_set_sensitive(shown->start, TRUE);
        complain(shown, error ? error->message : NULL);
    }
    unref(shown);
}

static void on_start(GtkToggleButton *start, struct settings_dialog *shown)
{
    if (shown->setting)
        return;
    gtk_widget_set_sensitive(shown->start, FALSE);
    shown->references++;
    autostart_set(shown->session, gtk_toggle_button_get_active(start), on_started, shown);
}

static void build(struct settings_dialog *shown)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *label = gtk_label_new_with_mnemonic(_("_Tell me about"));

    gtk_container_set_border_width(GTK_CONTAINER(box), 18);
    shown->tell = gtk_combo_box_text_new();
    /* In the order of enum settings_tell. */
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(shown->tell), _("Warnings and what is critical"));
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(shown->tell), _("Only what is critical"));
    gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(shown->tell), _("Nothing"));
    gtk_combo_box_set_active(GTK_COMBO_BOX(shown->tell), (int)shown->settings->tell);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), shown->tell);
    shown->start = gtk_check_button_new_with_mnemonic(_("_Start with the session"));
    gtk_widget_set_sensitive(shown->start, FALSE);
    shown->problem = gtk_label_new(NULL);
    gtk_label_set_line_wrap(GTK_LABEL(shown->problem), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(shown->problem), 50);
    gtk_label_set_xalign(GTK_LABEL(shown->problem), 0);
    gtk_box_pack_start(GTK_BOX(box), label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), shown->tell, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), shown->start, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), shown->problem, FALSE, FALSE, 0);
    gtk_container_add(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(shown->dialog))), box);
    gtk_widget_show_all(box);
    gtk_widget_hide(shown->problem);
    g_signal_connect(shown->tell, "changed", G_CALLBACK(on_tell), shown);
    g_signal_connect(shown->start, "toggled", G_CALLBACK(on_start), shown);
}

void settings_dialog_open(GtkApplication *application, GDBusConnection *session, struct settings *settings)
{
    struct settings_dialog *shown;

    if (dialog_present(application, SETTINGS_DIALOG_NAME))
        return;
    shown = g_new0(struct settings_dialog, 1);
    *shown = (struct settings_dialog){.settings = settings, .session = session, .references = 2};
    shown->dialog = dialog_new(application, SETTINGS_DIALOG_NAME, _("Settings"));
    gtk_dialog_add_button(GTK_DIALOG(shown->dialog), _("_Close"), GTK_RESPONSE_CLOSE);
    build(shown);
    g_signal_connect(shown->dialog, "response", G_CALLBACK(gtk_widget_destroy), NULL);
    g_signal_connect_swapped(shown->dialog, "destroy", G_CALLBACK(on_destroy), shown);
    autostart_read(session, on_started, shown);
    gtk_window_present(GTK_WINDOW(shown->dialog));
}
