/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wslnode-tray: command line and wiring */
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <locale.h>
#include <signal.h>

#include "actions.h"
#include "autostart.h"
#include "client.h"
#include "host.h"
#include "menu.h"
#include "settings_dialog.h"
#include "teller.h"
#include "window.h"

struct tray {
    GtkApplication *application;
    GDBusConnection *session;
    struct settings settings;
    struct client *client;
    struct actions *actions;
    struct host *host;
    struct window *window;
    struct teller *teller;
    struct view *view;
    int status;
};

static struct view *view_of(struct client *client)
{
    g_autoptr(GVariant) properties = client_properties(client);
    g_autoptr(GVariant) tunnels = client_tunnels(client);
    const char *absence = NULL, *advice = NULL;

    switch (client_presence(client)) {
    case CLIENT_LOOKING:
    case CLIENT_PRESENT:
        absence = _("Looking for wslnoded…");
        break;
    case CLIENT_ABSENT:
        absence = _("wslnoded does not run");
        advice = _("Start it in a terminal: sudo systemctl start wslnoded");
        break;
    case CLIENT_NO_BUS:
        absence = _("The system bus cannot be reached");
        advice = _("Under WSL it needs systemd=true below [boot] in /etc/wsl.conf, and a new start of the "
                   "distribution.");
        break;
    }
    return view_new(&(struct view_input){.properties = properties,
                                         .links = client_links(client),
                                         .tunnels = tunnels,
                                         .now = g_get_monotonic_time(),
                                         .absence = absence,
                                         .advice = advice});
}

static void on_changed(gpointer userdata)
{
    struct tray *tray = userdata;
    struct view *view = view_of(tray->client);
    g_autoptr(GMenuModel) menu = NULL;

    if (tray->view && view_equal(view, tray->view)) {
        view_free(view);
        return;
    }
    window_set(tray->window, view, tray->view);
    view_free(tray->view);
    tray->view = view;
    actions_set(tray->actions, view);
    menu = menu_new(view);
    host_set(tray->host, view, menu);
}

static void on_met(GVariant *findings, gpointer userdata)
{
    struct tray *tray = userdata;

    teller_met(tray->teller, findings);
}

static void on_raised(const char *id, const char *subject, const char *severity, const char *summary,
                      GVariant *details, gpointer userdata)
{
    struct tray *tray = userdata;

    teller_raised(tray->teller, id, subject, severity, summary, details);
}

static void on_cleared(const char *id, const char *subject, gpointer userdata)
{
    struct tray *tray = userdata;

    teller_cleared(tray->teller, id, subject);
}

static void on_resumed(guint64 asleep_usec, GVariant *details, GVariant *findings, gpointer userdata)
{
    struct tray *tray = userdata;

    teller_resumed(tray->teller, asleep_usec, details, findings);
}

static void on_show(gpointer userdata)
{
    struct tray *tray = userdata;

    window_present(tray->window);
}

static void on_details(const char *id, const char *subject, gpointer userdata)
{
    struct tray *tray = userdata;

    if (id)
        window_show_finding(tray->window, id, subject);
    else
        window_present(tray->window);
}

static void on_fix(const char *id, const char *subject, gpointer userdata)
{
    struct tray *tray = userdata;

    actions_fix(tray->actions, id, subject);
}

static void on_listed(gpointer userdata)
{
    struct tray *tray = userdata;

    window_set_list(tray->window, teller_list(tray->teller));
}

static void on_settings(gpointer userdata)
{
    struct tray *tray = userdata;

    settings_dialog_open(tray->application, tray->session, &tray->settings);
}

static const struct view *on_view(gpointer userdata)
{
    struct tray *tray = userdata;

    return tray->view;
}

static void on_visible(gboolean visible, gpointer userdata)
{
    struct tray *tray = userdata;

    client_watch(tray->client, visible);
}

static gboolean on_opening(gpointer userdata)
{
    struct tray *tray = userdata;

    return client_read(tray->client);
}

/* Where no icon can be shown, the window's entry in the taskbar takes its place. */
static void on_moved(enum host_place place, gpointer userdata)
{
    struct tray *tray = userdata;

    window_set_stay(tray->window, place == HOST_NOWHERE);
    if (place == HOST_NOWHERE)
        window_show_in_taskbar(tray->window);
}

/* Without its bus nothing works that it is for; whoever started it may start it again, and it says so by its
 * status. */
static void on_session_closed(GDBusConnection *session, gboolean vanished, GError *error, gpointer userdata)
{
    struct tray *tray = userdata;

    g_message("The session bus went away.");
    tray->status = 1;
    g_application_quit(G_APPLICATION(tray->application));
}

static gboolean on_signal(gpointer userdata)
{
    struct tray *tray = userdata;

    g_application_quit(G_APPLICATION(tray->application));
    return G_SOURCE_CONTINUE;
}

