/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What polkit's dialogue says of a call */
#include "question.h"

#include <stdio.h>

static const char *followers(bool endpoints)
{
    return endpoints ? "files, units and endpoints" : "files and units";
}

static const char *undone_followers(const struct change *change, const struct step *first)
{
    if (first->kind == STEP_ENDPOINT)
        return "endpoints";
    return followers(change && change_has(change, STEP_ENDPOINT));
}

static bool any_tunnel(const struct node *node)
{
    for (size_t i = 0; i < node->tunnels.count; i++)
        if (node->tunnels.list[i].kind == TUNNEL_WIREGUARD)
            return true;
    return false;
}

static void undone(struct question *question, const struct view *view, const struct call *call,
                   const struct plan_subject *subject)
{
    const struct change *change = change_list_find(view->changes, call->change);
    struct step first = change ? steps_at(&change->steps, 0) : (struct step){.kind = STEP_KINDS};
    bool named = first.kind == STEP_RESOLV || first.kind == STEP_SETTING || first.kind == STEP_KEEPALIVE_FILE;

    snprintf(question->value, sizeof(question->value), "%lu", (unsigned long)call->change);
    snprintf(question->target, sizeof(question->target), "%s",
             named              ? first.target
             : subject->targets ? undone_followers(change, &first)
                                : subject->link);
}

static void keepalive(struct question *question, const struct plan_subject *subject)
{
    snprintf(question->target, sizeof(question->target), "%s", subject->link);
    if (subject->seconds)
        snprintf(question->value, sizeof(question->value), "%u s", subject->seconds);
    else
        snprintf(question->value, sizeof(question->value), "off");
}

void question_ask(struct question *question, const struct view *view, const struct call *call,
                  const struct plan_subject *subject)
{
    const struct node *node = view->node;
    const struct address_fact *address = node_address(node);
    const char *target = subject->link;

    question->value[0] = 0;
    switch (subject->verb) {
    case VERB_SYNC_CLOCK:
        snprintf(question->value, sizeof(question->value), "%s",
                 clock_reference_name(node->clock.seen.reference));
        target = "the clock";
        break;
    case VERB_FIX_DNS:
        snprintf(question->value, sizeof(question->value), "%s", dns_owner_name(node->resolver.owner));
        target = "/etc/resolv.conf";
        break;
    case VERB_REFRESH_IP:
        if (address)
            address_text(address->family, address->bytes, -1, question->value, sizeof(question->value));
        target = followers(any_tunnel(node));
        break;
    case VERB_SET_KEEPALIVE:
        keepalive(question, subject);
        return;
    case VERB_UNDO:
        undone(question, view, call, subject);
        return;
    case VERB_SET_MTU:
    case VERB_MEND:
    case VERB_RELEASE:
    case VERBS:
        snprintf(question->value, sizeof(question->value), "%u", subject->mtu);
        break;
    }
    snprintf(question->target, sizeof(question->target), "%s", target);
}
