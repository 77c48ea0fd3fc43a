/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells the true time: the order of references, PTP and servers */
#include "reader_stand.h"

static void test_ptp_comes_first(void **state)
{
    struct stand *stand = *state;

    stand->servers_count = 2;
    clock_reader_ask(stand->reader, true);
    assert_int_equal(stand->reports, 1); /* at once */
    assert_told(&stand->report, REFERENCE_PTP);
    assert_int_equal(stand->report.reading.base_usec, NOW);
    assert_int_equal(stand->report.reading.bound_usec, 100);
    assert_int_equal(stand->report.raw_usec, RAW_START);
    assert_false(stand->report.stale || stand->report.jumping);
    assert_int_equal(references.rtc.reads + references.ntp.total, 0);
    ask(stand, false);
    assert_int_equal(references.ptp.opens, 1);
    assert_int_equal(references.ptp.reads, 2);
}

static void test_ptp_anywhere(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, platform_of("linux", ""));
    assert_told(ask(stand, false), REFERENCE_PTP);
}

/* The next one is asked, and it is asked again the next time. */
static void test_ptp_without_a_fresh_sample(void **state)
{
    struct stand *stand = *state;

    references.ptp.result = -ESTALE;
    assert_told(ask(stand, false), REFERENCE_RTC);
    assert_true(stand->report.stale);
    assert_false(stand->report.jumping);
    references.ptp.result = 0;
    assert_told(ask(stand, false), REFERENCE_PTP);
    assert_false(stand->report.stale);
    assert_int_equal(references.ptp.opens, 1);
}

static void test_stale_and_only_servers(void **state)
{
    struct stand *stand = *state;

    references.ptp.result = -ESTALE;
    tell(&stand->node, platform_of("linux", ""));
    stand->servers_count = 1;
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_true(stand->report.stale);
    stand->servers_count = 0;
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_true(stand->report.stale);
}

static void test_ptp_contradicts_itself(void **state)
{
    struct stand *stand = *state;

    references.ptp.result = -EBADMSG;
    clock_reader_ask(stand->reader, false);
    references.ptp.result = 0;
    timers_pass(DISTRUST - 1);
    assert_told(&stand->report, REFERENCE_RTC);
    assert_true(stand->report.jumping);
    assert_false(stand->report.stale);
    clock_reader_ask(stand->reader, false); /* its second is known: at once */
    assert_told(&stand->report, REFERENCE_RTC);
    assert_true(stand->report.jumping);
    assert_int_equal(references.ptp.reads, 1);
    timers_pass(1);
    clock_reader_ask(stand->reader, false);
    assert_told(&stand->report, REFERENCE_PTP);
    assert_false(stand->report.jumping);
    assert_int_equal(references.ptp.opens, 1);
}

/* With its driver. */
static void test_ptp_goes_and_comes(void **state)
{
    struct stand *stand = *state;

    assert_told(ask(stand, false), REFERENCE_PTP);
    references.ptp.result = -ENODEV;
    references.ptp.open_result = -ENOENT;
    assert_told(ask(stand, false), REFERENCE_RTC);
    assert_false(stand->report.stale || stand->report.jumping);
    assert_told(ask(stand, false), REFERENCE_RTC);
    assert_int_equal(references.ptp.reads, 2);
    assert_int_equal(references.ptp.opens, 2);
    references.ptp.result = references.ptp.open_result = 0;
    assert_told(ask(stand, false), REFERENCE_PTP);
    assert_int_equal(references.ptp.opens, 3);
}

static void test_servers_only_when_asked_to(void **state)
{
    struct stand *stand = *state;

    clock_reader_ask(stand->reader, false);
    assert_int_equal(stand->reports, 1);
    assert_int_equal(stand->report.reference, REFERENCE_NONE);
    assert_true(stand->report.skipped);
    assert_int_equal(references.ntp.total, 0);
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(stand->report.reading.bound_usec, 20000);
    assert_int_equal(references.ntp.asked[0], 1);
    ask(stand, false);
    references.ptp.open_result = 0;
    assert_told(ask(stand, false), REFERENCE_PTP); /* nothing is left of the report before */
    references.ptp.open_result = references.ptp.result = -ENODEV;
    stand->servers_count = 0;
    assert_told(ask(stand, false), REFERENCE_NONE);
    assert_told(ask(stand, true), REFERENCE_NONE);
}

static void test_a_server_that_takes_its_time(void **state)
{
    struct stand *stand = *state;

    references.ntp.silent = true;
    clock_reader_ask(stand->reader, true);
    timers_pass(1900 * MSEC);
    assert_true(clock_reader_busy(stand->reader));
    references_answer(0);
    assert_told(&stand->report, REFERENCE_NTP);
    assert_int_equal(stand->report.raw_usec, timers_now_usec);
}

