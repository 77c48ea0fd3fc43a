/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* window_findings: the window's list of what is wrong */
#include "window_findings.h"

#include <glib/gi18n.h>

#define WINDOW_FINDINGS_KEY "finding"

static char *key_of(const char *id, const char *subject)
{
    return g_strdup_printf("%s %s", id, subject);
}

GtkWidget *window_findings_new(void)
{
    GtkWidget *list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);

    atk_object_set_name(gtk_widget_get_accessible(list), _("Findings"));
    return list;
}

static const char *level_text(enum view_level level)
{
    switch (level) {
    case VIEW_CRITICAL:
        return _("critical");
    case VIEW_WARNING:
        return _("warning");
    case VIEW_ABSENT:
    case VIEW_UNKNOWN:
    case VIEW_OK:
        break;
    }
    return _("note");
}

static GtkWidget *text_new(const char *text)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_line_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_selectable(GTK_LABEL(label), TRUE);
    return label;
}

static GtkWidget *heading_new(const struct view_finding *finding)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    const char *icon =
        finding->level == VIEW_OK ? "dialog-information-symbolic" : view_colour_icon(finding->level);
    GtkWidget *image = gtk_image_new_from_icon_name(icon, GTK_ICON_SIZE_MENU);
    GtkWidget *label = gtk_label_new(finding->title);

    atk_object_set_name(gtk_widget_get_accessible(image), level_text(finding->level));
    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_box_pack_start(GTK_BOX(box), image, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), label, TRUE, TRUE, 0);
    return box;
}

static GtkWidget *mend_button_new(const struct view_finding *finding)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(_("_Fix…"));
    g_autofree char *name = g_strdup_printf(_("Fix: %s…"), finding->title);

    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "app.mend");
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(button),
                                           g_variant_new("(ss)", finding->id, finding->subject));
    gtk_widget_set_halign(button, GTK_ALIGN_START);
    atk_object_set_name(gtk_widget_get_accessible(button), name);
    return button;
}

static GtkWidget *row_new(const struct view_finding *finding)
{
    GtkWidget *expander = gtk_expander_new(NULL);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    g_autofree char *name = g_strdup_printf("%s: %s", level_text(finding->level), finding->title);

    gtk_expander_set_label_widget(GTK_EXPANDER(expander), heading_new(finding));
    gtk_expander_set_label_fill(GTK_EXPANDER(expander), TRUE);
    gtk_widget_set_margin_start(box, 28);
    gtk_widget_set_margin_top(box, 4);
    gtk_box_pack_start(GTK_BOX(box), text_new(finding->cause), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(box), text_new(finding->remedy), FALSE, FALSE, 0);
    if (finding->mendable)
        gtk_box_pack_start(GTK_BOX(box), mend_button_new(finding), FALSE, FALSE, 0);
    gtk_container_add(GTK_CONTAINER(expander), box);
    atk_object_set_name(gtk_widget_get_accessible(expander), name);
    g_object_set_data_full(G_OBJECT(expander), WINDOW_FINDINGS_KEY, key_of(finding->id, finding->subject),
                           g_free);
    return expander;
}

static GtkWidget *find(GtkWidget *list, const char *key)
{
    g_autoptr(GList) children = gtk_container_get_children(GTK_CONTAINER(list));

    for (GList *at = children; at; at = at->next)
        if (!g_strcmp0(g_object_get_data(G_OBJECT(at->data), WINDOW_FINDINGS_KEY), key))
            return at->data;
    return NULL;
}

/* The keys of those that are open. */
static GHashTable *open_ones(GtkWidget *list)
{
    GHashTable *open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GList) children = gtk_container_get_children(GTK_CONTAINER(list));

    for (GList *at = children; at; at = at->next)
        if (gtk_expander_get_expanded(GTK_EXPANDER(at->data)))
            g_hash_table_add(open, g_strdup(g_object_get_data(at->data, WINDOW_FINDINGS_KEY)));
    return open;
}

void window_findings_set(GtkWidget *list, const GPtrArray *findings)
{
    g_autoptr(GHashTable) open = open_ones(list);

    gtk_container_foreach(GTK_CONTAINER(list), (GtkCallback)(void (*)(void))gtk_widget_destroy, NULL);
    for (guint i = 0; i < findings->len; i++) {
        const struct view_finding *finding = findings->pdata[i];
        GtkWidget *row = row_new(finding);
        g_autofree char *key = key_of(finding->id, finding->subject);

        gtk_expander_set_expanded(GTK_EXPANDER(row), g_hash_table_contains(open, key));
        gtk_box_pack_start(GTK_BOX(list), row, FALSE, FALSE, 0);
    }
    gtk_widget_show_all(list);
    gtk_widget_set_visible(list, findings->len > 0);
}

void window_findings_open(GtkWidget *list, const char *id, const char *subject)
{
    g_autofree char *key = key_of(id, subject);
    GtkWidget *row = find(list, key);

    if (!row)
        return;
    gtk_expander_set_expanded(GTK_EXPANDER(row), TRUE);
    gtk_widget_grab_focus(row);
}
