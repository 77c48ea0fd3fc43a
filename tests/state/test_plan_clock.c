/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that step the clock onto its reference */
#include "clock_facts.h"
#include "scene.h"

#define DAY (86400 * S)

/* `later_usec` after the last look, and the clock went on as it did. */
static int sync_later(struct scene *scene, uint64_t flags, int64_t later_usec)
{
    const struct clock_fact *seen = &scene->node.clock.seen;
    struct call call = {.verb = VERB_SYNC_CLOCK,
                        .flags = flags,
                        .raw_usec = seen->raw_usec + later_usec,
                        .clock_usec = seen->clock_usec};

    memset(&scene->plan, 0, sizeof(scene->plan));
    memset(&scene->refusal, 0, sizeof(scene->refusal));
    return plan_sync_clock(&scene->view, &call, &scene->plan, &scene->refusal);
}

static int sync_it(struct scene *scene, uint64_t flags)
{
    return sync_later(scene, flags, 0);
}

static void assert_refused(struct scene *scene, uint64_t flags, enum refusal_kind kind)
{
    assert_int_equal(sync_it(scene, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
    assert_true(scene->refusal.text[0]);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void assert_stepped(struct scene *scene, int64_t by_usec)
{
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(scene->plan.steps[0].kind, STEP_CLOCK);
    assert_string_equal(scene->plan.steps[0].target, "clock");
    assert_int_equal(scene->plan.steps[0].clock_by_usec, by_usec);
    assert_false(scene->plan.steps[0].clock_left);
}

static void test_it_is_stepped_back(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, clock_off(5 * S));
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, -5 * S);
    assert_int_equal(scene->plan.clock.offset_usec, 5 * S);
    assert_int_equal(scene->plan.clock.bound_usec, 10000);
    assert_int_equal(scene->plan.clock.reference, REFERENCE_PTP);
}

static void test_it_is_stepped_ahead(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, clock_off(-3600 * S));
    assert_int_equal(sync_it(scene, CALL_DRY_RUN), 0);
    assert_stepped(scene, 3600 * S);
    assert_int_equal(scene->plan.clock.offset_usec, -3600 * S);
}

/* What counts is the clock when it is planned, not when it was looked at. */
static void test_the_clock_of_the_call(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_SYNC_CLOCK, .raw_usec = RAW + S, .clock_usec = BASE - 7 * S};

    tell(&scene->node, clock_off(0));
    assert_int_equal(plan_sync_clock(&scene->view, &call, &scene->plan, &scene->refusal), 0);
    assert_stepped(scene, 7 * S);
}

static void test_what_is_right(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(50000);

    tell(&scene->node, look);
    assert_int_equal(sync_it(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.clock.offset_usec, 50000);
    assert_int_equal(scene->plan.clock.reference, REFERENCE_PTP);
    tell(&scene->node, clock_off(50001));
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, -50001);
    tell(&scene->node, clock_off(-50001));
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, 50001);
    /* Nothing is done with FORCE either. */
    tell(&scene->node, look);
    assert_int_equal(sync_it(scene, CALL_FORCE), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

/* A reference that is known badly; and worse, the longer ago it was read. */
static void test_within_the_bound(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(-400000);

    look.clock.bound_usec = 399000;
    tell(&scene->node, look);
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, 400000);
    assert_int_equal(sync_later(scene, 0, 10 * S), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.clock.bound_usec, 401000);
}

static void test_persist_comes_first(void **state)
{
    assert_refused(*state, CALL_PERSIST, REFUSAL_INVALID_ARGS);
    assert_refused(*state, CALL_PERSIST | CALL_FORCE | CALL_DRY_RUN, REFUSAL_INVALID_ARGS);
}

static void test_a_clock_that_was_not_looked_at(void **state)
{
    assert_refused(*state, 0, REFUSAL_BUSY);
    assert_refused(*state, CALL_FORCE, REFUSAL_BUSY);
}

static void test_no_reference(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_alone();

    look.clock.settable = false;
    tell(&scene->node, look);
    assert_refused(scene, 0, REFUSAL_NO_TIME_REFERENCE);
    assert_refused(scene, CALL_FORCE, REFUSAL_NO_TIME_REFERENCE);
    assert_refused(scene, CALL_PERSIST, REFUSAL_INVALID_ARGS);
    assert_non_null(strstr(scene->refusal.text, "PERSIST"));
}

