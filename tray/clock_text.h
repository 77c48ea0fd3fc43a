/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock_text: the clock in plain words. Pure. */
#pragma once

#include <glib.h>

/*
 * "right (Windows' clock, within 50 ms)", "2 h 3 min behind": of the node's properties (a{sv}). Offset and
 * bound may be missing, for they are read apart. NULL of a node that tells nothing of a clock.
 */
char *clock_text(GVariant *properties);
/*
 * What SyncClock's result (a{sv}) says: "right (…)" where nothing is to be done, else how far it steps. NULL
 * if that is not in it.
 */
char *clock_text_answer(GVariant *result);
/* How far a step goes by which an offset of `usec` ends: "forward by 2 h". */
char *clock_text_step(gint64 usec);
