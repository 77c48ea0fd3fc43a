/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sync-clock: sets the clock right by its reference. */
#ifndef WSLNODE_CTL_SYNC_CLOCK_H
#define WSLNODE_CTL_SYNC_CLOCK_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a verb's result is one of the clock: mend gives such as well. */
bool sync_clock_is_result(const json_t *result);
/* Says what was done to the clock, or would be. */
void sync_clock_print(const json_t *result, bool dry_run);

#endif
