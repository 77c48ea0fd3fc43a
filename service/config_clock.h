/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of the clock: section [Clock]. */
#pragma once

#include <stddef.h>

#include "state/ntp_server.h"

enum auto_sync {
    AUTO_SYNC_RESUME, /* the clock is set by itself after the machine stood still */
    AUTO_SYNC_ALWAYS, /* whenever it is wrong */
    AUTO_SYNC_NO,     /* only when asked */
};

struct clock_config {
    enum auto_sync auto_sync;
    struct ntp_server servers[NTP_SERVERS_MAX];
    size_t servers_count;
};

struct config_pair; /* config_targets.h */

/* 1: it was one of these; 0: it is not; -1 with the problem. */
int config_clock_take(struct clock_config *clock, const struct config_pair *pair, char *problem, size_t size);
