/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* actions: what menu, window and keys can ask for */
#include "actions.h"

#include <glib/gi18n.h>

#include "mtu_dialog.h"
#include "proposal.h"
#include "report.h"

/* All that the log keeps. */
#define ACTIONS_CHANGES 200

struct actions {
    GtkApplication *application;
    struct client *client;
    struct actions_hooks hooks;
    gpointer userdata;
    GCancellable *cancellable;
};

static void propose(struct actions *actions, const char *what, const char *about, const char *confirm,
                    const char *method, GVariant *arguments)
{
    proposal_open(actions->application, actions->client,
                  &(struct proposal_call){.what = what,
                                          .about = about,
                                          .confirm = confirm,
                                          .method = method,
                                          .arguments = arguments});
}

static void on_show(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    actions->hooks.show(actions->userdata);
}

static void on_copy(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD), g_variant_get_string(target, NULL),
                           -1);
}

/* What is to be mended, in the words that the user saw. */
static char *trouble(struct actions *actions, const char *id, const char *subject)
{
    const GPtrArray *findings = actions->hooks.view(actions->userdata)->findings;

    for (guint i = 0; i < findings->len; i++) {
        const struct view_finding *finding = findings->pdata[i];

        if (g_str_equal(finding->id, id) && g_str_equal(finding->subject, subject))
            return g_strdup(finding->title);
    }
    return NULL;
}

static void on_mend(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;
    const char *id, *subject;
    g_autofree char *about = NULL;

    g_variant_get(target, "(&s&s)", &id, &subject);
    about = trouble(actions, id, subject);
    propose(actions, _("Fix"), about, _("_Mend"), "Mend", target);
}

static void on_details(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;
    const char *id, *subject;

    g_variant_get(target, "(&s&s)", &id, &subject);
    actions->hooks.details(id, subject, actions->userdata);
}

static void on_refresh_ip(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    propose(userdata, _("Refresh the address"), NULL, _("_Refresh"), "RefreshIP",
            g_variant_new_tuple(NULL, 0));
}

static void on_mtu(const char *link, guint mtu, gboolean persist, gpointer userdata)
{
    struct actions *actions = userdata;

    proposal_open(actions->application, actions->client,
                  &(struct proposal_call){.what = _("Set an MTU"),
                                          .confirm = _("_Set"),
                                          .method = "SetMTU",
                                          .arguments = g_variant_new("(su)", link, mtu),
                                          .flags = persist ? 4 : 0});
}

static void on_set_mtu(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    mtu_dialog_open(actions->application, actions->hooks.view(actions->userdata)->links, on_mtu, actions);
}

static void on_sync_clock(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    propose(userdata, _("Set the clock right"), NULL, _("_Set right"), "SyncClock",
            g_variant_new_tuple(NULL, 0));
}

static void on_fix_dns(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    propose(userdata, _("Mend DNS"), NULL, _("_Mend"), "FixDNS", g_variant_new_tuple(NULL, 0));
}

/* A step of the clock is never taken back. */
static gboolean is_step_of_the_clock(GVariant *change)
{
    g_autoptr(GVariant) steps = g_variant_lookup_value(change, "steps", G_VARIANT_TYPE("a(sss)"));
    const char *kind;

    for (gsize i = 0; steps && i < g_variant_n_children(steps); i++) {
        g_variant_get_child(steps, i, "(&s&s&s)", &kind, NULL, NULL);
        if (g_str_equal(kind, "clock"))
            return TRUE;
    }
    return FALSE;
}

/* The newest that stands; an undoing is not what the user means by the last change. */
static guint64 last_change(GVariant *list)
{
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) change = g_variant_get_child_value(list, i);
        const char *state = "", *verb = "";
        guint64 id = 0;

        g_variant_lookup(change, "state", "&s", &state);
        g_variant_lookup(change, "verb", "&s", &verb);
        if (g_str_equal(state, "done") && !g_str_equal(verb, "Undo") && !is_step_of_the_clock(change) &&
            g_variant_lookup(change, "id", "t", &id))
            return id;
    }
    return 0;
}

