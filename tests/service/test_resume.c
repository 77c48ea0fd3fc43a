/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the machine stood still */
#include <stdio.h>

#include "resume_stand.h"

static void test_one_after_the_other(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, 3600 * S);
    assert_true(resume_running(&stand->resume));
    assert_int_equal(jobs.count, 1);
    assert_job(0, VERB_SYNC_CLOCK);
    settle(stand); /* not yet: the clock comes first */
    assert_int_equal(stand->measures, 0);
    stand->settled = false;
    done(stand, 0);
    assert_int_equal(stand->measures, 1);
    turn(stand);
    turn(stand);
    assert_int_equal(jobs.count, 1);
    resume_mended(&stand->resume, "mtu", "wg0");
    settle(stand);
    assert_int_equal(jobs.count, 2);
    assert_job(1, VERB_REFRESH_IP);
    turn(stand);
    assert_int_equal(jobs.count, 2);
    assert_int_equal(stand->ends, 0);
    done(stand, 1);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->resumed.asleep_usec, 3600 * S);
    assert_int_equal(stand->resumed.offset_usec, -600 * S);
    assert_string_equal(stand->resumed.clock, "stepped");
    assert_int_equal(stand->resumed.mended_count, 3);
    assert_string_equal(stand->resumed.mended[0], "clock");
    assert_string_equal(stand->resumed.mended[1], "mtu wg0");
    assert_string_equal(stand->resumed.mended[2], "address");
    assert_false(stand->resumed.dead);
    assert_string_equal(stand->resumed.vpn, "none");
    assert_int_equal(stand->readings, 0);
    assert_int_equal(timers_next(), -1);
    turn(stand);
    assert_int_equal(stand->ends, 1);
}

/* Nothing of the one before is in the report. */
static void test_another_one(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, 3600 * S);
    done(stand, 0);
    settle(stand);
    done(stand, 1);
    stand->follows = false;
    tell(&stand->node, clock_off(0));
    resume_start(&stand->resume, 0);
    settle(stand);
    assert_int_equal(stand->ends, 2);
    assert_int_equal(stand->resumed.asleep_usec, 0);
    assert_int_equal(stand->resumed.offset_usec, 0);
    assert_int_equal(stand->resumed.mended_count, 0);
    assert_string_equal(stand->resumed.clock, "ok");
}

static void test_deadlines(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    pass(stand, 10 * S - 1);
    assert_int_equal(stand->measures, 0);
    pass(stand, 1);
    assert_int_equal(stand->measures, 1);
    pass(stand, 8 * S - 1);
    assert_int_equal(jobs.count, 1);
    pass(stand, 1);
    assert_int_equal(jobs.count, 2);
    assert_job(1, VERB_REFRESH_IP);
    pass(stand, 15 * S - 1);
    assert_int_equal(stand->ends, 0);
    pass(stand, 1);
    assert_int_equal(stand->ends, 1);
    assert_string_equal(stand->resumed.clock, "failed");
    assert_int_equal(stand->resumed.mended_count, 0);
    assert_int_equal(timers_next(), -1);
}

/* Each stage has all of its own time. */
static void test_a_deadline_of_each_stage(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    pass(stand, 9 * S);
    done(stand, 0);
    assert_int_equal(timers_next(), 8 * S);
    pass(stand, 7 * S);
    settle(stand);
    assert_int_equal(timers_next(), 15 * S);
}

static void test_late_answers(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    pass(stand, 10 * S);
    done(stand, 0); /* while links are read */
    assert_int_equal(stand->measures, 1);
    settle(stand);
    done(stand, 0); /* while units are restarted */
    assert_int_equal(stand->ends, 0);
    pass(stand, 15 * S);
    assert_int_equal(stand->ends, 1);
    done(stand, 0);
    done(stand, 1);
    refused(stand, 1, REFUSAL_FAILED);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->measures, 1);
    assert_string_equal(stand->resumed.clock, "failed");
    assert_int_equal(stand->resumed.mended_count, 0);
}

/* With the daemon: there is nothing to go on with. */
static void test_the_executor_ends(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    finish_job(stand, 0, NULL);
    assert_int_equal(stand->measures, 0);
    done(stand, 0);
    settle(stand);
    finish_job(stand, 1, NULL);
    assert_int_equal(stand->ends, 0);
    assert_true(resume_running(&stand->resume));
}

static void test_a_network_that_is_dead(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    done(stand, 0);
    stand->node.loopback_dead = true;
    settle(stand);
    assert_int_equal(stand->ends, 1);
    assert_true(stand->resumed.dead);
    assert_int_equal(jobs.count, 1); /* nothing is restarted on it */
    assert_int_equal(stand->resumed.mended_count, 1);
    assert_int_equal(timers_next(), -1);
}

static void test_a_network_that_is_dead_at_the_deadline(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    done(stand, 0);
    stand->node.loopback_dead = true;
    pass(stand, 8 * S);
    assert_int_equal(stand->ends, 1);
    assert_true(stand->resumed.dead);
    assert_int_equal(jobs.count, 1);
    /* The next one is told anew. */
    stand->node.loopback_dead = false;
    resume_start(&stand->resume, S);
    done(stand, 1);
    stand->follows = false;
    turn(stand);
    stand->settled = true;
    turn(stand);
    assert_int_equal(stand->ends, 2);
    assert_false(stand->resumed.dead);
}

