/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of WireGuard tunnels: when it looks for them, when it reads them, and what it makes of failures */
#include "wireguard_stand.h"

static void test_no_tunnel_no_work(void **state)
{
    struct stand *stand = *state;

    assert_false(stand->node.tunnels.spoken); /* the links are not known yet */
    speak(&stand->node);
    sense_wireguard_doubt(stand->sensor);
    assert_true(stand->node.tunnels.spoken);
    links(stand, link_up(3, "eth0", "", 1500));
    sense_wireguard_beat(stand->sensor);
    assert_int_equal(timers_next(), -1);
    assert_false(sense_wireguard_busy(stand->sensor));
    assert_int_equal(stand->kernel.families, 0);
    assert_int_equal(stand->node.tunnels.count, 0);
}

static void test_a_tunnel_of_the_kernel(void **state)
{
    struct stand *stand = *state;
    const struct tunnel *wg0 = tunnel(stand, "wg0");

    assert_non_null(wg0);
    assert_int_equal(stand->kernel.asked, WG0);
    assert_false(wg0->fact.user_space);
    assert_true(wg0->fact.answers && wg0->fact.keyed);
    assert_int_equal(wg0->fact.port, 51820);
    assert_int_equal(wg0->peers.count, 1);
    assert_int_equal(wg0->peers.list[0].seen.raw_usec, START);
    assert_int_equal(wg0->peers.list[0].seen.clock_usec, WALL);
    assert_int_equal(tunnel_state(wg0), TUNNEL_UP);
    assert_false(sense_wireguard_busy(stand->sensor));
}

static void test_it_is_read_at_each_beat(void **state)
{
    struct stand *stand = *state;

    for (unsigned i = 2; i < 5; i++) {
        sense_wireguard_beat(stand->sensor);
        timers_run();
        assert_int_equal(stand->readings, i);
    }
    /* An address came, or another link: nothing to look for. */
    links(stand, address_of(WG0, "10.9.0.1/24"));
    links(stand, link_up(3, "eth0", "", 1500));
    assert_int_equal(stand->readings, 4);
}

/* 180 s after the handshake, which was 10 s before. */
static void test_it_is_read_when_time_decides(void **state)
{
    struct stand *stand = *state;

    assert_true(timers_next() > 165 * SECOND && timers_next() < 175 * SECOND);
    timers_pass(169 * SECOND);
    assert_int_equal(stand->readings, 1);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    timers_pass(4 * SECOND);
    assert_int_equal(stand->readings, 2);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_DOWN);
    /* Whether it is back is looked at more often than at beats. */
    assert_true(timers_next() > 0 && timers_next() <= DOWN_BEAT);
    timers_pass(4 * DOWN_BEAT);
    assert_int_equal(stand->readings, 6);
    stand->kernel.peers[0].peer.handshake_usec = WALL + timers_now_usec;
    timers_pass(DOWN_BEAT);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    assert_true(timers_next() > 160 * SECOND);
}

/* Nobody waits a minute to see the tunnel that he has just set up. */
static void test_it_is_young(void **state)
{
    struct stand *stand = *state;

    speak(&stand->node);
    stand->kernel.peers[0] = peer_of(WG0, 1, START, -1);
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UNKNOWN);
    assert_int_equal(timers_next(), YOUNG_BEAT);
    timers_pass(60 * SECOND);
    assert_int_equal(stand->readings, 7);
    stand->kernel.peers[0].peer.handshake_usec = WALL + timers_now_usec;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
}

static void test_it_is_down_and_up(void **state)
{
    struct stand *stand = *state;
    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    link.link.up = false;
    links(stand, link);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg0")), TUNNEL_REASON_NONE); /* it may be about to go */
    timers_pass(FALL);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg0")), TUNNEL_LINK_DOWN);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 1);
    assert_int_equal(timers_next(), -1);
    link.link.up = true;
    links(stand, link);
    assert_int_equal(stand->readings, 2);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
}

static void test_it_goes(void **state)
{
    struct stand *stand = *state;

    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    /* As the kernel tells it. */
    link.link.up = false;
    links(stand, link);
    links(stand, gone(link));
    assert_non_null(tunnel(stand, "wg0"));
    timers_pass(FALL);
    assert_null(tunnel(stand, "wg0"));
    assert_int_equal(timers_next(), -1);
}

/* Down and up within a second: nobody has missed it. */
static void test_it_stumbles(void **state)
{
    struct stand *stand = *state;
    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    link.link.up = false;
    links(stand, link);
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    timers_pass(2 * FALL);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
    assert_int_equal(stand->readings, 1);
}

static void test_it_is_made_anew(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    stand->kernel.ifindex = 70;
    links(stand, link_up(70, "wg0", "wireguard", 1420));
    assert_int_equal(stand->kernel.asked, 70);
    assert_int_equal(tunnel(stand, "wg0")->fact.ifindex, 70);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
}

static void test_a_silent_kernel(void **state)
{
    struct stand *stand = *state;

    stand->kernel.silent = true;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(timers_next(), DEADLINE);
    timers_pass(3 * (DEADLINE + RETRY));
    assert_int_equal(stand->kernel.dumps, 4); /* three tries */
    assert_false(sense_wireguard_busy(stand->sensor));
    assert_true(tunnel(stand, "wg0")->fact.answers); /* it has no daemon that could be gone */
    assert_int_equal(timers_next(), -1);
    stand->kernel.silent = false;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 2);
}

static void test_a_reading_is_tried_again(void **state)
{
    struct stand *stand = *state;

    stand->kernel.interrupted = 1;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 1);
    assert_int_equal(timers_next(), RETRY);
    timers_pass(RETRY);
    assert_int_equal(stand->readings, 2);
}

static void test_many_tunnels_in_turn(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, link_up(20, "wg20", "wireguard", 1420));
    tell(&stand->node, link_up(21, "wg21", "wireguard", 1420));
    sense_wireguard_doubt(stand->sensor);
    timers_run();
    assert_int_equal(stand->node.tunnels.count, 3);
    assert_int_equal(stand->kernel.dumps, 3);
    assert_int_equal(stand->readings, 3);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 6);
    assert_int_equal(stand->kernel.families, 1);
}

static void test_more_tunnels_than_are_taken(void **state)
{
    struct stand *stand = *state;
    char name[16];

    for (int i = 0; i < TUNNELS_MAX + 4; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        tell(&stand->node, link_up(100 + i, name, "wireguard", 1420));
    }
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    sense_wireguard_doubt(stand->sensor);
    timers_run();
    assert_int_equal(stand->node.tunnels.count, TUNNELS_MAX);
}

/* While one is read links change: it is read anew. */
static void test_links_change_meanwhile(void **state)
{
    struct stand *stand = *state;

    sense_wireguard_beat(stand->sensor);
    links(stand, link_up(20, "wg20", "wireguard", 1420));
    assert_int_equal(stand->readings, 3);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
    assert_false(sense_wireguard_busy(stand->sensor));
}

static void test_all_of_it_anew(void **state)
{
    struct stand *stand = *state;

    sense_wireguard_refresh(stand->sensor);
    assert_true(sense_wireguard_busy(stand->sensor));
    timers_run();
    assert_int_equal(stand->readings, 2);
    assert_null(sense_wireguard_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_tunnel_no_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tunnel_of_the_kernel, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_read_at_each_beat, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_read_when_time_decides, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_young, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_down_and_up, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_goes, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_stumbles, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_made_anew, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_a_silent_kernel, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reading_is_tried_again, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_many_tunnels_in_turn, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_more_tunnels_than_are_taken, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_links_change_meanwhile, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_all_of_it_anew, set_up_kernel, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
