/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a clock goes through, and what is to follow. Words of a course, all in seconds:
 *   +S               so long nothing happens
 *   look=S           it is looked at, and is S ahead of the reference
 *   step=S own=S     somebody else, or SyncClock, sets it so that it is S ahead
 *   by=S             somebody else sets it forward by S
 *   ref=NAME bound=S slew=PPM stale jumping settable      so it is in looks from here on
 * It begins with the reference ptp, a bound of 0.01 s and a clock that is right, but has not been looked at.
 */
#pragma once

#include "../../service/state/clock.h"

#define S    INT64_C(1000000)
#define HOUR (3600 * S)
#define DAY  (24 * HOUR)
#define YEAR (365 * DAY)
#define NOW  (1790000000 * S) /* in 2026 */
#define Y38  ((INT64_C(1) << 31) * S)
#define Y106 ((INT64_C(1) << 32) * S)

static const struct {
    int64_t base_usec, clock_usec, offset_usec;
} offset_rows[] = {
    {NOW, NOW, 0},
    {NOW, NOW + 1, 1},
    {NOW, NOW - 1, -1},
    {NOW, NOW + 2 * S, 2 * S},
    {NOW, NOW - 2 * S, -2 * S},
    {NOW, NOW - 7 * HOUR, -7 * HOUR},
    {NOW, NOW + 7 * HOUR, 7 * HOUR},
    {NOW, NOW - 3 * YEAR, -3 * YEAR},
    {NOW, 0, -NOW},
    {0, NOW, NOW},
    {0, 0, 0},
    {-1, 1, 2},
    {1, -1, -2},
    {-5 * HOUR, -5 * HOUR, 0},
    {-5 * HOUR, -6 * HOUR, -HOUR},
    {-NOW, NOW, 2 * NOW},
    {Y38 - 1, Y38 + 1, 2},
    {Y38, -Y38, -2 * Y38},
    {Y106 - 1, Y106 + 1, 2},
    {Y106, 0, -Y106},
    {CLOCK_TIME_MAX_USEC, 0, -CLOCK_TIME_MAX_USEC},
    {0, CLOCK_TIME_MAX_USEC, CLOCK_TIME_MAX_USEC},
    {CLOCK_TIME_MAX_USEC, -CLOCK_TIME_MAX_USEC, -2 * CLOCK_TIME_MAX_USEC},
    {CLOCK_TIME_MAX_USEC, CLOCK_TIME_MAX_USEC, 0},
};

/* A bound, how long ago the look was, and what the bound is by now. */
static const struct {
    int64_t bound_usec, age_usec, grown_usec;
} bound_rows[] = {
    {0, 0, 0},
    {1, 0, 1},
    {10000, 0, 10000},
    {S, 0, S},
    {0, S, 200},
    {0, S / 2, 100},
    {0, 10000, 2},
    {10, 999000, 10 + 199},
    {10000, 1500000, 10000 + 300},
    {10000, 10 * S, 10000 + 2000},
    {10000, 60 * S, 10000 + 12000},
    {500000, 60 * S, 512000},
    {10000, HOUR, 10000 + 720000},
    {0, DAY, 17280000},
    {S, DAY, S + 17280000},
    {0, YEAR, 6307200000},
    {S, 100 * YEAR, S + 630720000000},
    {10000, -S, 10000},
    {10000, -YEAR, 10000},
};

static const struct {
    int64_t bound_usec, tolerance_usec;
} tolerance_rows[] = {
    {0, 50000},     {1, 50000}, {10000, 50000}, {49999, 50000}, {50000, 50000},
    {50001, 50001}, {S, S},     {HOUR, HOUR},   {YEAR, YEAR},
};

struct course {
    const char *words;
    const char *expected;
};

#define DRIFTS "look=3 +0.4 look=3 "

