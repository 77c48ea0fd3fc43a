/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon does by itself */
#include "own.h"

#include "sys/log.h"

static void on_done(void *userdata, const struct outcome *outcome)
{
    char text[STEP_TEXT_SIZE];

    if (!outcome)
        return;
    if (outcome->refusal.kind != REFUSAL_NONE)
        log_event(LOG_WARNING, LOG_ID_CHANGE, NULL, "Not done by itself: %s", outcome->refusal.text);
    for (size_t i = 0; outcome->change && i < outcome->plan.steps_count; i++)
        log_event(LOG_INFO, LOG_ID_CHANGE, outcome->plan.steps[i].target, "Change %lu, by itself: %s %s %s",
                  (unsigned long)outcome->change, step_kind_name(outcome->plan.steps[i].kind),
                  outcome->plan.steps[i].target, step_text(&outcome->plan.steps[i], text, sizeof(text)));
}

void own_submit(struct executor *executor, enum job_kind kind, struct call call)
{
    struct job job = {.kind = kind, .call = call, .done = on_done};
    struct refusal refusal;

    job.call.own = true;
    if (executor_submit(executor, &job, &refusal) < 0)
        log_warning("%s", refusal.text);
}

void own_roll_back(struct executor *executor, const struct change_list *changes)
{
    for (size_t i = changes->count; i-- > 0;)
        if (changes->list[i].state == CHANGE_STARTED)
            own_submit(executor, JOB_ROLL_BACK, (struct call){.change = changes->list[i].id});
}
