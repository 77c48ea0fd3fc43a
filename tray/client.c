/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client: the daemon as the tray sees it */
#include "client.h"

#include "org.wslnode.Node1.h"
#include "tunnels.h"

#define CLIENT_NAME        "org.wslnode.Node1"
#define CLIENT_PATH        "/org/wslnode/Node1"
#define CLIENT_CALL_MS     150000 /* a person may have to type a password */
#define CLIENT_READ_MS     10000
#define CLIENT_WATCH_S     5
#define CLIENT_CONNECT_S   5
#define CLIENT_GATHER_USEC (100 * G_TIME_SPAN_MILLISECOND)
#define CLIENT_LINKS       256

struct client {
    struct client_hooks hooks;
    gpointer userdata;
    GCancellable *cancellable; /* all that is under way */
    GDBusConnection *bus;
    guint name_watch;
    enum client_presence presence;
    GCancellable *meeting; /* what belongs to this owner of the name */
    TrayNode1 *node;
    struct tunnels *tunnels;
    GVariant *links;
    GVariant *moving; /* a{sv}: the properties of `moving_names`, as last read */
    gboolean stale, links_asked, moving_asked;
    guint change_timer, watch_timer, connect_timer;
    gint64 told;
};

/* They change all the time, and no signal says so. */
static const char *const moving_names[] = {"ClockOffsetUSec", "ClockErrorBoundUSec", NULL};

static void connect_later(struct client *client);
static void read_all(struct client *client);

static gboolean tell_change(gpointer userdata)
{
    struct client *client = userdata;

    client->change_timer = 0;
    client->told = g_get_monotonic_time();
    if (client->stale)
        read_all(client);
    client->hooks.changed(client->userdata);
    return G_SOURCE_REMOVE;
}

/* A burst becomes a change every 100 ms. */
static void note_change(struct client *client)
{
    gint64 wait = client->told + CLIENT_GATHER_USEC - g_get_monotonic_time();

    if (!client->change_timer)
        client->change_timer = g_timeout_add(wait > 0 ? (guint)(wait / 1000 + 1) : 0, tell_change, client);
}

/* Somebody is about to look: what the time alone changes is told at once. */
static void tell_time(struct client *client)
{
    if (!client->change_timer && g_get_monotonic_time() - client->told >= CLIENT_GATHER_USEC)
        tell_change(client);
    else
        note_change(client);
}

static void on_tunnels(gboolean stale, gpointer userdata)
{
    struct client *client = userdata;

    client->stale = client->stale || stale;
    note_change(client);
}

static void on_properties(GDBusProxy *proxy, GVariant *changed, const char *const *invalidated,
                          gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GVariant) state = g_variant_lookup_value(changed, "ClockState", NULL);

    /* What was measured before is of another state. */
    if (state)
        g_clear_pointer(&client->moving, g_variant_unref);
    client->stale = TRUE;
    note_change(client);
}

/* All that is wrong now; the daemon tells it before the signal that goes with it. */
static GVariant *findings_of(TrayNode1 *node)
{
    GVariant *findings = tray_node1_get_findings(node);

    return findings ? g_variant_ref(findings)
                    : g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0));
}

static void on_raised(TrayNode1 *node, const char *id, const char *subject, const char *severity,
                      const char *summary, GVariant *details, gpointer userdata)
{
    struct client *client = userdata;

    client->hooks.raised(id, subject, severity, summary, details, client->userdata);
}

static void on_cleared(TrayNode1 *node, const char *id, const char *subject, GVariant *details,
                       gpointer userdata)
{
    struct client *client = userdata;

    client->hooks.cleared(id, subject, client->userdata);
}

static void on_resumed(TrayNode1 *node, guint64 asleep_usec, GVariant *details, gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GVariant) findings = findings_of(node);

    client->hooks.resumed(asleep_usec, details, findings, client->userdata);
}

static void part(struct client *client, enum client_presence presence)
{
    g_cancellable_cancel(client->meeting);
    g_clear_object(&client->meeting);
    if (client->node)
        g_signal_handlers_disconnect_by_data(client->node, client);
    g_clear_object(&client->node);
    g_clear_pointer(&client->tunnels, tunnels_free);
    g_clear_pointer(&client->links, g_variant_unref);
    g_clear_pointer(&client->moving, g_variant_unref);
    client->links_asked = client->moving_asked = FALSE;
    client->presence = presence;
    note_change(client);
}

