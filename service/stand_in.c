/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in for WSL's resolv.conf */
#include "stand_in.h"

#define DISTANCE_USEC INT64_C(60000000) /* of one try from the next */
#define GOOD          2                 /* so often in a row WSL's servers answer before they are trusted */

static bool stands_in(const struct node *node)
{
    return node_dns_known(node) && node->resolver.owner == DNS_OWNER_WSLNODE &&
           node->resolver.kind == RESOLVER_LINK;
}

static bool choose(const struct view *view, struct call *call)
{
    const struct node *node = view->node;

    if (node->resolver.wsl_good >= GOOD)
        *call = (struct call){.verb = VERB_UNDO, .change = plan_dns_change(view)};
    else if (dns_state(node) == DNS_STATE_FAILED)
        *call = (struct call){.verb = VERB_FIX_DNS};
    else
        return false;
    /* Without an entry in the log nobody knows what stood there: the next start of WSL mends that. */
    return call->verb != VERB_UNDO || call->change;
}

bool stand_in_wanted(struct stand_in *stand_in, int64_t raw_usec, struct call *call)
{
    if (!stands_in(stand_in->view->node) ||
        (stand_in->tried_usec && raw_usec - stand_in->tried_usec < DISTANCE_USEC) ||
        !choose(stand_in->view, call))
        return false;
    stand_in->tried_usec = raw_usec;
    return true;
}
