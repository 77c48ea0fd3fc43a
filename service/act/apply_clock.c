/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one step of the clock */
#include "apply_clock.h"

#include <errno.h>
#include <stdlib.h>

#include "../sys/clock_time.h"

int apply_clock(const struct clock *clock, struct plan *plan, struct step *step)
{
    int64_t raw, now, offset;
    int r;

    /* The reference went, or became another one, since this was planned. */
    if (!clock_has_reference(clock) || clock->seen.reference != plan->clock.reference)
        return -ESTALE;
    clock_time_read(&raw, &now);
    offset = clock_offset_at(clock, now);
    step->clock_left = llabs(offset) <= clock_tolerance(clock_bound_at(clock, raw));
    if (!step->clock_left) {
        /* Whether it needs FORCE was decided by what was measured then. */
        if (llabs(offset - plan->clock.offset_usec) > CLOCK_RESUME_USEC)
            return -ESTALE;
        r = clock_time_set(clock->seen.base_usec);
        if (r < 0)
            return r;
    }
    step->clock_by_usec = step->clock_left ? 0 : -offset;
    plan->clock.offset_usec = offset;
    plan->clock.bound_usec = clock_bound_at(clock, raw);
    return 0;
}
