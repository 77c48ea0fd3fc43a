/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After the machine stood still: what becomes of the VPN */
#include "resume_stand.h"

#include "../state/tailscale_facts.h"

enum { WG1 = 9 };

/* What a peer says at a reading: its handshake was at RAW, and so much has come and gone. */
static struct fact peer_with(int32_t ifindex, uint32_t number, uint64_t rx, uint64_t tx)
{
    struct fact fact = peer_of(ifindex, number, timers_now_usec, timers_now_usec - RAW);

    fact.peer.address_family = AF_INET;
    memcpy(fact.peer.address, (uint8_t[4]){10, 8, 0, (uint8_t)number}, 4);
    fact.peer.rx_bytes = rx;
    fact.peer.tx_bytes = tx;
    return fact;
}

static void read_peer(struct stand *stand, int32_t ifindex, uint64_t rx, uint64_t tx)
{
    struct fact peer = peer_with(ifindex, (uint32_t)ifindex, rx, tx);

    read_peers(&stand->node, ifindex, &peer, 1);
    turn(stand);
}

static void set_tunnels(struct stand *stand, bool wg0, bool wg1)
{
    struct fact tunnels[2];
    size_t count = 0;

    if (wg0)
        tunnels[count++] = tunnel_of("wg0", WG0);
    if (wg1)
        tunnels[count++] = tunnel_of("wg1", WG1);
    name_tunnels(&stand->node, tunnels, count);
    turn(stand);
}

/* wg0 is up, the clock is right, and nothing follows the address. */
static int set_up_vpn(void **state)
{
    struct stand *stand;

    set_up(state);
    stand = *state;
    stand->follows = false;
    stand->settled = true;
    tell(&stand->node, clock_off(0));
    set_tunnels(stand, true, false);
    read_peer(stand, WG0, 1000, 1000);
    assert_int_equal(tunnel_state(tunnels_of_link(&stand->node.tunnels, WG0)), TUNNEL_UP);
    return 0;
}

static void start(struct stand *stand)
{
    resume_start(&stand->resume, 3600 * S);
    turn(stand);
}

/* Its peers were read, and are sent something. */
static void start_and_nudge(struct stand *stand)
{
    start(stand);
    assert_int_equal(stand->readings, 1);
    assert_int_equal(nudges.count, 0);
    pass(stand, S / 4);
    assert_int_equal(nudges.count, 3);
}

static void assert_over(struct stand *stand, const char *word)
{
    assert_int_equal(stand->ends, 1);
    assert_string_equal(stand->resumed.vpn, word);
    assert_false(resume_running(&stand->resume));
    assert_int_equal(timers_next(), -1);
}

static void test_a_peer_that_answers(void **state)
{
    struct stand *stand = *state;

    start(stand);
    pass(stand, S / 8);
    read_peer(stand, WG0, 1200, 1000); /* before anything was sent: it may be from before the sleep */
    pass(stand, S / 8);
    assert_int_equal(nudges.count, 3);
    assert_int_equal(nudges.ifindex, WG0);
    assert_int_equal(nudges.family, AF_INET);
    assert_memory_equal(nudges.address, ((uint8_t[4]){10, 8, 0, WG0}), 4);
    assert_int_equal(stand->ends, 0);
    pass(stand, S / 4);
    assert_int_equal(stand->readings, 2);
    read_peer(stand, WG0, 1200, 1192);
    assert_int_equal(stand->ends, 0);
    pass(stand, S);
    assert_int_equal(stand->readings, 3);
    read_peer(stand, WG0, 1292, 1192);
    assert_over(stand, "ok");
    assert_int_equal(nudges.count, 3);
}

static void test_a_new_handshake(void **state)
{
    struct stand *stand = *state;
    struct fact peer;

    start_and_nudge(stand);
    pass(stand, 5 * S);
    peer = peer_of(WG0, WG0, timers_now_usec, S);
    peer.peer.rx_bytes = 1092;
    peer.peer.tx_bytes = 1148;
    read_peers(&stand->node, WG0, &peer, 1);
    turn(stand);
    assert_over(stand, "ok");
}

