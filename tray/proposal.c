/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proposal: a verb in a dialog */
#include "proposal.h"

#include <glib/gi18n.h>

#include "dialog.h"
#include "outcome.h"

#define PROPOSAL_DRY_RUN 1

enum {
    PROPOSAL_DO = 1,
    PROPOSAL_COPY = 2,
};

struct proposal {
    struct client *client;
    GCancellable *cancellable;
    char *what, *about, *confirm, *method, *command;
    GVariant *arguments;
    guint64 flags;
    gboolean dry_run; /* what is under way, or was shown last */
    GtkWidget *dialog, *heading, *text, *advice, *shell, *spinner;
};

static void proposal_free(struct proposal *proposal)
{
    g_cancellable_cancel(proposal->cancellable);
    g_object_unref(proposal->cancellable);
    g_clear_pointer(&proposal->arguments, g_variant_unref);
    g_free(proposal->what);
    g_free(proposal->about);
    g_free(proposal->confirm);
    g_free(proposal->method);
    g_free(proposal->command);
    g_free(proposal);
}

/* The arguments of the call: the tuple's, and the flags after them. */
static GVariant *with_flags(GVariant *arguments, guint64 flags)
{
    GVariantBuilder tuple;

    g_variant_builder_init(&tuple, G_VARIANT_TYPE_TUPLE);
    for (gsize i = 0; i < g_variant_n_children(arguments); i++) {
        g_autoptr(GVariant) argument = g_variant_get_child_value(arguments, i);

        g_variant_builder_add_value(&tuple, argument);
    }
    g_variant_builder_add(&tuple, "t", flags);
    return g_variant_builder_end(&tuple);
}

static void set_label(GtkWidget *label, const char *text)
{
    gtk_label_set_text(GTK_LABEL(label), text ? text : "");
    gtk_widget_set_visible(label, text && *text);
}

static void set_busy(struct proposal *proposal, const char *heading)
{
    set_label(proposal->heading, heading);
    set_label(proposal->text, NULL);
    set_label(proposal->advice, NULL);
    set_label(proposal->shell, NULL);
    gtk_widget_show(proposal->spinner);
    gtk_spinner_start(GTK_SPINNER(proposal->spinner));
    gtk_dialog_set_response_sensitive(GTK_DIALOG(proposal->dialog), PROPOSAL_DO, FALSE);
}

static void show_outcome(struct proposal *proposal, const struct outcome *outcome)
{
    gtk_spinner_stop(GTK_SPINNER(proposal->spinner));
    gtk_widget_hide(proposal->spinner);
    set_label(proposal->heading, outcome->heading);
    set_label(proposal->text, outcome->text);
    set_label(proposal->advice, outcome->advice);
    set_label(proposal->shell, outcome->command);
    if (outcome->command && !proposal->command)
        gtk_dialog_add_button(GTK_DIALOG(proposal->dialog), _("_Copy the command"), PROPOSAL_COPY);
    g_free(proposal->command);
    proposal->command = g_strdup(outcome->command);
}

/* Once it was done, or cannot be, there is nothing left to choose. */
static void leave_close_only(struct proposal *proposal)
{
    GtkWidget *confirm = gtk_dialog_get_widget_for_response(GTK_DIALOG(proposal->dialog), PROPOSAL_DO);
    GtkWidget *cancel = gtk_dialog_get_widget_for_response(GTK_DIALOG(proposal->dialog), GTK_RESPONSE_CANCEL);

    if (confirm)
        gtk_widget_hide(confirm);
    gtk_button_set_label(GTK_BUTTON(cancel), _("_Close"));
    gtk_widget_grab_focus(cancel);
}

static gboolean has_steps(GVariant *answer)
{
    g_autoptr(GVariant) steps = NULL;

    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE("(ta(sss)a{sv})")))
        return FALSE;
    steps = g_variant_get_child_value(answer, 1);
    return g_variant_n_children(steps) > 0;
}

static void on_answer(GVariant *answer, const GError *error, gpointer userdata)
{
    struct proposal *proposal = userdata;
    g_autoptr(GVariant) called =
        g_variant_ref_sink(with_flags(proposal->arguments, proposal->flags & ~(guint64)PROPOSAL_DRY_RUN));
    struct outcome outcome = {0};
    gboolean todo = answer && proposal->dry_run && has_steps(answer);

    if (answer)
        outcome_of_answer(&outcome, proposal->what, answer, proposal->dry_run);
    else
        outcome_of_error(&outcome, proposal->what, error, proposal->method, called);
    show_outcome(proposal, &outcome);
    outcome_clear(&outcome);
    if (todo) {
        gtk_dialog_set_response_sensitive(GTK_DIALOG(proposal->dialog), PROPOSAL_DO, TRUE);
        gtk_dialog_set_default_response(GTK_DIALOG(proposal->dialog), PROPOSAL_DO);
    } else {
        leave_close_only(proposal);
    }
}

static void start(struct proposal *proposal, gboolean dry_run)
{
    guint64 flags = proposal->flags | (dry_run ? PROPOSAL_DRY_RUN : 0);

    proposal->dry_run = dry_run;
    set_busy(proposal, dry_run ? _("Looking what would be changed…") : _("Working…"));
    client_call(proposal->client, proposal->method, with_flags(proposal->arguments, flags),
                proposal->cancellable, on_answer, proposal);
}

