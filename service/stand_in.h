/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While a resolv.conf of ours stands in for WSL's: WSL's own comes back when its servers answer again, and
 * others are chosen when ours do not answer any more.
 */
#pragma once

#include "state/plan.h"

struct stand_in {
    const struct view *view;
    int64_t tried_usec; /* CLOCK_MONOTONIC_RAW, of the last try; 0: none yet */
};

/* Whether something is to be done now, though nobody asked: then the call. Notes the try. */
bool stand_in_wanted(struct stand_in *stand_in, int64_t raw_usec, struct call *call);
