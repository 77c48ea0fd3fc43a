/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DNS servers that come into question, in the order in which FixDNS prefers them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../state/dns.h"
#include "../state/node.h"

struct dns_candidate {
    struct server_fact server; /* with the answers that it gave last */
    bool udp, tcp;             /* what it is to be asked by */
};

struct dns_candidates {
    struct dns_candidate list[NODE_SERVERS_MAX];
    size_t count;
};

/* Of each address one, with all its roles; nothing is to be asked yet. */
void dns_candidates_find(const struct node *node, const struct resolver_fact *resolver,
                         const struct dns_config *config, struct dns_candidates *candidates);
/* Takes over what those of before had answered. */
void dns_candidates_recall(struct dns_candidates *candidates, const struct dns_candidates *before);
