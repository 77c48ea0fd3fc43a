/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of the clock: looks and questions */
#include "clock_stand.h"

static void test_the_first_look(void **state)
{
    struct stand *stand = *state;
    const struct clock_fact *look = &stand->list[0].clock;

    assert_int_equal(stand->count, 1);
    assert_int_equal(stand->list[0].kind, FACT_CLOCK);
    assert_int_equal(look->reference, REFERENCE_PTP);
    assert_int_equal(look->base_usec, NOW);
    assert_int_equal(look->bound_usec, 100);
    assert_int_equal(look->raw_usec, RAW_START);
    assert_int_equal(look->clock_usec, NOW);
    assert_true(look->settable);
    assert_false(look->stale || look->jumping);
    assert_int_equal(look->slew_ppm, 0);
    assert_true(stand->turns >= 1);
    assert_false(sense_clock_busy(stand->clock));
    assert_int_equal(alarm_clock.armed, 1);
}

static void test_a_look_each_minute(void **state)
{
    struct stand *stand = *state;

    forget(stand);
    references_slew(-500);
    references.settable = false;
    timers_pass(60 * S - 1);
    assert_int_equal(stand->count, 0);
    timers_pass(1);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.raw_usec, RAW_START + 60 * S);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.clock_usec, NOW - 30 * MSEC);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.slew_ppm, -500);
    assert_false(last(stand, FACT_CLOCK)->clock.settable);
    timers_pass(600 * S);
    assert_int_equal(told(stand, FACT_CLOCK), 11);
    assert_int_equal(stand->count, 11);
    assert_true(stand->turns >= 12);
    assert_int_equal(references.ptp.reads, 12);
    assert_int_equal(stand->beats, 11);
}

/* Between them the clock is looked at, with what is known. */
static void test_servers_are_asked_every_four_minutes(void **state)
{
    struct stand *stand = *state;
    unsigned before;

    assert_int_equal(stand->node.clock.seen.reference, REFERENCE_NTP);
    timers_pass(60 * S); /* the network may have come after us */
    before = references.ntp.total;
    assert_int_equal(before, 2);
    forget(stand);
    timers_pass(180 * S);
    assert_int_equal(references.ntp.total, before);
    assert_int_equal(told(stand, FACT_CLOCK), 3);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.reference, REFERENCE_NTP);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.base_usec, NOW);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.bound_usec, 20000 + 3 * 60 * 200);
    timers_pass(60 * S);
    assert_int_equal(references.ntp.total, before + 1);
    assert_int_equal(last(stand, FACT_CLOCK)->clock.bound_usec, 20000);
    timers_pass(960 * S);
    assert_int_equal(references.ntp.total, before + 5);
}

static void test_the_hardware_clock(void **state)
{
    struct stand *stand = prepare(state);

    references.ptp.result = -ESTALE;
    start(stand);
    assert_true(sense_clock_busy(stand->clock));
    assert_int_equal(stand->count, 0);
    timers_pass(S + 50 * MSEC);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    assert_int_equal(stand->list[0].clock.reference, REFERENCE_RTC);
    assert_true(stand->list[0].clock.stale);
    timers_pass(62 * S);
    assert_int_equal(told(stand, FACT_CLOCK), 2);
    assert_true(clock_is_right(&stand->node.clock));
}

static void test_a_kernel_without_such_timers(void **state)
{
    struct stand *stand = prepare(state);
    struct sense sense = {.event = stand->event,
                          .root = -1,
                          .node = &stand->node,
                          .ntp_servers = stand->servers,
                          .ntp_servers_count = &stand->servers_count,
                          .emit = on_fact,
                          .turn = on_turn,
                          .beat = on_beat,
                          .userdata = stand};

    alarm_clock.fails = true;
    assert_int_equal(sense_clock_new(&sense, &stand->clock), -EINVAL);
    assert_null(stand->clock);
}

static void test_a_refresh(void **state)
{
    struct stand *stand = *state;

    references.ntp.silent = true;
    sense_clock_refresh(stand->clock);
    assert_true(sense_clock_busy(stand->clock));
    assert_int_equal(references.ntp.total, 2);
    references_answer(0);
    assert_false(sense_clock_busy(stand->clock));
}

/* What is being answered may be old already: it is asked once more. */
static void test_a_refresh_while_a_server_is_asked(void **state)
{
    struct stand *stand = *state;

    references.ntp.silent = true;
    sense_clock_refresh(stand->clock);
    sense_clock_refresh(stand->clock);
    sense_clock_refresh(stand->clock);
    assert_int_equal(references.ntp.total, 2);
    references_answer(0);
    assert_true(sense_clock_busy(stand->clock));
    assert_int_equal(references.ntp.total, 3);
    references_answer(0);
    assert_false(sense_clock_busy(stand->clock));
    assert_int_equal(references.ntp.total, 3);
    timers_pass(60 * S);
    assert_int_equal(references.ntp.total, 4);
}

