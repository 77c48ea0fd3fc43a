/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the machine stood still */
#include "resume.h"

#include <stdio.h>
#include <string.h>

#include "sys/log.h"
#include "sys/timer.h"

#define CLOCK_DEADLINE_USEC   10000000
#define LINKS_DEADLINE_USEC   8000000
#define ADDRESS_DEADLINE_USEC 15000000 /* units are restarted in it */

static void enter(struct resume *resume, enum resume_stage stage, uint64_t deadline_usec)
{
    resume->stage = stage;
    timer_set(resume->timer_source, deadline_usec);
}

bool resume_running(const struct resume *resume)
{
    return resume->stage != RESUME_NOT;
}

void resume_mended(struct resume *resume, const char *what, const char *subject)
{
    struct resumed *resumed = &resume->resumed;
    char text[sizeof(resumed->mended[0])];

    if (!resume_running(resume) || resumed->mended_count == RESUMED_MENDED_MAX)
        return;
    snprintf(text, sizeof(text), "%s%s%s", what, subject[0] ? " " : "", subject);
    for (size_t i = 0; i < resumed->mended_count; i++)
        if (strcmp(resumed->mended[i], text) == 0)
            return;
    memcpy(resumed->mended[resumed->mended_count++], text, sizeof(text));
}

static void end(struct resume *resume)
{
    resume->stage = RESUME_REPORT;
    resume_vpn_stop(&resume->vpn);
    timer_stop(resume->timer_source);
    resume->context.wake(resume->context.userdata);
}

static void wait_for_vpn(struct resume *resume)
{
    enter(resume, RESUME_VPN, RESUME_VPN_DEADLINE_USEC);
    resume_vpn_start(&resume->vpn);
    if (resume_vpn_is_over(&resume->vpn))
        end(resume);
}

static bool submit(struct resume *resume, enum verb verb, executor_done done)
{
    struct job job = {.kind = JOB_OWN, .call = {.verb = verb, .own = true}, .done = done, .userdata = resume};
    struct refusal refusal;

    if (executor_submit(resume->context.executor, &job, &refusal) == 0)
        return true;
    log_warning("%s after the resume: %s", verb_name(verb), refusal.text);
    return false;
}

static void on_refreshed(void *userdata, const struct outcome *outcome)
{
    struct resume *resume = userdata;

    if (!outcome || resume->stage != RESUME_ADDRESS)
        return;
    if (outcome->refusal.kind != REFUSAL_NONE)
        log_event(LOG_WARNING, LOG_ID_CHANGE, NULL, "The address is not followed: %s", outcome->refusal.text);
    else if (outcome->change)
        resume_mended(resume, "address", "");
    wait_for_vpn(resume);
}

static void follow_address(struct resume *resume)
{
    enter(resume, RESUME_ADDRESS, ADDRESS_DEADLINE_USEC);
    if (!resume->context.follows(resume->context.userdata) || !submit(resume, VERB_REFRESH_IP, on_refreshed))
        wait_for_vpn(resume);
}

static void read_links(struct resume *resume)
{
    enter(resume, RESUME_LINKS, LINKS_DEADLINE_USEC);
    resume->context.measure(resume->context.userdata);
}

static void end_links(struct resume *resume)
{
    /* Nothing can be mended on a stack that is dead; only a restart helps, and the finding says so. */
    resume->resumed.dead = resume->context.node->loopback_dead;
    if (resume->resumed.dead)
        end(resume);
    else
        follow_address(resume);
}

static void on_synced(void *userdata, const struct outcome *outcome)
{
    struct resume *resume = userdata;

    if (!outcome || resume->stage != RESUME_CLOCK)
        return;
    if (outcome->refusal.kind != REFUSAL_NONE) {
        log_event(LOG_WARNING, LOG_ID_CHANGE, "clock", "The clock is not set after the resume: %s",
                  outcome->refusal.text);
        resume->resumed.clock = outcome->refusal.kind == REFUSAL_FIGHTING ? "left" : "failed";
    } else if (outcome->change) {
        resume->resumed.clock = outcome->plan.steps[0].clock_left ? "ok" : "stepped";
        if (!outcome->plan.steps[0].clock_left)
            resume_mended(resume, "clock", "");
    } else {
        resume->resumed.clock = "ok";
    }
    read_links(resume);
}

static void set_clock(struct resume *resume)
{
    const struct clock *clock = &resume->context.node->clock;

    enter(resume, RESUME_CLOCK, CLOCK_DEADLINE_USEC);
    if (!clock_has_reference(clock)) {
        resume->resumed.clock = "unknown";
    } else if (clock_is_right(clock)) {
        resume->resumed.clock = "ok";
    } else if (!resume->context.may_sync(resume->context.userdata)) {
        resume->resumed.clock = "left";
    } else {
        resume->resumed.clock = "failed"; /* unless it says otherwise in time */
        if (submit(resume, VERB_SYNC_CLOCK, on_synced))
            return;
    }
    read_links(resume);
}

static void start_anew(struct resume *resume)
{
    resume_vpn_stop(&resume->vpn);
    set_clock(resume);
}

void resume_start(struct resume *resume, int64_t asleep_usec)
{
    /* A sleep in the middle of it belongs to it; but a clock that was right already may be wrong again. */
    if (resume_running(resume)) {
        resume->resumed.asleep_usec += asleep_usec;
        if (resume->stage != RESUME_CLOCK && !clock_is_right(&resume->context.node->clock))
            start_anew(resume);
        else if (resume->stage == RESUME_VPN)
            wait_for_vpn(resume);
        return;
    }
    resume_vpn_note(&resume->vpn);
    resume->resumed = (struct resumed){.asleep_usec = asleep_usec,
                                       .clock = "unknown",
                                       .offset_usec = clock_offset(&resume->context.node->clock)};
    set_clock(resume);
}

void resume_turn(struct resume *resume)
{
    if (resume->stage == RESUME_REPORT) {
        resume->stage = RESUME_NOT;
        resume->resumed.vpn = resume_vpn_word(&resume->vpn);
        resume->context.ended(resume->context.userdata, &resume->resumed);
    }
    if (resume->stage == RESUME_LINKS && resume->context.settled(resume->context.userdata))
        end_links(resume);
    if (resume->stage == RESUME_VPN && resume_vpn_is_over(&resume->vpn))
        end(resume);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct resume *resume = userdata;

    switch (resume->stage) {
    case RESUME_CLOCK:
        read_links(resume);
        break;
    case RESUME_LINKS:
        end_links(resume);
        break;
    case RESUME_ADDRESS:
        wait_for_vpn(resume);
        break;
    case RESUME_VPN:
        end(resume);
        break;
    case RESUME_NOT:
    case RESUME_REPORT:
        break;
    }
    return 0;
}

int resume_init(struct resume *resume, const struct resume_context *context)
{
    const struct resume_vpn_context vpn = {.event = context->event,
                                           .node = context->node,
                                           .read = context->read_vpn,
                                           .is_read = context->vpn_is_read,
                                           .sent = context->vpn_sent,
                                           .sensors = context->sensors,
                                           .wake = context->wake,
                                           .userdata = context->userdata};
    int r;

    memset(resume, 0, sizeof(*resume));
    resume->context = *context;
    r = resume_vpn_init(&resume->vpn, &vpn);
    if (r < 0)
        return r;
    return timer_new(context->event, &resume->timer_source, 10000, on_deadline, resume);
}

void resume_done(struct resume *resume)
{
    resume_vpn_done(&resume->vpn);
    resume->timer_source = sd_event_source_disable_unref(resume->timer_source);
}
