/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tunnels: those of the VPN, as the daemon publishes them */
#include "tunnels.h"

#define TUNNELS_NODE      "/org/wslnode/Node1"
#define TUNNELS_PATHS     TUNNELS_NODE "/vpn/"
#define TUNNELS_INTERFACE "org.wslnode.Node1.VPN"
#define TUNNELS_MANAGER   "org.freedesktop.DBus.ObjectManager"
#define TUNNELS_READ_MS   10000
#define TUNNELS_FRESH     (10 * G_USEC_PER_SEC) /* twice as long as between two readings of a window */
#define TUNNELS_MOST      256                   /* of a hostile service; ours has 64 */

struct tunnel {
    GVariant *properties; /* a{sv} */
    gint64 read;          /* CLOCK_MONOTONIC, of all of it */
};

struct tunnels {
    struct tunnels_hooks hooks;
    gpointer userdata;
    GDBusConnection *bus;
    char *owner;
    guint subscriptions[3];
    GCancellable *cancellable;
    gboolean asked;
    GHashTable *known; /* path → struct tunnel */
};

/* They change all the time, and no signal says so. */
static const char *const moving_names[] = {
    "PeerCount", "PeersUp", "PeersDown", "LastHandshakeUSec", "LastHandshakeUSecMonotonic", NULL};

static void tunnel_free(gpointer pointer)
{
    struct tunnel *tunnel = pointer;

    g_variant_unref(tunnel->properties);
    g_free(tunnel);
}

static GHashTable *table_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, tunnel_free);
}

/* Takes the properties. */
static void put(GHashTable *table, const char *path, GVariant *properties)
{
    struct tunnel *tunnel = g_new(struct tunnel, 1);

    *tunnel = (struct tunnel){.properties = properties, .read = g_get_monotonic_time()};
    g_hash_table_replace(table, g_strdup(path), tunnel);
}

/* Of a{sa{sv}}, the interfaces of an object. */
static void put_object(GHashTable *table, const char *path, GVariant *interfaces)
{
    GVariant *properties = g_variant_lookup_value(interfaces, TUNNELS_INTERFACE, G_VARIANT_TYPE_VARDICT);

    if (properties && g_str_has_prefix(path, TUNNELS_PATHS) && g_hash_table_size(table) < TUNNELS_MOST)
        put(table, path, properties);
    else if (properties)
        g_variant_unref(properties);
}

static GVariant *without_moving(GVariant *properties)
{
    GVariantDict dictionary;

    g_variant_dict_init(&dictionary, properties);
    for (const char *const *name = moving_names; *name; name++)
        g_variant_dict_remove(&dictionary, *name);
    return g_variant_ref_sink(g_variant_dict_end(&dictionary));
}

static void on_added(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                     const char *signal, GVariant *arguments, gpointer userdata)
{
    struct tunnels *tunnels = userdata;
    g_autoptr(GVariant) interfaces = NULL;
    const char *object;

    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(oa{sa{sv}})")))
        return;
    g_variant_get(arguments, "(&o@a{sa{sv}})", &object, &interfaces);
    put_object(tunnels->known, object, interfaces);
    tunnels->hooks.changed(FALSE, tunnels->userdata);
}

static void on_removed(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                       const char *signal, GVariant *arguments, gpointer userdata)
{
    struct tunnels *tunnels = userdata;
    g_autofree const char **interfaces = NULL;
    const char *object;

    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(oas)")))
        return;
    g_variant_get(arguments, "(&o^a&s)", &object, &interfaces);
    if (g_strv_contains(interfaces, TUNNELS_INTERFACE) && g_hash_table_remove(tunnels->known, object))
        tunnels->hooks.changed(FALSE, tunnels->userdata);
}

static GVariant *merged(GVariant *properties, GVariant *changed)
{
    g_autoptr(GVariant) state = g_variant_lookup_value(changed, "State", NULL);
    /* What was read before is of another state. */
    g_autoptr(GVariant) former = state ? without_moving(properties) : g_variant_ref(properties);
    GVariantDict dictionary;
    GVariantIter every;
    const char *name;
    GVariant *value;

    g_variant_dict_init(&dictionary, former);
    g_variant_iter_init(&every, changed);
    while (g_variant_iter_loop(&every, "{&sv}", &name, &value))
        g_variant_dict_insert_value(&dictionary, name, value);
    return g_variant_ref_sink(g_variant_dict_end(&dictionary));
}

