/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of WireGuard tunnels in user space, whose daemons end, are killed and hang */
#include "../../service/sys/clock_time.h"
#include "wireguard_stand.h"

static void test_wireguard_go(void **state)
{
    struct stand *stand = *state;
    const struct tunnel *wg1 = tunnel(stand, "wg1");

    assert_non_null(wg1);
    assert_true(wg1->fact.user_space && wg1->fact.keyed && wg1->fact.answers);
    assert_int_equal(wg1->peers.count, 1);
    assert_int_equal(stand->go.calls, 1);
    assert_int_equal(stand->kernel.families, 0);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 2);
}

/* A tap of a virtual machine, and a socket whose link never was. */
static void test_sockets_of_no_tunnel(void **state)
{
    struct stand *stand = *state;
    struct fact tap = link_up(30, "tap0", "tun", 1500);

    tap.link.hardware = ARPHRD_ETHER;
    scratch_write(&stand->scratch, "run/wireguard/tap0.sock", "");
    scratch_write(&stand->scratch, "run/wireguard/never.sock", "");
    timers_pass(GATHER);
    links(stand, tap);
    links(stand, link_up(31, "tailscale0", "tun", 1280));
    assert_int_equal(stand->node.tunnels.count, 1);
}

static void test_its_daemon_is_killed(void **state)
{
    struct stand *stand = *state;

    wireguard_go_kill(&stand->go);
    links(stand, gone(link_up(WG1, "wg1", "tun", 1420)));
    timers_pass(FALL);
    /* It might have ended as it should, and its socket go next. */
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_REASON_NONE);
    timers_pass(2 * RETRY);
    assert_false(tunnel(stand, "wg1")->fact.answers);
    assert_int_equal(tunnel(stand, "wg1")->fact.ifindex, 0);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_DAEMON_GONE);
    assert_int_equal(timers_next(), -1);
    /* It is started again. */
    unlink(stand->go.path);
    wireguard_go_start(&stand->go, stand->event, &stand->scratch, "wg1");
    stand->go.answer = ANSWER;
    timers_pass(GATHER);
    stand->readings = 0;
    links(stand, link_up(40, "wg1", "tun", 1420));
    assert_int_equal(stand->readings, 1);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_REASON_NONE);
}

/* Whoever wants to set something there waits until that is known. */
static void test_a_reading_after_it_was_killed(void **state)
{
    struct stand *stand = *state;
    int64_t now = clock_time_raw() + 1;

    wireguard_go_kill(&stand->go);
    assert_false(sense_wireguard_fresh(stand->sensor, "wg1", now));
    timers_pass(RETRY);
    assert_false(sense_wireguard_fresh(stand->sensor, "wg1", now));
    timers_pass(2 * RETRY);
    assert_true(sense_wireguard_fresh(stand->sensor, "wg1", now));
    assert_false(tunnel(stand, "wg1")->fact.answers);
}

static void test_its_daemon_ends(void **state)
{
    struct stand *stand = *state;

    wireguard_go_kill(&stand->go);
    links(stand, gone(link_up(WG1, "wg1", "tun", 1420)));
    assert_non_null(tunnel(stand, "wg1"));
    unlink(stand->go.path);
    timers_pass(GATHER + FALL);
    assert_null(tunnel(stand, "wg1"));
    assert_int_equal(timers_next(), -1);
}

static void test_its_daemon_hangs(void **state)
{
    struct stand *stand = *state;

    stand->go.answer = NULL;
    sense_wireguard_beat(stand->sensor);
    timers_pass(3 * DEADLINE + 2 * RETRY);
    assert_false(tunnel(stand, "wg1")->fact.answers);
    assert_int_equal(stand->go.calls, 4);
    stand->go.answer = ANSWER;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_true(tunnel(stand, "wg1")->fact.answers);
}

static void test_one_that_hangs_does_not_hold_the_others(void **state)
{
    struct stand *stand = *state;

    stand->go.answer = NULL;
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    assert_int_equal(stand->readings, 2);
    sense_wireguard_beat(stand->sensor);
    timers_pass(DEADLINE);
    assert_int_equal(stand->readings, 3);
}

/* Two that hang and one that does not: each has its turn, and nobody waits for the two for ever. */
static void test_those_that_hang_take_turns(void **state)
{
    struct stand *stand = *state;

    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    timers_run();
    stand->go.answer = NULL;
    stand->kernel.silent = true;
    stand->go.calls = stand->kernel.dumps = 0;
    sense_wireguard_refresh(stand->sensor);
    timers_pass(DEADLINE);
    assert_true(sense_wireguard_busy(stand->sensor));
    timers_pass(DEADLINE);
    assert_int_equal(stand->go.calls + stand->kernel.dumps, 3); /* each, and the first one again */
    timers_pass(DEADLINE);
    assert_false(sense_wireguard_busy(stand->sensor));
    timers_pass(10 * DEADLINE);
    assert_int_equal(stand->go.calls, 3);
    assert_int_equal(stand->kernel.dumps, 3);
    assert_int_equal(timers_next(), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wireguard_go, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_sockets_of_no_tunnel, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_is_killed, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reading_after_it_was_killed, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_ends, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_hangs, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_those_that_hang_take_turns, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_hangs_does_not_hold_the_others, set_up_go, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
