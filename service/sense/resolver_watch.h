/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells of changes to resolv.conf and wsl.conf in some folders, those that come together only once. It is the
 * folders that are watched: files are replaced, and may come later.
 */
#pragma once

#include <systemd/sd-event.h>

struct resolver_watch;

typedef void (*resolver_watch_changed)(void *userdata);

int resolver_watch_new(sd_event *event, int root, resolver_watch_changed changed, void *userdata,
                       struct resolver_watch **ret);
struct resolver_watch *resolver_watch_free(struct resolver_watch *watch);
/* The folder of that file, if it is there; more than once is once. What changes before is not told. */
void resolver_watch_add(struct resolver_watch *watch, const char *path);
