/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* duration: how long something took, for people. Pure. */
#pragma once

#include <glib.h>

/* "120 ms", "4.5 s", "3 min 20 s", "2 h 3 min", "5 d 1 h": at most two units, rounded to the last one. */
char *duration_text(guint64 usec);
/* Without its sign; every value has one. */
guint64 duration_of(gint64 usec);
