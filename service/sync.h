/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock: measured before it is stepped, and stepped without being asked where the configuration says so.
 */
#pragma once

#include "act/executor.h"
#include "config_clock.h"
#include "sense/sense.h"

struct sync {
    const struct node *node;
    const struct clock_config *config;
    struct sense_clock *clock;
    /* What waits for the clock to be measured after that moment of CLOCK_MONOTONIC_RAW. */
    executor_measured measured;
    void *measured_userdata;
    int64_t measuring_usec;
    int64_t synced_usec; /* by itself */
};

/* The executor's measure_clock(). */
void sync_measure(struct sync *sync, executor_measured done, void *userdata);
/* The end of a sensor's turn. */
void sync_turn(struct sync *sync);
/* Whether the clock is to be stepped now, though nobody asked and nothing happened. Notes the try. */
bool sync_wanted(struct sync *sync);
/* Whether it may be after the machine stood still. */
bool sync_allowed(const struct sync *sync);