/* It is down by its own silence before the deadline, and the report is made with that. */
static void test_a_peer_that_is_gone(void **state)
{
    struct stand *stand = *state;

    start_and_nudge(stand);
    for (int i = 0; i < 21; i++) {
        pass(stand, i ? S : S / 4);
        read_peer(stand, WG0, 1000, 1192);
        assert_int_equal(stand->ends, 0);
    }
    assert_int_equal(tunnel_state(tunnels_of_link(&stand->node.tunnels, WG0)), TUNNEL_DOWN);
    pass(stand, S + S / 2 - 1);
    assert_int_equal(stand->ends, 0);
    pass(stand, 1);
    assert_over(stand, "down");
}

/* It has networks only, such as 0.0.0.0/0: all nodes beyond the link are meant, once for all such peers. */
/* A telephone that sleeps is no drop, because somebody's machine woke up and asked it. */
static void test_a_peer_without_keepalive_that_is_gone(void **state)
{
    struct stand *stand = *state;
    struct fact peer = peer_with(WG0, WG0, 1000, 1000);

    peer.peer.keepalive_sec = 0;
    read_peers(&stand->node, WG0, &peer, 1);
    turn(stand);
    start_and_nudge(stand);
    for (int i = 0; i < 22; i++) {
        pass(stand, S);
        peer.peer.raw_usec = timers_now_usec;
        peer.peer.tx_bytes = 1192 + 148 * (uint64_t)(i / 5); /* it tries to shake hands */
        read_peers(&stand->node, WG0, &peer, 1);
        turn(stand);
    }
    assert_over(stand, "unknown");
    assert_int_equal(tunnel_state(tunnels_of_link(&stand->node.tunnels, WG0)), TUNNEL_UP);
}

static void test_a_peer_without_address(void **state)
{
    struct stand *stand = *state;
    struct fact peers[] = {peer_with(WG0, WG0, 1000, 1000), peer_with(WG0, 2, 1000, 1000)};
    static const uint8_t all[16] = {0xff, 2, [15] = 1};

    peers[0].peer.address_family = peers[1].peer.address_family = 0;
    read_peers(&stand->node, WG0, peers, 2);
    start(stand);
    pass(stand, 22 * S - 1);
    assert_int_equal(stand->ends, 0);
    assert_int_equal(nudges.count, 6);
    assert_int_equal(nudges.ifindex, WG0);
    assert_int_equal(nudges.family, AF_INET6);
    assert_memory_equal(nudges.address, all, sizeof(all));
    pass(stand, 1);
    assert_over(stand, "unknown");
}

/* What hangs is not asked anew, and the deadline holds. */
static void test_readings_without_end(void **state)
{
    struct stand *stand = *state;

    stand->unread = true;
    start(stand);
    pass(stand, 22 * S - 1);
    assert_int_equal(stand->ends, 0);
    assert_int_equal(nudges.count, 0);
    assert_int_equal(stand->readings, 1);
    pass(stand, 1);
    assert_over(stand, "unknown");
}

static void test_a_reading_that_takes_long(void **state)
{
    struct stand *stand = *state;

    start_and_nudge(stand);
    pass(stand, S / 4);
    assert_int_equal(stand->readings, 2);
    stand->unread = true;
    pass(stand, 5 * S);
    assert_int_equal(stand->readings, 2);
    stand->unread = false;
    pass(stand, S / 4);
    assert_int_equal(stand->readings, 3);
}

static void test_a_tunnel_that_goes(void **state)
{
    struct stand *stand = *state;

    start_and_nudge(stand);
    set_tunnels(stand, false, false);
    assert_over(stand, "down");
}

static void test_a_tunnel_whose_daemon_goes(void **state)
{
    struct stand *stand = *state;
    struct fact fact = tunnel_of("wg0", WG0);

    start_and_nudge(stand);
    fact.tunnel.answers = false;
    tell(&stand->node, fact);
    turn(stand);
    assert_over(stand, "down");
}

