/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* offset: how far the clock is off, in words and exact. */
#include "offset.h"

#include <inttypes.h>
#include <stdio.h>

/* Of INT64_MIN too. */
static uint64_t offset_size(int64_t usec)
{
    return usec < 0 ? -(uint64_t)usec : (uint64_t)usec;
}

const char *offset_words(int64_t usec, char buffer[OFFSET_SIZE])
{
    const char *side = usec < 0 ? "behind" : "ahead";
    uint64_t size = offset_size(usec);
    uint64_t tenths = (size + 50000) / 100000;
    uint64_t seconds = (size + 500000) / 1000000;

    if (size < 1000)
        snprintf(buffer, OFFSET_SIZE, "less than 1 ms %s", side);
    else if (size < 999500)
        snprintf(buffer, OFFSET_SIZE, "%" PRIu64 " ms %s", (size + 500) / 1000, side);
    else if (seconds < 120)
        snprintf(buffer, OFFSET_SIZE, "%" PRIu64 ".%" PRIu64 " s %s", tenths / 10, tenths % 10, side);
    else if (seconds < 7200)
        snprintf(buffer, OFFSET_SIZE, "%" PRIu64 " min %" PRIu64 " s %s", seconds / 60, seconds % 60, side);
    else if (seconds < 172800)
        snprintf(buffer, OFFSET_SIZE, "%" PRIu64 " h %" PRIu64 " min %s", seconds / 3600, seconds / 60 % 60,
                 side);
    else
        snprintf(buffer, OFFSET_SIZE, "%" PRIu64 " d %" PRIu64 " h %s", seconds / 86400, seconds / 3600 % 24,
                 side);
    return buffer;
}

const char *offset_exact(int64_t usec, int digits, char buffer[OFFSET_SIZE])
{
    uint64_t size = offset_size(usec);
    uint64_t unit = 1;

    for (int i = digits; i < 6; i++)
        unit *= 10;
    size = (size + unit / 2) / unit;
    unit = 1;
    for (int i = 0; i < digits; i++)
        unit *= 10;
    snprintf(buffer, OFFSET_SIZE, "%c%" PRIu64 ".%0*" PRIu64 " s", usec < 0 ? '-' : '+', size / unit, digits,
             size % unit);
    return buffer;
}
