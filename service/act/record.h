/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes and wishes as JSON, as they stand in our files. */
#pragma once

#include <jansson.h>

#include "../state/change.h"

json_t *record_of_change(const struct change *change);
/* -EINVAL if it is not one that we wrote. The caller has its steps to free. */
int record_read_change(const json_t *record, struct change *change);

/* The verbs' wishes that hold until the next start, or those for good. */
json_t *record_of_wanted(const struct wanted *wanted, bool persist);
/* Adds to `wanted`; of two wishes for one link the newer holds. What cannot be understood is left out;
 * returns how many those were. */
int record_read_wanted(const json_t *record, bool persist, struct wanted *wanted);
