/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report: everything that is known of the node, as text */
#include "report.h"

#include <glib/gi18n.h>

#include "dialog.h"
#include "report_text.h"

#define REPORT_NAME    "report"
#define REPORT_CHANGES 20

enum {
    REPORT_COPY = 1,
    REPORT_AGAIN = 2,
};

struct report {
    struct client *client;
    GCancellable *cancellable;
    GVariant *checks, *changes;
    guint waiting;
    GtkWidget *dialog, *text, *spinner;
};

static void forget(struct report *report)
{
    g_clear_pointer(&report->checks, g_variant_unref);
    g_clear_pointer(&report->changes, g_variant_unref);
}

static void report_free(struct report *report)
{
    g_cancellable_cancel(report->cancellable);
    g_object_unref(report->cancellable);
    forget(report);
    g_free(report);
}

static void show(struct report *report)
{
    g_autoptr(GVariant) properties = client_properties(report->client);
    g_autofree char *text = report_text(properties, report->checks, report->changes);
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(report->text)), valid, -1);
    gtk_spinner_stop(GTK_SPINNER(report->spinner));
    gtk_widget_hide(report->spinner);
    gtk_dialog_set_response_sensitive(GTK_DIALOG(report->dialog), REPORT_COPY, TRUE);
    gtk_dialog_set_response_sensitive(GTK_DIALOG(report->dialog), REPORT_AGAIN, TRUE);
}

static void take(struct report *report, GVariant *answer, GVariant **list)
{
    if (answer && g_variant_is_of_type(answer, G_VARIANT_TYPE("(aa{sv})")))
        *list = g_variant_get_child_value(answer, 0);
    if (--report->waiting == 0)
        show(report);
}

static void on_checks(GVariant *answer, const GError *error, gpointer userdata)
{
    struct report *report = userdata;

    take(report, answer, &report->checks);
}

static void on_changes(GVariant *answer, const GError *error, gpointer userdata)
{
    struct report *report = userdata;

    take(report, answer, &report->changes);
}

static void ask(struct report *report)
{
    forget(report);
    report->waiting = 2;
    gtk_widget_show(report->spinner);
    gtk_spinner_start(GTK_SPINNER(report->spinner));
    gtk_dialog_set_response_sensitive(GTK_DIALOG(report->dialog), REPORT_COPY, FALSE);
    gtk_dialog_set_response_sensitive(GTK_DIALOG(report->dialog), REPORT_AGAIN, FALSE);
    client_read(report->client);
    client_call(report->client, "Diagnose", g_variant_new_tuple(NULL, 0), report->cancellable, on_checks,
                report);
    client_call(report->client, "ListChanges", g_variant_new("(tu)", (guint64)0, (guint32)REPORT_CHANGES),
                report->cancellable, on_changes, report);
}

static void copy(struct report *report)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(report->text));
    GtkTextIter first, last;
    g_autofree char *text = NULL;

    gtk_text_buffer_get_bounds(buffer, &first, &last);
    text = gtk_text_buffer_get_text(buffer, &first, &last, FALSE);
    gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD), text, -1);
}

static void on_response(GtkDialog *dialog, gint response, struct report *report)
{
    if (response == REPORT_COPY)
        copy(report);
    else if (response == REPORT_AGAIN)
        ask(report);
    else
        gtk_widget_destroy(GTK_WIDGET(dialog));
}

static void build(struct report *report, GtkApplication *application)
{
    GtkWidget *content, *scrolled;

    report->dialog = dialog_new(application, REPORT_NAME, _("Report"));
    gtk_dialog_add_buttons(GTK_DIALOG(report->dialog), _("_Close"), GTK_RESPONSE_CLOSE, _("Measure _again"),
                           REPORT_AGAIN, _("_Copy"), REPORT_COPY, NULL);
    gtk_window_set_default_size(GTK_WINDOW(report->dialog), 640, 480);
    content = gtk_dialog_get_content_area(GTK_DIALOG(report->dialog));
    report->spinner = gtk_spinner_new();
    gtk_box_pack_start(GTK_BOX(content), report->spinner, FALSE, FALSE, 6);
    scrolled = gtk_scrolled_window_new(NULL, NULL);
    gtk_box_pack_start(GTK_BOX(content), scrolled, TRUE, TRUE, 0);
    report->text = gtk_text_view_new();
    gtk_text_view_set_editable(GTK_TEXT_VIEW(report->text), FALSE);
    gtk_text_view_set_monospace(GTK_TEXT_VIEW(report->text), TRUE);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(report->text), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_left_margin(GTK_TEXT_VIEW(report->text), 12);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(report->text), FALSE);
    atk_object_set_name(gtk_widget_get_accessible(report->text), _("Report"));
    gtk_container_add(GTK_CONTAINER(scrolled), report->text);
    gtk_widget_show_all(content);
    g_signal_connect(report->dialog, "response", G_CALLBACK(on_response), report);
    g_signal_connect_swapped(report->dialog, "destroy", G_CALLBACK(report_free), report);
}

void report_open(GtkApplication *application, struct client *client)
{
    struct report *report;

    if (dialog_present(application, REPORT_NAME))
        return;
    report = g_new0(struct report, 1);
    report->client = client;
    report->cancellable = g_cancellable_new();
    build(report, application);
    ask(report);
    gtk_window_present(GTK_WINDOW(report->dialog));
}
