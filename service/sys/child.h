/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child with a deadline and an output limit: its whole process group is killed when either is passed.
 *
 * A program gets no input, a fixed environment, no fds of ours and no privilege to gain more. A task is a
 * function of ours that may wait where the loop must not: on a disk, or on Windows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define CHILD_OUTPUT_MAX  4096 /* of a program, bytes */
#define CHILD_NOT_STARTED 127  /* the status of what could not become what it should */

struct child;

/* `status` is the exit code, or a negative errno: -ETIME, -EFBIG, -EPROTO (a signal ended it). */
typedef void (*child_done)(void *userdata, int status, const char *output, size_t length);

/*
 * Starts `path` below `root` with this argv. `done` is called once, from the event loop, unless child_free()
 * comes before it; it may free the child.
 */
int child_start(sd_event *event, int root, const char *path, char *const argv[], uint64_t deadline_usec,
                child_done done, void *userdata, struct child **ret);
/*
 * Writes to `output` what `done` is to get; what it returns is the status. The child is a copy of this
 * process with nothing but its standard fds and `data`.
 */
typedef int (*child_work)(const void *data, int output);

/* As child_start(), with an output limit of its own. With another uid than root's it has no capabilities. */
int child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
              uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
/* Kills it if it still runs. Takes NULL, returns NULL. */
struct child *child_free(struct child *child);