static void on_changes(GVariant *answer, const GError *error, gpointer userdata)
{
    struct actions *actions = userdata;
    g_autoptr(GVariant) list = NULL;
    guint64 id;

    if (!answer || !g_variant_is_of_type(answer, G_VARIANT_TYPE("(aa{sv})"))) {
        proposal_tell(actions->application, _("The changes cannot be read"), error ? error->message : NULL);
        return;
    }
    list = g_variant_get_child_value(answer, 0);
    id = last_change(list);
    if (id)
        propose(actions, _("Undo the last change"), NULL, _("_Undo"), "Undo", g_variant_new("(t)", id));
    else
        proposal_tell(actions->application, _("There is nothing to undo"), NULL);
}

static void on_undo(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    client_call(actions->client, "ListChanges", g_variant_new("(tu)", (guint64)0, (guint32)ACTIONS_CHANGES),
                actions->cancellable, on_changes, actions);
}

static void on_release(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    propose(userdata, _("Release"), NULL, _("_Release"), "Release", target);
}

static void on_report(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    report_open(actions->application, actions->client);
}

static void on_settings(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    actions->hooks.settings(actions->userdata);
}

static void on_quit(GSimpleAction *action, GVariant *target, gpointer userdata)
{
    struct actions *actions = userdata;

    g_application_quit(G_APPLICATION(actions->application));
}

static const GActionEntry entries[] = {
    {.name = "show", .activate = on_show},
    {.name = "copy", .activate = on_copy, .parameter_type = "s"},
    {.name = "mend", .activate = on_mend, .parameter_type = "(ss)"},
    {.name = "details", .activate = on_details, .parameter_type = "(ss)"},
    {.name = "refresh-ip", .activate = on_refresh_ip},
    {.name = "set-mtu", .activate = on_set_mtu},
    {.name = "sync-clock", .activate = on_sync_clock},
    {.name = "fix-dns", .activate = on_fix_dns},
    {.name = "undo", .activate = on_undo},
    {.name = "release", .activate = on_release, .parameter_type = "(ss)"},
    {.name = "report", .activate = on_report},
    {.name = "settings", .activate = on_settings},
    {.name = "quit", .activate = on_quit},
};

struct actions *actions_new(GtkApplication *application, struct client *client,
                            const struct actions_hooks *hooks, gpointer userdata)
{
    static const struct {
        const char *action;
        const char *keys[2];
    } keys[] = {
        {"app.refresh-ip", {"<Control>r"}},   {"app.set-mtu", {"<Control>m"}},
        {"app.sync-clock", {"<Control>t"}},   {"app.fix-dns", {"<Control>n"}},
        {"app.undo", {"<Control>z"}},         {"app.report", {"<Control>d"}},
        {"app.settings", {"<Control>comma"}}, {"app.quit", {"<Control>q"}},
    };
    struct actions *actions = g_new0(struct actions, 1);

    actions->application = application;
    actions->client = client;
    actions->hooks = *hooks;
    actions->userdata = userdata;
    actions->cancellable = g_cancellable_new();
    g_action_map_add_action_entries(G_ACTION_MAP(application), entries, G_N_ELEMENTS(entries), actions);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        gtk_application_set_accels_for_action(application, keys[i].action, keys[i].keys);
    return actions;
}

void actions_free(struct actions *actions)
{
    if (!actions)
        return;
    g_cancellable_cancel(actions->cancellable);
    g_object_unref(actions->cancellable);
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        g_action_map_remove_action(G_ACTION_MAP(actions->application), entries[i].name);
    g_free(actions);
}

void actions_set(struct actions *actions, const struct view *view)
{
    static const char *const need_daemon[] = {"mend",    "refresh-ip", "set-mtu", "sync-clock",
                                              "fix-dns", "undo",       "release", "report"};

    for (gsize i = 0; i < G_N_ELEMENTS(need_daemon); i++) {
        GAction *action = g_action_map_lookup_action(G_ACTION_MAP(actions->application), need_daemon[i]);

        g_simple_action_set_enabled(G_SIMPLE_ACTION(action), view->level != VIEW_ABSENT);
    }
}

void actions_fix(struct actions *actions, const char *id, const char *subject)
{
    proposal_do(actions->application, actions->client,
                &(struct proposal_call){.what = _("Fix"),
                                        .method = "Mend",
                                        .arguments = g_variant_new("(ss)", id, subject)});
}
