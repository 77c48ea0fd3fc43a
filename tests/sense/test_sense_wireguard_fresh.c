/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tunnels that somebody waits for */
#include "../../service/sys/clock_time.h"
#include "wireguard_stand.h"

static bool is_fresh(struct stand *stand, const char *name, int64_t raw_usec)
{
    return sense_wireguard_fresh(stand->sensor, name, raw_usec);
}

static void test_it_is_read_for_whoever_waits(void **state)
{
    struct stand *stand = *state;
    int64_t now = clock_time_raw();

    assert_true(is_fresh(stand, "wg0", now)); /* of this very moment */
    assert_false(is_fresh(stand, "wg0", now + 1));
    timers_pass(1);
    assert_false(is_fresh(stand, "wg0", now + 1));
    timers_run();
    assert_true(is_fresh(stand, "wg0", now + 1));
    assert_int_equal(stand->readings, 3); /* the one before that was too old already */
    assert_int_equal(stand->kernel.dumps, 3);
}

static void test_what_there_is_none_of(void **state)
{
    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);
    struct stand *stand = *state;

    assert_true(is_fresh(stand, "wg9", clock_time_raw() + 1));
    link.link.up = false;
    links(stand, link);
    timers_pass(FALL);
    assert_true(is_fresh(stand, "wg0", clock_time_raw() + 1)); /* it is down */
    assert_int_equal(stand->readings, 1);
}

/* Nobody waits for ever for one that does not answer. */
static void test_a_silent_one(void **state)
{
    struct stand *stand = *state;
    int64_t since = clock_time_raw();
    unsigned seconds = 0;

    stand->kernel.silent = true;
    timers_pass(1);
    while (seconds < 20 && !is_fresh(stand, "wg0", since + 1)) {
        timers_pass(SECOND);
        seconds++;
    }
    assert_int_equal(seconds, 8); /* three tries, and two pauses */
    assert_int_equal(stand->readings, 1);
}

/* It goes before the others, which are not forgotten. */
static void test_another_is_read_just_then(void **state)
{
    struct stand *stand = *state;
    unsigned dumps;

    links(stand, link_up(WG1, "wg1", "wireguard", 1420));
    timers_run();
    stand->kernel.silent = true;
    sense_wireguard_beat(stand->sensor);
    timers_pass(1);
    assert_int_equal(stand->kernel.asked, WG0);
    assert_false(is_fresh(stand, "wg1", clock_time_raw()));
    stand->kernel.silent = false;
    stand->kernel.ifindex = WG1;
    stand->kernel.name = "wg1";
    dumps = stand->kernel.dumps;
    timers_run();
    assert_int_equal(stand->kernel.dumps, dumps + 2);
    assert_int_equal(stand->kernel.asked, WG0); /* last */
    assert_true(is_fresh(stand, "wg1", clock_time_raw()));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_kernel, tear_down)

static void test_what_we_sent(void **state)
{
    struct stand *stand = *state;
    const struct peer *peer = &tunnel(stand, "wg0")->peers.list[0];
    uint8_t nobody[PEER_KEY_SIZE] = {0};

    timers_pass(5);
    sense_wireguard_sent(stand->sensor, WG0, nobody);
    sense_wireguard_sent(stand->sensor, WG1, peer->seen.key);
    assert_int_equal(peer->own_usec, 0);
    sense_wireguard_sent(stand->sensor, WG0, peer->seen.key);
    assert_int_equal(peer->own_usec, clock_time_raw());
    assert_false(peer->own_answered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_we_sent), TEST(test_it_is_read_for_whoever_waits), TEST(test_what_there_is_none_of),
        TEST(test_a_silent_one), TEST(test_another_is_read_just_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
