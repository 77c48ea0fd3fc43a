/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the machine stood still: what becomes of the clock */
#include "resume_stand.h"

/* What is not wrong enough is left, whatever may be done. */
static void test_a_clock_that_is_right(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, clock_off(999999));
    resume_start(&stand->resume, S);
    assert_int_equal(jobs.count, 0);
    assert_int_equal(stand->measures, 1);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "ok");
    assert_int_equal(stand->resumed.offset_usec, 999999);
    assert_int_equal(stand->resumed.mended_count, 0);
}

static void test_a_clock_that_is_wrong_by_a_second(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, clock_off(S));
    resume_start(&stand->resume, S);
    assert_int_equal(jobs.count, 1);
}

static void test_a_clock_without_reference(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, clock_alone());
    resume_start(&stand->resume, S);
    assert_int_equal(jobs.count, 0);
    assert_int_equal(stand->measures, 1);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "unknown");
    assert_int_equal(stand->resumed.offset_usec, 0);
}

static void test_a_clock_that_may_not_be_set(void **state)
{
    struct stand *stand = *state;

    stand->may_sync = false;
    resume_start(&stand->resume, S);
    assert_int_equal(jobs.count, 0);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "left");
    assert_int_equal(stand->resumed.mended_count, 0);
}

static void test_a_clock_that_cannot_be_set(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    refused(stand, 0, REFUSAL_UNSUPPORTED);
    assert_int_equal(stand->measures, 1);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "failed");
    assert_int_equal(stand->resumed.mended_count, 0);
}

static void test_a_clock_that_others_fight_for(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    refused(stand, 0, REFUSAL_FIGHTING);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "left");
    assert_int_equal(stand->resumed.mended_count, 0);
}

/* Somebody set it in between: seen when it was planned, or only when it was done. */
static void test_a_clock_that_came_right(void **state)
{
    struct stand *stand = *state;
    struct outcome outcome = outcome_done();

    resume_start(&stand->resume, S);
    outcome.change = 0;
    outcome.plan.steps_count = 0;
    finish_job(stand, 0, &outcome);
    end_without_address(stand);
    assert_string_equal(stand->resumed.clock, "ok");
    assert_int_equal(stand->resumed.mended_count, 0);
    resume_start(&stand->resume, S);
    outcome = outcome_done();
    outcome.plan.steps[0].clock_left = true;
    finish_job(stand, 1, &outcome);
    settle(stand);
    assert_int_equal(stand->ends, 2);
    assert_string_equal(stand->resumed.clock, "ok");
    assert_int_equal(stand->resumed.mended_count, 0);
}

static void test_a_full_queue(void **state)
{
    struct stand *stand = *state;

    jobs.busy = true;
    resume_start(&stand->resume, S);
    assert_int_equal(stand->measures, 1);
    settle(stand);
    assert_int_equal(stand->ends, 1);
    assert_string_equal(stand->resumed.clock, "failed");
    assert_int_equal(stand->resumed.mended_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_a_clock_that_is_right),      STAND_TEST(test_a_clock_that_is_wrong_by_a_second),
        STAND_TEST(test_a_clock_without_reference),  STAND_TEST(test_a_clock_that_may_not_be_set),
        STAND_TEST(test_a_clock_that_cannot_be_set), STAND_TEST(test_a_clock_that_others_fight_for),
        STAND_TEST(test_a_clock_that_came_right),    STAND_TEST(test_a_full_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
