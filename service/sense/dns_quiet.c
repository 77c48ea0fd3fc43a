/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether DNS servers that were well are so still */
#include "dns_quiet.h"

void dns_quiet_stop(struct dns_quiet *quiet)
{
    for (size_t i = 0; i < quiet->count; i++)
        dns_ping_free(quiet->pings[i]);
    quiet->count = 0;
}

bool dns_quiet_ask(struct dns_quiet *quiet, const char *name, const struct dns_candidates *candidates)
{
    dns_quiet_stop(quiet);
    for (size_t i = 0; i < candidates->count; i++) {
        const struct dns_candidate *candidate = &candidates->list[i];

        if (!candidate->udp)
            continue;
        if (dns_ping_new(&candidate->server.address, name, &quiet->pings[quiet->count]) < 0) {
            dns_quiet_stop(quiet);
            return false;
        }
        quiet->servers[quiet->count++] = candidate->server.address;
    }
    return quiet->count > 0;
}

bool dns_quiet_open(const struct dns_quiet *quiet)
{
    return quiet->count > 0;
}

bool dns_quiet_end(struct dns_quiet *quiet, struct dns_late *late)
{
    bool all = true;

    for (size_t i = 0; i < quiet->count; i++) {
        if (dns_ping_answered(quiet->pings[i]))
            continue;
        dns_late_add(late, &quiet->servers[i]);
        all = false;
    }
    dns_quiet_stop(quiet);
    return all;
}
