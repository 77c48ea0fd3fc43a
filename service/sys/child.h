/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child with a deadline and an output limit: its whole process group is killed when either is passed.
 *
 * It gets no input, a fixed environment, no fds of ours and no privilege to gain more.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define CHILD_OUTPUT_MAX 4096

struct child;

/* `status` is the exit code, or a negative errno: -ETIME, -EFBIG, -EPROTO (a signal ended it). */
typedef void (*child_done)(void *userdata, int status, const char *output, size_t length);

/*
 * Starts `path` below `root` with this argv. `done` is called once, from the event loop, unless child_free()
 * comes before it; it may free the child.
 */
int child_start(sd_event *event, int root, const char *path, char *const argv[], uint64_t deadline_usec,
                child_done done, void *userdata, struct child **ret);
/* Kills it if it still runs. Takes NULL, returns NULL. */
struct child *child_free(struct child *child);
