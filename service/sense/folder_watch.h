/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells of changes to files in some folders, those that come together only once. It is the folders that are
 * watched: files are replaced, and may come later.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

struct folder_watch;

typedef void (*folder_watch_changed)(void *userdata);

/* `wanted` says of a name, without its folder, whether it is one of the files. */
int folder_watch_new(sd_event *event, int root, bool (*wanted)(const char *name),
                     folder_watch_changed changed, void *userdata, struct folder_watch **ret);
struct folder_watch *folder_watch_free(struct folder_watch *watch);
/* The folder of that file, if it is there; more than once is once. What changes before is not told. */
void folder_watch_add(struct folder_watch *watch, const char *path);
