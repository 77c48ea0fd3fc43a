/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock_settime() that sets nothing, linked with -Wl,--wrap=clock_settime: this machine keeps its time. */
#pragma once

#include <stdint.h>

struct settime {
    int error;         /* errno to fail with; 0: it succeeds */
    unsigned calls;    /* those that failed, too */
    int64_t last_usec; /* what it was to be */
};

extern struct settime settime;