static const struct course state_rows[] = {
    /* Nothing tells. */
    {"", "unknown"},
    {"step=5 +1 step=5", "unknown"},
    {"ref=none look=0", "unknown"},
    {"ref=none look=5 +1 look=5", "unknown"},
    {"ref=none stale look=5 +1 look=5", "unknown"},
    {"ref=none jumping look=5 +1 look=5", "unknown"},
    {"ref=none look=5 step=5 step=5 step=5 look=5", "unknown"},
    /* Right enough. */
    {"look=0", "ok"},
    {"look=1 +60 look=1", "ok"},
    {"look=1.999999 +60 look=1.999999", "ok"},
    {"look=-1.999999 +60 look=-1.999999", "ok"},
    {"ref=rtc look=1.9 +60 look=1.9", "ok"},
    {"ref=ntp look=-1.9 +60 look=-1.9", "ok"},
    /* Wrong for long enough. */
    {"look=2", "ok"},
    {"look=7200", "ok"},
    {"look=2 look=2", "ok"},
    {"look=2 +0.399999 look=2", "ok"},
    {"look=2 +0.4 look=2", "drifting"},
    {"look=-2 +0.4 look=-2", "drifting"},
    {"look=2 +60 look=2", "drifting"},
    {"look=2 +0.2 look=2.1 +0.2 look=2.2", "drifting"},
    {"look=2 +0.1 look=2 +0.1 look=2 +0.1 look=2", "ok"},
    {"look=2 +0.3 look=1.9 +0.3 look=2", "ok"},
    {"look=2 +0.3 look=1.9 +0.3 look=2 +0.3 look=2", "ok"},
    {"look=2 +0.3 look=1.9 +0.3 look=2 +0.4 look=2", "drifting"},
    {"look=-7200 +60 look=-7200", "drifting"},
    {"look=7200 +60 look=7200", "drifting"},
    {"look=-1790000000 +1 look=-1790000000", "drifting"},
    {"look=2500000000 +1 look=2500000000", "drifting"},
    {"ref=rtc look=-3 +1 look=-3", "drifting"},
    {"ref=ntp look=3 +1 look=3", "drifting"},
    {"ref=rtc stale look=3 +1 look=3", "drifting"},
    /* Until it is well below. */
    {DRIFTS "look=2", "drifting"},
    {DRIFTS "look=1.5 +60 look=1.5", "drifting"},
    {DRIFTS "look=1", "drifting"},
    {DRIFTS "look=-1", "drifting"},
    {DRIFTS "look=0.999999", "ok"},
    {DRIFTS "look=-0.999999", "ok"},
    {DRIFTS "look=0", "ok"},
    {DRIFTS "look=0 +1 look=1.5 +1 look=1.5", "ok"},
    {DRIFTS "look=0 +1 look=2", "ok"},
    {DRIFTS "look=0 +1 look=2 +0.4 look=2", "drifting"},
    {DRIFTS "own=0", "drifting"},
    {DRIFTS "own=0 look=0", "ok"},
    {DRIFTS "step=0 look=0", "ok"},
    /* A reference that is less exact. */
    {"bound=1 look=2 +1 look=2", "drifting"},
    {"bound=1.5 look=2.999999 +60 look=2.999999", "ok"},
    {"bound=1.5 look=-2.999999 +60 look=-2.999999", "ok"},
    {"bound=1.5 look=3 +0.4 look=3", "drifting"},
    {"bound=1.5 look=-3 +0.4 look=-3", "drifting"},
    {"bound=1.5 look=3 +1 look=3 look=1.5", "drifting"},
    {"bound=1.5 look=3 +1 look=3 look=1.499999", "ok"},
    {"bound=0.5 look=3 +1 look=3 look=0.999999", "ok"},
    {"bound=0.5 look=3 +1 look=3 look=1", "drifting"},
    {"bound=3600 look=7199 +1 look=7199", "ok"},
    {"bound=3600 look=7200 +1 look=7200", "drifting"},
    {DRIFTS "bound=4 look=3.5", "ok"},
    {"bound=2 look=3 +60 look=3 bound=0.01 +1 look=3", "ok"},
    {"bound=2 look=3 +60 look=3 bound=0.01 +1 look=3 +0.4 look=3", "drifting"},
    /* It vanishes, and another takes its place. */
    {DRIFTS "ref=none look=3", "unknown"},
    {DRIFTS "ref=none stale look=3", "unknown"},
    {DRIFTS "ref=none jumping look=3", "unknown"},
    {DRIFTS "ref=none look=3 +9 ref=ptp look=3", "ok"},
    {DRIFTS "ref=none look=3 +9 ref=ptp look=1.5 +9 look=1.5", "ok"},
    {DRIFTS "ref=none look=3 +9 ref=ptp look=3 +0.4 look=3", "drifting"},
    {"look=3 +0.2 ref=none look=3 +0.2 ref=ptp look=3", "ok"},
    {"look=3 +0.2 ref=none look=3 +0.2 ref=ptp look=3 +0.4 look=3", "drifting"},
    {DRIFTS "ref=rtc stale look=3", "drifting"},
    {DRIFTS "ref=rtc stale look=0", "ok"},
    /* A fight is one at once. */
    {"look=3 step=3 +10 step=3 +10 step=3 look=3", "fighting"},
    {DRIFTS "step=3 +10 step=3 +10 step=3 look=3", "fighting"},
    {DRIFTS "step=3 +10 step=3 +10 step=3 look=1.5", "drifting"},
    {DRIFTS "step=3 +10 step=3 +10 step=3 look=0", "ok"},
    {DRIFTS "step=3 +10 step=3 +10 step=3 +121 look=3", "drifting"},
    {DRIFTS "step=3 +10 step=3 +10 step=3 ref=none look=3", "unknown"},
};

