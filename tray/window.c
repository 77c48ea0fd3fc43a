/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* window: the state, what is wrong and what can be done */
#include "window.h"

#include <glib/gi18n.h>

#include "window_findings.h"

#define WINDOW_ICON_SIZE 48

struct window {
    struct window_hooks hooks;
    gpointer userdata;
    GtkWidget *window, *icon, *title, *advice, *rows, *findings, *wishes, *told, *lines;
    gboolean stay, visible;
};

static void consider(struct window *window)
{
    GdkWindow *shown = gtk_widget_get_window(window->window);
    gboolean visible =
        gtk_widget_get_visible(window->window) && shown &&
        !(gdk_window_get_state(shown) & (GDK_WINDOW_STATE_ICONIFIED | GDK_WINDOW_STATE_WITHDRAWN));

    if (visible == window->visible)
        return;
    window->visible = visible;
    window->hooks.visible(visible, window->userdata);
}

static gboolean on_state(GtkWidget *widget, GdkEvent *event, struct window *window)
{
    consider(window);
    return FALSE;
}

/* With nothing else on the desktop that could bring it back, it must stay in the taskbar. */
static gboolean on_delete(GtkWidget *widget, GdkEvent *event, struct window *window)
{
    if (window->stay)
        gtk_window_iconify(GTK_WINDOW(widget));
    else
        gtk_widget_hide(widget);
    return TRUE;
}

static GtkWidget *add_label(GtkWidget *box, gboolean big)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 40);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_selectable(GTK_LABEL(label), !big);
    if (big) {
        PangoAttrList *attributes = pango_attr_list_new();

        pango_attr_list_insert(attributes, pango_attr_scale_new(PANGO_SCALE_LARGE));
        pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
        gtk_label_set_attributes(GTK_LABEL(label), attributes);
        pango_attr_list_unref(attributes);
    }
    gtk_box_pack_start(GTK_BOX(box), label, FALSE, FALSE, 0);
    return label;
}

static void build_heading(struct window *window, GtkWidget *box)
{
    GtkWidget *heading = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

    window->icon = gtk_image_new();
    gtk_image_set_pixel_size(GTK_IMAGE(window->icon), WINDOW_ICON_SIZE);
    gtk_widget_set_valign(window->icon, GTK_ALIGN_START);
    gtk_box_pack_start(GTK_BOX(heading), window->icon, FALSE, FALSE, 0);
    gtk_widget_set_valign(texts, GTK_ALIGN_CENTER);
    gtk_box_pack_start(GTK_BOX(heading), texts, TRUE, TRUE, 0);
    window->title = add_label(texts, TRUE);
    window->advice = add_label(texts, FALSE);
    gtk_box_pack_start(GTK_BOX(box), heading, FALSE, FALSE, 0);
}

static void add_button(GtkWidget *box, const char *text, const char *action)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(text);

    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
    gtk_container_add(GTK_CONTAINER(box), button);
    /* The button takes the focus, not the child that it lies in. */
    gtk_widget_set_can_focus(gtk_widget_get_parent(button), FALSE);
}

static void build_buttons(GtkWidget *box)
{
    GtkWidget *buttons = gtk_flow_box_new();

    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(buttons), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(buttons), 3);
    gtk_flow_box_set_min_children_per_line(GTK_FLOW_BOX(buttons), 3);
    gtk_flow_box_set_homogeneous(GTK_FLOW_BOX(buttons), TRUE);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(buttons), 6);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(buttons), 6);
    add_button(buttons, _("_Refresh the address…"), "app.refresh-ip");
    add_button(buttons, _("Set an _MTU…"), "app.set-mtu");
    add_button(buttons, _("Set the _clock right…"), "app.sync-clock");
    add_button(buttons, _("Mend _DNS…"), "app.fix-dns");
    add_button(buttons, _("_Undo the last change…"), "app.undo");
    add_button(buttons, _("Open re_port"), "app.report");
    add_button(buttons, _("_Settings…"), "app.settings");
    add_button(buttons, _("_Quit"), "app.quit");
    gtk_box_pack_end(GTK_BOX(box), buttons, FALSE, FALSE, 0);
}

