/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take back what SetKeepalive did */
#include "plan.h"

#include <stdio.h>
#include <string.h>

/* Whoever is gone took his keepalive along. */
static int undo_peer(const struct tunnel *tunnel, const struct change *change, const struct step *done,
                     uint64_t flags, struct plan *plan, struct refusal *refusal)
{
    const struct keepalive_span *span = &done->keepalive;
    const struct peer *peer = tunnel ? peers_find(&tunnel->peers, span->key) : NULL;
    char key[PEER_KEY_TEXT_SIZE];
    struct step *step;

    if (!peer || peer->seen.keepalive_sec == span->before_sec)
        return 0;
    if (peer->seen.keepalive_sec != span->after_sec && !(flags & CALL_FORCE))
        return refuse(refusal, REFUSAL_CHANGED_SINCE,
                      "Change %lu is no longer what stands in “%s”: the peer %s has a keepalive of %u s now. "
                      "Undo what set that first (`wslnodectl changes`), or ask with FORCE.",
                      (unsigned long)change->id, done->target, peer_key_text(span->key, key),
                      peer->seen.keepalive_sec);
    step = plan_add_keepalive(plan, STEP_KEEPALIVE, span->key, peer->seen.keepalive_sec, span->before_sec);
    memcpy(step->target, done->target, sizeof(step->target));
    return 0;
}

/* The file is looked at when it is written. */
static void undo_file(const struct step *done, uint64_t flags, struct plan *plan)
{
    const struct keepalive_span *span = &done->keepalive;
    struct step *step =
        plan_add_keepalive(plan, STEP_KEEPALIVE_FILE, span->key, span->after_sec, span->before_sec);

    memcpy(step->target, done->target, sizeof(step->target));
    step->keepalive.span = span->span;
    memcpy(step->keepalive.span.before, span->span.after, sizeof(span->span.before));
    memcpy(step->keepalive.span.after, span->span.before, sizeof(span->span.after));
    step->keepalive.lenient = flags & CALL_FORCE;
}

const struct tunnel *plan_tunnel_of(const struct view *view, const struct change *change)
{
    struct step room;
    const struct step *step = change_step(change, STEP_KEEPALIVE, &room);

    return step ? tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, step->target) : NULL;
}

int plan_undo_keepalive(const struct view *view, const struct change *change, uint64_t flags,
                        struct plan *plan, struct refusal *refusal)
{
    const struct tunnel *tunnel = plan_tunnel_of(view, change);
    struct step first = steps_at(&change->steps, 0);

    if (tunnel)
        plan_take_tunnel(view, tunnel, plan);
    else if (first.kind == STEP_KEEPALIVE)
        snprintf(plan->subject.link, sizeof(plan->subject.link), "%.15s", first.target);
    /* What cannot be reached is not taken back by half. */
    if (tunnel && plan_check_tunnel(tunnel, refusal) < 0)
        return -1;
    for (size_t i = change->steps.count; i-- > 0;) {
        struct step done = steps_at(&change->steps, i);

        if (done.kind == STEP_KEEPALIVE_FILE)
            undo_file(&done, flags, plan);
        else if (undo_peer(tunnel, change, &done, flags, plan, refusal) < 0)
            return -1;
    }
    plan->undoes = change->id;
    return 0;
}
