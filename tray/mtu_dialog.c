/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mtu_dialog: asks which link is to have which MTU */
#include "mtu_dialog.h"

#include <glib/gi18n.h>

#include "dialog.h"

#define MTU_DIALOG_NAME "set-mtu"
/* Below 1280 there is no IPv6, and it needs FORCE, which is wslnodectl's. */
#define MTU_DIALOG_LEAST   1280
#define MTU_DIALOG_MOST    65535
#define MTU_DIALOG_DEFAULT 1280

struct mtu_dialog {
    GtkWidget *dialog, *link, *mtu, *persist;
    mtu_dialog_chosen chosen;
    gpointer userdata;
};

static void on_response(GtkDialog *dialog, gint response, struct mtu_dialog *asked)
{
    g_autofree char *link = gtk_combo_box_text_get_active_text(GTK_COMBO_BOX_TEXT(asked->link));
    guint mtu = (guint)gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(asked->mtu));
    gboolean persist = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(asked->persist));
    mtu_dialog_chosen chosen = asked->chosen;
    gpointer userdata = asked->userdata;

    gtk_widget_destroy(GTK_WIDGET(dialog));
    if (response == GTK_RESPONSE_OK && link && *link)
        chosen(link, mtu, persist, userdata);
}

static void add_field(GtkGrid *grid, int row, const char *text, GtkWidget *field)
{
    GtkWidget *label = gtk_label_new_with_mnemonic(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), field);
    gtk_grid_attach(grid, label, 0, row, 1, 1);
    gtk_widget_set_hexpand(field, TRUE);
    gtk_grid_attach(grid, field, 1, row, 1, 1);
}

static void build(struct mtu_dialog *asked, const GPtrArray *links)
{
    GtkWidget *grid = gtk_grid_new(), *entry;

    gtk_grid_set_row_spacing(GTK_GRID(grid), 8);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_container_set_border_width(GTK_CONTAINER(grid), 18);
    asked->link = gtk_combo_box_text_new_with_entry();
    for (guint i = 0; i < links->len; i++)
        gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(asked->link), links->pdata[i]);
    /* The uplink comes first; a tunnel is what most want. */
    gtk_combo_box_set_active(GTK_COMBO_BOX(asked->link), links->len > 1 ? 1 : 0);
    entry = gtk_bin_get_child(GTK_BIN(asked->link));
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    /* The label names the box; a screen reader is within the entry. */
    atk_object_set_name(gtk_widget_get_accessible(entry), _("Link"));
    asked->mtu = gtk_spin_button_new_with_range(MTU_DIALOG_LEAST, MTU_DIALOG_MOST, 1);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(asked->mtu), MTU_DIALOG_DEFAULT);
    gtk_entry_set_activates_default(GTK_ENTRY(asked->mtu), TRUE);
    asked->persist = gtk_check_button_new_with_mnemonic(_("Keep it beyond the _next start"));
    add_field(GTK_GRID(grid), 0, _("_Link"), asked->link);
    add_field(GTK_GRID(grid), 1, _("_MTU in bytes"), asked->mtu);
    gtk_grid_attach(GTK_GRID(grid), asked->persist, 0, 2, 2, 1);
    gtk_container_add(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(asked->dialog))), grid);
    gtk_widget_show_all(grid);
}

void mtu_dialog_open(GtkApplication *application, const GPtrArray *links, mtu_dialog_chosen chosen,
                     gpointer userdata)
{
    struct mtu_dialog *asked;

    if (dialog_present(application, MTU_DIALOG_NAME))
        return;
    asked = g_new0(struct mtu_dialog, 1);
    asked->chosen = chosen;
    asked->userdata = userdata;
    asked->dialog = dialog_new(application, MTU_DIALOG_NAME, _("Set an MTU"));
    gtk_dialog_add_buttons(GTK_DIALOG(asked->dialog), _("_Cancel"), GTK_RESPONSE_CANCEL,
                           _("_Show what would be changed"), GTK_RESPONSE_OK, NULL);
    gtk_dialog_set_default_response(GTK_DIALOG(asked->dialog), GTK_RESPONSE_OK);
    build(asked, links);
    g_signal_connect(asked->dialog, "response", G_CALLBACK(on_response), asked);
    g_signal_connect_swapped(asked->dialog, "destroy", G_CALLBACK(g_free), asked);
    gtk_window_present(GTK_WINDOW(asked->dialog));
}
