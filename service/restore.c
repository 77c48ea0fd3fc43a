/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Putting wishes back */
#include "restore.h"

#include <stdio.h>

#include "sys/log.h"

static void on_put_back(void *userdata, const struct outcome *outcome)
{
    struct restore *restore = userdata;
    const char *link;

    if (!outcome || !outcome->plan.steps_count)
        return;
    link = outcome->plan.subject.link;
    if (outcome->refusal.kind == REFUSAL_INVALID_MTU)
        wanted_refuse(restore->wanted, link);
    if (outcome->refusal.kind != REFUSAL_NONE) {
        log_event(LOG_WARNING, LOG_ID_PUT_BACK, link, "%s: MTU not put back: %s", link,
                  outcome->refusal.text);
        return;
    }
    log_event(LOG_INFO, LOG_ID_PUT_BACK, link, "%s: MTU put back to %u", link, outcome->plan.subject.mtu);
    restore->restored(restore->userdata, link);
}

static void put_back(struct restore *restore, const char *link)
{
    struct job job = {.kind = JOB_PUT_BACK, .done = on_put_back, .userdata = restore};
    struct refusal refusal;

    snprintf(job.call.target, sizeof(job.call.target), "%s", link);
    (void)executor_submit(restore->executor, &job, &refusal);
}

bool restore_turn(struct restore *restore, uint64_t now_usec)
{
    bool settled = false;

    for (size_t i = 0; i < restore->wanted->count; i++) {
        struct wanted_mtu *mtu = &restore->wanted->list[i];

        settled |= wanted_settle(mtu, restore->node);
        /* What a call is just doing is not lost; the end of its job leads here again. */
        if (executor_idle(restore->executor) && wanted_put_back(mtu, restore->node, now_usec))
            put_back(restore, mtu->link);
    }
    return settled;
}
