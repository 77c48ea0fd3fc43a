/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The course of one plan */
#include "course.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply_clock.h"

/* Of all restarts of a plan: its caller waits for 20 s at most. */
#define EFFECTS_USEC 12000000

/* Files first, for they can be taken back; what cannot, last. */
static const enum step_kind order[] = {STEP_FILE,     STEP_RESOLV, STEP_SETTING,  STEP_KEEPALIVE_FILE,
                                       STEP_WANTED,   STEP_KERNEL, STEP_LINK_DNS, STEP_KEEPALIVE,
                                       STEP_ENDPOINT, STEP_CLOCK,  STEP_EFFECT};

static void advance(struct course *course);
static void go_back(struct course *course);

/* It is set in a tunnel. */
static bool is_of_peer(const struct step *step)
{
    return step->kind == STEP_KEEPALIVE || step->kind == STEP_ENDPOINT;
}

static void arrange(struct course *course, struct plan *plan)
{
    size_t count = 0;

    for (size_t kind = 0; kind < sizeof(order) / sizeof(order[0]); kind++)
        for (size_t i = 0; i < plan->steps_count; i++)
            if (plan->steps[i].kind == order[kind])
                course->sequence[count++] = i;
    course->plan = plan;
    course->deadline_usec = 0;
    course->refusal = (struct refusal){.kind = REFUSAL_NONE};
}

/* One that is known to be there. */
static struct step *step_in(const struct course *course, size_t at)
{
    return &course->plan->steps[course->sequence[at]];
}

static struct step *step_at(const struct course *course, size_t at)
{
    return at < course->plan->steps_count ? step_in(course, at) : NULL;
}

static int write_wish(struct course *course, const struct step *step, const struct wish *from,
                      const struct wish *to)
{
    struct wanted *wanted = course->context->wanted;
    int r = wanted_set(wanted, step->target, to);

    return r < 0 ? r : changes_save_wanted(course->context->changes, wanted, from, to);
}

static void on_taken_back(void *userdata, const struct refusal *refusal)
{
    struct course *course = userdata;
    size_t length = strlen(course->refusal.text);

    if (refusal->kind != REFUSAL_NONE)
        snprintf(course->refusal.text + length, sizeof(course->refusal.text) - length, " Taking it back: %s",
                 refusal->text);
    go_back(course);
}

/* Where the steps of the file begin that ends before `at`. */
static size_t first_of_file(const struct course *course, size_t at)
{
    const struct step *last = step_in(course, at - 1);

    while (at > 1 && last->kind == STEP_FILE && step_in(course, at - 2)->kind == STEP_FILE &&
           strcmp(step_in(course, at - 2)->target, last->target) == 0)
        at--;
    return at - 1;
}

static void go_back(struct course *course)
{
    const struct executor_context *context = course->context;

    while (course->at > 0) {
        const struct step *step = step_in(course, course->at - 1);
        size_t first;

        if (step_is_of_files(step->kind)) {
            first = first_of_file(course, course->at);
            course->together = course->at - first;
            course->at = first;
            apply_file_start(context->file, step_in(course, first), course->together, true, on_taken_back,
                             course);
            return;
        }
        if (is_of_peer(step) && !course->unfinished) {
            course->at--;
            apply_peer_start(context->peer, step, true, on_taken_back, course);
            return;
        }
        /* If the disk is full the memory is right, and the file is the older one: both say the same. */
        if (step->kind == STEP_WANTED)
            (void)write_wish(course, step, &step->wish_after, &step->wish_before);
        course->at--;
    }
    course->done(course->userdata, &course->refusal);
}

/*
 * Nothing was written. What a file holds instead may look like ours, for another may follow the address too:
 * then that is not to be taken back.
 */
static bool is_untouched(const struct step *step, const struct refusal *refusal)
{
    return step->kind == STEP_KERNEL || step->kind == STEP_CLOCK || step->kind == STEP_LINK_DNS ||
           (is_of_peer(step) && refusal->kind != REFUSAL_FAILED) ||
           (step_is_of_files(step->kind) &&
            (refusal->kind == REFUSAL_CHANGED_SINCE || refusal->kind == REFUSAL_OWNED_BY_OTHER));
}

static void on_applied(void *userdata, const struct refusal *refusal)
{
    struct course *course = userdata;
    const struct step *step = step_at(course, course->at);

    if (refusal->kind == REFUSAL_NONE) {
        course->at += course->together;
        advance(course);
        return;
    }
    course->refusal = *refusal;
    /* Otherwise a file that failed may be written nevertheless, and so may a wish. */
    if (!is_untouched(step, refusal))
        course->at += course->together;
    go_back(course);
}

