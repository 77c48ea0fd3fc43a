/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reader of the endpoints that tunnels' files give by name, which looks those names up: for a plan, and only
 * then. */
#pragma once

#include "sense.h"

struct endpoint_reader;

/* What it finds goes to sense->endpoint_names, all at once. */
int endpoint_reader_new(const struct sense *sense, struct endpoint_reader **ret);
struct endpoint_reader *endpoint_reader_free(struct endpoint_reader *reader);
/* They were looked up since CLOCK_MONOTONIC_RAW. If not they are from now on, for 5 s at most, and the end of
 * a turn comes with it. */
bool endpoint_reader_fresh(struct endpoint_reader *reader, int64_t raw_usec);
