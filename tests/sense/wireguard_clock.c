/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time of the test, for the sensor */
#include "../timers.h"
#include "wireguard_clock.h"

int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec);
int64_t __wrap_clock_time_raw(void);
void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec);

/* Or timers that go off at once would wait for it. */
int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec)
{
    return 0;
}

int64_t __wrap_clock_time_raw(void)
{
    return timers_now_usec;
}

void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec)
{
    *raw_usec = timers_now_usec;
    *clock_usec = WALL;
}