static void build(struct window *window)
{
    GtkWidget *outer = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *scrolled = gtk_scrolled_window_new(NULL, NULL);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);

    gtk_container_set_border_width(GTK_CONTAINER(outer), 18);
    build_heading(window, outer);
    window->rows = gtk_grid_new();
    gtk_grid_set_row_spacing(GTK_GRID(window->rows), 4);
    gtk_grid_set_column_spacing(GTK_GRID(window->rows), 18);
    gtk_box_pack_start(GTK_BOX(box), window->rows, FALSE, FALSE, 0);
    window->findings = window_findings_new();
    gtk_box_pack_start(GTK_BOX(box), window->findings, FALSE, FALSE, 0);
    window->wishes = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    gtk_box_pack_start(GTK_BOX(box), window->wishes, FALSE, FALSE, 0);
    window->told = gtk_expander_new(_("What was told"));
    window->lines = add_label(gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), FALSE);
    gtk_container_add(GTK_CONTAINER(window->told), gtk_widget_get_parent(window->lines));
    gtk_box_pack_start(GTK_BOX(box), window->told, FALSE, FALSE, 0);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_container_add(GTK_CONTAINER(scrolled), box);
    gtk_box_pack_start(GTK_BOX(outer), scrolled, TRUE, TRUE, 0);
    build_buttons(outer);
    gtk_container_add(GTK_CONTAINER(window->window), outer);
    gtk_widget_show_all(outer);
    gtk_widget_hide(window->told);
}

struct window *window_new(GtkApplication *application, const struct window_hooks *hooks, gpointer userdata)
{
    struct window *window = g_new0(struct window, 1);

    window->hooks = *hooks;
    window->userdata = userdata;
    window->window = gtk_application_window_new(application);
    gtk_window_set_default_size(GTK_WINDOW(window->window), 520, 620);
    gtk_window_set_title(GTK_WINDOW(window->window), "wslnode");
    gtk_application_window_set_show_menubar(GTK_APPLICATION_WINDOW(window->window), FALSE);
    g_signal_connect(window->window, "delete-event", G_CALLBACK(on_delete), window);
    g_signal_connect(window->window, "window-state-event", G_CALLBACK(on_state), window);
    g_signal_connect_swapped(window->window, "show", G_CALLBACK(consider), window);
    g_signal_connect_swapped(window->window, "hide", G_CALLBACK(consider), window);
    build(window);
    return window;
}

void window_free(struct window *window)
{
    if (!window)
        return;
    g_signal_handlers_disconnect_by_data(window->window, window);
    gtk_widget_destroy(window->window);
    g_free(window);
}

void window_set_stay(struct window *window, gboolean stay)
{
    window->stay = stay;
    /* It stood for the icon, and nobody looks at it. */
    if (!stay && gtk_widget_get_visible(window->window) && !window->visible)
        gtk_widget_hide(window->window);
}

void window_present(struct window *window)
{
    gtk_window_present(GTK_WINDOW(window->window));
}

void window_show_in_taskbar(struct window *window)
{
    if (gtk_widget_get_visible(window->window))
        return;
    gtk_window_iconify(GTK_WINDOW(window->window));
    gtk_widget_show(window->window);
}

GtkWidget *window_widget(const struct window *window)
{
    return window->window;
}

