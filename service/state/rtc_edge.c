/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock of whole seconds, read exactly */
#include "rtc_edge.h"

#define SECOND INT64_C(1000000)

/* What is known grows old: either clock may be wrong by so much. */
static void grow(struct rtc_edge *edge, int64_t raw_usec)
{
    int64_t drift = (raw_usec - edge->raw_usec) / 1000 * CLOCK_RAW_PPM / 1000;

    edge->low -= drift;
    edge->high += drift;
}

bool rtc_edge_add(struct rtc_edge *edge, int64_t seconds, int64_t raw_before, int64_t raw_after)
{
    int64_t low = seconds * SECOND - raw_after, high = (seconds + 1) * SECOND - raw_before;
    bool agrees = true;

    if (edge->known) {
        grow(edge, raw_after);
        agrees = low <= edge->high && high >= edge->low;
    }
    if (!edge->known || !agrees) {
        *edge = (struct rtc_edge){.known = true, .low = low, .high = high};
    } else {
        edge->low = low > edge->low ? low : edge->low;
        edge->high = high < edge->high ? high : edge->high;
    }
    edge->raw_usec = raw_after;
    return agrees;
}

bool rtc_edge_is_fine(const struct rtc_edge *edge)
{
    return edge->known && edge->high - edge->low <= 2 * RTC_EDGE_FINE_USEC;
}

struct clock_reading rtc_edge_reading(const struct rtc_edge *edge)
{
    return (struct clock_reading){.base_usec = edge->low + (edge->high - edge->low) / 2,
                                  .bound_usec = (edge->high - edge->low + 1) / 2};
}

int64_t rtc_edge_near(const struct rtc_edge *edge, int64_t raw_usec, bool after)
{
    int64_t distance = after ? RTC_EDGE_NEAR_USEC : -RTC_EDGE_NEAR_USEC;
    int64_t base = rtc_edge_reading(edge).base_usec;
    int64_t past = (raw_usec + base - distance) % SECOND;

    return raw_usec + (past > 0 ? SECOND - past : -past);
}