static void on_effect(void *userdata, const char *result)
{
    struct course *course = userdata;
    struct refusal none = {.kind = REFUSAL_NONE};
    struct step *step = step_at(course, course->at);

    snprintf(step->result, sizeof(step->result), "%s", result);
    on_applied(course, &none);
}

static void run_wish(struct course *course, const struct step *step)
{
    struct refusal refusal = {.kind = REFUSAL_NONE};
    int r = write_wish(course, step, &step->wish_before, &step->wish_after);

    if (r < 0)
        refuse(&refusal, REFUSAL_FAILED, "The wish for “%s” cannot be written: %s. Nothing was changed.",
               step->target, strerror(-r));
    on_applied(course, &refusal);
}

static void run_file(struct course *course, const struct step *step)
{
    size_t left = course->plan->steps_count - course->sequence[course->at];

    course->together = apply_file_count(step, left);
    apply_file_start(course->context->file, step, course->together, false, on_applied, course);
}

static void run_effect(struct course *course, const struct step *step)
{
    const struct executor_context *context = course->context;
    uint64_t now = 0;

    sd_event_now(context->event, CLOCK_MONOTONIC, &now);
    if (!course->deadline_usec)
        course->deadline_usec = now + EFFECTS_USEC;
    context->restart(context->userdata, step->target, course->deadline_usec, on_effect, course);
}

static void on_measured(void *userdata)
{
    struct course *course = userdata;
    const struct executor_context *context = course->context;
    struct refusal refusal = {.kind = REFUSAL_NONE};
    struct step *step = step_at(course, course->at);
    int r = apply_clock(&context->view.node->clock, course->plan, step);

    if (r == -ESTALE)
        refuse(&refusal, REFUSAL_CHANGED_SINCE,
               "The reference told another time when it was asked again. The clock was not stepped; ask "
               "again.");
    else if (r < 0)
        refuse(&refusal, REFUSAL_FAILED,
               "The kernel does not let the clock be set: %s. In a container, set it on the host.",
               strerror(-r));
    else if (!step->clock_left)
        context->stepped(context->userdata);
    on_applied(course, &refusal);
}

static void on_link_dns(void *userdata, const char *problem, const struct dns_list *before)
{
    struct course *course = userdata;
    struct refusal refusal = {.kind = REFUSAL_NONE};
    struct step *step = step_at(course, course->at);

    if (problem)
        refuse(&refusal, REFUSAL_FAILED, "The DNS servers of “%s” are as they were: %s.", step->target,
               problem);
    else
        step->link_dns.before = *before;
    on_applied(course, &refusal);
}

/* Whether the last of the files has just been written. */
static bool files_end(const struct course *course)
{
    const struct step *next = step_at(course, course->at);

    return course->at > 0 && step_is_of_files(step_in(course, course->at - 1)->kind) &&
           (!next || !step_is_of_files(next->kind));
}

static void advance(struct course *course)
{
    const struct executor_context *context = course->context;
    const struct step *step = step_at(course, course->at);
    int r = files_end(course) ? course->files(course->userdata) : 0;

    if (r < 0) {
        refuse(&course->refusal, REFUSAL_FAILED,
               "The changes log in /var/lib/wslnode cannot be written: %s. All files are as they were.",
               strerror(-r));
        go_back(course);
        return;
    }
    if (!step) {
        course->done(course->userdata, &course->refusal);
        return;
    }
    course->together = 1;
    switch (step->kind) {
    case STEP_FILE:
    case STEP_RESOLV:
    case STEP_SETTING:
    case STEP_KEEPALIVE_FILE:
        run_file(course, step);
        break;
    case STEP_WANTED:
        run_wish(course, step);
        break;
    case STEP_KERNEL:
        apply_kernel_start(context->kernel, &course->plan->subject, on_applied, course);
        break;
    case STEP_LINK_DNS:
        context->set_link_dns(context->userdata, course->plan->subject.ifindex, &step->link_dns.after,
                              on_link_dns, course);
        break;
    case STEP_KEEPALIVE:
    case STEP_ENDPOINT:
        apply_peer_start(context->peer, step, false, on_applied, course);
        break;
    case STEP_EFFECT:
        run_effect(course, step);
        break;
    case STEP_CLOCK:
        context->measure_clock(context->userdata, on_measured, course);
        break;
    case STEP_KINDS:
        break;
    }
}

void course_run(struct course *course, struct plan *plan)
{
    arrange(course, plan);
    course->unfinished = false;
    course->at = 0;
    advance(course);
}

void course_take_back(struct course *course, struct plan *plan, const struct refusal *refusal)
{
    arrange(course, plan);
    course->refusal = *refusal;
    course->unfinished = true;
    course->at = plan->steps_count;
    go_back(course);
}
