/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take a change back */
#include "plan.h"

#include <string.h>

/*
 * A later change stands on this one if the wish is no longer what this one left. Where there is no wish to
 * compare with (it was released, or ended with the last start), the kernel's value tells.
 */
static int check_unchanged(const struct view *view, const struct change *change, const struct link_fact *link,
                           struct refusal *refusal)
{
    struct step first = steps_at(&change->steps, 0), rooms[2];
    const struct step *wanted = change_step(change, STEP_WANTED, &rooms[0]);
    const struct step *kernel = change_step(change, STEP_KERNEL, &rooms[1]);
    const struct wanted_mtu *mtu = wanted_find(view->wanted, first.target);
    struct wish none = {0};
    const struct wish *now = mtu ? &mtu->by_verb : &none;
    bool same;

    if (wanted && now->set)
        same = wish_equal(&wanted->wish_after, now);
    else if (kernel && link)
        same = link->mtu == kernel->mtu_after;
    else
        same = !wanted || !wanted->wish_after.set || !link;
    if (same)
        return 0;
    return refuse(
        refusal, REFUSAL_CHANGED_SINCE,
        "Change %lu is no longer what stands on “%s”: something later set another MTU or wish there. "
        "Undo that first (`wslnodectl changes`), or ask with FORCE.",
        (unsigned long)change->id, first.target);
}

static int check_undoable(const struct change *change, uint64_t id, uint64_t flags, struct refusal *refusal)
{
    if (flags & CALL_PERSIST)
        return refuse(refusal, REFUSAL_INVALID_ARGS, "PERSIST has no meaning for Undo: leave it out.");
    if (!change)
        return refuse(refusal, REFUSAL_NO_SUCH_CHANGE,
                      "There is no change %lu in the log; `wslnodectl changes` lists what there is.",
                      (unsigned long)id);
    if (change->state != CHANGE_DONE)
        return refuse(refusal, REFUSAL_NOT_UNDOABLE, "Change %lu cannot be undone: it %s.", (unsigned long)id,
                      change->state == CHANGE_FAILED    ? "failed, and left nothing behind"
                      : change->state == CHANGE_STARTED ? "is under way"
                                                        : "was undone already");
    return 0;
}

static int undo_mtu(const struct view *view, const struct change *change, uint64_t flags, struct plan *plan,
                    struct refusal *refusal)
{
    struct step first = steps_at(&change->steps, 0), rooms[2];
    const struct step *wanted = change_step(change, STEP_WANTED, &rooms[0]);
    const struct step *kernel = change_step(change, STEP_KERNEL, &rooms[1]);
    const struct link_fact *link = node_link_named(view->node, first.target);
    const struct wanted_mtu *mtu = wanted_find(view->wanted, first.target);
    struct wish none = {0};

    if (!(flags & CALL_FORCE) && check_unchanged(view, change, link, refusal) < 0)
        return -1;
    memcpy(plan->subject.link, first.target, sizeof(plan->subject.link));
    /*
     * A link that is gone took its MTU along; only the wish is left to end. What stood there before needs no
     * FORCE to stand there again, but the link must take it.
     */
    if (kernel && link) {
        if (plan_check_mtu(view, link, kernel->mtu_before, CALL_FORCE, refusal) < 0)
            return -1;
        plan_add_mtu(plan, link, kernel->mtu_before);
    }
    if (wanted)
        plan_add_wish(plan, wanted->target, mtu ? &mtu->by_verb : &none, &wanted->wish_before);
    plan->undoes = change->id;
    return 0;
}

int plan_undo(const struct view *view, uint64_t id, uint64_t flags, struct plan *plan,
              struct refusal *refusal)
{
    const struct change *change = change_list_find(view->changes, id);

    if (check_undoable(change, id, flags, refusal) < 0)
        return -1;
    if (change_has(change, STEP_RESOLV) || change_has(change, STEP_SETTING))
        return plan_undo_dns(view, change, flags, plan, refusal);
    if (change_has(change, STEP_LINK_DNS))
        return plan_undo_link_dns(view, change, plan, refusal);
    if (change_has(change, STEP_KEEPALIVE) || change_has(change, STEP_KEEPALIVE_FILE))
        return plan_undo_keepalive(view, change, flags, plan, refusal);
    if (change_has(change, STEP_FILE) || change_has(change, STEP_ENDPOINT))
        return plan_undo_refresh(view, change, flags, plan, refusal);
    if (change_has(change, STEP_EFFECT))
        return refuse(refusal, REFUSAL_NOT_UNDOABLE,
                      "Change %lu cannot be undone: it restarted units and changed nothing else.",
                      (unsigned long)id);
    if (change_has(change, STEP_CLOCK))
        return refuse(refusal, REFUSAL_NOT_UNDOABLE,
                      "Change %lu cannot be undone: it stepped the clock, and time went on since.",
                      (unsigned long)id);
    return undo_mtu(view, change, flags, plan, refusal);
}