static void on_startup(GApplication *application, struct tray *tray)
{
    static const struct client_hooks client_hooks = {.changed = on_changed,
                                                     .met = on_met,
                                                     .raised = on_raised,
                                                     .cleared = on_cleared,
                                                     .resumed = on_resumed};
    static const struct actions_hooks actions_hooks = {.show = on_show,
                                                       .details = on_details,
                                                       .settings = on_settings,
                                                       .view = on_view};
    static const struct window_hooks window_hooks = {.visible = on_visible};
    static const struct host_hooks host_hooks = {.activated = on_show,
                                                 .moved = on_moved,
                                                 .opening = on_opening};
    static const struct teller_hooks teller_hooks = {.fix = on_fix,
                                                     .details = on_details,
                                                     .listed = on_listed};
    g_autofree char *path = settings_path();

    gdk_set_program_class("org.wslnode.Tray");
    settings_load(&tray->settings, path);
    tray->session = g_application_get_dbus_connection(application);
    if (tray->session) {
        g_dbus_connection_set_exit_on_close(tray->session, FALSE);
        g_signal_connect(tray->session, "closed", G_CALLBACK(on_session_closed), tray);
    }
    g_unix_signal_add(SIGTERM, on_signal, tray);
    g_unix_signal_add(SIGINT, on_signal, tray);
    g_application_hold(application);
    tray->client = client_new(&client_hooks, tray);
    tray->actions = actions_new(tray->application, tray->client, &actions_hooks, tray);
    tray->window = window_new(tray->application, &window_hooks, tray);
    tray->teller = teller_new(tray->session, &tray->settings, &teller_hooks, tray);
    tray->host = host_new(tray->session, G_ACTION_GROUP(application), &host_hooks, tray);
    on_changed(tray);
}

static void on_shutdown(GApplication *application, struct tray *tray)
{
    if (tray->session)
        g_signal_handlers_disconnect_by_data(tray->session, tray);
    host_free(tray->host);
    teller_free(tray->teller);
    /* The dialogs first: they call through the client. */
    for (GList *windows = g_list_copy(gtk_application_get_windows(tray->application)), *at = windows; at;
         at = g_list_delete_link(at, at))
        if (at->data != window_widget(tray->window))
            gtk_widget_destroy(at->data);
    window_free(tray->window);
    actions_free(tray->actions);
    client_free(tray->client);
    view_free(tray->view);
    settings_clear(&tray->settings);
}

static int on_command_line(GApplication *application, GApplicationCommandLine *line, struct tray *tray)
{
    GVariantDict *options = g_application_command_line_get_options_dict(line);

    if (g_variant_dict_contains(options, "quit"))
        g_application_quit(application);
    else if (!g_variant_dict_contains(options, "background"))
        window_present(tray->window);
    return 0;
}

/* What needs no display, and --quit where nothing runs. */
static int on_local_options(GApplication *application, GVariantDict *options, gpointer userdata)
{
    g_autoptr(GError) error = NULL;

    if (g_variant_dict_contains(options, "version")) {
        g_print("wslnode-tray %s\n", WSLNODE_VERSION);
        return 0;
    }
    /* By this name desktops find the .desktop file of a window; the help above has the command's. */
    g_set_prgname("org.wslnode.Tray");
    if (!g_variant_dict_contains(options, "quit"))
        return -1;
    g_application_set_flags(application, g_application_get_flags(application) | G_APPLICATION_IS_LAUNCHER);
    return g_application_register(application, NULL, &error) && g_application_get_is_remote(application) ? -1
                                                                                                         : 0;
}

static void add_options(GApplication *application)
{
    const GOptionEntry options[] = {
        {"show", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Show the window (what happens without an option, too)"),
         NULL},
        {"background", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Start without showing the window"), NULL},
        {"quit", 0, 0, G_OPTION_ARG_NONE, NULL, N_("End the one that runs"), NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL},
        {NULL},
    };

    g_application_add_main_option_entries(application, options);
    g_application_set_option_context_summary(application, _("Shows how the mesh-VPN node is, and mends it."));
}

int main(int argc, char **argv)
{
    struct tray tray = {0};
    int status;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    signal(SIGPIPE, SIG_IGN);
    /* WSLg has both; trays are X11's there, and the icon in Windows' taskbar follows the state under X11
     * only. */
    if (autostart_is_wsl())
        gdk_set_allowed_backends("x11,*");
    tray.application = gtk_application_new("org.wslnode.Tray", G_APPLICATION_HANDLES_COMMAND_LINE);
    add_options(G_APPLICATION(tray.application));
    g_signal_connect(tray.application, "handle-local-options", G_CALLBACK(on_local_options), NULL);
    g_signal_connect(tray.application, "startup", G_CALLBACK(on_startup), &tray);
    g_signal_connect(tray.application, "shutdown", G_CALLBACK(on_shutdown), &tray);
    g_signal_connect(tray.application, "command-line", G_CALLBACK(on_command_line), &tray);
    status = g_application_run(G_APPLICATION(tray.application), argc, argv);
    g_object_unref(tray.application);
    return status ? status : tray.status;
}
