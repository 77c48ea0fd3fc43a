/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that give systemd-resolved servers for the uplink; /etc/resolv.conf stays its own */
#include "plan.h"

#include <stdio.h>
#include <string.h>

static struct step *add_step(struct plan *plan, const struct link_fact *link)
{
    struct step *step = &plan->steps[plan->steps_count++];

    memset(step, 0, sizeof(*step));
    step->kind = STEP_LINK_DNS;
    snprintf(step->target, sizeof(step->target), "%s", link->name);
    return step;
}

static void take_subject(struct plan *plan, const struct link_fact *link)
{
    memcpy(plan->subject.link, link->name, sizeof(plan->subject.link));
    memcpy(plan->subject.link_kind, link->kind, sizeof(plan->subject.link_kind));
    plan->subject.ifindex = link->ifindex;
}

/* Those listed are resolved itself, which would ask itself then. */
static void leave_out_listed(const struct dns_list *listed, struct dns_choice *choice)
{
    struct dns_list kept = {0};
    size_t answering = choice->answering;

    for (size_t i = 0; i < choice->servers.count; i++) {
        if (!dns_list_has(listed, &choice->servers.servers[i]))
            dns_list_add(&kept, &choice->servers.servers[i]);
        else if (i < answering)
            choice->answering--;
    }
    choice->servers = kept;
}

int plan_link_dns(const struct view *view, const struct call *call, struct plan *plan,
                  struct refusal *refusal)
{
    const struct link_fact *uplink = node_uplink(view->node);
    struct dns_choice choice;

    if (call->flags & CALL_PERSIST)
        return refuse(refusal, REFUSAL_INVALID_ARGS,
                      "/etc/resolv.conf is systemd-resolved's, which forgets a link's servers with the link; "
                      "for good they are named in its own configuration (man resolved.conf). Leave PERSIST "
                      "out.");
    if (!uplink)
        return refuse(refusal, REFUSAL_NO_UPLINK,
                      "systemd-resolved keeps servers by link, and there is no uplink: `wslnodectl status` "
                      "says why.");
    /* Whatever the servers say: they are asked again before the plan that counts. */
    take_subject(plan, uplink);
    if (dns_first_answers(view->node)) {
        plan->dns.servers = view->node->resolver.listed;
        return 0;
    }
    dns_choose(view->node, view->dns->public_fallback && !call->own, &choice);
    leave_out_listed(&view->node->resolver.listed, &choice);
    if (!choice.answering)
        return refuse(refusal, REFUSAL_NO_WORKING_SERVER,
                      "No DNS server answers that systemd-resolved could ask. Look at Windows' network, or "
                      "name servers in Servers= of section [DNS] in /etc/wslnode/wslnode.conf, then reload.");
    add_step(plan, uplink)->link_dns.after = choice.servers;
    plan->dns.servers = choice.servers;
    return 0;
}

int plan_undo_link_dns(const struct view *view, const struct change *change, struct plan *plan,
                       struct refusal *refusal)
{
    struct step done = steps_at(&change->steps, 0);
    const struct link_fact *link = node_link_named(view->node, done.target);

    plan->undoes = change->id;
    /* A link that is gone took its servers along. */
    if (!link)
        return 0;
    take_subject(plan, link);
    add_step(plan, link)->link_dns =
        (struct link_dns_span){.before = done.link_dns.after, .after = done.link_dns.before};
    plan->dns.servers = done.link_dns.before;
    return 0;
}
