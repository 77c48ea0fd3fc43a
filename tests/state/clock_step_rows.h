/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from steps of the clock, and from what is at work here. The words are those of clock_rows.h.
 */
#pragma once

#include "clock_rows.h"

static const struct course fight_rows[] = {
    {"look=3", "no"},
    {"look=0 step=3 look=3", "no"},
    {"look=0 step=3 +1 step=3 look=3", "no"},
    {"look=0 step=3 +1 step=3 +1 step=3 look=3", "yes"},
    {"look=0 step=-3 +1 step=-3 +1 step=-3 look=-3", "yes"},
    {"look=0 step=3 +1 step=-7200 +1 step=5 look=5", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 +1 step=3 look=3", "yes"},
    /* It is wrong now. */
    {"look=0 step=3 +1 step=3 +1 step=3 look=0", "no"},
    {"look=0 step=3 +1 step=3 +1 step=3 look=1.999999", "no"},
    {"look=0 step=3 +1 step=3 +1 step=3 look=2", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 look=-2", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 own=0 look=0", "no"},
    /* Each left it wrong. */
    {"look=0 step=2 +1 step=-2 +1 step=2 look=3", "yes"},
    {"look=0 step=1.999999 +1 step=1.999999 +1 step=1.999999 look=3", "no"},
    {"look=0 step=3 +1 step=-1.999999 +1 step=3 look=3", "no"},
    {"look=0 step=0 +1 step=0 +1 step=0 look=3", "no"},
    {"bound=2 look=0 step=3.999999 +1 step=3.999999 +1 step=3.999999 look=9", "no"},
    {"bound=2 look=0 step=4 +1 step=4 +1 step=4 look=4", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 bound=2 look=3", "no"},
    /* In a row. */
    {"look=0 step=0 +1 step=3 +1 step=3 +1 step=3 look=3", "yes"},
    {"look=0 step=3 +1 step=0 +1 step=3 +1 step=3 look=3", "no"},
    {"look=0 step=3 +1 step=3 +1 step=0 +1 step=3 look=3", "no"},
    {"look=0 step=3 +1 step=3 +1 step=3 +1 step=0 look=3", "no"},
    {"look=0 step=3 +1 step=0 +1 step=3 +1 step=0 +1 step=3 +1 step=0 look=3", "no"},
    {"look=0 step=3 +1 step=0 +1 step=3 +1 step=3 +1 step=3 look=3", "yes"},
    /* SyncClock's do not count, either way. */
    {"look=0 own=3 +1 own=3 +1 own=3 look=3", "no"},
    {"look=0 step=3 +1 own=3 +1 step=3 look=3", "no"},
    {"look=0 step=3 +1 own=0 +1 step=3 +1 own=0 +1 step=3 look=3", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 own=0 look=3", "yes"},
    /* Within two minutes. */
    {"look=0 step=3 +60 step=3 +60 step=3 look=3", "yes"},
    {"look=0 step=3 +60 step=3 +60.000001 step=3 look=3", "no"},
    {"look=0 step=3 +10 step=3 +10 step=3 +100 look=3", "yes"},
    {"look=0 step=3 +10 step=3 +10 step=3 +100.000001 look=3", "no"},
    {"look=0 step=3 +90 step=3 +30 step=3 +30 step=3 look=3", "yes"},
    {"look=0 step=3 +3600 step=3 +3600 step=3 look=3", "no"},
    /* Only what was measured. */
    {"step=3 +1 step=3 +1 step=3 look=3", "no"},
    {"ref=none look=3 step=3 +1 step=3 +1 step=3 ref=ptp look=3", "no"},
    {"ref=none look=3 step=3 ref=ptp look=3 +1 step=3 +1 step=3 look=3", "no"},
    {"look=3 step=3 +1 step=3 ref=none look=3 step=0 ref=ptp look=3 +1 step=3 look=3", "yes"},
    {"look=0 step=3 +1 step=3 +1 step=3 ref=none look=3", "no"},
    {"look=0 step=3 +1 step=3 +1 step=3 ref=rtc look=3", "yes"},
};

/* The distance of the steps is from `least` to `most`. */
static const struct {
    const char *words;
    double least, most;
} beat_rows[] = {
    {"look=0", 0, 0},
    {"step=0 look=0", 0, 0},
    {"step=0 +30 step=0 look=0", 0, 0},
    {"step=0 +30 step=0 +30 step=0 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0", 30, 30},
    {"step=3 +30 step=-3 +30 step=7200 look=0", 30, 30},
    {"ref=none step=0 +30 step=0 +30 step=0 look=0", 30, 30},
    {"step=0 +10 step=0 +10 step=0 look=0", 10, 10},
    {"step=0 +45 step=0 +45 step=0 look=0", 45, 45},
    {"step=0 +5 step=0 +5 step=0 look=0", 5, 5},
    /* Nearly equal distances. */
    {"step=0 +29.6 step=0 +30.4 step=0 look=0", 29.6, 30.4},
    {"step=0 +31 step=0 +29 step=0 look=0", 29, 31},
    {"step=0 +30.001 step=0 +30.002 step=0 +29.999 step=0 look=0", 29.999, 30.002},
    {"step=0 +10.4 step=0 +9.8 step=0 look=0", 9.8, 10.4},
    /* Others. */
    {"step=0 +10 step=0 +50 step=0 look=0", 0, 0},
    {"step=0 +60 step=0 +30 step=0 look=0", 0, 0},
    {"step=0 +30 step=0 +60 step=0 look=0", 0, 0},
    {"step=0 +5 step=0 +20 step=0 look=0", 0, 0},
    {"step=0 +20 step=0 +40 step=0 look=0", 0, 0},
    {"step=0 +100 step=0 +30 step=0 +30 step=0 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0 +70 step=0 look=0", 0, 0},
    /* As long as is a beat. */
    {"step=0 +600 step=0 +600 step=0 look=0", 600, 600},
    {"step=0 +601 step=0 +601 step=0 look=0", 0, 0},
    {"step=0 +86400 step=0 +86400 step=0 look=0", 0, 0},
    /* Three that did not come. */
    {"step=0 +30 step=0 +30 step=0 +29 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0 +59 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0 +89 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0 +91 look=0", 0, 0},
    {"step=0 +10 step=0 +10 step=0 +29 look=0", 10, 10},
    {"step=0 +10 step=0 +10 step=0 +31 look=0", 0, 0},
    {"step=0 +30 step=0 +30 step=0 +60 own=0 +31 look=0", 0, 0},
    {"step=0 +30 step=0 +30 step=0 +999 step=0 look=0", 0, 0},
    {"step=0 +30 step=0 +30 step=0 +999 step=0 +30 step=0 +30 step=0 look=0", 30, 30},
    /* One occasion. */
    {"step=0 +0.3 step=0 +0.3 step=0 look=0", 0, 0},
    {"step=0 +0.5 step=0 +30 step=0 look=0", 0, 0},
    {"step=0 +30 step=0 +0.5 step=0 look=0", 0, 0},
    {"step=0 +0.4 step=0 +29.6 step=0 +0.4 step=0 +29.6 step=0 +0.4 step=0 look=0", 30, 30},
    {"step=0 +30 step=0 +0.001 step=0 +29.999 step=0 look=0", 29.9, 30.1},
    {"step=0 +30 step=0 +30 step=0 +0.9 step=0 look=0", 30, 31},
    /* SyncClock's own. */
    {"own=0 +30 own=0 +30 own=0 look=0", 0, 0},
    {"step=0 +30 own=0 +30 step=0 look=0", 0, 0},
    {"step=0 +15 own=0 +15 step=0 +15 own=0 +15 step=0 look=0", 30, 30},
    {"step=0 +1 own=0 +29 step=0 +29 own=0 +1 step=0 look=0", 30, 30},
    {"step=0 +30 step=0 +30 step=0 +7 own=0 look=0", 30, 30},
};

/* The last step of a course. */
static const struct {
    const char *words;
    int64_t by_usec, left_usec;
    bool measured, own;
} step_rows[] = {
    {"step=3", 3 * S, 0, false, false},
    {"own=3", 3 * S, 0, false, true},
    {"ref=none look=0 step=3", 3 * S, 0, false, false},
    {"look=0 step=3", 3 * S, 3 * S, true, false},
    {"look=0 step=-3", -3 * S, -3 * S, true, false},
    {"look=-7200 step=0", 7200 * S, 0, true, false},
    {"look=-7200 own=0", 7200 * S, 0, true, true},
    {"look=-7200 step=-0.5", 7199500000, -500000, true, false},
    {"look=7200 own=0.000001", -7199999999, 1, true, true},
    {"look=2 by=2", 2 * S, 4 * S, true, false},
    {"look=2 by=-2", -2 * S, 0, true, false},
    {"look=2 by=0", 0, 2 * S, true, false},
    {"look=0 +3600 step=3", 3 * S, 3 * S, true, false},
    {"look=0 step=3 ref=none look=3 by=1", S, 0, false, false},
    {"ref=none look=5 ref=rtc look=5 by=1", S, 6 * S, true, false},
    {"look=0 step=-1790000000", -NOW, -NOW, true, false},
    {"look=0 step=31536000", YEAR, YEAR, true, false},
};

#define BEAT30       "step=0 +30 step=0 +30 step=0 look=0"
#define DOCKER       "Docker Desktop (is here)"
#define DOCKERS_BEAT "Docker Desktop (is here; a beat of 30 s is its)"
#define TIMESYNCD    "systemd-timesyncd (runs)"

static const struct {
    struct writers_fact writers;
    const char *words;
    size_t size; /* of the buffer; 0: as large as is needed */
    const char *expected;
} suspect_rows[] = {
    {{0}, "", 0, "unknown"},
    {{0}, BEAT30, 0, "unknown"},
    {{0}, "look=-9 by=9", 0, "unknown"},
    {{.timesyncd = true}, "", 0, TIMESYNCD},
    {{.timesyncd = true}, BEAT30, 0, TIMESYNCD},
    {{.chronyd = true}, "", 0, "chronyd (runs)"},
    {{.ntpd = true}, "", 0, "ntpd (runs)"},
    {{.docker = true}, "", 0, DOCKER},
    /* Its beat. */
    {{.docker = true}, "step=0 +30 step=0", 0, DOCKER},
    {{.docker = true}, BEAT30, 0, DOCKERS_BEAT},
    {{.docker = true}, "step=0 +30.4 step=0 +29.8 step=0 look=0", 0, DOCKERS_BEAT},
    {{.docker = true}, "step=0 +10 step=0 +10 step=0 look=0", 0, DOCKER},
    {{.docker = true}, "step=0 +60 step=0 +60 step=0 look=0", 0, DOCKER},
    {{.docker = true}, "own=0 +30 own=0 +30 own=0 look=0", 0, DOCKER},
    {{.docker = true}, BEAT30 " +91 look=0", 0, DOCKER},
    {{.docker = true, .chronyd = true}, BEAT30, 0, DOCKERS_BEAT ", chronyd (runs)"},
    /* The kernel steps 5 s ahead and more. */
    {{.hv_utils = true}, "", 0, "unknown"},
    {{.hv_utils = true}, "by=5", 0, "hv_utils (steps ahead)"},
    {{.hv_utils = true}, "look=-7200 by=7200 +1 by=0.1", 0, "hv_utils (steps ahead)"},
    {{.hv_utils = true}, "by=4.999999", 0, "unknown"},
    {{.hv_utils = true}, "look=9 by=-9", 0, "unknown"},
    {{.hv_utils = true}, "look=-9 own=0", 0, "unknown"},
    {{.hv_utils = true, .ntpd = true}, "", 0, "ntpd (runs)"},
    /* Several. */
    {{.timesyncd = true, .docker = true}, "", 0, DOCKER ", " TIMESYNCD},
    {{.chronyd = true, .ntpd = true}, "", 0, "chronyd (runs), ntpd (runs)"},
    {{true, true, true, true, true}, "", 0, DOCKER ", " TIMESYNCD ", chronyd (runs), ntpd (runs)"},
    {{true, true, true, true, true},
     BEAT30 " by=6",
     0,
     DOCKERS_BEAT ", " TIMESYNCD ", chronyd (runs), ntpd (runs), hv_utils (steps ahead)"},
    /* What fits. */
    {{0}, "", 8, "unknown"},
    {{.timesyncd = true}, "", 8, "unknown"},
    {{.timesyncd = true}, "", 24, "unknown"},
    {{.chronyd = true, .ntpd = true}, "", 28, "chronyd (runs), ntpd (runs)"},
    {{.chronyd = true, .ntpd = true}, "", 27, "chronyd (runs)"},
    {{.timesyncd = true, .docker = true}, "", 40, DOCKER},
    {{.timesyncd = true, .docker = true}, "", 51, DOCKER ", " TIMESYNCD},
    {{.timesyncd = true, .docker = true}, "", 50, DOCKER},
};

/* Whether it is right, and whether it may be stepped without being asked. */
static const struct {
    const char *words;
    bool right, may;
} auto_rows[] = {
    {"settable look=0", true, false},
    {"settable look=0.06", true, false},
    {"settable look=0.999999", true, false},
    {"settable look=-0.999999", true, false},
    {"settable look=1", false, true},
    {"settable look=-1", false, true},
    {"settable look=-7200", false, true},
    {"look=-7200", false, false},
    {"settable ref=rtc look=3", false, true},
    {"settable ref=ntp look=3", false, true},
    {"settable ref=none look=3", true, false},
    /* It could not be told from a right one. */
    {"settable bound=0.5 look=0.999999", true, false},
    {"settable bound=0.5 look=1", false, true},
    {"settable bound=3 look=2.999999", true, false},
    {"settable bound=3 look=-2.999999", true, false},
    {"settable bound=3 look=3.000001", false, true},
    {"settable bound=3 look=-3.000001", false, true},
    /* More than a day needs FORCE. */
    {"settable look=86400", false, true},
    {"settable look=-86400", false, true},
    {"settable look=86400.000001", false, false},
    {"settable look=-86400.000001", false, false},
    {"settable look=-1790000000", false, false},
    /* Others are at it. */
    {"settable look=0 step=3 +1 step=3 look=3", false, true},
    {"settable look=0 step=3 +1 step=3 +1 step=3 look=3", false, false},
    {"settable look=0 step=3 +1 step=3 +1 step=3 look=1.5", false, true},
    {"settable look=0 own=3 +1 own=3 +1 own=3 look=3", false, true},
    {"settable look=0 step=3 +1 step=3 +1 step=3 +121 look=3", false, true},
};
