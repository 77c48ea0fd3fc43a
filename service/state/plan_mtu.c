/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that set an MTU */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "mtu.h"

int plan_check_mtu(const struct view *view, const struct link_fact *link, uint32_t mtu, uint64_t flags,
                   struct refusal *refusal)
{
    uint32_t least = link->mtu_min > MTU_LEAST_IPV4 ? link->mtu_min : MTU_LEAST_IPV4;
    uint32_t most = link->mtu_max ? link->mtu_max : INT32_MAX;

    if (mtu < least || mtu > most)
        return refuse(refusal, REFUSAL_INVALID_MTU,
                      "An MTU of %u is not possible on “%s”: the link takes %u to %u bytes.", mtu, link->name,
                      least, most);
    if (flags & CALL_FORCE)
        return 0;
    if (mtu < MTU_LEAST_IPV6)
        return refuse(
            refusal, REFUSAL_NEEDS_FORCE,
            "An MTU of %u on “%s” would end IPv6 there, which needs %u: ask with FORCE if that is meant.",
            mtu, link->name, MTU_LEAST_IPV6);
    if (link != node_uplink(view->node) && !link_is_tunnel(link))
        return refuse(refusal, REFUSAL_NEEDS_FORCE,
                      "“%s” is neither a tunnel nor the uplink: ask with FORCE if it is meant.", link->name);
    return 0;
}

void plan_add_mtu(struct plan *plan, const struct link_fact *link, uint32_t mtu)
{
    struct step *step = &plan->steps[plan->steps_count];

    memcpy(plan->subject.link, link->name, sizeof(plan->subject.link));
    memcpy(plan->subject.link_kind, link->kind, sizeof(plan->subject.link_kind));
    plan->subject.ifindex = link->ifindex;
    plan->subject.mtu = mtu;
    if (link->mtu == mtu)
        return;
    step->kind = STEP_KERNEL;
    memcpy(step->target, link->name, sizeof(step->target));
    step->mtu_before = link->mtu;
    step->mtu_after = mtu;
    plan->steps_count++;
}

void plan_add_wish(struct plan *plan, const char *link, const struct wish *before, const struct wish *after)
{
    struct step *step = &plan->steps[plan->steps_count];

    if (wish_equal(before, after))
        return;
    step->kind = STEP_WANTED;
    snprintf(step->target, sizeof(step->target), "%s", link);
    step->wish_before = *before;
    step->wish_after = *after;
    plan->steps_count++;
}

int plan_set_mtu(const struct view *view, const char *name, uint32_t mtu, uint64_t flags, uint64_t now_usec,
                 struct plan *plan, struct refusal *refusal)
{
    const struct link_fact *link = node_link_named(view->node, name);
    const struct wanted_mtu *known;
    struct wish before = {0}, after = {.set = true, .mtu = mtu, .since_usec = now_usec};
    enum wanted_state state = WANTED_KEPT;

    if (!link)
        return refuse(refusal, REFUSAL_NO_SUCH_LINK,
                      "There is no link “%.64s”; `wslnodectl links` lists what there is.", name);
    if (plan_check_mtu(view, link, mtu, flags, refusal) < 0)
        return -1;
    known = wanted_find(view->wanted, name);
    if (known) {
        before = known->by_verb;
        state = wanted_state(known, view->node);
    }
    if (state == WANTED_FIGHTING && !(flags & CALL_FORCE))
        return refuse(
            refusal, REFUSAL_FIGHTING,
            "Something sets the MTU of “%s” again and again; find it, or ask with FORCE to try once "
            "more.",
            link->name);
    /* A wish for good is not made less by asking again without PERSIST. */
    after.persist = (flags & CALL_PERSIST) || (before.set && before.persist && before.mtu == mtu);
    plan_add_mtu(plan, link, mtu);
    plan_add_wish(plan, link->name, &before, &after);
    return 0;
}
