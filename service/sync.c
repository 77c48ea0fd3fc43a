/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock, by itself */
#include "sync.h"

#include <stddef.h>

#include "sys/clock_time.h"

/* It is not stepped more often, nor within that of anybody else's step. */
#define DISTANCE_USEC INT64_C(60000000)

void sync_turn(struct sync *sync)
{
    executor_measured done;

    /* Asking for a measurement may lead here again, and then it is done. */
    if (!sync->measured || !sense_clock_fresh(sync->clock, sync->measuring_usec) || !sync->measured)
        return;
    done = sync->measured;
    sync->measured = NULL;
    done(sync->measured_userdata);
}

void sync_measure(struct sync *sync, executor_measured done, void *userdata)
{
    sync->measuring_usec = clock_time_raw();
    sync->measured_userdata = userdata;
    sync->measured = done;
    sync_turn(sync);
}

bool sync_wanted(struct sync *sync)
{
    const struct clock *clock = &sync->node->clock;
    int64_t since = clock->seen.raw_usec - DISTANCE_USEC;

    if (sync->config->auto_sync != AUTO_SYNC_ALWAYS || !clock_may_be_stepped(clock) ||
        (sync->synced_usec && sync->synced_usec > since) || clock_steps_since(clock, since))
        return false;
    sync->synced_usec = clock->seen.raw_usec;
    return true;
}

bool sync_allowed(const struct sync *sync)
{
    return sync->config->auto_sync != AUTO_SYNC_NO && !clock_fights(&sync->node->clock);
}