/* What confirms it is asked later, and serves both. */
static void test_a_refresh_while_a_jump_is_confirmed(void **state)
{
    struct stand *stand = *state;
    unsigned reads;

    references.ptp.base_usec += 60 * S;
    timers_pass(60 * S);
    reads = references.ptp.reads;
    sense_clock_refresh(stand->clock);
    assert_int_equal(references.ptp.reads, reads);
    timers_pass(700 * MSEC);
    assert_int_equal(references.ptp.reads, reads + 1);
    assert_int_equal(told(stand, FACT_RESUME), 1);
    assert_false(sense_clock_busy(stand->clock));
}

static void test_fresh(void **state)
{
    struct stand *stand = *state;
    int64_t moment;

    assert_true(sense_clock_fresh(stand->clock, RAW_START));
    assert_int_equal(references.ptp.reads, 1);
    timers_pass(90 * S); /* the look each minute is no measurement for a call */
    moment = timers_now_usec;
    assert_true(sense_clock_fresh(stand->clock, moment)); /* PTP answers at once */
    assert_int_equal(references.ptp.reads, 3);
    assert_true(sense_clock_fresh(stand->clock, moment));
    assert_int_equal(references.ptp.reads, 3);
}

static void test_fresh_by_a_server(void **state)
{
    struct stand *stand = *state;
    int64_t moment;

    references.ntp.silent = true;
    timers_pass(S);
    moment = timers_now_usec;
    assert_false(sense_clock_fresh(stand->clock, moment));
    assert_false(sense_clock_fresh(stand->clock, moment));
    assert_int_equal(references.ntp.total, 2);
    timers_pass(S);
    references_answer(0);
    assert_true(sense_clock_fresh(stand->clock, moment));
    /* It was asked before that one. */
    assert_false(sense_clock_fresh(stand->clock, moment + 1));
    assert_int_equal(references.ntp.total, 3);
    references_answer(-ETIME);
    assert_true(sense_clock_fresh(stand->clock, moment + 1)); /* there is none: that is known */
    assert_int_equal(stand->node.clock.seen.reference, REFERENCE_NONE);
}

static void test_not_fresh_while_a_jump_is_confirmed(void **state)
{
    struct stand *stand = *state;
    int64_t moment;

    references.ptp.base_usec += 60 * S;
    timers_pass(S);
    moment = timers_now_usec;
    assert_false(sense_clock_fresh(stand->clock, moment));
    assert_false(sense_clock_fresh(stand->clock, RAW_START)); /* who knows whether that is still true */
    timers_pass(700 * MSEC);
    assert_true(sense_clock_fresh(stand->clock, moment));
    assert_int_equal(told(stand, FACT_RESUME), 1);
}

/* What is beyond the limit is looked at again soon, and no reference is asked for it. */
static void test_beyond_the_limit(void **state)
{
    struct stand *stand = *state;

    references.clock_usec -= 3 * S;
    timers_pass(60 * S);
    assert_true(stand->node.clock.beyond);
    assert_false(stand->node.clock.drifting);
    forget(stand);
    timers_pass(500 * MSEC - 1);
    assert_int_equal(stand->count, 0);
    timers_pass(1);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    assert_int_equal(references.ptp.reads, 2);
    assert_true(stand->node.clock.drifting);
    assert_int_equal(clock_state(&stand->node.clock), CLOCK_STATE_DRIFTING);
    timers_pass(60 * S - 1);
    assert_int_equal(told(stand, FACT_CLOCK), 1);
    timers_pass(1);
    assert_int_equal(told(stand, FACT_CLOCK), 2);
    assert_int_equal(references.ptp.reads, 3);
}

static void test_beyond_the_limit_for_a_moment(void **state)
{
    struct stand *stand = *state;

    references.clock_usec -= 3 * S;
    timers_pass(60 * S);
    set_clock(3 * S);
    timers_run();
    assert_false(stand->node.clock.beyond);
    timers_pass(2 * S);
    assert_false(stand->node.clock.drifting);
    assert_int_equal(timers_next(), 58 * S);
}

/* Whatever is under way. */
static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(sense_clock_free(NULL));
    references.ptp.base_usec += 60 * S;
    timers_pass(60 * S);
    set_clock(S);
    forget(stand);
    stand->clock = sense_clock_free(stand->clock);
    timers_start(stand->event, RAW_START);
    timers_run();
    assert_int_equal(stand->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_the_first_look),
        STAND_TEST(test_a_look_each_minute),
        SERVERS_TEST(test_servers_are_asked_every_four_minutes),
        cmocka_unit_test_teardown(test_the_hardware_clock, tear_down),
        cmocka_unit_test_teardown(test_a_kernel_without_such_timers, tear_down),
        SERVERS_TEST(test_a_refresh),
        SERVERS_TEST(test_a_refresh_while_a_server_is_asked),
        STAND_TEST(test_a_refresh_while_a_jump_is_confirmed),
        STAND_TEST(test_fresh),
        SERVERS_TEST(test_fresh_by_a_server),
        STAND_TEST(test_not_fresh_while_a_jump_is_confirmed),
        STAND_TEST(test_beyond_the_limit),
        STAND_TEST(test_beyond_the_limit_for_a_moment),
        STAND_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
