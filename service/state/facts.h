/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of one kind, in the order of arrival, and dumps of them: what is not repeated is gone. */
#pragma once

#include <stddef.h>

#include "events.h"
#include "fact.h"

struct record {
    struct fact fact;
    bool stale;    /* not repeated since the dump began */
    bool stranded; /* of sockets: so it was when they were last dumped, and ever since */
};

struct facts {
    struct record *list; /* in the order of arrival, which is the kernel's */
    size_t count, allocated, limit;
    bool spoken;    /* one complete dump has been seen */
    bool truncated; /* more than the limit came: what is known is not all */
};

void facts_done(struct facts *facts);
/* These two return 1 if something changed, 0 if not; -ENOMEM, after which all is as it was. */
int facts_take(struct facts *facts, const struct fact *fact, struct events *events);
int facts_dump_end(struct facts *facts, const struct dump_fact *dump, struct events *events);
void facts_dump_begin(struct facts *facts, const struct dump_fact *dump);
