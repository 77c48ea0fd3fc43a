/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A resume, with an executor, a configuration and a time that are the test's. */
#pragma once

#include <errno.h>

#include "../../service/resume.h"
#include "../../service/sys/clock_time.h"
#include "../../service/sys/peer_nudge.h"
#include "../state/clock_facts.h"
#include "../timers.h"

struct stand {
    sd_event *event;
    struct node node;
    struct resume resume;
    bool may_sync, settled, follows, unread;
    struct resumed resumed;
    unsigned measures, readings, ends;
    bool woken;
};

/* What the executor was given. */
static struct {
    struct job list[4];
    size_t count;
    bool busy;
} jobs;

/* What peers were sent. */
static struct {
    int32_t ifindex;
    uint8_t family, address[16];
    unsigned count;
} nudges;

int peer_nudge(int32_t ifindex, uint8_t family, const uint8_t address[16])
{
    nudges.ifindex = ifindex;
    nudges.family = family;
    memcpy(nudges.address, address, sizeof(nudges.address));
    nudges.count++;
    return -EHOSTUNREACH;
}

int64_t clock_time_raw(void)
{
    return timers_now_usec;
}

int executor_submit(struct executor *executor, const struct job *job, struct refusal *refusal)
{
    assert_ptr_equal(executor, &jobs);
    if (jobs.busy)
        return refuse(refusal, REFUSAL_BUSY, "full");
    assert_true(jobs.count < COUNT(jobs.list));
    jobs.list[jobs.count++] = *job;
    return 0;
}

static inline bool may_sync(void *userdata)
{
    return ((struct stand *)userdata)->may_sync;
}

static inline void measure(void *userdata)
{
    ((struct stand *)userdata)->measures++;
}

static inline bool is_settled(void *userdata)
{
    return ((struct stand *)userdata)->settled;
}

static inline bool follows(void *userdata)
{
    return ((struct stand *)userdata)->follows;
}

static inline void read_vpn(void *userdata)
{
    ((struct stand *)userdata)->readings++;
}

static inline bool vpn_is_read(void *userdata)
{
    return !((struct stand *)userdata)->unread;
}

static inline void vpn_sent(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE])
{
    struct fact fact = fact_of(FACT_SENT);

    fact.sent.ifindex = ifindex;
    memcpy(fact.sent.key, key, PEER_KEY_SIZE);
    fact.sent.raw_usec = timers_now_usec;
    tell(&((struct stand *)userdata)->node, fact);
}

static inline void wake(void *userdata)
{
    ((struct stand *)userdata)->woken = true;
}

static inline void on_end(void *userdata, const struct resumed *resumed)
{
    struct stand *stand = userdata;

    assert_false(resume_running(&stand->resume));
    stand->resumed = *resumed;
    stand->ends++;
}

/* The clock is ten minutes late, it may be set, and something follows the address. */
static inline int set_up(void **state)
{
    static struct stand stand;
    struct resume_context context = {.node = &stand.node,
                                     .executor = (struct executor *)&jobs,
                                     .may_sync = may_sync,
                                     .measure = measure,
                                     .settled = is_settled,
                                     .follows = follows,
                                     .read_vpn = read_vpn,
                                     .vpn_is_read = vpn_is_read,
                                     .vpn_sent = vpn_sent,
                                     .sensors = &stand,
                                     .wake = wake,
                                     .ended = on_end,
                                     .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    memset(&jobs, 0, sizeof(jobs));
    memset(&nudges, 0, sizeof(nudges));
    stand.may_sync = stand.follows = true;
    node_init(&stand.node);
    tell(&stand.node, clock_off(-600 * S));
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, RAW);
    context.event = stand.event;
    assert_int_equal(resume_init(&stand.resume, &context), 0);
    assert_false(resume_running(&stand.resume));
    *state = &stand;
    return 0;
}

static inline int tear_down(void **state)
{
    struct stand *stand = *state;

    resume_done(&stand->resume);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

/* The end of a turn, and of each that it asks for. */
static inline void turn(struct stand *stand)
{
    do {
        stand->woken = false;
        resume_turn(&stand->resume);
    } while (stand->woken);
}

static inline void finish_job(struct stand *stand, size_t index, const struct outcome *outcome)
{
    assert_true(index < jobs.count);
    jobs.list[index].done(jobs.list[index].userdata, outcome);
    turn(stand);
}

/* With what falls due in it. */
static inline void pass(struct stand *stand, int64_t usec)
{
    timers_pass(usec);
    turn(stand);
}

/* It was done, as change 5. */
static inline struct outcome outcome_done(void)
{
    struct outcome outcome;

    memset(&outcome, 0, sizeof(outcome));
    outcome.change = 5;
    outcome.plan.steps_count = 1;
    outcome.plan.steps[0].kind = STEP_CLOCK;
    return outcome;
}

static inline void done(struct stand *stand, size_t index)
{
    struct outcome outcome = outcome_done();

    finish_job(stand, index, &outcome);
}

static inline void refused(struct stand *stand, size_t index, enum refusal_kind kind)
{
    struct outcome outcome;

    memset(&outcome, 0, sizeof(outcome));
    refuse(&outcome.refusal, kind, "no");
    finish_job(stand, index, &outcome);
}

static inline void assert_job(size_t index, enum verb verb)
{
    const struct job *job = &jobs.list[index];

    assert_true(index < jobs.count);
    assert_int_equal(job->kind, JOB_OWN);
    assert_int_equal(job->call.verb, verb);
    assert_true(job->call.own);
    assert_int_equal(job->call.flags, 0);
    assert_int_equal(job->call.uid, 0);
}

static inline void settle(struct stand *stand)
{
    stand->settled = true;
    turn(stand);
}

static inline void end_without_address(struct stand *stand)
{
    stand->follows = false;
    settle(stand);
    assert_int_equal(stand->ends, 1);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
