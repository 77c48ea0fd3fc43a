/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fresh enough to plan by */
#include "fresh.h"

/* What is there at /etc/resolv.conf may be another by this. */
static bool touches_dns(const struct fresh *fresh, const struct job *job)
{
    return job->kind == JOB_ROLL_BACK || job->call.verb == VERB_UNDO ||
           plan_needs_dns(fresh->view, &job->call);
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
    if (sense_file_busy(sensors->file))
        return false;
    if (touches_dns(fresh, job))
        sense_dns_own(sensors->dns);
    return true;
}

void fresh_after(const struct fresh *fresh, const struct plan *plan)
{
    if (plan_has(plan, STEP_FILE))
        sense_file_refresh(fresh->sensors->file);
    if (plan_has(plan, STEP_RESOLV) || plan_has(plan, STEP_SETTING))
        sense_dns_reread(fresh->sensors->dns);
    if (plan_has(plan, STEP_LINK_DNS))
        sense_dns_doubt(fresh->sensors->dns);
}
