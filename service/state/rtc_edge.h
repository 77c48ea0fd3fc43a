/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A clock that tells whole seconds, read exactly. Pure; microseconds.
 *
 * Each reading says that the true time was within one second. Where several agree is the base (the clock
 * minus CLOCK_MONOTONIC_RAW), and readings close to where a second ends make that narrow.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define RTC_EDGE_READ_USEC 40000 /* between readings while the edge is looked for */
#define RTC_EDGE_FINE_USEC 50000 /* the base is known as exactly as is asked for */
#define RTC_EDGE_NEAR_USEC 30000 /* a later reading this close to an edge keeps it so */

struct rtc_edge {
    bool known;
    int64_t raw_usec;  /* of the last reading */
    int64_t low, high; /* the base is in between */
};

/* False if it contradicts what is known: then only the new reading holds. */
bool rtc_edge_add(struct rtc_edge *edge, int64_t seconds, int64_t raw_before, int64_t raw_after);
bool rtc_edge_is_fine(const struct rtc_edge *edge);
struct clock_reading rtc_edge_reading(const struct rtc_edge *edge);
/* The first time from `raw_usec` on that is just after an edge, or just before one. */
int64_t rtc_edge_near(const struct rtc_edge *edge, int64_t raw_usec, bool after);
