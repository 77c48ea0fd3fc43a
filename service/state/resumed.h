/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of a resume when it is done. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESUMED_MENDED_MAX 16

struct resumed {
    int64_t asleep_usec;                 /* 0: not known */
    char mended[RESUMED_MENDED_MAX][32]; /* "clock", "mtu LINK", "dns", "address", in order */
    size_t mended_count;
    const char *clock;   /* ok stepped left failed unknown */
    int64_t offset_usec; /* before it was mended */
    bool dead;           /* the network */
    const char *vpn;     /* of the tunnels that were up: ok down unknown none */
};
