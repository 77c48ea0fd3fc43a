/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The changes log and the wanted state on disk.
 *
 *   state/changes   one JSON object a line; a later line with the same id replaces the earlier
 *   state/wanted    wishes for good
 *   run/wanted      wishes until the next start: /run is empty then
 *
 * A line that a crash cut off is left out when the log is read, and gone when it is next rewritten.
 */
#pragma once

#include "../state/change.h"

struct changes {
    int state; /* directory fds, or why they could not be had */
    int run;
    size_t lines; /* in the file, superseded ones too */
    struct change_list list;
};

void changes_init(struct changes *changes);
void changes_done(struct changes *changes);

/* Opens the directories below `root` and reads both. Returns how many records could not be understood. */
int changes_load(struct changes *changes, int root, struct wanted *wanted);

/* Writes it to the log, then puts it into the list. With `sync` it is on disk when this returns. */
int changes_record(struct changes *changes, const struct change *change, bool sync);

/* Writes the files whose content depends on one of these wishes. */
int changes_save_wanted(struct changes *changes, const struct wanted *wanted, const struct wish *before,
                        const struct wish *after);
