/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fresh enough to plan by */
#include "fresh.h"

#include "act/apply_keepalive_file.h"

/* What is there at /etc/resolv.conf may be another by this. */
static bool touches_dns(const struct fresh *fresh, const struct job *job)
{
    return job->kind == JOB_ROLL_BACK || job->call.verb == VERB_UNDO ||
           plan_needs_dns(fresh->view, &job->call);
}

/* Nothing tells of a change in a tunnel; and its file is read only for whoever wants it changed. */
static bool tunnel_is_fresh(const struct fresh *fresh, const struct job *job)
{
    int32_t seconds = plan_needs_keepalive_file(fresh->view, &job->call);
    char link[LINK_NAME_SIZE];

    if (!plan_needs_tunnel(fresh->view, &job->call, link))
        return true;
    if (!sense_wireguard_fresh(fresh->sensors->wireguard, link, job->raw_usec))
        return false;
    if (seconds >= 0)
        apply_keepalive_file_read(fresh->root, link, (uint16_t)seconds, fresh->keepalive_file);
    return true;
}

/* Whose endpoints are to be set anew: the names first, which say in which tunnels. */
static bool endpoints_are_fresh(const struct fresh *fresh, const struct job *job)
{
    const struct tunnels *tunnels = &fresh->view->node->tunnels;

    if (plan_needs_names(fresh->view, &job->call) &&
        !endpoint_reader_fresh(fresh->sensors->endpoints, job->raw_usec))
        return false;
    for (size_t i = 0; i < tunnels->count; i++) {
        const struct tunnel *tunnel = &tunnels->list[i];

        if (tunnel->kind == TUNNEL_WIREGUARD &&
            plan_needs_peers(fresh->view, &job->call, tunnel->fact.name) &&
            !sense_wireguard_fresh(fresh->sensors->wireguard, tunnel->fact.name, job->raw_usec))
            return false;
    }
    return true;
}

/* What is known of the files is as old as the last change of ours; of the clock, a minute; of DNS, five. */
bool fresh_for(const struct fresh *fresh, const struct job *job)
{
    const struct sensors *sensors = fresh->sensors;

    if (plan_needs_clock(fresh->view, &job->call) && !sense_clock_fresh(sensors->clock, job->raw_usec))
        return false;
    if (plan_needs_dns(fresh->view, &job->call) &&
        !sense_dns_fresh(sensors->dns, job->raw_usec, fresh->view->dns->public_fallback && !job->call.own))
        return false;
    if (sense_file_busy(sensors->file) || !tunnel_is_fresh(fresh, job) || !endpoints_are_fresh(fresh, job))
        return false;
    if (touches_dns(fresh, job))
        sense_dns_own(sensors->dns);
    return true;
}

void fresh_after(const struct fresh *fresh, const struct plan *plan)
{
    keepalive_file_done(fresh->keepalive_file);
    if (plan_has(plan, STEP_FILE))
        sense_file_refresh(fresh->sensors->file);
    if (plan_has(plan, STEP_RESOLV) || plan_has(plan, STEP_SETTING))
        sense_dns_reread(fresh->sensors->dns);
    if (plan_has(plan, STEP_LINK_DNS))
        sense_dns_doubt(fresh->sensors->dns);
}
