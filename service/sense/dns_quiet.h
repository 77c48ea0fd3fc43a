/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether DNS servers that were well are so still: asked at one beat of the clock, and looked after at the
 * next one, so that it takes no wake-up of its own.
 */
#pragma once

#include "../sys/dns_ping.h"
#include "dns_late.h"

/* Zeroed, nothing is open. */
struct dns_quiet {
    struct dns_ping *pings[NODE_SERVERS_MAX];
    struct dns_address servers[NODE_SERVERS_MAX];
    size_t count;
};

/* Asks those that are to be asked by UDP. False if that cannot be done, and then nothing is open. */
bool dns_quiet_ask(struct dns_quiet *quiet, const char *name, const struct dns_candidates *candidates);
bool dns_quiet_open(const struct dns_quiet *quiet);
/* All have answered; who did not was late. */
bool dns_quiet_end(struct dns_quiet *quiet, struct dns_late *late);
/* It ends unheard. */
void dns_quiet_stop(struct dns_quiet *quiet);