static void on_node(GObject *source, GAsyncResult *result, gpointer userdata)
{
    static const struct tunnels_hooks hooks = {.changed = on_tunnels};
    struct client *client = userdata;
    g_autoptr(GError) error = NULL;
    TrayNode1 *node = tray_node1_proxy_new_finish(result, &error);
    g_autoptr(GVariant) findings = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!node) {
        g_warning("wslnoded: %s", error->message);
        return;
    }
    client->node = node;
    client->tunnels = tunnels_new(client->bus, g_dbus_proxy_get_name(G_DBUS_PROXY(node)), &hooks, client);
    g_signal_connect(node, "g-properties-changed", G_CALLBACK(on_properties), client);
    g_signal_connect(node, "finding-raised", G_CALLBACK(on_raised), client);
    g_signal_connect(node, "finding-cleared", G_CALLBACK(on_cleared), client);
    g_signal_connect(node, "resumed", G_CALLBACK(on_resumed), client);
    client->presence = CLIENT_PRESENT;
    client->stale = TRUE;
    findings = findings_of(node);
    client->hooks.met(findings, client->userdata);
    note_change(client);
}

/*
 * A proxy of the unique name, not of the well-known one: so signals from anybody else are not this object's,
 * even those that were sent to us alone, and even while nobody owns the name.
 */
static void on_appeared(GDBusConnection *bus, const char *name, const char *owner, gpointer userdata)
{
    struct client *client = userdata;

    part(client, CLIENT_LOOKING);
    client->meeting = g_cancellable_new();
    tray_node1_proxy_new(bus, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, owner, CLIENT_PATH, client->meeting,
                         on_node, client);
}

static void on_vanished(GDBusConnection *bus, const char *name, gpointer userdata)
{
    struct client *client = userdata;

    /* Without a bus on_closed() has its own word for it. */
    if (client->bus && !g_dbus_connection_is_closed(client->bus))
        part(client, CLIENT_ABSENT);
}

static void leave_bus(struct client *client)
{
    if (client->name_watch)
        g_bus_unwatch_name(client->name_watch);
    client->name_watch = 0;
    if (client->bus)
        g_signal_handlers_disconnect_by_data(client->bus, client);
    g_clear_object(&client->bus);
}

static void on_closed(GDBusConnection *bus, gboolean vanished, GError *error, gpointer userdata)
{
    struct client *client = userdata;

    leave_bus(client);
    part(client, CLIENT_NO_BUS);
    connect_later(client);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GError) error = NULL;
    GDBusConnection *bus = g_dbus_connection_new_for_address_finish(result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!bus) {
        if (client->presence != CLIENT_NO_BUS)
            g_message("The system bus cannot be reached: %s", error->message);
        part(client, CLIENT_NO_BUS);
        connect_later(client);
        return;
    }
    client->bus = bus;
    g_signal_connect(bus, "closed", G_CALLBACK(on_closed), client);
    client->name_watch = g_bus_watch_name_on_connection(bus, CLIENT_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                        on_appeared, on_vanished, client, NULL);
}

/* A connection of its own: GIO's shared one would not come back after the bus was restarted. */
static gboolean connect_bus(gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GError) error = NULL;
    g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);

    client->connect_timer = 0;
    if (!address) {
        part(client, CLIENT_NO_BUS);
        connect_later(client);
        return G_SOURCE_REMOVE;
    }
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, client->cancellable, on_bus, client);
    return G_SOURCE_REMOVE;
}

static void connect_later(struct client *client)
{
    if (!client->connect_timer)
        client->connect_timer = g_timeout_add_seconds(CLIENT_CONNECT_S, connect_bus, client);
}

struct client *client_new(const struct client_hooks *hooks, gpointer userdata)
{
    struct client *client = g_new0(struct client, 1);

    client->hooks = *hooks;
    client->userdata = userdata;
    client->cancellable = g_cancellable_new();
    connect_bus(client);
    return client;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    g_cancellable_cancel(client->cancellable);
    leave_bus(client);
    part(client, CLIENT_ABSENT);
    for (guint *timers[] = {&client->change_timer, &client->watch_timer, &client->connect_timer}, i = 0;
         i < 3; i++)
        if (*timers[i])
            g_source_remove(*timers[i]);
    g_object_unref(client->cancellable);
    g_free(client);
}

enum client_presence client_presence(const struct client *client)
{
    return client->presence;
}

/* The proxy's copies of what moves are those of the start. */
static void insert_moving(GVariantDict *dictionary, GVariant *moving)
{
    for (const char *const *name = moving_names; *name; name++) {
        g_autoptr(GVariant) value = moving ? g_variant_lookup_value(moving, *name, NULL) : NULL;

        if (value)
            g_variant_dict_insert_value(dictionary, *name, value);
        else
            g_variant_dict_remove(dictionary, *name);
    }
}

