/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor */
#include "executor.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "../sys/cleanup.h"

struct executor {
    struct executor_context context;
    sd_event_source *next_source;
    struct job queue[EXECUTOR_QUEUE_MAX]; /* the first one is running if `running` */
    size_t queued;
    bool running;
    struct outcome outcome; /* of the running one */
    struct change change;
};

static void wake(struct executor *executor)
{
    sd_event_source_set_enabled(executor->next_source,
                                executor->queued && !executor->running ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void finish(struct executor *executor)
{
    struct job job = executor->queue[0];

    executor->queued--;
    memmove(executor->queue, executor->queue + 1, executor->queued * sizeof(executor->queue[0]));
    executor->running = false;
    wake(executor);
    executor->context.ran(executor->context.userdata);
    job.done(job.userdata, &executor->outcome);
}

static const struct step *step_of(const struct plan *plan, enum step_kind kind)
{
    for (size_t i = 0; i < plan->steps_count; i++)
        if (plan->steps[i].kind == kind)
            return &plan->steps[i];
    return NULL;
}

static bool lasts(const struct plan *plan)
{
    const struct step *wanted = step_of(plan, STEP_WANTED);

    return wanted && ((wanted->wish_before.set && wanted->wish_before.persist) ||
                      (wanted->wish_after.set && wanted->wish_after.persist));
}

static int write_wish(struct executor *executor, const struct step *step, const struct wish *from,
                      const struct wish *to)
{
    int r = wanted_set(executor->context.wanted, step->target, to);

    if (r >= 0)
        r = changes_save_wanted(executor->context.changes, executor->context.wanted, from, to);
    return r;
}

static void take_back(struct executor *executor)
{
    const struct step *wanted = step_of(&executor->outcome.plan, STEP_WANTED);

    /* If the disk is full the memory is right, and the file is the older one: both say the same. */
    if (wanted)
        (void)write_wish(executor, wanted, &wanted->wish_after, &wanted->wish_before);
    executor->change.state = CHANGE_FAILED;
    (void)changes_record(executor->context.changes, &executor->change, lasts(&executor->outcome.plan));
    executor->outcome.change = 0;
    finish(executor);
}

static void succeed(struct executor *executor)
{
    const struct plan *plan = &executor->outcome.plan;
    const struct change *undone =
        plan->undoes ? change_list_find(&executor->context.changes->list, plan->undoes) : NULL;
    struct change change;

    if (undone) {
        change = *undone;
        change.state = CHANGE_UNDONE;
        (void)changes_record(executor->context.changes, &change, lasts(plan));
    }
    finish(executor);
}

static void on_applied(void *userdata, const struct refusal *refusal)
{
    struct executor *executor = userdata;

    executor->outcome.refusal = *refusal;
    if (executor->queue[0].put_back)
        finish(executor);
    else if (refusal->kind != REFUSAL_NONE)
        take_back(executor);
    else
        succeed(executor);
}

static void run_kernel_step(struct executor *executor)
{
    if (step_of(&executor->outcome.plan, STEP_KERNEL))
        apply_kernel_start(executor->context.apply, &executor->outcome.plan.subject, on_applied, executor);
    else
        succeed(executor);
}

static uint64_t realtime(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

static void run_recorded(struct executor *executor, const struct call *call)
{
    struct outcome *outcome = &executor->outcome;
    const struct step *wanted = step_of(&outcome->plan, STEP_WANTED);
    struct change *change = &executor->change;
    int r;

    *change = (struct change){.id = executor->context.changes->list.last_id + 1,
                              .time_usec = realtime(),
                              .uid = call->uid,
                              .verb = call->verb,
                              .state = CHANGE_DONE,
                              .undoes = outcome->plan.undoes,
                              .steps_count = outcome->plan.steps_count};
    memcpy(change->steps, outcome->plan.steps, sizeof(change->steps));
    r = changes_record(executor->context.changes, change, lasts(&outcome->plan));
    if (r < 0) {
        refuse(&outcome->refusal, REFUSAL_FAILED,
               "The changes log in /var/lib/wslnode cannot be written: %s. Nothing was changed.",
               strerror(-r));
        finish(executor);
        return;
    }
    outcome->change = change->id;
    r = wanted ? write_wish(executor, wanted, &wanted->wish_before, &wanted->wish_after) : 0;
    if (r < 0) {
        refuse(&outcome->refusal, REFUSAL_FAILED,
               "The wish for “%s” cannot be written: %s. Nothing was changed.", wanted->target, strerror(-r));
        take_back(executor);
        return;
    }
    run_kernel_step(executor);
}

static int plan_again(struct executor *executor, const struct job *job)
{
    struct outcome *outcome = &executor->outcome;

    if (job->put_back)
        return plan_put_back(&executor->context.view, job->call.target, &outcome->plan, &outcome->refusal);
    if (plan_make(&executor->context.view, &job->call, &outcome->plan, &outcome->refusal) < 0)
        return -1;
    if (!plan_subject_equal(&job->authorised, &outcome->plan.subject))
        return refuse(
            &outcome->refusal, REFUSAL_CHANGED_SINCE,
            "What was authorised is no longer what would be done: “%s” is another link, or the finding "
            "asks for another value now. Nothing was changed; ask again.",
            job->authorised.link);
    return 0;
}

static int on_next(sd_event_source *source, void *userdata)
{
    struct executor *executor = userdata;
    const struct job *job = &executor->queue[0];
    struct outcome *outcome = &executor->outcome;

    executor->running = true;
    memset(outcome, 0, sizeof(*outcome));
    if (plan_again(executor, job) < 0 || (job->call.flags & CALL_DRY_RUN))
        finish(executor);
    else if (!outcome->plan.steps_count)
        succeed(executor);
    else if (job->put_back)
        run_kernel_step(executor);
    else
        run_recorded(executor, &job->call);
    return 0;
}

int executor_submit(struct executor *executor, const struct job *job, struct refusal *refusal)
{
    if (executor->queued == EXECUTOR_QUEUE_MAX)
        return refuse(refusal, REFUSAL_BUSY, "%d calls wait already; ask again in a moment.",
                      EXECUTOR_QUEUE_MAX);
    executor->queue[executor->queued++] = *job;
    wake(executor);
    return 0;
}

bool executor_idle(const struct executor *executor)
{
    return executor->queued == 0;
}

struct executor *executor_free(struct executor *executor)
{
    if (!executor)
        return NULL;
    sd_event_source_disable_unref(executor->next_source);
    for (size_t i = 0; i < executor->queued; i++)
        executor->queue[i].done(executor->queue[i].userdata, NULL);
    free(executor);
    return NULL;
}

int executor_new(const struct executor_context *context, struct executor **ret)
{
    struct executor *executor = calloc(1, sizeof(*executor));
    int r;

    if (!executor)
        return -ENOMEM;
    executor->context = *context;
    r = sd_event_add_defer(context->event, &executor->next_source, on_next, executor);
    if (r < 0) {
        executor_free(executor);
        return r;
    }
    sd_event_source_set_enabled(executor->next_source, SD_EVENT_OFF);
    *ret = executor;
    return 0;
}
