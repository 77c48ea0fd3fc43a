/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * client: the daemon as the tray sees it. Its state comes from properties and signals, and only from the
 * unique name that owns org.wslnode.Node1. It never starts the daemon by watching.
 */
#pragma once

#include <gio/gio.h>

struct client;

enum client_presence {
    CLIENT_LOOKING, /* not known yet, for a moment after the start */
    CLIENT_ABSENT,
    CLIENT_PRESENT,
    CLIENT_NO_BUS, /* the system bus cannot be reached; it is tried again */
};

struct client_hooks {
    /* Properties, links or presence changed; at most every 100 ms. */
    void (*changed)(gpointer userdata);
    /* The daemon is there, for the first time or anew: `findings` is all that is wrong now (aa{sv}). */
    void (*met)(GVariant *findings, gpointer userdata);
    /* `details` is FindingRaised's a{sv}. */
    void (*raised)(const char *id, const char *subject, const char *severity, const char *summary,
                   GVariant *details, gpointer userdata);
    void (*cleared)(const char *id, const char *subject, gpointer userdata);
    /* The machine slept: `details` is Resumed's, and `findings` (aa{sv}) all that is wrong now. */
    void (*resumed)(guint64 asleep_usec, GVariant *details, GVariant *findings, gpointer userdata);
};

struct client *client_new(const struct client_hooks *hooks, gpointer userdata);
void client_free(struct client *client);

enum client_presence client_presence(const struct client *client);
/* a{sv} of the node's properties, or NULL while it is not there. The caller owns it. */
GVariant *client_properties(const struct client *client);
/* aa{sv} of ListLinks as last read, or NULL. Owned by the client. */
GVariant *client_links(const struct client *client);
/* aa{sv} of the VPN's tunnels, or NULL where there are none. The caller owns it. */
GVariant *client_tunnels(const struct client *client);
/*
 * What has no change signal is read now, and every 5 s while `watching`. TRUE if the answer is told in any
 * case, within 100 ms as a rule.
 */
gboolean client_read(struct client *client);
void client_watch(struct client *client, gboolean watching);

/* The answer, or NULL with an error set. Both are the callee's for the time of the call only. */
typedef void (*client_answer)(GVariant *answer, const GError *error, gpointer userdata);

/*
 * Calls a method. Polkit may ask for a password, so it may take 150 s; interactive authorisation is allowed.
 * A verb may start the daemon. `arguments` is a tuple. `cancellable` may be NULL; after a cancel the answer
 * is not called.
 */
void client_call(struct client *client, const char *method, GVariant *arguments, GCancellable *cancellable,
                 client_answer answer, gpointer userdata);