GVariant *client_properties(const struct client *client)
{
    GDBusProxy *proxy = client->node ? G_DBUS_PROXY(client->node) : NULL;
    g_auto(GStrv) names = proxy ? g_dbus_proxy_get_cached_property_names(proxy) : NULL;
    GVariantDict dictionary;

    if (!names)
        return NULL;
    g_variant_dict_init(&dictionary, NULL);
    for (char **name = names; *name; name++) {
        g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, *name);

        if (value)
            g_variant_dict_insert_value(&dictionary, *name, value);
    }
    insert_moving(&dictionary, client->moving);
    return g_variant_ref_sink(g_variant_dict_end(&dictionary));
}

GVariant *client_links(const struct client *client)
{
    return client->links;
}

GVariant *client_tunnels(const struct client *client)
{
    return client->tunnels ? tunnels_list(client->tunnels) : NULL;
}

static void on_links(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) links = NULL;

    tray_node1_call_list_links_finish(TRAY_NODE1(source), &links, result, &error);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    client->links_asked = FALSE;
    if (!links || (client->links && g_variant_equal(links, client->links)))
        return;
    g_clear_pointer(&client->links, g_variant_unref);
    client->links = g_steal_pointer(&links);
    note_change(client);
}

static void read_links(struct client *client)
{
    if (client->links_asked)
        return;
    client->links_asked = TRUE;
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(client->node), CLIENT_READ_MS);
    tray_node1_call_list_links(client->node, 0, CLIENT_LINKS, client->meeting, on_links, client);
}

/* What it says of the others is left to the proxy: that follows their signals. */
static GVariant *moving_of(GVariant *answer)
{
    g_autoptr(GVariant) properties = answer ? g_variant_get_child_value(answer, 0) : NULL;
    GVariantDict dictionary;

    g_variant_dict_init(&dictionary, NULL);
    for (const char *const *name = moving_names; properties && *name; name++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(properties, *name, NULL);

        if (value)
            g_variant_dict_insert_value(&dictionary, *name, value);
    }
    return g_variant_ref_sink(g_variant_dict_end(&dictionary));
}

static void on_moving(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct client *client = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    g_autoptr(GVariant) moving = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    client->moving_asked = FALSE;
    moving = moving_of(answer);
    if (client->moving && g_variant_equal(moving, client->moving))
        return;
    g_clear_pointer(&client->moving, g_variant_unref);
    client->moving = g_steal_pointer(&moving);
    note_change(client);
}

static void read_moving(struct client *client)
{
    if (client->moving_asked)
        return;
    client->moving_asked = TRUE;
    g_dbus_connection_call(client->bus, g_dbus_proxy_get_name(G_DBUS_PROXY(client->node)), CLIENT_PATH,
                           "org.freedesktop.DBus.Properties", "GetAll", g_variant_new("(s)", CLIENT_NAME),
                           G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, CLIENT_READ_MS,
                           client->meeting, on_moving, client);
}

static void read_all(struct client *client)
{
    client->stale = FALSE;
    if (!client->node)
        return;
    read_links(client);
    read_moving(client);
    tunnels_read(client->tunnels);
}

gboolean client_read(struct client *client)
{
    gboolean tunnels = client->tunnels && tunnels_are_any(client->tunnels);

    read_all(client);
    if (tunnels)
        tell_time(client);
    return tunnels;
}

static gboolean read_again(gpointer userdata)
{
    read_all(userdata);
    return G_SOURCE_CONTINUE;
}

void client_watch(struct client *client, gboolean watching)
{
    if (watching && !client->watch_timer) {
        client_read(client);
        client->watch_timer = g_timeout_add_seconds(CLIENT_WATCH_S, read_again, client);
    } else if (!watching && client->watch_timer) {
        g_source_remove(client->watch_timer);
        client->watch_timer = 0;
    }
}

struct call {
    client_answer answer;
    gpointer userdata;
};

static void on_answer(GObject *source, GAsyncResult *result, gpointer userdata)
{
    g_autofree struct call *call = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        call->answer(answer, error, call->userdata);
}

void client_call(struct client *client, const char *method, GVariant *arguments, GCancellable *cancellable,
                 client_answer answer, gpointer userdata)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(arguments);
    struct call *call;

    if (!client->bus) {
        g_autoptr(GError) error =
            g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER, "there is no system bus");

        answer(NULL, error, userdata);
        return;
    }
    call = g_new(struct call, 1);
    *call = (struct call){.answer = answer, .userdata = userdata};
    g_dbus_connection_call(client->bus, CLIENT_NAME, CLIENT_PATH, CLIENT_NAME, method, owned, NULL,
                           G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CLIENT_CALL_MS, cancellable,
                           on_answer, call);
}