/* It was set down and up: its first reading is no answer. */
static void test_a_tunnel_that_begins_anew(void **state)
{
    struct stand *stand = *state;

    start_and_nudge(stand);
    set_tunnels(stand, false, true);
    assert_int_equal(stand->ends, 1);
    set_tunnels(stand, true, false);
    read_peer(stand, WG0, 1000, 1000);
    start(stand);
    pass(stand, S / 4);
    tell(&stand->node, tunnel_down("wg0", WG0));
    tell(&stand->node, tunnel_of("wg0", WG0));
    pass(stand, S / 4);
    read_peer(stand, WG0, 5000, 5000);
    assert_int_equal(stand->ends, 1);
    pass(stand, S);
    read_peer(stand, WG0, 5032, 5000);
    assert_int_equal(stand->ends, 2);
    assert_string_equal(stand->resumed.vpn, "ok");
}

/* All are waited for that were up; one that was not is nobody's business. */
static void test_two_tunnels(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, true, true);
    read_peer(stand, WG1, 1000, 1000);
    start(stand);
    pass(stand, S / 4);
    assert_int_equal(nudges.count, 6);
    pass(stand, S);
    read_peer(stand, WG0, 1092, 1192);
    assert_int_equal(stand->ends, 0);
    /* It has answered: that it is silent from now on is another matter. */
    pass(stand, S);
    read_peer(stand, WG0, 1092, 1192);
    assert_int_equal(stand->ends, 0);
    read_peer(stand, WG1, 1092, 1192);
    assert_over(stand, "ok");
}

static void test_one_of_two_is_gone(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, true, true);
    read_peer(stand, WG1, 1000, 1000);
    start(stand);
    pass(stand, S / 4);
    pass(stand, S / 4);
    read_peer(stand, WG0, 1092, 1192);
    set_tunnels(stand, true, false);
    assert_over(stand, "down");
}

static void test_a_tunnel_that_was_not_up(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, false, true);
    start(stand);
    assert_int_equal(stand->readings, 0);
    assert_over(stand, "none");
}

/* A few of many are enough; those that nobody uses are left alone. */
static void test_many_peers(void **state)
{
    struct stand *stand = *state;
    struct fact peers[20];

    for (uint32_t i = 0; i < COUNT(peers); i++) {
        peers[i] = peer_with(WG0, i + 1, 1000, 1000);
        if (i < 5) {
            peers[i].peer.keepalive_sec = 0;
            peers[i].peer.handshake_usec = 0;
        }
    }
    read_peers(&stand->node, WG0, peers, COUNT(peers));
    start(stand);
    pass(stand, S / 4);
    assert_int_equal(nudges.count, 3 * 8);
    assert_int_equal(nudges.address[3], 13);
    pass(stand, S);
    peers[19] = peer_with(WG0, 20, 1092, 1000);
    read_peers(&stand->node, WG0, peers, COUNT(peers));
    turn(stand);
    assert_over(stand, "ok");
}

static void test_tailscale(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, false, false);
    tell(&stand->node, tailscale_running());
    stand->unread = true;
    start(stand);
    pass(stand, 2 * S);
    assert_int_equal(stand->ends, 0); /* what it said is from before the sleep */
    stand->unread = false;
    pass(stand, S / 4);
    assert_int_equal(nudges.count, 0);
    assert_over(stand, "ok");
}

static void test_tailscale_that_starts(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, false, false);
    tell(&stand->node, tailscale_running());
    start(stand);
    tell(&stand->node, tailscale_in(TAILSCALE_STARTING));
    pass(stand, 10 * S);
    assert_int_equal(stand->ends, 0);
    tell(&stand->node, tailscale_running());
    turn(stand);
    assert_over(stand, "ok");
}

