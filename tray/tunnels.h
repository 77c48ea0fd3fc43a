/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tunnels: those of the VPN, as the daemon publishes them below its node: they come, change and go by
 * signals, and what has none is read when it is asked for.
 */
#pragma once

#include <gio/gio.h>

struct tunnels;

struct tunnels_hooks {
    /* Something is another now; `stale`: and what has no signal is not known until it is read. */
    void (*changed)(gboolean stale, gpointer userdata);
};

/* `owner` is the daemon's unique name: of nobody else a signal is taken. */
struct tunnels *tunnels_new(GDBusConnection *bus, const char *owner, const struct tunnels_hooks *hooks,
                            gpointer userdata);
void tunnels_free(struct tunnels *tunnels);
/* Which there are, and all that they say: all of it is read at once. */
void tunnels_read(struct tunnels *tunnels);
gboolean tunnels_are_any(const struct tunnels *tunnels);
/*
 * aa{sv}: the properties of each, in no order. What has no signal is left out once it is ten seconds old. The
 * caller owns it. NULL without tunnels.
 */
GVariant *tunnels_list(const struct tunnels *tunnels);
