/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans: from a call to its steps */
#include "plan.h"

#include <stdio.h>
#include <string.h>

static int plan_verb(const struct view *view, const struct call *call, struct plan *plan,
                     struct refusal *refusal);

static enum verb mended_by(const struct finding *finding)
{
    switch (finding->mend.verb) {
    case MEND_SET_MTU:
        return VERB_SET_MTU;
    case MEND_REFRESH_IP:
        return VERB_REFRESH_IP;
    case MEND_SYNC_CLOCK:
        return VERB_SYNC_CLOCK;
    case MEND_FIX_DNS:
        return VERB_FIX_DNS;
    case MEND_SET_KEEPALIVE:
        return VERB_SET_KEEPALIVE;
    case MEND_NONE:
        break;
    }
    return VERBS;
}

static int plan_mend(const struct view *view, const struct call *call, struct plan *plan,
                     struct refusal *refusal)
{
    const struct finding *finding = findings_find(view->findings, call->word, call->target);
    struct call mending = *call;

    if (!finding)
        return refuse(refusal, REFUSAL_NO_SUCH_FINDING,
                      "There is no finding “%.64s” on “%.64s” now; `wslnodectl status` lists what there is.",
                      call->word, call->target);
    if (finding->mend.verb == MEND_NONE)
        return refuse(refusal, REFUSAL_UNSUPPORTED,
                      "Nothing here can mend “%.64s”: its remedy says what can.", finding->id);
    mending.verb = mended_by(finding);
    snprintf(mending.target, sizeof(mending.target), "%s", finding->mend.link);
    mending.mtu = finding->mend.mtu;
    mending.seconds = finding->mend.seconds;
    mending.lacking = true;
    return plan_verb(view, &mending, plan, refusal);
}

static int plan_release(const struct view *view, const struct call *call, struct plan *plan,
                        struct refusal *refusal)
{
    const struct wanted_mtu *mtu;
    struct wish none = {0};

    if (strcmp(call->word, "mtu") != 0)
        return refuse(refusal, REFUSAL_UNSUPPORTED, "There are no wishes of the kind “%.64s”; known is: mtu.",
                      call->word);
    if (call->flags & CALL_PERSIST)
        return refuse(refusal, REFUSAL_INVALID_ARGS, "PERSIST has no meaning for Release: leave it out.");
    mtu = wanted_find(view->wanted, call->target);
    if (!mtu)
        return 0;
    if (!mtu->by_verb.set)
        return refuse(refusal, REFUSAL_OWNED_BY_OTHER,
                      "The wish for “%s” stands in the configuration: remove it from MTU= in "
                      "/etc/wslnode/wslnode.conf or a drop-in, then reload.",
                      mtu->link);
    snprintf(plan->subject.link, sizeof(plan->subject.link), "%s", mtu->link);
    plan_add_wish(plan, mtu->link, &mtu->by_verb, &none);
    return 0;
}

static int plan_verb(const struct view *view, const struct call *call, struct plan *plan,
                     struct refusal *refusal)
{
    plan->subject.verb = call->verb;
    switch (call->verb) {
    case VERB_SET_MTU:
        return plan_set_mtu(view, call->target, call->mtu, call->flags, call->now_usec, plan, refusal);
    case VERB_REFRESH_IP:
        return plan_refresh(view, call, plan, refusal);
    case VERB_SYNC_CLOCK:
        return plan_sync_clock(view, call, plan, refusal);
    case VERB_FIX_DNS:
        return plan_fix_dns(view, call, plan, refusal);
    case VERB_SET_KEEPALIVE:
        return plan_set_keepalive(view, call, plan, refusal);
    case VERB_MEND:
        return plan_mend(view, call, plan, refusal);
    case VERB_UNDO:
        return plan_undo(view, call->change, call->flags, plan, refusal);
    case VERB_RELEASE:
        return plan_release(view, call, plan, refusal);
    case VERBS:
        break;
    }
    return refuse(refusal, REFUSAL_UNSUPPORTED, "Unknown verb.");
}

int plan_make(const struct view *view, const struct call *call, struct plan *plan, struct refusal *refusal)
{
    memset(plan, 0, sizeof(*plan));
    return plan_verb(view, call, plan, refusal);
}

int plan_put_back(const struct view *view, const char *name, struct plan *plan, struct refusal *refusal)
{
    const struct wanted_mtu *mtu = wanted_find(view->wanted, name);
    const struct link_fact *link = node_link_named(view->node, name);

    memset(plan, 0, sizeof(*plan));
    if (mtu && link && wanted_state(mtu, view->node) == WANTED_LOST)
        plan_add_mtu(plan, link, wanted_wish(mtu).mtu);
    return 0;
}

bool plan_has(const struct plan *plan, enum step_kind kind)
{
    for (size_t i = 0; i < plan->steps_count; i++)
        if (plan->steps[i].kind == kind)
            return true;
    return false;
}

bool plan_has_files(const struct plan *plan)
{
    for (size_t i = 0; i < plan->steps_count; i++)
        if (step_is_of_files(plan->steps[i].kind))
            return true;
    return false;
}

bool plan_subject_equal(const struct plan_subject *a, const struct plan_subject *b)
{
    return a->verb == b->verb && strcmp(a->link, b->link) == 0 && strcmp(a->link_kind, b->link_kind) == 0 &&
           a->ifindex == b->ifindex && a->mtu == b->mtu && a->seconds == b->seconds &&
           a->targets == b->targets;
}
