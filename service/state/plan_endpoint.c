/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that tell peers anew where they are by their names, and take that back */
#include "plan.h"

#include <stdio.h>
#include <string.h>

static bool add_step(struct plan *plan, const char *link, const struct peer *peer,
                     const struct peer_endpoint *place)
{
    struct step *step;

    if (plan->steps_count == STEPS_MAX)
        return false;
    step = &plan->steps[plan->steps_count++];
    memset(step, 0, sizeof(*step));
    step->kind = STEP_ENDPOINT;
    snprintf(step->target, sizeof(step->target), "%s", link);
    memcpy(step->endpoint.key, peer->seen.key, PEER_KEY_SIZE);
    step->endpoint.before = peer->seen.endpoint;
    step->endpoint.after = *place;
    return true;
}

/* NULL: it is not known, nor are those of a tunnel that cannot be set now. */
static const struct peer *peer_of(const struct view *view, const struct endpoint_name *name)
{
    const struct tunnel *tunnel = tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, name->link);

    return tunnel ? peers_find(&tunnel->peers, name->key) : NULL;
}

bool plan_endpoints(const struct view *view, const struct call *call, struct plan *plan)
{
    const struct endpoint_names *names = view->endpoint_names;

    for (size_t i = 0; names && i < names->count; i++) {
        const struct endpoint_name *name = &names->list[i];
        const struct peer *peer = peer_of(view, name);
        struct peer_endpoint place;

        if (!peer || !endpoint_name_place(name, &peer->seen.endpoint, &place) ||
            peer_endpoint_equal(&peer->seen.endpoint, &place))
            continue;
        /* It said itself where it is, and nobody asked to have it otherwise. */
        if (call->own && peer->state == PEER_UP)
            continue;
        if (!add_step(plan, name->link, peer, &place))
            return false;
    }
    return true;
}

/* One that is somewhere else by now went there by itself, and is left alone. So is one that was nowhere: that
 * cannot be told. */
int plan_undo_endpoint(const struct view *view, const struct step *done, uint64_t flags, struct plan *plan,
                       struct refusal *refusal)
{
    const struct endpoint_span *span = &done->endpoint;
    const struct tunnel *tunnel = tunnels_find(&view->node->tunnels, TUNNEL_WIREGUARD, done->target);
    const struct peer *peer = tunnel ? peers_find(&tunnel->peers, span->key) : NULL;

    if (tunnel && plan_check_tunnel(tunnel, refusal) < 0)
        return -1;
    if (!peer || !span->before.family || peer_endpoint_equal(&peer->seen.endpoint, &span->before))
        return 0;
    if (peer_endpoint_equal(&peer->seen.endpoint, &span->after) || flags & CALL_FORCE)
        add_step(plan, done->target, peer, &span->before);
    return 0;
}

bool plan_needs_names(const struct view *view, const struct call *call)
{
    const struct finding *finding =
        call->verb == VERB_MEND ? findings_find(view->findings, call->word, call->target) : NULL;

    return call->verb == VERB_REFRESH_IP || (finding && finding->mend.verb == MEND_REFRESH_IP);
}

static const struct change *undone(const struct view *view, const struct call *call)
{
    return call->verb == VERB_UNDO ? change_list_find(view->changes, call->change) : NULL;
}

bool plan_needs_peers(const struct view *view, const struct call *call, const char *link)
{
    const struct change *change = undone(view, call);

    if (plan_needs_names(view, call))
        return view->endpoint_names && endpoint_names_of(view->endpoint_names, link);
    for (size_t i = 0; change && i < change->steps.count; i++) {
        struct step step = steps_at(&change->steps, i);

        if (step.kind == STEP_ENDPOINT && strcmp(step.target, link) == 0)
            return true;
    }
    return false;
}

static bool any_tunnel(const struct node *node)
{
    for (size_t i = 0; i < node->tunnels.count; i++)
        if (node->tunnels.list[i].kind == TUNNEL_WIREGUARD)
            return true;
    return false;
}

bool plan_endpoint_doubts(const struct view *view, const struct call *call, const struct refusal *refusal)
{
    const struct change *change = undone(view, call);

    if (plan_needs_names(view, call))
        return refusal->kind == REFUSAL_UNSUPPORTED && any_tunnel(view->node);
    return change && change_has(change, STEP_ENDPOINT) && refusal->kind == REFUSAL_BUSY;
}
