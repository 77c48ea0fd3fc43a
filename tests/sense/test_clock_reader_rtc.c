/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells the true time: the hardware clock */
#include "reader_stand.h"

static void test_rtc(void **state)
{
    struct stand *stand = *state;
    unsigned reads;

    references.ptp.open_result = -ENOENT;
    clock_reader_ask(stand->reader, false);
    assert_true(clock_reader_busy(stand->reader));
    timers_pass(S + RTC_EDGE_READ_USEC);
    assert_int_equal(stand->reports, 1);
    assert_told(&stand->report, REFERENCE_RTC);
    assert_true(references.rtc.reads > 2);
    reads = references.rtc.reads;
    clock_reader_ask(stand->reader, false);
    assert_int_equal(stand->reports, 2); /* one reading is enough */
    assert_told(&stand->report, REFERENCE_RTC);
    assert_int_equal(references.rtc.reads, reads + 1);
    assert_int_equal(references.ntp.total, 0);
}

/* Whenever in its second it is asked first. */
static void test_rtc_at_any_time(void **state)
{
    for (int64_t at = 0; at < S; at += 9973) {
        struct stand *stand;

        set_up(state);
        stand = *state;
        references.ptp.open_result = -ENOENT;
        timers_now_usec = RAW_START + at;
        clock_reader_ask(stand->reader, false);
        timers_pass(S + 2 * RTC_EDGE_READ_USEC);
        assert_told(&stand->report, REFERENCE_RTC);
        if (at + 9973 < S)
            tear_down(state);
    }
}

static void test_rtc_is_no_reference_elsewhere(void **state)
{
    static const char *const platforms[] = {"linux", "wsl1", "wsl2-container", ""};
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    for (size_t i = 0; i < COUNT(platforms); i++) {
        tell(&stand->node, platform_of(platforms[i], ""));
        assert_told(ask(stand, true), REFERENCE_NONE);
    }
    assert_int_equal(references.rtc.reads, 0);
}

static void test_rtc_that_cannot_be_read(void **state)
{
    static const int results[] = {-ENOENT, -ENOTSUP, -EBADMSG};
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    for (size_t i = 0; i < COUNT(results); i++) {
        references.rtc.result = results[i];
        assert_told(ask(stand, true), REFERENCE_NTP);
    }
    references.rtc.result = 0;
    assert_told(ask(stand, true), REFERENCE_RTC);
}

static void test_rtc_goes_in_the_middle(void **state)
{
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    clock_reader_ask(stand->reader, true);
    timers_pass(100 * MSEC);
    assert_true(clock_reader_busy(stand->reader));
    references.rtc.result = -ENOENT;
    timers_pass(RTC_EDGE_READ_USEC);
    assert_told(&stand->report, REFERENCE_NTP);
}

/* After one and a half seconds it is not trusted for a while. */
static void assert_given_up(struct stand *stand)
{
    unsigned reads;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    clock_reader_ask(stand->reader, true);
    timers_pass(1499 * MSEC);
    assert_int_equal(stand->reports, 0);
    timers_pass(RTC_EDGE_READ_USEC);
    assert_int_equal(stand->reports, 1);
    assert_told(&stand->report, REFERENCE_NTP);
    assert_false(stand->report.jumping); /* which is said of PTP */
    reads = references.rtc.reads;
    assert_told(ask(stand, true), REFERENCE_NTP);
    timers_pass(DISTRUST - 4 * S);
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.rtc.reads, reads);
    timers_pass(2 * S);
    references.rtc.stands_at = 0;
    references.rtc.leaps = false;
    assert_told(ask(stand, true), REFERENCE_RTC);
}

static void test_rtc_that_stands_still(void **state)
{
    references.rtc.stands_at = (NOW + RAW_START) / S;
    assert_given_up(*state);
}

static void test_rtc_that_leaps(void **state)
{
    references.rtc.leaps = true;
    assert_given_up(*state);
}

/* It ran before. */
static void test_rtc_that_stops(void **state)
{
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    assert_told(ask(stand, false), REFERENCE_RTC);
    references.rtc.stands_at = (NOW + timers_now_usec) / S;
    timers_pass(60 * S);
    assert_told(ask(stand, true), REFERENCE_NTP);
}

static void be_late(int64_t usec)
{
    timers_now_usec += usec;
    timers_run();
}

/* What ended meanwhile ends again. */
static void test_the_loop_is_late(void **state)
{
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    clock_reader_ask(stand->reader, true);
    timers_pass(100 * MSEC);
    be_late(1450 * MSEC);
    assert_true(clock_reader_busy(stand->reader));
    timers_pass(S + RTC_EDGE_READ_USEC);
    assert_told(&stand->report, REFERENCE_RTC);
}

/* Read so seldom it is never known where its seconds end. */
static void test_the_loop_is_always_late(void **state)
{
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    stand->servers_count = 1;
    clock_reader_ask(stand->reader, true);
    for (int i = 0; i < 7; i++)
        be_late(400 * MSEC);
    assert_true(clock_reader_busy(stand->reader));
    be_late(400 * MSEC);
    timers_pass(0);
    assert_told(&stand->report, REFERENCE_NTP);
}

/* The host slept: what was known of its seconds is not true any more, and found anew. */
static void test_rtc_after_a_sleep(void **state)
{
    struct stand *stand = *state;

    references.ptp.open_result = -ENOENT;
    assert_told(ask(stand, false), REFERENCE_RTC);
    references.rtc.base_usec += 3600 * S + 432100;
    clock_reader_ask(stand->reader, false);
    timers_pass(S + RTC_EDGE_READ_USEC);
    assert_int_equal(stand->reports, 2);
    assert_int_equal(stand->report.reference, REFERENCE_RTC);
    assert_in_range(stand->report.reading.base_usec,
                    references.rtc.base_usec - stand->report.reading.bound_usec,
                    references.rtc.base_usec + stand->report.reading.bound_usec);
}

static void test_when_to_read_next(void **state)
{
    struct stand *stand = *state;

    ask(stand, false);
    assert_int_equal(clock_reader_next(stand->reader, 60 * S), timers_now_usec + 60 * S);
    references.ptp.open_result = references.ptp.result = -ENODEV;
    ask(stand, false);
    /* Close to where a second ends: after it, before it, and so on. */
    for (int i = 0; i < 4; i++) {
        int64_t next = clock_reader_next(stand->reader, 60 * S);
        int64_t past = (next + stand->report.reading.base_usec) % S;

        assert_in_range(next, timers_now_usec + 60 * S, timers_now_usec + 61 * S);
        assert_int_equal(past, i % 2 == 0 ? RTC_EDGE_NEAR_USEC : S - RTC_EDGE_NEAR_USEC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_rtc),
        cmocka_unit_test_teardown(test_rtc_at_any_time, tear_down),
        STAND_TEST(test_rtc_is_no_reference_elsewhere),
        STAND_TEST(test_rtc_that_cannot_be_read),
        STAND_TEST(test_rtc_goes_in_the_middle),
        STAND_TEST(test_rtc_that_stands_still),
        STAND_TEST(test_rtc_that_leaps),
        STAND_TEST(test_rtc_that_stops),
        STAND_TEST(test_the_loop_is_late),
        STAND_TEST(test_the_loop_is_always_late),
        STAND_TEST(test_rtc_after_a_sleep),
        STAND_TEST(test_when_to_read_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
