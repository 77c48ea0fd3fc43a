/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clocks of this machine, and what is done to them. Microseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC_RAW now, and CLOCK_REALTIME minus it: both of one moment. */
void clock_time_read(int64_t *raw_usec, int64_t *clock_usec);
int64_t clock_time_raw(void);
int64_t clock_time_monotonic(void);
/* How much faster than CLOCK_MONOTONIC_RAW CLOCK_REALTIME is made to run, parts per million. */
int32_t clock_time_slew(void);
/* This process has CAP_SYS_TIME. */
bool clock_time_settable(void);
/* Sets CLOCK_REALTIME to what it would be at CLOCK_MONOTONIC_RAW 0, and what has passed since. */
int clock_time_set(int64_t base_usec);