/* What is right needs no right to set it; FORCE does not give it. */
static void test_a_clock_that_may_not_be_set(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(0);

    look.clock.settable = false;
    tell(&scene->node, look);
    assert_int_equal(sync_it(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    look.clock.clock_usec += 2 * DAY;
    tell(&scene->node, look);
    assert_refused(scene, 0, REFUSAL_UNSUPPORTED);
    assert_refused(scene, CALL_FORCE, REFUSAL_UNSUPPORTED);
}

static void test_a_fight(void **state)
{
    struct scene *scene = *state;
    struct fact writers = fact_of(FACT_WRITERS), look;

    writers.writers.chronyd = true;
    tell(&scene->node, writers);
    clock_fought(&scene->node);
    assert_refused(scene, 0, REFUSAL_FIGHTING);
    assert_non_null(strstr(scene->refusal.text, "chronyd (runs)"));
    assert_int_equal(sync_it(scene, CALL_FORCE), 0);
    assert_stepped(scene, -10 * S);
    /* A day, and a time of long ago, are asked about after it. */
    look = clock_off(2 * DAY);
    look.clock.base_usec -= 10 * DAY;
    tell(&scene->node, look);
    assert_refused(scene, 0, REFUSAL_FIGHTING);
    look.clock.settable = false;
    tell(&scene->node, look);
    assert_refused(scene, 0, REFUSAL_UNSUPPORTED);
}

static void test_more_than_a_day(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, clock_off(DAY));
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, -DAY);
    tell(&scene->node, clock_off(DAY + 1));
    assert_refused(scene, 0, REFUSAL_NEEDS_FORCE);
    assert_non_null(strstr(scene->refusal.text, "(ptp)"));
    assert_non_null(strstr(scene->refusal.text, "more than a day"));
    tell(&scene->node, clock_off(-DAY - 1));
    assert_refused(scene, CALL_DRY_RUN, REFUSAL_NEEDS_FORCE);
    assert_int_equal(sync_it(scene, CALL_FORCE), 0);
    assert_stepped(scene, DAY + 1);
}

/* The reference tells `past_usec` more than when this was built. */
static void tell_build_time(struct scene *scene, int64_t past_usec)
{
    struct fact look = clock_off(0);

    look.clock.reference = REFERENCE_NTP;
    look.clock.base_usec = WSLNODE_BUILT * S + past_usec - RAW;
    look.clock.clock_usec = look.clock.base_usec + 60 * S;
    tell(&scene->node, look);
}

static void test_a_time_before_this_was_built(void **state)
{
    struct scene *scene = *state;

    tell_build_time(scene, 0);
    assert_int_equal(sync_it(scene, 0), 0);
    assert_stepped(scene, -60 * S);
    tell_build_time(scene, -1);
    assert_refused(scene, 0, REFUSAL_NEEDS_FORCE);
    assert_non_null(strstr(scene->refusal.text, "(ntp)"));
    assert_non_null(strstr(scene->refusal.text, "built"));
    assert_int_equal(sync_it(scene, CALL_FORCE), 0);
    assert_stepped(scene, -60 * S);
}

static bool needs_clock(struct scene *scene, enum verb verb, const char *finding, const char *subject)
{
    struct call call = {.verb = verb};

    snprintf(call.word, sizeof(call.word), "%s", finding);
    snprintf(call.target, sizeof(call.target), "%s", subject);
    return plan_needs_clock(&scene->view, &call);
}

static void test_what_needs_the_clock(void **state)
{
    struct scene *scene = *state;

    findings_add(&scene->findings, "clock-drift", "", SEVERITY_WARNING)->mend.verb = MEND_SYNC_CLOCK;
    findings_add(&scene->findings, "wanted-mtu-lost", "wg0", SEVERITY_WARNING)->mend.verb = MEND_SET_MTU;
    findings_add(&scene->findings, "fighting", "clock", SEVERITY_WARNING);
    assert_true(needs_clock(scene, VERB_SYNC_CLOCK, "", ""));
    assert_true(needs_clock(scene, VERB_MEND, "clock-drift", ""));
    assert_false(needs_clock(scene, VERB_MEND, "clock-drift", "wg0"));
    assert_false(needs_clock(scene, VERB_MEND, "wanted-mtu-lost", "wg0"));
    assert_false(needs_clock(scene, VERB_MEND, "fighting", "clock"));
    assert_false(needs_clock(scene, VERB_MEND, "no-such", ""));
    assert_false(needs_clock(scene, VERB_SET_MTU, "clock-drift", ""));
    assert_false(needs_clock(scene, VERB_REFRESH_IP, "clock-drift", ""));
    assert_false(needs_clock(scene, VERB_UNDO, "clock-drift", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_it_is_stepped_back),
        SCENE_TEST(test_it_is_stepped_ahead),
        SCENE_TEST(test_the_clock_of_the_call),
        SCENE_TEST(test_what_is_right),
        SCENE_TEST(test_within_the_bound),
        SCENE_TEST(test_persist_comes_first),
        SCENE_TEST(test_a_clock_that_was_not_looked_at),
        SCENE_TEST(test_no_reference),
        SCENE_TEST(test_a_clock_that_may_not_be_set),
        SCENE_TEST(test_a_fight),
        SCENE_TEST(test_more_than_a_day),
        SCENE_TEST(test_a_time_before_this_was_built),
        SCENE_TEST(test_what_needs_the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