static void test_the_next_server(void **state)
{
    struct stand *stand = *state;

    references.ntp.results[0] = -ETIME;
    references.ntp.results[1] = -EPROTO;
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[0], 1);
    assert_int_equal(references.ntp.asked[1], 1);
    assert_int_equal(references.ntp.asked[2], 1);
    /* The one that answered is asked first. */
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[2], 2);
    assert_int_equal(references.ntp.total, 4);
    /* After it, the first. */
    references.ntp.results[2] = -ECONNREFUSED;
    references.ntp.results[0] = 0;
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[0], 2);
    assert_int_equal(references.ntp.total, 6);
}

static void test_no_server_answers(void **state)
{
    struct stand *stand = *state;

    for (size_t i = 0; i < 3; i++)
        references.ntp.results[i] = -ETIME;
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_int_equal(references.ntp.total, 3);
    assert_told(ask(stand, true), REFERENCE_NONE);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(references.ntp.asked[i], 2);
}

static void test_a_server_that_wants_peace(void **state)
{
    struct stand *stand = *state;

    references.ntp.results[0] = -EACCES;
    assert_told(ask(stand, true), REFERENCE_NTP);
    references.ntp.results[0] = 0;
    references.ntp.results[1] = references.ntp.results[2] = -ETIME;
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_int_equal(references.ntp.asked[0], 1);
    assert_int_equal(references.ntp.asked[1], 2);
    references.ntp.results[1] = references.ntp.results[2] = -EACCES;
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_int_equal(references.ntp.total, 6);
    timers_pass(REST - 12 * S);
    assert_told(ask(stand, true), REFERENCE_NONE);
    timers_pass(3 * S); /* the first of them has rested */
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[0], 2);
    assert_int_equal(references.ntp.total, 7);
}

/* After a reload, even while it is asked, another is in its place. */
static void test_peace_is_for_one(void **state)
{
    struct stand *stand = *state;

    references.ntp.silent = true;
    stand->servers_count = 1;
    clock_reader_ask(stand->reader, true);
    stand->servers[0].port++;
    references_answer(-EACCES);
    assert_told(&stand->report, REFERENCE_NONE);
    references.ntp.silent = false;
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[1], 2);
    stand->servers[0].port--;
    assert_told(ask(stand, true), REFERENCE_NTP); /* the place has forgotten it */
}

/* A reload, while one is asked. */
static void test_fewer_servers(void **state)
{
    struct stand *stand = *state;

    references.ntp.results[0] = references.ntp.results[1] = -ETIME;
    assert_told(ask(stand, true), REFERENCE_NTP);
    stand->servers_count = 2;
    references.ntp.results[0] = 0;
    assert_told(ask(stand, true), REFERENCE_NTP);
    assert_int_equal(references.ntp.asked[2], 1);
    references.ntp.silent = true;
    clock_reader_ask(stand->reader, true);
    stand->servers_count = 0;
    references_answer(-ETIME);
    assert_told(&stand->report, REFERENCE_NONE);
}

static void test_distrust(void **state)
{
    struct stand *stand = *state;

    stand->servers_count = 1;
    references.ptp.result = -ESTALE;
    assert_told(ask(stand, true), REFERENCE_RTC);
    references.ptp.result = 0;
    clock_reader_distrust(stand->reader, REFERENCE_PTP);
    assert_told(ask(stand, true), REFERENCE_RTC);
    assert_true(stand->report.jumping);
    assert_false(stand->report.stale); /* it was not asked */
    clock_reader_distrust(stand->reader, REFERENCE_RTC);
    assert_told(ask(stand, true), REFERENCE_NTP);
    clock_reader_distrust(stand->reader, REFERENCE_NTP);
    assert_told(ask(stand, true), REFERENCE_NONE);
    assert_true(stand->report.jumping);
    assert_int_equal(references.ptp.reads, 1);
    assert_int_equal(references.ntp.total, 1);
    timers_pass(DISTRUST);
    assert_told(ask(stand, true), REFERENCE_PTP);
    assert_false(stand->report.jumping);
}

/* Whatever is under way. */
static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(clock_reader_free(NULL));
    references.ptp.open_result = -ENOENT;
    clock_reader_ask(stand->reader, false);
    assert_true(clock_reader_busy(stand->reader));
    stand->reader = clock_reader_free(stand->reader);
    timers_start(stand->event, RAW_START);
    timers_run();
    assert_int_equal(stand->reports, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_ptp_comes_first),
        STAND_TEST(test_ptp_anywhere),
        STAND_TEST(test_ptp_without_a_fresh_sample),
        STAND_TEST(test_stale_and_only_servers),
        STAND_TEST(test_ptp_contradicts_itself),
        STAND_TEST(test_ptp_goes_and_comes),
        SERVERS_TEST(test_servers_only_when_asked_to),
        SERVERS_TEST(test_a_server_that_takes_its_time),
        SERVERS_TEST(test_the_next_server),
        SERVERS_TEST(test_no_server_answers),
        SERVERS_TEST(test_a_server_that_wants_peace),
        SERVERS_TEST(test_peace_is_for_one),
        SERVERS_TEST(test_fewer_servers),
        STAND_TEST(test_distrust),
        STAND_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