static void test_tailscale_that_does_not_come_back(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, false, false);
    tell(&stand->node, tailscale_running());
    start(stand);
    tell(&stand->node, tailscale_in(TAILSCALE_STARTING));
    pass(stand, 22 * S);
    assert_over(stand, "unknown");
}

static void test_tailscale_is_gone(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, false, false);
    tell(&stand->node, tailscale_running());
    start(stand);
    pass(stand, S / 8);
    tell(&stand->node, tailscale_not(TAILSCALE_SILENT));
    pass(stand, S / 4);
    assert_over(stand, "down");
}

static void test_a_dead_network(void **state)
{
    struct stand *stand = *state;

    stand->node.loopback_dead = true;
    start(stand);
    assert_int_equal(nudges.count, 0);
    assert_over(stand, "unknown");
}

/* Also after an address that is followed, or that takes too long. */
static void test_after_the_address(void **state)
{
    struct stand *stand = *state;

    stand->follows = true;
    start(stand);
    assert_int_equal(jobs.count, 1);
    assert_int_equal(stand->readings, 0);
    pass(stand, 15 * S);
    assert_int_equal(stand->readings, 1);
    assert_int_equal(timers_next(), S / 4);
    done(stand, 0); /* late */
    assert_int_equal(stand->ends, 0);
    pass(stand, 22 * S);
    assert_over(stand, "unknown");
}

/* It is tried anew, for what has answered before says nothing. */
static void test_a_sleep_within(void **state)
{
    struct stand *stand = *state;

    set_tunnels(stand, true, true);
    read_peer(stand, WG1, 1000, 1000);
    start(stand);
    pass(stand, S);
    read_peer(stand, WG0, 1092, 1192);
    pass(stand, 20 * S);
    assert_int_equal(stand->ends, 0);
    resume_start(&stand->resume, 100 * S);
    nudges.count = 0;
    pass(stand, S);
    assert_int_equal(nudges.count, 6);
    read_peer(stand, WG1, 1092, 1192);
    pass(stand, 21 * S - 1);
    assert_int_equal(stand->ends, 0);
    pass(stand, 1);
    assert_over(stand, "unknown");
}

/* Nothing of the VPN goes on while the clock is set again. */
static void test_a_long_sleep_within(void **state)
{
    struct stand *stand = *state;

    start_and_nudge(stand);
    tell(&stand->node, clock_off(-600 * S));
    resume_start(&stand->resume, 600 * S);
    assert_int_equal(jobs.count, 1);
    assert_int_equal(timers_next(), 10 * S);
    read_peer(stand, WG0, 1092, 1192);
    assert_int_equal(stand->ends, 0);
    done(stand, 0);
    pass(stand, S);
    assert_int_equal(nudges.count, 6);
    read_peer(stand, WG0, 1184, 1384);
    assert_over(stand, "ok");
}

#define VPN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_vpn, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VPN_TEST(test_a_peer_that_answers),
        VPN_TEST(test_a_new_handshake),
        VPN_TEST(test_a_peer_that_is_gone),
        VPN_TEST(test_a_peer_without_keepalive_that_is_gone),
        VPN_TEST(test_a_peer_without_address),
        VPN_TEST(test_readings_without_end),
        VPN_TEST(test_a_reading_that_takes_long),
        VPN_TEST(test_a_tunnel_that_goes),
        VPN_TEST(test_a_tunnel_whose_daemon_goes),
        VPN_TEST(test_a_tunnel_that_begins_anew),
        VPN_TEST(test_two_tunnels),
        VPN_TEST(test_one_of_two_is_gone),
        VPN_TEST(test_a_tunnel_that_was_not_up),
        VPN_TEST(test_many_peers),
        VPN_TEST(test_tailscale),
        VPN_TEST(test_tailscale_that_starts),
        VPN_TEST(test_tailscale_that_does_not_come_back),
        VPN_TEST(test_tailscale_is_gone),
        VPN_TEST(test_a_dead_network),
        VPN_TEST(test_after_the_address),
        VPN_TEST(test_a_sleep_within),
        VPN_TEST(test_a_long_sleep_within),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
