/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outlook: what clients see of the uplink, compared before and after a fact. */
#pragma once

#include "node.h"

struct outlook {
    struct link_fact link;
    struct address_fact address;
    struct route_fact route;
    uint64_t addresses; /* a digest: the list can be long */
    const char *mode;
};

void outlook_look(struct outlook *outlook, const struct node *node);
/* The mask of what differs, with its events. */
int outlook_compare(const struct outlook *before, const struct outlook *after, struct events *events);