static void test_an_address_that_did_not_change(void **state)
{
    struct stand *stand = *state;
    struct outcome outcome = outcome_done();

    resume_start(&stand->resume, S);
    done(stand, 0);
    settle(stand);
    outcome.change = 0;
    finish_job(stand, 1, &outcome);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->resumed.mended_count, 1);
}

static void test_an_address_that_is_not_followed(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    done(stand, 0);
    settle(stand);
    refused(stand, 1, REFUSAL_FAILED);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->resumed.mended_count, 1);
    assert_string_equal(stand->resumed.mended[0], "clock");
}

/* The report is made at the end of the turn after: what is mended until then is in it. */
static void test_the_report_comes_a_turn_later(void **state)
{
    struct stand *stand = *state;
    struct outcome outcome = outcome_done();

    resume_start(&stand->resume, S);
    done(stand, 0);
    settle(stand);
    jobs.list[1].done(jobs.list[1].userdata, &outcome);
    assert_true(stand->woken);
    assert_int_equal(stand->ends, 0);
    assert_true(resume_running(&stand->resume));
    assert_int_equal(timers_next(), -1);
    resume_mended(&stand->resume, "mtu", "wg0");
    turn(stand);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->resumed.mended_count, 3);
    assert_string_equal(stand->resumed.mended[2], "mtu wg0");
    turn(stand);
    assert_int_equal(stand->ends, 1);
}

/* In every stage it goes on, and the sleeps add up. */
static void test_a_sleep_within(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, 100 * S);
    resume_start(&stand->resume, 20 * S);
    assert_int_equal(jobs.count, 1);
    tell(&stand->node, clock_off(0));
    done(stand, 0);
    resume_start(&stand->resume, 3 * S);
    assert_int_equal(stand->measures, 1);
    settle(stand);
    resume_start(&stand->resume, 0);
    done(stand, 1);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(jobs.count, 2);
    assert_int_equal(stand->resumed.asleep_usec, 123 * S);
    assert_int_equal(stand->resumed.offset_usec, -600 * S);
}

/* What was right already is wrong again: all is done once more, and one report is made. */
static void test_a_long_sleep_within(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, 600 * S);
    done(stand, 0);
    settle(stand);
    stand->settled = false;
    assert_int_equal(jobs.count, 2);
    tell(&stand->node, clock_off(-S));
    resume_start(&stand->resume, S);
    assert_int_equal(jobs.count, 3);
    assert_job(2, VERB_SYNC_CLOCK);
    done(stand, 1); /* too late for the first time, too early for the second */
    assert_int_equal(stand->ends, 0);
    refused(stand, 2, REFUSAL_FAILED);
    assert_int_equal(stand->measures, 2);
    settle(stand);
    assert_int_equal(jobs.count, 4);
    assert_job(3, VERB_REFRESH_IP);
    done(stand, 3);
    assert_int_equal(stand->ends, 1);
    assert_int_equal(stand->resumed.asleep_usec, 601 * S);
    assert_int_equal(stand->resumed.offset_usec, -600 * S);
    assert_string_equal(stand->resumed.clock, "failed");
}

static void test_what_was_mended_otherwise(void **state)
{
    struct stand *stand = *state;
    char link[64];

    resume_mended(&stand->resume, "mtu", "wg0"); /* before it: no part of it */
    resume_start(&stand->resume, S);
    for (int i = 0; i < RESUMED_MENDED_MAX + 5; i++) {
        snprintf(link, sizeof(link), "%02d-a-link-with-a-name-that-is-much-too-long", i);
        resume_mended(&stand->resume, "mtu", link);
        resume_mended(&stand->resume, "mtu", link); /* told once */
    }
    done(stand, 0);
    end_without_address(stand);
    assert_int_equal(stand->resumed.mended_count, RESUMED_MENDED_MAX);
    assert_string_equal(stand->resumed.mended[1], "mtu 01-a-link-with-a-name-that-");
    resume_mended(&stand->resume, "mtu", "wg0");
    assert_int_equal(stand->resumed.mended_count, RESUMED_MENDED_MAX);
}

/* The clock's offset is that of the start, not what it became. */
static void test_the_offset_before(void **state)
{
    struct stand *stand = *state;

    resume_start(&stand->resume, S);
    tell(&stand->node, clock_off(7 * S));
    done(stand, 0);
    end_without_address(stand);
    assert_int_equal(stand->resumed.offset_usec, -600 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_one_after_the_other),
        STAND_TEST(test_another_one),
        STAND_TEST(test_deadlines),
        STAND_TEST(test_a_deadline_of_each_stage),
        STAND_TEST(test_late_answers),
        STAND_TEST(test_the_executor_ends),
        STAND_TEST(test_a_network_that_is_dead),
        STAND_TEST(test_a_network_that_is_dead_at_the_deadline),
        STAND_TEST(test_an_address_that_did_not_change),
        STAND_TEST(test_an_address_that_is_not_followed),
        STAND_TEST(test_the_report_comes_a_turn_later),
        STAND_TEST(test_a_sleep_within),
        STAND_TEST(test_a_long_sleep_within),
        STAND_TEST(test_what_was_mended_otherwise),
        STAND_TEST(test_the_offset_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
