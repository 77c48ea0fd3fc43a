/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of Windows, run through interop: only one that is a regular file on a drive of Windows and begins
 * with MZ, so that the kernel hands it to WSL and to nobody else.
 *
 * A child opens it once, looks at it and runs it by that fd, so what was looked at is what runs. It is in the
 * program's folder, has no input, no WSL_INTEROP (WSL finds the distribution's own server then) and 15 s.
 * Even its opening may wait for Windows without end, which is why all of it is the child's.
 */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

struct winrun;

/*
 * `status` is the program's exit code, or a negative errno: -ENOENT (there is none), -EINVAL (it is no
 * regular file), -EXDEV (it is on no drive of Windows), -ENOEXEC (it is no program of Windows, or the kernel
 * does not hand it over), -ETIME, -EFBIG (more output than `limit`), -EPROTO (a signal ended it), or another
 * of the opening's. The output is as the program wrote it, with a NUL behind it.
 */
typedef void (*winrun_done)(void *userdata, int status, const char *output, size_t length);

/*
 * `path` is below `root`, and `argv` begins with the name that the program is to see. `done` is called once,
 * from the event loop, unless winrun_free() comes before it; it may free it.
 */
int winrun_start(sd_event *event, int root, const char *path, char *const argv[], size_t limit,
                 winrun_done done, void *userdata, struct winrun **ret);
/* Kills what still runs on this side. Takes NULL, returns NULL. */
struct winrun *winrun_free(struct winrun *winrun);