/* How many seconds the slew takes. */
static const struct {
    const char *words;
    double left;
} slew_rows[] = {
    {"", 0},
    {"slew=83333 look=0", 0},
    {"slew=83333 ref=none look=-3600", 0},
    {"slew=0 look=-3600", 0},
    /* The way to the true time. */
    {"slew=83333 look=-3600", 43200.1728},
    {"slew=-83333 look=3600", 43200.1728},
    {"slew=83333 look=-1", 12.000048},
    {"slew=-83333 look=1", 12.000048},
    {"slew=83333 look=-86400", 1036804.1472},
    {"slew=83333 look=-31536000", 378433513.7341},
    {"slew=100000 look=-10", 100},
    {"slew=-500000 look=10", 20},
    {"slew=1000000 look=-7", 7},
    {"slew=1001 look=-1001", 1000000},
    {"slew=-2000 look=0.5", 250},
    /* Less than a second is not nothing. */
    {"slew=83333 look=-0.05", 0.600002},
    {"slew=-83333 look=0.04", 0.480002},
    {"slew=83333 look=-0.000001", 0.000012},
    {"slew=83333 look=-0.2", 2.40001},
    {"slew=100000 look=-0.01", 0.1},
    /* The other way. */
    {"slew=-83333 look=-3600", 0},
    {"slew=83333 look=3600", 0},
    {"slew=83333 look=0.000001", 0},
    {"slew=-1000000 look=-1", 0},
    /* No more than a quartz's correction, such as chronyd's of 20 ppm. */
    {"slew=20 look=-3600", 0},
    {"slew=-20 look=3600", 0},
    {"slew=500 look=-3600", 0},
    {"slew=-999 look=3600", 0},
    {"slew=999 look=-3600", 0},
};

/* clock_usec of a look, its slew, how much later, and clock_usec then. */
static const struct {
    int64_t clock_usec;
    int32_t slew_ppm;
    int64_t elapsed_usec, expected_usec;
} expected_rows[] = {
    {NOW, 0, 0, NOW},
    {NOW, 0, 60 * S, NOW},
    {NOW, 0, YEAR, NOW},
    {NOW, 83333, 0, NOW},
    {NOW, 83333, S, NOW + 83333},
    {NOW, -83333, S, NOW - 83333},
    {NOW, 83333, 60 * S, NOW + 4999980},
    {NOW, -83333, 60 * S, NOW - 4999980},
    {NOW, 83333, DAY, NOW + 7199971200},
    {NOW, -83333, DAY, NOW - 7199971200},
    {NOW, 20, S, NOW + 20},
    {NOW, 20, 60 * S, NOW + 1200},
    {NOW, -20, 60 * S, NOW - 1200},
    {NOW, 20, DAY, NOW + 1728000},
    {NOW, 83333, YEAR, NOW + 2627989488000},
    {NOW, 83333, 100000, NOW + 8333},
    {NOW, 1, 1000 * S, NOW + 1000},
    {NOW, 1000000, 60 * S, NOW + 60 * S},
    {0, 500, 60 * S, 30000},
    {-HOUR, 83333, 60 * S, 4999980 - HOUR},
    {Y38, -83333, 60 * S, Y38 - 4999980},
    {Y106, 83333, DAY, Y106 + 7199971200},
};

