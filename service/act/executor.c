/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: queue, and what is written down */
#include "executor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sys/clock_time.h"
#include "course.h"

struct executor {
    struct executor_context context;
    sd_event_source *next_source;
    struct job queue[EXECUTOR_QUEUE_MAX]; /* the first one is running if `running` */
    size_t queued;
    bool running;
    struct outcome outcome; /* of the running one */
    struct change change;   /* its entry; the steps are the outcome's */
    struct course course;
};

static void wake(struct executor *executor)
{
    bool next = executor->queued && !executor->running &&
                executor->context.ready(executor->context.userdata, &executor->queue[0]);

    sd_event_source_set_enabled(executor->next_source, next ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void finish(struct executor *executor)
{
    struct job job = executor->queue[0];

    executor->queued--;
    memmove(executor->queue, executor->queue + 1, executor->queued * sizeof(executor->queue[0]));
    executor->running = false;
    executor->context.ran(executor->context.userdata, &executor->outcome);
    wake(executor);
    job.done(job.userdata, &executor->outcome);
}

static bool lasts(const struct plan *plan)
{
    for (size_t i = 0; i < plan->steps_count; i++) {
        const struct step *step = &plan->steps[i];

        if (step_is_of_files(step->kind))
            return true;
        if (step->kind == STEP_WANTED && ((step->wish_before.set && step->wish_before.persist) ||
                                          (step->wish_after.set && step->wish_after.persist)))
            return true;
    }
    return false;
}

static int record(struct executor *executor, enum change_state state)
{
    const struct plan *plan = &executor->outcome.plan;
    struct change change = executor->change;
    int r = 0;

    change.state = state;
    for (size_t i = 0; r >= 0 && i < plan->steps_count; i++)
        r = steps_add(&change.steps, &plan->steps[i]);
    if (r >= 0)
        r = changes_record(executor->context.changes, &change, lasts(plan));
    steps_done(&change.steps);
    return r;
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

/* All files are written: from here on the entry is not to be taken back. */
static int on_files(void *userdata)
{
    struct executor *executor = userdata;

    return executor->queue[0].kind == JOB_PUT_BACK ? 0 : record(executor, CHANGE_DONE);
}

static uint64_t realtime(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

/* What systemd said of the units, what a link had before, or by how much the clock was stepped; and when, by
 * a clock that is right. */
static void record_effects(struct executor *executor)
{
    const struct plan *plan = &executor->outcome.plan;
    bool restarted = plan_has(plan, STEP_EFFECT), stepped = plan_has(plan, STEP_CLOCK);

    if (stepped)
        executor->change.time_usec = realtime();
    if (restarted || stepped || plan_has(plan, STEP_LINK_DNS))
        (void)record(executor, CHANGE_DONE);
    if (restarted)
        executor->context.restarted(executor->context.userdata);
}

static void on_course(void *userdata, const struct refusal *refusal)
{
    struct executor *executor = userdata;
    bool recorded = executor->queue[0].kind != JOB_PUT_BACK;

    executor->outcome.refusal = *refusal;
    if (refusal->kind == REFUSAL_NONE) {
        record_effects(executor);
        succeed(executor);
        return;
    }
    /* Even if not all could be taken back: later changes may stand on it by the next start. */
    if (recorded)
        (void)record(executor, CHANGE_FAILED);
    executor->outcome.change = 0;
    finish(executor);
}

static void run_course(struct executor *executor)
{
    course_run(&executor->course, &executor->outcome.plan);
}

static void run_recorded(struct executor *executor, const struct call *call)
{
    struct outcome *outcome = &executor->outcome;
    int r;

    executor->change = (struct change){.id = executor->context.changes->list.last_id + 1,
                                       .time_usec = realtime(),
                                       .uid = call->uid,
                                       .verb = call->verb,
                                       .undoes = outcome->plan.undoes};
    r = record(executor, plan_has_files(&outcome->plan) ? CHANGE_STARTED : CHANGE_DONE);
    if (r < 0) {
        refuse(&outcome->refusal, REFUSAL_FAILED,
               "The changes log in /var/lib/wslnode cannot be written: %s. Nothing was changed.",
               strerror(-r));
        finish(executor);
        return;
    }
    outcome->change = executor->change.id;
    run_course(executor);
}

static void roll_back(struct executor *executor, uint64_t id)
{
    const struct change *change = change_list_find(&executor->context.changes->list, id);
    struct plan *plan = &executor->outcome.plan;

    if (!change || change->state != CHANGE_STARTED) {
        finish(executor);
        return;
    }
    for (size_t i = 0; i < change->steps.count; i++)
        plan->steps[plan->steps_count++] = steps_at(&change->steps, i);
    executor->change = *change;
    executor->change.steps = (struct steps){0};
    executor->outcome.change = id;
    refuse(&executor->outcome.refusal, REFUSAL_FAILED,
           "The daemon ended in the middle of change %lu; its files are as they were before.",
           (unsigned long)id);
    course_take_back(&executor->course, plan, &executor->outcome.refusal);
}

static int plan_again(struct executor *executor, const struct job *job)
{
    struct outcome *outcome = &executor->outcome;
    struct call call = job->call;

    if (job->kind == JOB_PUT_BACK)
        return plan_put_back(&executor->context.view, job->call.target, &outcome->plan, &outcome->refusal);
    clock_time_read(&call.raw_usec, &call.clock_usec);
    if (plan_make(&executor->context.view, &call, &outcome->plan, &outcome->refusal) < 0)
        return -1;
    if (job->kind == JOB_CALL && !plan_subject_equal(&job->authorised, &outcome->plan.subject))
        return refuse(
            &outcome->refusal, REFUSAL_CHANGED_SINCE,
            "What was authorised is no longer what would be done: “%s” is another link, or something else is "
            "asked for or configured now. Nothing was changed; ask again.",
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
    if (job->kind == JOB_ROLL_BACK)
        roll_back(executor, job->call.change);
    else if (plan_again(executor, job) < 0 || (job->call.flags & CALL_DRY_RUN))
        finish(executor);
    else if (!outcome->plan.steps_count)
        succeed(executor);
    else if (job->kind == JOB_PUT_BACK)
        run_course(executor);
    else
        run_recorded(executor, &job->call);
    return 0;
}

int executor_submit(struct executor *executor, const struct job *job, struct refusal *refusal)
{
    if (executor->queued == EXECUTOR_QUEUE_MAX)
        return refuse(refusal, REFUSAL_BUSY, "%d calls wait already; ask again in a moment.",
                      EXECUTOR_QUEUE_MAX);
    executor->queue[executor->queued] = *job;
    executor->queue[executor->queued++].raw_usec = clock_time_raw();
    wake(executor);
    return 0;
}

void executor_resume(struct executor *executor)
{
    if (!executor)
        return;
    apply_peer_turn(executor->context.peer);
    wake(executor);
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
    executor->course = (struct course){.context = &executor->context,
                                       .files = on_files,
                                       .done = on_course,
                                       .userdata = executor};
    r = sd_event_add_defer(context->event, &executor->next_source, on_next, executor);
    if (r < 0) {
        executor_free(executor);
        return r;
    }
    sd_event_source_set_enabled(executor->next_source, SD_EVENT_OFF);
    *ret = executor;
    return 0;
}
