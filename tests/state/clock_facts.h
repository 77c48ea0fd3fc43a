/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of the clock as its sensor would give them. */
#pragma once

#include "../../service/state/clock.h"
#include "facts.h"

#define S    INT64_C(1000000)
#define RAW  (1000 * S) /* CLOCK_MONOTONIC_RAW of the first look */
#define BASE ((WSLNODE_BUILT + 86400) * S)

/* A look at a clock that may be set, with WSL's PTP clock 10 ms exact. */
static inline struct fact clock_off(int64_t offset_usec)
{
    struct fact fact = fact_of(FACT_CLOCK);

    fact.clock.reference = REFERENCE_PTP;
    fact.clock.settable = true;
    fact.clock.raw_usec = RAW;
    fact.clock.base_usec = BASE;
    fact.clock.bound_usec = 10000;
    fact.clock.clock_usec = BASE + offset_usec;
    return fact;
}

/* Nothing tells the time. */
static inline struct fact clock_alone(void)
{
    struct fact fact = clock_off(0);

    fact.clock.reference = REFERENCE_NONE;
    fact.clock.base_usec = fact.clock.bound_usec = 0;
    return fact;
}

/* It is looked at twice, so that it drifts if it is off by so much. */
static inline void clock_stays(struct node *node, struct fact look)
{
    tell(node, look);
    look.clock.raw_usec += CLOCK_HOLD_USEC;
    tell(node, look);
}

/* Somebody else's, `before_usec` before the last look, which left it off by `left_usec`. */
static inline void clock_stepped(struct node *node, int64_t before_usec, int64_t by_usec, int64_t left_usec)
{
    struct fact fact = fact_of(FACT_STEP);

    fact.step.raw_usec = node->clock.seen.raw_usec - before_usec;
    fact.step.by_usec = by_usec;
    fact.step.clock_usec = node->clock.seen.base_usec + left_usec;
    tell(node, fact);
}

/* Three of them in a minute, and it is off by ten seconds all the same. */
static inline void clock_fought(struct node *node)
{
    tell(node, clock_off(10 * S));
    for (int i = 3; i > 0; i--)
        clock_stepped(node, i * 15 * S, 10 * S, 10 * S);
    assert_true(clock_fights(&node->clock));
}