/* Two readings and the time between them. */
static const struct {
    struct clock_reading before, after;
    int64_t elapsed_usec;
    enum clock_jump jump;
} jump_rows[] = {
    {{NOW, 0}, {NOW, 0}, 0, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + S, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW - S, 10}, 60 * S, CLOCK_JUMP_NONE},
    /* The machine slept. */
    {{NOW, 10}, {NOW + 1999999, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + 2 * S, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + 2 * S, 10}, 0, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + 5 * S, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + HOUR, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + 3 * DAY, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + YEAR, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{NOW, 50000}, {NOW + 2 * S, 50000}, 60 * S, CLOCK_JUMP_FORWARD},
    /* Windows' clock was set back. */
    {{NOW, 10}, {NOW - 1999999, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW - 2 * S, 10}, 60 * S, CLOCK_JUMP_BACK},
    {{NOW, 10}, {NOW - HOUR, 10}, 60 * S, CLOCK_JUMP_BACK},
    {{NOW, 10}, {NOW - YEAR, 10}, 60 * S, CLOCK_JUMP_BACK},
    /* No more than both may be wrong. */
    {{NOW, S}, {NOW + 2500000, 2 * S}, S, CLOCK_JUMP_NONE},
    {{NOW, 2 * S}, {NOW - 2500000, S}, S, CLOCK_JUMP_NONE},
    {{NOW, S}, {NOW + 3500000, 2 * S}, S, CLOCK_JUMP_FORWARD},
    {{NOW, 2 * S}, {NOW - 3500000, S}, S, CLOCK_JUMP_BACK},
    {{NOW, 0}, {NOW + 2900000, 3 * S}, S, CLOCK_JUMP_NONE},
    {{NOW, 3 * S}, {NOW + 2900000, 0}, S, CLOCK_JUMP_NONE},
    {{NOW, HOUR}, {NOW + HOUR, HOUR}, 60 * S, CLOCK_JUMP_NONE},
    {{NOW, HOUR}, {NOW - 3 * HOUR, HOUR}, 60 * S, CLOCK_JUMP_BACK},
    /* Nor than CLOCK_MONOTONIC_RAW may be wrong in the meantime. */
    {{NOW, 10}, {NOW + 7 * S, 10}, 10 * HOUR, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW - 7 * S, 10}, 10 * HOUR, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + 7300000, 10}, 10 * HOUR, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW - 7300000, 10}, 10 * HOUR, CLOCK_JUMP_BACK},
    {{NOW, 10}, {NOW + 17 * S, 10}, DAY, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + 18 * S, 10}, DAY, CLOCK_JUMP_FORWARD},
    {{NOW, S}, {NOW + 9 * S, S}, 10 * HOUR, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + 2 * S, 10}, HOUR, CLOCK_JUMP_FORWARD},
    {{NOW, 10}, {NOW + 6000 * S, 10}, YEAR, CLOCK_JUMP_NONE},
    {{NOW, 10}, {NOW + 6400 * S, 10}, YEAR, CLOCK_JUMP_FORWARD},
    /* Any time. */
    {{Y38 - S, 10}, {Y38, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{Y38 - HOUR, 10}, {Y38 + HOUR, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{Y38, 10}, {-Y38, 10}, 60 * S, CLOCK_JUMP_BACK},
    {{Y106 - S, 10}, {Y106, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{Y106 - HOUR, 10}, {Y106 + HOUR, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{Y106, 10}, {0, 10}, 60 * S, CLOCK_JUMP_BACK},
    {{-HOUR, 10}, {-HOUR, 10}, 60 * S, CLOCK_JUMP_NONE},
    {{-HOUR, 10}, {HOUR, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{-HOUR, 10}, {-2 * HOUR, 10}, 60 * S, CLOCK_JUMP_BACK},
    {{0, 10}, {CLOCK_TIME_MAX_USEC, 10}, 60 * S, CLOCK_JUMP_FORWARD},
    {{CLOCK_TIME_MAX_USEC, 10}, {0, 10}, 60 * S, CLOCK_JUMP_BACK},
};
