/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DNS servers that were late. A packet may get lost, and at a boot or a resume the first ones do: who was
 * late once is asked again before that is told.
 */
#pragma once

#include "dns_candidates.h"

struct dns_late {
    struct dns_address servers[NODE_SERVERS_MAX];
    size_t count;
};

/* It did not answer what nobody waited for: late once. */
void dns_late_add(struct dns_late *late, const struct dns_address *server);
/*
 * Of those that were asked now: who is late for the first time keeps the answers it gave before. True if
 * there is one: to be asked again soon. `told`: nobody has time for that.
 */
bool dns_late_settle(struct dns_late *late, const struct dns_candidates *before, struct dns_candidates *now,
                     bool told);
