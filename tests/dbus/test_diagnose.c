/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnose: one run for all who wait, and a distance between runs */
#include "peers.h"

static void ask(struct peers *peers)
{
    peers_send(peers, BUS_INTERFACE, "Diagnose", "");
    peers_drain(peers);
}

static void measured(struct peers *peers)
{
    diagnose_measured(&peers->bus.diagnose);
    peers_drain(peers);
}

static void test_it_measures_and_then_replies(void **state)
{
    struct peers *peers = *state;

    ask(peers);
    assert_int_equal(peers->measured, 1);
    assert_int_equal(peers->replies, 0);
    measured(peers);
    assert_int_equal(peers->replies, 1);
    assert_non_null(strstr(peers->reply, "\"id\": \"no-uplink\", \"subject\": \"\", \"severity\": \"ok\""));
    /* Where the kernel lists no sockets nothing is said of them. */
    assert_null(strstr(peers->reply, "listens-on-gone-address"));
    measured(peers); /* nobody waits */
    assert_int_equal(peers->replies, 1);
    assert_int_equal(peers->lookups, 0);
}

static void test_later_callers_share_the_run(void **state)
{
    struct peers *peers = *state;

    for (int i = 0; i < 5; i++)
        ask(peers);
    assert_int_equal(peers->measured, 1);
    measured(peers);
    assert_int_equal(peers->replies, 5);
}

static void test_runs_keep_a_distance(void **state)
{
    struct peers *peers = *state;

    ask(peers);
    measured(peers);
    ask(peers); /* from memory, at once */
    assert_int_equal(peers->replies, 2);
    assert_int_equal(peers->measured, 1);
    peers->bus.diagnose.measured_usec -= DIAGNOSE_DISTANCE_USEC;
    ask(peers);
    assert_int_equal(peers->replies, 2);
    assert_int_equal(peers->measured, 2);
    measured(peers);
    assert_int_equal(peers->replies, 3);
}

static void test_callers_are_bounded(void **state)
{
    struct peers *peers = *state;

    for (int i = 0; i < DIAGNOSE_CALLERS_MAX; i++)
        ask(peers);
    assert_int_equal(peers->replies, 0);
    ask(peers);
    assert_int_equal(peers->replies, 1);
    assert_string_equal(peers->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
    measured(peers);
    assert_int_equal(peers->replies, 1 + DIAGNOSE_CALLERS_MAX);
}

static void test_a_kernel_that_does_not_answer(void **state)
{
    struct peers *peers = *state;

    ask(peers);
    sd_event_source_set_time_relative(peers->bus.diagnose.timer_source, 1000); /* instead of 10 s */
    peers_run(peers, 50000);
    assert_int_equal(peers->replies, 1);
    assert_string_equal(peers->error, SD_BUS_ERROR_TIMEOUT);
    ask(peers); /* and the next one measures again */
    assert_int_equal(peers->measured, 2);
}

static void test_what_waits_ends_with_the_bus(void **state)
{
    struct peers *peers = *state;

    ask(peers);
    diagnose_drop_all(&peers->bus.diagnose);
    measured(peers);
    assert_int_equal(peers->replies, 0);
    ask(peers);
    assert_int_equal(peers->measured, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_it_measures_and_then_replies),  PEERS_TEST(test_later_callers_share_the_run),
        PEERS_TEST(test_runs_keep_a_distance),          PEERS_TEST(test_callers_are_bounded),
        PEERS_TEST(test_a_kernel_that_does_not_answer), PEERS_TEST(test_what_waits_ends_with_the_bus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
