/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells that a daemon's socket came or went, by inotify on its folder and on the folder of that: daemons make
 * both when they start, and some remove both when they end.
 */
#pragma once

#include <systemd/sd-event.h>

struct socket_watch;

typedef void (*socket_watch_changed)(void *userdata);

/* `path` is below the root, as "run/tailscale/tailscaled.sock", and lives as long as the watch. */
int socket_watch_new(sd_event *event, int root, const char *path, socket_watch_changed changed,
                     void *userdata, struct socket_watch **ret);
struct socket_watch *socket_watch_free(struct socket_watch *watch);