static void on_properties(GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                          const char *signal, GVariant *arguments, gpointer userdata)
{
    struct tunnels *tunnels = userdata;
    struct tunnel *tunnel = g_hash_table_lookup(tunnels->known, path);
    g_autoptr(GVariant) changed = NULL, former = NULL;

    if (!tunnel || !g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)")))
        return;
    changed = g_variant_get_child_value(arguments, 1);
    former = tunnel->properties;
    tunnel->properties = merged(former, changed);
    tunnels->hooks.changed(TRUE, tunnels->userdata);
}

static void subscribe(struct tunnels *tunnels)
{
    const struct {
        const char *interface, *signal, *path, *about;
        GDBusSignalCallback callback;
    } signals[G_N_ELEMENTS(tunnels->subscriptions)] = {
        {TUNNELS_MANAGER, "InterfacesAdded", TUNNELS_NODE, NULL, on_added},
        {TUNNELS_MANAGER, "InterfacesRemoved", TUNNELS_NODE, NULL, on_removed},
        {"org.freedesktop.DBus.Properties", "PropertiesChanged", NULL, TUNNELS_INTERFACE, on_properties},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        tunnels->subscriptions[i] =
            g_dbus_connection_signal_subscribe(tunnels->bus, tunnels->owner, signals[i].interface,
                                               signals[i].signal, signals[i].path, signals[i].about,
                                               G_DBUS_SIGNAL_FLAGS_NONE, signals[i].callback, tunnels, NULL);
}

struct tunnels *tunnels_new(GDBusConnection *bus, const char *owner, const struct tunnels_hooks *hooks,
                            gpointer userdata)
{
    struct tunnels *tunnels = g_new0(struct tunnels, 1);

    tunnels->hooks = *hooks;
    tunnels->userdata = userdata;
    tunnels->bus = g_object_ref(bus);
    tunnels->owner = g_strdup(owner);
    tunnels->cancellable = g_cancellable_new();
    tunnels->known = table_new();
    subscribe(tunnels);
    return tunnels;
}

void tunnels_free(struct tunnels *tunnels)
{
    if (!tunnels)
        return;
    g_cancellable_cancel(tunnels->cancellable);
    for (gsize i = 0; i < G_N_ELEMENTS(tunnels->subscriptions); i++)
        g_dbus_connection_signal_unsubscribe(tunnels->bus, tunnels->subscriptions[i]);
    g_object_unref(tunnels->cancellable);
    g_object_unref(tunnels->bus);
    g_hash_table_unref(tunnels->known);
    g_free(tunnels->owner);
    g_free(tunnels);
}

static GHashTable *table_of(GVariant *answer)
{
    GHashTable *table = table_new();
    g_autoptr(GVariant) objects = g_variant_get_child_value(answer, 0);

    for (gsize i = 0; i < g_variant_n_children(objects); i++) {
        g_autoptr(GVariant) interfaces = NULL;
        const char *path;

        g_variant_get_child(objects, i, "{&o@a{sa{sv}}}", &path, &interfaces);
        put_object(table, path, interfaces);
    }
    return table;
}

static void on_objects(GObject *source, GAsyncResult *result, gpointer userdata)
{
    struct tunnels *tunnels = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    gboolean were_any;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    tunnels->asked = FALSE;
    /* What the signals told is kept. */
    if (!answer)
        return;
    were_any = tunnels_are_any(tunnels);
    g_hash_table_unref(tunnels->known);
    tunnels->known = table_of(answer);
    /* The same again counts: the time that passed is told with it. */
    if (were_any || tunnels_are_any(tunnels))
        tunnels->hooks.changed(FALSE, tunnels->userdata);
}

void tunnels_read(struct tunnels *tunnels)
{
    if (tunnels->asked)
        return;
    tunnels->asked = TRUE;
    g_dbus_connection_call(tunnels->bus, tunnels->owner, TUNNELS_NODE, TUNNELS_MANAGER, "GetManagedObjects",
                           NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                           TUNNELS_READ_MS, tunnels->cancellable, on_objects, tunnels);
}

gboolean tunnels_are_any(const struct tunnels *tunnels)
{
    return g_hash_table_size(tunnels->known) > 0;
}

GVariant *tunnels_list(const struct tunnels *tunnels)
{
    gint64 now = g_get_monotonic_time();
    GVariantBuilder list;
    GHashTableIter every;
    gpointer value;

    if (!tunnels_are_any(tunnels))
        return NULL;
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    g_hash_table_iter_init(&every, tunnels->known);
    while (g_hash_table_iter_next(&every, NULL, &value)) {
        const struct tunnel *tunnel = value;
        g_autoptr(GVariant) properties = now - tunnel->read < TUNNELS_FRESH
                                             ? g_variant_ref(tunnel->properties)
                                             : without_moving(tunnel->properties);

        g_variant_builder_add_value(&list, properties);
    }
    return g_variant_ref_sink(g_variant_builder_end(&list));
}
