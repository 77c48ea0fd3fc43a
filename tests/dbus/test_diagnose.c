/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnose: one run for all who wait, and a distance between runs */
#include "ends.h"

static void ask(struct ends *ends)
{
    ends_send(ends, BUS_INTERFACE, "Diagnose", "");
    ends_drain(ends);
}

static void measured(struct ends *ends)
{
    diagnose_measured(&ends->bus.diagnose);
    ends_drain(ends);
}

static void test_it_measures_and_then_replies(void **state)
{
    struct ends *ends = *state;

    ask(ends);
    assert_int_equal(ends->measured, 1);
    assert_int_equal(ends->replies, 0);
    measured(ends);
    assert_int_equal(ends->replies, 1);
    assert_non_null(strstr(ends->reply, "\"id\": \"no-uplink\", \"subject\": \"\", \"severity\": \"ok\""));
    /* Where the kernel lists no sockets nothing is said of them. */
    assert_null(strstr(ends->reply, "listens-on-gone-address"));
    measured(ends); /* nobody waits */
    assert_int_equal(ends->replies, 1);
    assert_int_equal(ends->lookups, 0);
}

static void test_later_callers_share_the_run(void **state)
{
    struct ends *ends = *state;

    for (int i = 0; i < 5; i++)
        ask(ends);
    assert_int_equal(ends->measured, 1);
    measured(ends);
    assert_int_equal(ends->replies, 5);
}

static void test_runs_keep_a_distance(void **state)
{
    struct ends *ends = *state;

    ask(ends);
    measured(ends);
    ask(ends); /* from memory, at once */
    assert_int_equal(ends->replies, 2);
    assert_int_equal(ends->measured, 1);
    ends->bus.diagnose.measured_usec -= DIAGNOSE_DISTANCE_USEC;
    ask(ends);
    assert_int_equal(ends->replies, 2);
    assert_int_equal(ends->measured, 2);
    measured(ends);
    assert_int_equal(ends->replies, 3);
}

static void test_callers_are_bounded(void **state)
{
    struct ends *ends = *state;

    for (int i = 0; i < DIAGNOSE_CALLERS_MAX; i++)
        ask(ends);
    assert_int_equal(ends->replies, 0);
    ask(ends);
    assert_int_equal(ends->replies, 1);
    assert_string_equal(ends->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
    measured(ends);
    assert_int_equal(ends->replies, 1 + DIAGNOSE_CALLERS_MAX);
}

static void wait_to_the_end(struct ends *ends)
{
    ask(ends);
    sd_event_source_set_time_relative(ends->bus.diagnose.timer_source, 1000); /* instead of 10 s */
    ends_run(ends, 50000);
    assert_int_equal(ends->replies, 1);
}

/* Nobody said that all is measured, and it is. */
static void test_nothing_is_late(void **state)
{
    struct ends *ends = *state;

    wait_to_the_end(ends);
    assert_string_equal(ends->error, "");
    ask(ends); /* it counts as any */
    assert_int_equal(ends->measured, 1);
    assert_int_equal(ends->replies, 2);
}

static void test_something_is_late(void **state)
{
    struct ends *ends = *state;

    ends->late = "sockets";
    wait_to_the_end(ends);
    assert_string_equal(ends->error, SD_BUS_ERROR_TIMEOUT);
    assert_string_equal(ends->reply, "Not measured within 10 s: sockets; ask again.");
    ask(ends); /* and the next one measures again */
    assert_int_equal(ends->measured, 2);
}

static void test_what_waits_ends_with_the_bus(void **state)
{
    struct ends *ends = *state;

    ask(ends);
    diagnose_drop_all(&ends->bus.diagnose);
    measured(ends);
    assert_int_equal(ends->replies, 0);
    ask(ends);
    assert_int_equal(ends->measured, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_it_measures_and_then_replies),
        ENDS_TEST(test_later_callers_share_the_run),
        ENDS_TEST(test_runs_keep_a_distance),
        ENDS_TEST(test_callers_are_bounded),
        ENDS_TEST(test_nothing_is_late),
        ENDS_TEST(test_what_waits_ends_with_the_bus),
        ENDS_TEST(test_something_is_late),
        ENDS_TEST(test_what_waits_ends_with_the_bus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