static void on_response(GtkDialog *dialog, gint response, struct proposal *proposal)
{
    if (response == PROPOSAL_DO)
        start(proposal, FALSE);
    else if (response == PROPOSAL_COPY)
        gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD), proposal->command, -1);
    else
        gtk_widget_destroy(GTK_WIDGET(dialog));
}

static GtkWidget *add_label(GtkWidget *box, gboolean bold)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_line_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 60);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_selectable(GTK_LABEL(label), !bold);
    if (bold) {
        PangoAttrList *attributes = pango_attr_list_new();

        pango_attr_list_insert(attributes, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
        gtk_label_set_attributes(GTK_LABEL(label), attributes);
        pango_attr_list_unref(attributes);
    }
    gtk_box_pack_start(GTK_BOX(box), label, FALSE, FALSE, 0);
    return label;
}

static void build(struct proposal *proposal, GtkApplication *application, const char *name)
{
    GtkWidget *content, *scrolled, *box;

    proposal->dialog = dialog_new(application, name, proposal->what);
    gtk_dialog_add_button(GTK_DIALOG(proposal->dialog), _("_Cancel"), GTK_RESPONSE_CANCEL);
    if (proposal->confirm)
        gtk_dialog_add_button(GTK_DIALOG(proposal->dialog), proposal->confirm, PROPOSAL_DO);
    gtk_window_set_default_size(GTK_WINDOW(proposal->dialog), 480, 280);
    content = gtk_dialog_get_content_area(GTK_DIALOG(proposal->dialog));
    scrolled = gtk_scrolled_window_new(NULL, NULL);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_box_pack_start(GTK_BOX(content), scrolled, TRUE, TRUE, 0);
    box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    gtk_container_set_border_width(GTK_CONTAINER(box), 18);
    gtk_container_add(GTK_CONTAINER(scrolled), box);
    proposal->spinner = gtk_spinner_new();
    gtk_box_pack_start(GTK_BOX(box), proposal->spinner, FALSE, FALSE, 0);
    set_label(add_label(box, FALSE), proposal->about);
    proposal->heading = add_label(box, TRUE);
    proposal->text = add_label(box, FALSE);
    proposal->advice = add_label(box, FALSE);
    proposal->shell = add_label(box, FALSE);
    gtk_style_context_add_class(gtk_widget_get_style_context(proposal->shell), GTK_STYLE_CLASS_MONOSPACE);
    gtk_widget_show(box);
    gtk_widget_show(scrolled);
    g_signal_connect(proposal->dialog, "response", G_CALLBACK(on_response), proposal);
    g_signal_connect_swapped(proposal->dialog, "destroy", G_CALLBACK(proposal_free), proposal);
}

static struct proposal *proposal_new(struct client *client, const struct proposal_call *call)
{
    struct proposal *proposal = g_new0(struct proposal, 1);

    proposal->client = client;
    proposal->cancellable = g_cancellable_new();
    proposal->what = g_strdup(call->what);
    proposal->about = g_strdup(call->about);
    proposal->confirm = g_strdup(call->confirm);
    proposal->method = g_strdup(call->method);
    proposal->arguments = g_variant_ref_sink(call->arguments);
    proposal->flags = call->flags;
    return proposal;
}

static char *name_of(const struct proposal *proposal)
{
    g_autofree char *arguments = g_variant_print(proposal->arguments, FALSE);

    return g_strdup_printf("%s %s", proposal->method, arguments);
}

void proposal_open(GtkApplication *application, struct client *client, const struct proposal_call *call)
{
    struct proposal *proposal = proposal_new(client, call);
    g_autofree char *name = name_of(proposal);

    if (dialog_present(application, name)) {
        proposal_free(proposal);
        return;
    }
    build(proposal, application, name);
    start(proposal, TRUE);
    gtk_window_present(GTK_WINDOW(proposal->dialog));
}

struct doing {
    GtkApplication *application;
    struct proposal *proposal;
};

static void on_done(GVariant *answer, const GError *error, gpointer userdata)
{
    g_autofree struct doing *doing = userdata;
    struct proposal *proposal = doing->proposal;
    g_autofree char *name = name_of(proposal);
    GtkApplication *application = doing->application;

    if (answer) {
        proposal_free(proposal);
    } else {
        build(proposal, application, name);
        on_answer(NULL, error, proposal);
        gtk_window_present(GTK_WINDOW(proposal->dialog));
    }
    g_object_unref(application);
}

void proposal_do(GtkApplication *application, struct client *client, const struct proposal_call *call)
{
    struct doing *doing = g_new(struct doing, 1);

    doing->application = g_object_ref(application);
    doing->proposal = proposal_new(client, call);
    client_call(client, call->method, with_flags(doing->proposal->arguments, call->flags), NULL, on_done,
                doing);
}

void proposal_tell(GtkApplication *application, const char *heading, const char *text)
{
    struct proposal *proposal =
        proposal_new(NULL, &(struct proposal_call){.what = heading,
                                                   .method = "",
                                                   .arguments = g_variant_new("(s)", heading)});
    struct outcome outcome = {.heading = (char *)heading, .text = (char *)text};
    g_autofree char *name = name_of(proposal);

    if (dialog_present(application, name)) {
        proposal_free(proposal);
        return;
    }
    build(proposal, application, name);
    show_outcome(proposal, &outcome);
    leave_close_only(proposal);
    gtk_window_present(GTK_WINDOW(proposal->dialog));
}