static void add_row(GtkGrid *grid, int number, const struct view_row *row)
{
    GtkWidget *label = gtk_label_new(row->label), *value;

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_style_context_add_class(gtk_widget_get_style_context(label), "dim-label");
    gtk_grid_attach(grid, label, 0, number, 1, 1);
    if (row->copy) {
        g_autofree char *name = g_strdup_printf(_("Copy %s"), row->copy);

        value = gtk_button_new_with_label(row->value);
        gtk_label_set_ellipsize(GTK_LABEL(gtk_bin_get_child(GTK_BIN(value))), PANGO_ELLIPSIZE_END);
        gtk_actionable_set_action_name(GTK_ACTIONABLE(value), "app.copy");
        gtk_actionable_set_action_target_value(GTK_ACTIONABLE(value), g_variant_new_string(row->copy));
        gtk_widget_set_tooltip_text(value, name);
        atk_object_set_name(gtk_widget_get_accessible(value), name);
    } else {
        value = gtk_label_new(row->value);
        gtk_label_set_line_wrap(GTK_LABEL(value), TRUE);
        gtk_label_set_line_wrap_mode(GTK_LABEL(value), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_xalign(GTK_LABEL(value), 0);
        gtk_label_set_selectable(GTK_LABEL(value), TRUE);
    }
    gtk_widget_set_halign(value, GTK_ALIGN_START);
    gtk_grid_attach(grid, value, 1, number, 1, 1);
}

static void empty(GtkWidget *container)
{
    gtk_container_foreach(GTK_CONTAINER(container), (GtkCallback)(void (*)(void))gtk_widget_destroy, NULL);
}

/* `row` or `former` is NULL where there is none. */
static void set_row(GtkGrid *grid, int number, const struct view_row *row, const struct view_row *former)
{
    if (row && former && view_same_row(row, former))
        return;
    if (row && former && !row->copy && !former->copy) {
        gtk_label_set_text(GTK_LABEL(gtk_grid_get_child_at(grid, 0, number)), row->label);
        gtk_label_set_text(GTK_LABEL(gtk_grid_get_child_at(grid, 1, number)), row->value);
        return;
    }
    for (int column = 0; former && column < 2; column++)
        gtk_widget_destroy(gtk_grid_get_child_at(grid, column, number));
    if (row)
        add_row(grid, number, row);
}

static const struct view_row *nth(const struct view *view, guint number)
{
    return view && number < view->rows->len ? view->rows->pdata[number] : NULL;
}

/* What stays as it is keeps the focus: ages change every few seconds. */
static void set_rows(struct window *window, const struct view *view, const struct view *former)
{
    guint count = former ? MAX(view->rows->len, former->rows->len) : view->rows->len;

    for (guint i = 0; i < count; i++)
        set_row(GTK_GRID(window->rows), (int)i, nth(view, i), nth(former, i));
    gtk_widget_show_all(window->rows);
}

static void set_wishes(struct window *window, const GPtrArray *wishes)
{
    empty(window->wishes);
    for (guint i = 0; i < wishes->len; i++) {
        const struct view_wish *wish = wishes->pdata[i];
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
        GtkWidget *label = gtk_label_new(wish->text);

        gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_box_pack_start(GTK_BOX(box), label, FALSE, FALSE, 0);
        if (wish->releasable) {
            GtkWidget *button = gtk_button_new_with_mnemonic(_("Re_lease…"));
            g_autofree char *name = g_strdup_printf(_("Release %s"), wish->text);

            gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "app.release");
            gtk_actionable_set_action_target_value(GTK_ACTIONABLE(button),
                                                   g_variant_new("(ss)", wish->kind, wish->target));
            atk_object_set_name(gtk_widget_get_accessible(button), name);
            gtk_box_pack_end(GTK_BOX(box), button, FALSE, FALSE, 0);
        }
        gtk_box_pack_start(GTK_BOX(window->wishes), box, FALSE, FALSE, 0);
    }
    gtk_widget_show_all(window->wishes);
    gtk_widget_set_visible(window->wishes, wishes->len > 0);
}

void window_set(struct window *window, const struct view *view, const struct view *former)
{
    g_autofree char *title = g_strdup_printf("wslnode: %s", view->title);
    const char *icon = view_colour_icon(view->level);

    gtk_window_set_title(GTK_WINDOW(window->window), title);
    gtk_window_set_icon_name(GTK_WINDOW(window->window), icon);
    gtk_image_set_from_icon_name(GTK_IMAGE(window->icon), icon, GTK_ICON_SIZE_DIALOG);
    atk_object_set_name(gtk_widget_get_accessible(window->icon), title);
    gtk_label_set_text(GTK_LABEL(window->title), view->title);
    gtk_label_set_text(GTK_LABEL(window->advice), view->advice ? view->advice : "");
    gtk_widget_set_visible(window->advice, view->advice != NULL);
    if (!view_same_rows(view, former))
        set_rows(window, view, former);
    if (!view_same_findings(view, former))
        window_findings_set(window->findings, view->findings);
    if (!view_same_wishes(view, former))
        set_wishes(window, view->wishes);
}

void window_set_list(struct window *window, const GPtrArray *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++) {
        const struct notify_line *line = lines->pdata[i];
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(line->realtime / G_USEC_PER_SEC);
        g_autofree char *time = g_date_time_format(when, "%H:%M");

        g_string_append_printf(text, "%s%s  %s", i ? "\n" : "", time, line->text);
    }
    gtk_label_set_text(GTK_LABEL(window->lines), text->str);
    gtk_widget_set_visible(window->told, lines->len > 0);
}

void window_show_finding(struct window *window, const char *id, const char *subject)
{
    window_present(window);
    window_findings_open(window->findings, id, subject);
}
