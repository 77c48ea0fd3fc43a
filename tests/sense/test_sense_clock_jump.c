/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the clock: the machine stood still, or the reference is not to be trusted */
#include "clock_stand.h"

static void test_a_sleep(void **state)
{
    struct stand *stand = *state;

    forget(stand);
    references.ptp.base_usec += 3600 * S;
    timers_pass(60 * S);
    assert_int_equal(stand->count, 0); /* not believed at once */
    assert_true(sense_clock_busy(stand->clock));
    timers_pass(700 * MSEC - 1);
    assert_int_equal(stand->count, 0);
    timers_pass(1);
    assert_false(sense_clock_busy(stand->clock));
    assert_int_equal(stand->count, 2);
    assert_int_equal(stand->list[0].kind, FACT_CLOCK);
    assert_int_equal(stand->list[0].clock.base_usec, NOW + 3600 * S);
    assert_int_equal(stand->list[1].kind, FACT_RESUME);
    assert_int_equal(stand->list[1].resume.asleep_usec, 3600 * S);
    assert_int_equal(stand->beats, 1); /* the second look is none */
    assert_false(stand->node.clock.seen.jumping);
    timers_pass(300 * S);
    assert_int_equal(told(stand, FACT_RESUME), 1);
}

/* From two seconds on. */
static void test_a_nap(void **state)
{
    struct stand *stand = *state;

    references.ptp.base_usec += 2 * S - 1;
    timers_pass(62 * S);
    assert_int_equal(told(stand, FACT_RESUME), 0);
    references.ptp.base_usec += 2 * S;
    timers_pass(62 * S);
    assert_int_equal(last(stand, FACT_RESUME)->resume.asleep_usec, 2 * S);
}

/* Just two seconds at first, and just less then. */
static void test_a_nap_that_was_none(void **state)
{
    struct stand *stand = *state;

    references.ptp.base_usec += 2 * S + 100 * MSEC;
    timers_pass(60 * S);
    assert_true(sense_clock_busy(stand->clock));
    references.ptp.base_usec -= 200 * MSEC;
    timers_pass(700 * MSEC);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.base_usec, NOW + 1900 * MSEC);
    assert_int_equal(told(stand, FACT_RESUME), 0);
}

/* Windows' clock was set back: that is no sleep. */
static void test_the_reference_goes_back(void **state)
{
    struct stand *stand = *state;

    forget(stand);
    references.ptp.base_usec -= 3600 * S;
    timers_pass(60 * S + 700 * MSEC);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.base_usec, NOW - 3600 * S);
    assert_int_equal(told(stand, FACT_RESUME), 0);
    assert_false(stand->node.clock.seen.jumping);
}

static void test_a_jump_that_was_none(void **state)
{
    struct stand *stand = *state;

    references.ptp.base_usec += 3600 * S;
    timers_pass(60 * S);
    references.ptp.base_usec -= 3600 * S;
    references.rtc.base_usec = NOW;
    forget(stand);
    timers_pass(4 * S); /* the hardware clock takes a second */
    assert_int_equal(told(stand, FACT_RESUME), 0);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_RTC);
    assert_true(last(stand, FACT_CLOCK)->clock.jumping);
    assert_true(clock_is_right(&stand->node.clock));
    timers_pass(660 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_PTP);
    assert_false(last(stand, FACT_CLOCK)->clock.jumping);
    assert_int_equal(told(stand, FACT_RESUME), 0);
}

static void test_here_and_there(void **state)
{
    struct stand *stand = *state;

    references.rtc.result = -ENOENT;
    references.ptp.base_usec += 3600 * S;
    timers_pass(60 * S);
    references.ptp.base_usec += 3600 * S;
    forget(stand);
    timers_pass(700 * MSEC);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_NONE);
    assert_true(last(stand, FACT_CLOCK)->clock.jumping);
    assert_int_equal(told(stand, FACT_RESUME), 0);
    assert_false(sense_clock_busy(stand->clock));
    timers_pass(60 * S);
    assert_int_equal(told(stand, FACT_CLOCK), 2);
}

/* Both tell Windows' time: a sleep is seen all the same. */
static void test_a_sleep_and_another_reference(void **state)
{
    struct stand *stand = *state;

    references.ptp.result = -ESTALE;
    references.rtc.base_usec += 600 * S;
    timers_pass(64 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_RTC);
    assert_in_range(last(stand, FACT_RESUME)->resume.asleep_usec, 600 * S - 50 * MSEC, 600 * S + 50 * MSEC);
}

/* NTP servers may differ from Windows: that is no sleep. */
static void test_servers_instead_of_windows(void **state)
{
    struct stand *stand = *state;

    stand->servers_count = 1;
    references.ptp.result = references.rtc.result = -ENODEV;
    references.ntp.base_usec += 600 * S;
    forget(stand);
    timers_pass(60 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_NTP);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.base_usec, NOW + 600 * S);
    assert_int_equal(told(stand, FACT_RESUME), 0);
    /* But from one answer to the next. */
    references.ntp.base_usec += 600 * S;
    timers_pass(242 * S);
    assert_int_equal(last(stand, FACT_RESUME)->resume.asleep_usec, 600 * S);
}

/* The machine slept, and hv_utils stepped the clock: both are told. */
static void test_a_sleep_that_the_step_shows(void **state)
{
    struct stand *stand = *state;

    forget(stand);
    references.ptp.base_usec += 100 * S;
    set_clock(100 * S);
    timers_run();
    assert_int_equal(stand->count, 0);
    set_clock(S); /* while it is confirmed, which takes its time all the same */
    timers_run();
    assert_int_equal(stand->count, 0);
    timers_pass(700 * MSEC);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    assert_int_equal(last(stand, FACT_STEP)->step.by_usec, 101 * S);
    assert_int_equal(last(stand, FACT_RESUME)->resume.asleep_usec, 100 * S);
    assert_int_equal(clock_offset(&stand->node.clock), S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_a_sleep),
        STAND_TEST(test_a_nap),
        STAND_TEST(test_a_nap_that_was_none),
        STAND_TEST(test_the_reference_goes_back),
        STAND_TEST(test_a_jump_that_was_none),
        STAND_TEST(test_here_and_there),
        STAND_TEST(test_a_sleep_and_another_reference),
        STAND_TEST(test_servers_instead_of_windows),
        STAND_TEST(test_a_sleep_that_the_step_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
