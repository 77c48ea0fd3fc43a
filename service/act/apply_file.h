/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File steps: the addresses of one file are replaced at once, in a child of the file's writer.
 *
 * A place is on the line that the step says; the only assignment of its variable may have moved. If it does
 * not hold what the step expects, that is ChangedSince, and the file is left alone.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/change.h"
#include "../state/refusal.h"

struct apply_file;

typedef void (*apply_file_done)(void *userdata, const struct refusal *refusal);

int apply_file_new(sd_event *event, int root, struct apply_file **ret);
struct apply_file *apply_file_free(struct apply_file *apply);

/* How many of these steps, from the first on, are of the same file and are run together. */
size_t apply_file_count(const struct step *steps, size_t count);

/*
 * Runs `count` steps of one file; backwards if `back`: what is not there to be taken back is then no error.
 * `steps` must stay until `done`.
 */
void apply_file_start(struct apply_file *apply, const struct step *steps, size_t count, bool back,
                      apply_file_done done, void *userdata);
