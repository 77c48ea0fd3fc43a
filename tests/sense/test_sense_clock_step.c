/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the clock: it is set */
#include "clock_stand.h"

static void test_somebody_sets_the_clock(void **state)
{
    struct stand *stand = *state;
    const struct fact *step;

    forget(stand);
    timers_pass(10 * S);
    set_clock(-7 * S);
    timers_run(); /* at once */
    assert_int_equal(stand->count, 3);
    assert_int_equal(stand->list[0].kind, FACT_CLOCK);
    assert_int_equal(stand->list[0].clock.clock_usec, NOW - 7 * S);
    assert_int_equal(stand->list[1].kind, FACT_WRITERS);
    step = last(stand, FACT_STEP);
    assert_int_equal(step->step.by_usec, -7 * S);
    assert_int_equal(step->step.raw_usec, RAW_START + 10 * S);
    assert_int_equal(step->step.clock_usec, NOW - 7 * S);
    assert_false(step->step.own);
    assert_int_equal(references.ptp.reads, 2);
    assert_int_equal(alarm_clock.armed, 2);
    set_clock(7 * S);
    timers_run();
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 7 * S);
    assert_int_equal(told(stand, FACT_STEP), 2);
    assert_int_equal(told(stand, FACT_RESUME), 0);
}

/* It is told once, with the look after it, and none afterwards. */
static void test_a_step_is_told_once(void **state)
{
    struct stand *stand = *state;

    set_clock(S / 2);
    timers_run();
    forget(stand);
    timers_pass(300 * S);
    assert_int_equal(told(stand, FACT_STEP), 0);
}

static void test_our_own_step(void **state)
{
    struct stand *stand = *state;

    forget(stand);
    sense_clock_own(stand->clock);
    set_clock(9 * S);
    timers_run();
    assert_true(last(stand, FACT_STEP)->step.own);
    assert_int_equal(told(stand, FACT_WRITERS), 0);
    set_clock(-9 * S);
    timers_run();
    assert_false(last(stand, FACT_STEP)->step.own);
}

/* What the clock's own rate explains is no part of a step. */
static void test_a_step_of_a_clock_that_is_slewed(void **state)
{
    struct stand *stand = *state;

    references_slew(-83000);
    timers_pass(60 * S); /* the slew is seen */
    timers_pass(30 * S);
    set_clock(12 * S);
    references_slew(0);
    timers_run();
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 12 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.slew_ppm, 0);
    /* The new rate counts from here on. */
    timers_pass(20 * S);
    set_clock(S);
    timers_run();
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, S);
}

/* While a server is asked the step waits, and two are one. */
static void test_steps_while_a_server_is_asked(void **state)
{
    struct stand *stand = *state;

    references.ntp.silent = true;
    sense_clock_refresh(stand->clock);
    forget(stand);
    set_clock(5 * S);
    timers_run();
    timers_pass(100 * MSEC);
    set_clock(-2 * S);
    timers_run();
    assert_int_equal(stand->count, 0);
    references_answer(0);
    assert_int_equal(told(stand, FACT_STEP), 1);
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 3 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.clock_usec, NOW + 3 * S);
    assert_int_equal(references.ntp.total, 2);
}

static void test_steps_that_end_a_slew(void **state)
{
    struct stand *stand = *state;

    references_slew(-83000);
    timers_pass(60 * S);
    references.ntp.silent = true;
    sense_clock_refresh(stand->clock);
    references_slew(0);
    set_clock(5 * S);
    timers_run();
    timers_pass(S);
    set_clock(-2 * S);
    timers_run();
    references_answer(0);
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 3 * S);
}

/* No server is asked because of a step, and what is known is carried on. */
static void test_a_step_between_questions(void **state)
{
    struct stand *stand = *state;
    unsigned asked = references.ntp.total;

    forget(stand);
    timers_pass(30 * S);
    set_clock(4 * S);
    timers_run();
    assert_int_equal(references.ntp.total, asked);
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 4 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_NTP);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.bound_usec, 20000 + 30 * 200);
    assert_int_equal(clock_offset(&stand->node.clock), 4 * S);
}

static void test_a_wakeup_without_a_step(void **state)
{
    struct stand *stand = *state;

    static const int errors[] = {0, EAGAIN, EINTR};

    forget(stand);
    for (size_t i = 0; i < COUNT(errors); i++) {
        alarm_clock.read_errno = errors[i];
        assert_int_equal(eventfd_write(alarm_clock.fd, 1), 0);
        timers_run();
    }
    assert_int_equal(stand->count, 0);
    assert_int_equal(alarm_clock.armed, 1);
}

/* It is told of this one, and no more after it; but never in a loop without end. */
static void test_an_alarm_that_cannot_be_set_again(void **state)
{
    struct stand *stand = *state;

    alarm_clock.fails = true;
    set_clock(3 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 1);
    set_clock(3 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 1);
}

static void let_hv_utils_step(struct stand *stand)
{
    scratch_write(&stand->scratch, "sys/module/hv_utils/parameters/timesync_implicit", "Y\n");
}

/* That step is all that tells of a sleep then. */
static void test_a_step_ahead_without_a_reference(void **state)
{
    struct stand *stand = *state;

    let_hv_utils_step(stand);
    set_clock(5 * S - 1);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 1);
    assert_true(stand->node.clock.writers.hv_utils);
    assert_int_equal(told(stand, FACT_RESUME), 0);
    set_clock(5 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_RESUME), 1);
    assert_int_equal(last(stand, FACT_RESUME)->resume.asleep_usec, 5 * S);
    set_clock(-3600 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 3);
    assert_int_equal(told(stand, FACT_RESUME), 1);
    sense_clock_own(stand->clock);
    set_clock(3600 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 4);
    assert_int_equal(told(stand, FACT_RESUME), 1);
}

static void test_a_step_ahead_without_hv_utils(void **state)
{
    struct stand *stand = *state;

    set_clock(3600 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 1);
    assert_int_equal(told(stand, FACT_RESUME), 0);
}

/* The reference says whether the machine stood still. */
static void test_a_step_ahead_with_a_reference(void **state)
{
    struct stand *stand = *state;

    let_hv_utils_step(stand);
    set_clock(3600 * S);
    timers_run();
    assert_int_equal(told(stand, FACT_STEP), 1);
    assert_int_equal(told(stand, FACT_RESUME), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_somebody_sets_the_clock),
        STAND_TEST(test_a_step_is_told_once),
        STAND_TEST(test_our_own_step),
        STAND_TEST(test_a_step_of_a_clock_that_is_slewed),
        SERVERS_TEST(test_steps_while_a_server_is_asked),
        SERVERS_TEST(test_steps_that_end_a_slew),
        SERVERS_TEST(test_a_step_between_questions),
        STAND_TEST(test_a_wakeup_without_a_step),
        STAND_TEST(test_an_alarm_that_cannot_be_set_again),
        ALONE_TEST(test_a_step_ahead_without_a_reference),
        ALONE_TEST(test_a_step_ahead_without_hv_utils),
        STAND_TEST(test_a_step_ahead_with_a_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
