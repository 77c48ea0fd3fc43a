/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* amount: how long ago, and how many bytes, in words. */
#include "amount.h"

#include <inttypes.h>
#include <stdio.h>

const char *amount_ago(uint64_t usec, char buffer[AMOUNT_SIZE])
{
    uint64_t seconds = usec / 1000000;

    if (seconds < 60)
        snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 " s ago", seconds);
    else if (seconds < 3600)
        snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 " min %" PRIu64 " s ago", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 " h %" PRIu64 " min ago", seconds / 3600, seconds / 60 % 60);
    else
        snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 " d %" PRIu64 " h ago", seconds / 86400,
                 seconds / 3600 % 24);
    return buffer;
}

/* Tenths are cut off: what is not 1 MiB yet does not say so. */
const char *amount_bytes(uint64_t bytes, char buffer[AMOUNT_SIZE])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned shift = 10;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 " B", bytes);
        return buffer;
    }
    while (bytes >> shift >= 1024) {
        shift += 10;
        unit++;
    }
    snprintf(buffer, AMOUNT_SIZE, "%" PRIu64 ".%" PRIu64 " %s", bytes >> shift,
             (bytes >> (shift - 10) & 1023) * 10 / 1024, units[unit]);
    return buffer;
}
