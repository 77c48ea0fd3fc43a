/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take back what FixDNS did */
#include "plan.h"

#include <string.h>

#define PATH "/etc/resolv.conf"

/* What that change did, if it put ours in the place of another's; else NULL. */
static const struct resolv_span *placed(const struct change *change, struct step *room)
{
    const struct step *step = change_step(change, STEP_RESOLV, room);
    bool held = change->state == CHANGE_DONE || change->state == CHANGE_UNDONE;

    return step && held && !plan_is_ours(step->resolv.from) ? &step->resolv : NULL;
}

uint64_t plan_dns_change(const struct view *view)
{
    struct step room;

    if (plan_dns_form(&view->node->resolver) != RESOLV_RUNTIME)
        return 0;
    for (size_t i = view->changes->count; i-- > 0;) {
        const struct change *change = &view->changes->list[i];
        const struct resolv_span *span = placed(change, &room);

        if (!span)
            continue;
        return change->state == CHANGE_DONE && span->from == RESOLV_OTHER && span->to == RESOLV_RUNTIME &&
                       !span->foreign
                   ? change->id
                   : 0;
    }
    return 0;
}

/* A later change may have written others into ours, or a hand. That in /run goes with each start of WSL. */
static bool still_has(const struct resolver_fact *resolver, const struct resolv_span *span)
{
    return resolver->kind == RESOLVER_DANGLING ||
           (dns_list_equal(&resolver->listed, &span->after) && resolver->use_vc == span->after_vc);
}

/* WSL's link comes back whole, whatever was written into ours meanwhile. */
static bool wsl_comes_back(const struct view *view, const struct change *change)
{
    return dns_wsl_answers(view->node) && plan_dns_change(view) == change->id;
}

/* A later change began with another's file again, so this one had ended by then. */
static bool is_over(const struct view *view, const struct change *change)
{
    struct step room;

    for (size_t i = 0; i < view->changes->count; i++)
        if (view->changes->list[i].id > change->id && placed(&view->changes->list[i], &room))
            return true;
    return false;
}

static int changed_since(const struct change *change, const char *where, struct refusal *refusal)
{
    return refuse(refusal, REFUSAL_CHANGED_SINCE,
                  "Change %lu is no longer what stands in %s: it was changed later. Undo that first "
                  "(`wslnodectl changes`), or ask with FORCE.",
                  (unsigned long)change->id, where);
}

static void add_way_back(const struct view *view, const struct resolv_span *done, struct plan *plan)
{
    const struct resolver_fact *resolver = &view->node->resolver;
    struct resolv_span *span = plan_add_resolv(view, done->from, plan);
    bool wsls = done->from == RESOLV_OTHER && !done->foreign && resolver->wsl_there;

    /* WSL may have written others into its file since. */
    span->after = wsls ? resolver->wsl : done->before;
    span->after_vc = done->before_vc;
    if (done->from == RESOLV_OTHER) {
        span->immutable = done->immutable;
        span->foreign = done->foreign;
    }
    plan->dns.servers = span->after;
}

/* An undoing is taken back: another's gives way to ours again. */
static int put_ours_again(const struct view *view, const struct change *change,
                          const struct resolv_span *done, uint64_t flags, struct plan *plan,
                          struct refusal *refusal)
{
    if (plan_dns_form(&view->node->resolver) != done->to)
        return flags & CALL_FORCE ? 0 : changed_since(change, PATH, refusal);
    if (plan_check_resolv(&view->node->resolver, flags, refusal) < 0)
        return -1;
    add_way_back(view, done, plan);
    return 0;
}

static int undo_resolv(const struct view *view, const struct change *change, const struct resolv_span *done,
                       uint64_t flags, struct plan *plan, struct refusal *refusal)
{
    const struct resolver_fact *resolver = &view->node->resolver;
    enum resolv_form form = plan_dns_form(resolver);
    bool forced = flags & CALL_FORCE;

    if (!plan_is_ours(done->to))
        return put_ours_again(view, change, done, flags, plan, refusal);
    /* A start of WSL took it back, as it took what it replaced. */
    if (done->to == RESOLV_RUNTIME && (is_over(view, change) || !plan_is_ours(form) ||
                                       (done->from == RESOLV_RUNTIME && !done->before.count)))
        return 0;
    if (form != done->to || is_over(view, change))
        return forced ? 0 : changed_since(change, PATH, refusal);
    if (!forced && !still_has(resolver, done) && !wsl_comes_back(view, change))
        return changed_since(change, PATH, refusal);
    add_way_back(view, done, plan);
    return 0;
}

static int undo_setting(const struct view *view, const struct change *change, const struct step *done,
                        uint64_t flags, struct plan *plan, struct refusal *refusal)
{
    const char *now = view->node->resolver.generate;
    struct setting_span *setting;

    if (strcmp(now, done->setting.after) != 0) {
        if (strcmp(now, done->setting.before) == 0 || flags & CALL_FORCE)
            return 0;
        return changed_since(change, done->target, refusal);
    }
    plan->steps[plan->steps_count] = *done;
    setting = &plan->steps[plan->steps_count++].setting;
    memcpy(setting->before, done->setting.after, sizeof(setting->before));
    memcpy(setting->after, done->setting.before, sizeof(setting->after));
    setting->create = done->setting.remove;
    setting->remove = done->setting.create;
    return 0;
}

int plan_undo_dns(const struct view *view, const struct change *change, uint64_t flags, struct plan *plan,
                  struct refusal *refusal)
{
    if (!node_resolver_known(view->node))
        return refuse(refusal, REFUSAL_BUSY, "/etc/resolv.conf is still being read; ask again in a moment.");
    plan->subject.targets = change->id;
    for (size_t i = change->steps.count; i-- > 0;) {
        struct step done = steps_at(&change->steps, i);
        int r = 0;

        if (done.kind == STEP_RESOLV)
            r = undo_resolv(view, change, &done.resolv, flags, plan, refusal);
        else if (done.kind == STEP_SETTING)
            r = undo_setting(view, change, &done, flags, plan, refusal);
        if (r < 0)
            return -1;
    }
    plan->undoes = change->id;
    return 0;
}
