/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of the node's tunnels, measured whenever they are others, and told as facts. */
#pragma once

#include "sense.h"

/* A refresh keeps others waiting no longer than that, though it may take 14 s: Diagnose answers after 10. */
#define PATH_WATCH_BUSY_USEC 9000000

struct path_watch;

int path_watch_new(const struct sense *sense, struct path_watch **ret);
struct path_watch *path_watch_free(struct path_watch *watch);
/*
 * A turn is over, and links, tunnels or peers may be others. What was measured of a course that is another is
 * taken back at once. Nobody's turn ends by it: it is for the end of one.
 */
void path_watch_look(struct path_watch *watch);
/* Measures all of them again. */
void path_watch_refresh(struct path_watch *watch);
bool path_watch_busy(const struct path_watch *watch);
