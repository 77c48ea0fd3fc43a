/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clock: what is known of it, and what follows from that. Pure; all times are microseconds.
 *
 * A reference is remembered as its distance from CLOCK_MONOTONIC_RAW, which neither steps nor slews. So the
 * offset is known at any moment without asking again, and when that distance jumps the machine stood still.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"

#define CLOCK_STEPS_MAX     16
#define CLOCK_OK_USEC       50000                /* an offset of no more is right, whatever the bound */
#define CLOCK_LIMIT_USEC    2000000              /* from here on it drifts … */
#define CLOCK_CLEAR_USEC    1000000              /* … until it is less than this */
#define CLOCK_HOLD_USEC     400000               /* and stays so for this long */
#define CLOCK_AUTO_USEC     1000000              /* by itself it is stepped from here on */
#define CLOCK_FORCE_USEC    INT64_C(86400000000) /* a longer step needs FORCE */
#define CLOCK_TOLD_USEC     1000                 /* smaller steps are counted and not told */
#define CLOCK_RESUME_USEC   2000000              /* so much at least the reference jumps at a resume */
#define CLOCK_FIGHT_STEPS   3                    /* so many steps of others in a row that left it wrong … */
#define CLOCK_FIGHT_USEC    INT64_C(120000000)   /* … within this time are a fight */
#define CLOCK_BEAT_STEPS    3                    /* so many steps of others at equal distances are a beat */
#define CLOCK_BEAT_MAX_USEC INT64_C(600000000)   /* which are no longer than this */
#define CLOCK_SLEW_PPM      1000                 /* faster than this is no correction of a quartz */
#define CLOCK_RAW_PPM       200                  /* CLOCK_MONOTONIC_RAW itself may be wrong by this */

enum clock_state { CLOCK_STATE_UNKNOWN, CLOCK_STATE_OK, CLOCK_STATE_DRIFTING, CLOCK_STATE_FIGHTING };

struct clock_step {
    int64_t raw_usec;
    int64_t by_usec;
    int64_t left_usec; /* the offset afterwards; 0 unless `measured` */
    bool measured;     /* there was a reference */
    bool own;
};

struct clock {
    bool spoken;
    struct clock_fact seen;
    struct writers_fact writers;
    struct clock_step steps[CLOCK_STEPS_MAX]; /* oldest first */
    size_t steps_count;
    uint64_t steps_total;
    bool drifting;
    bool beyond;               /* the last look was beyond the limit … */
    int64_t beyond_since_usec; /* … and this was the first such, by CLOCK_MONOTONIC_RAW */
    uint64_t resumes_total;
    int64_t asleep_usec; /* at the last resume */
};

enum clock_jump {
    CLOCK_JUMP_NONE,    /* the reference goes on as it did */
    CLOCK_JUMP_FORWARD, /* the machine stood still, or Windows' clock was set */
    CLOCK_JUMP_BACK,    /* Windows' clock was set back */
};

/* Each returns whether what clients see, or what a check looks at, may be another. */
bool clock_look(struct clock *clock, const struct clock_fact *look);
bool clock_note_writers(struct clock *clock, const struct writers_fact *writers);
void clock_note_step(struct clock *clock, const struct step_fact *step);
void clock_note_resume(struct clock *clock, const struct resume_fact *resume);

enum clock_state clock_state(const struct clock *clock);
const char *clock_state_name(enum clock_state state); /* "ok" … */
const char *clock_reference_name(enum clock_reference reference);
bool clock_has_reference(const struct clock *clock);

/* As of the last look. */
int64_t clock_offset(const struct clock *clock);
/* With CLOCK_REALTIME and CLOCK_MONOTONIC_RAW of now, `clock_usec` apart. */
int64_t clock_offset_at(const struct clock *clock, int64_t clock_usec);
/* The bound at the time of `raw_usec`: it grows by CLOCK_RAW_PPM since the last look. */
int64_t clock_bound_at(const struct clock *clock, int64_t raw_usec);
/* What is right enough: the bound, and CLOCK_OK_USEC at least. */
int64_t clock_tolerance(int64_t bound_usec);

/* Where clock_usec should be at `raw_usec`, if nobody stepped the clock since the look. */
int64_t clock_expected(const struct clock_fact *look, int64_t raw_usec);

/* Whether two readings of the same reference, `elapsed_usec` apart, tell one time. */
enum clock_jump clock_jump(const struct clock_reading *before, const struct clock_reading *after,
                           int64_t elapsed_usec);

/* How long the running slew takes until the offset is gone; 0 if none runs that way. */
int64_t clock_slew_left(const struct clock *clock);

/* Others step it again and again and it stays wrong. */
bool clock_fights(const struct clock *clock);
/* The distance of steps by others that come at a beat; 0 if they do not. */
int64_t clock_beat(const struct clock *clock);
/* Steps by others since `raw_usec`. */
unsigned clock_steps_since(const struct clock *clock, int64_t raw_usec);
/* Not so wrong that it would be stepped by itself. */
bool clock_is_right(const struct clock *clock);
/* Nobody is at it, and it would be right afterwards: it may be stepped without being asked. */
bool clock_may_be_stepped(const struct clock *clock);
/* Who may set it, each with its evidence: "systemd-timesyncd (runs), …". Only whole items, or "unknown". */
const char *clock_suspects(const struct clock *clock, char *buffer, size_t size);
