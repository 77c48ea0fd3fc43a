/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drops: told once, and once that they are over */
#include "drop_scene.h"

static void test_all_is_well(void **state)
{
    struct talk *talk = *state;

    assert_told(talk, "");
    rise(talk->node, 1, 3);
    assert_told(talk, "");
}

static void test_a_peer(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 5, 1);
    assert_told(talk, "-wg0/5 no-handshake");
    read_peer(talk->node, peer_of(WG0, 5, T + 400 * S, NONE));
    assert_told(talk, "");
    rise(talk->node, 5, 1);
    assert_told(talk, "+wg0/5");
    fall(talk->node, 5, 1);
    assert_told(talk, "-wg0/5 no-handshake");
}

static void test_the_whole_tunnel(void **state)
{
    struct talk *talk = *state;

    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    answer(talk->node, false); /* why does not matter any more */
    assert_told(talk, "");
    set_link(talk->node, true);
    assert_told(talk, "+wg0");
    answer(talk->node, false);
    assert_told(talk, "-wg0 daemon-gone");
    answer(talk->node, true);
    assert_told(talk, "+wg0");
}

/* What goes and comes back between two rounds was not there. */
static void test_what_nobody_saw(void **state)
{
    struct talk *talk = *state;

    assert_told(talk, "");
    set_link(talk->node, false);
    set_link(talk->node, true);
    fall(talk->node, 1, 1);
    rise(talk->node, 1, 1);
    assert_told(talk, "");
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    set_link(talk->node, true);
    set_link(talk->node, false);
    assert_told(talk, "");
}

static void test_a_link_that_was_never_up(void **state)
{
    struct talk *talk = *state;

    tell(talk->node, tunnel_down("wg1", WG1));
    assert_told(talk, "");
    tell(talk->node, tunnel_of("wg1", WG1));
    assert_told(talk, "");
    tell(talk->node, tunnel_down("wg1", WG1));
    assert_told(talk, "-wg1 link-down");
}

/* Its peers are not told besides, and stay told until they are heard of again. */
static void test_a_tunnel_goes_with_its_peers(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 1, 2);
    assert_told(talk, "-wg0/1 no-handshake, -wg0/2 no-handshake");
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    set_link(talk->node, true);
    assert_told(talk, "+wg0");
    /* They begin anew, which is neither up nor news. */
    read_peer(talk->node, peer_of(WG0, 1, T + 500 * S, NONE));
    read_peers(talk->node, WG0,
               (struct fact[]){peer_of(WG0, 1, T + 500 * S, NONE), peer_of(WG0, 2, T + 500 * S, NONE)}, 2);
    assert_told(talk, "");
    read_peers(talk->node, WG0,
               (struct fact[]){peer_of(WG0, 1, T + 700 * S, NONE), peer_of(WG0, 2, T + 700 * S, S)}, 2);
    assert_told(talk, "+wg0/2");
    rise(talk->node, 1, 1);
    assert_told(talk, "+wg0/1");
}

/* All of it and its peers at once, in both directions. */
static void test_a_tunnel_swallows_its_peers(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 1, 3);
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    fall(talk->node, 1, 3); /* somebody reads them all the same */
    assert_told(talk, "");
    set_link(talk->node, true);
    fall(talk->node, 1, 3);
    assert_told(talk, "+wg0, -wg0/1 no-handshake, -wg0/2 no-handshake, -wg0/3 no-handshake");
}

/* Told down, then nobody minds, then the link goes down and up: it is over when it is heard of. */
static void test_a_peer_that_nobody_minds(void **state)
{
    struct talk *talk = *state;
    struct fact peer = peer_of(WG0, 1, T + 600 * S, NONE);

    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-handshake");
    peer.peer.keepalive_sec = 0;
    read_peer(talk->node, peer);
    assert_int_equal(wg0(talk->node)->counts[PEER_IDLE], 1);
    assert_told(talk, "");
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    set_link(talk->node, true);
    read_peer(talk->node, peer);
    assert_told(talk, "+wg0");
    peer.peer.raw_usec += 10 * S;
    peer.peer.handshake_usec = 1;
    read_peer(talk->node, peer);
    assert_told(talk, "+wg0/1");
}

static void test_a_peer_is_removed(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 1, 2);
    assert_told(talk, "-wg0/1 no-handshake, -wg0/2 no-handshake");
    read_peer(talk->node, peer_of(WG0, 2, T + 200 * S, NONE));
    assert_told(talk, "");
    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-handshake");
    /* While the tunnel is down nobody knows who was removed. */
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    set_link(talk->node, true);
    read_peers(talk->node, WG0, NULL, 0);
    assert_told(talk, "+wg0");
    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-handshake");
}

static void test_a_tunnel_is_removed(void **state)
{
    struct talk *talk = *state;
    const struct fact wg0_again = tunnel_of("wg0", WG0);

    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-handshake");
    remove_tunnel(talk->node);
    assert_told(talk, "-wg0 link-gone");
    assert_int_equal(talk->told.count, 0);
    tell(talk->node, link_up(WG0, "wg0", "wireguard", 1420));
    name_tunnels(talk->node, &wg0_again, 1);
    assert_told(talk, ""); /* of the same name, but another */
    set_link(talk->node, false);
    assert_told(talk, "-wg0 link-down");
    remove_tunnel(talk->node);
    assert_told(talk, ""); /* that was told */
    assert_int_equal(talk->told.count, 0);
}

/* It was not up, so nobody misses it. */
static void test_a_tunnel_that_was_never_up_is_removed(void **state)
{
    struct talk *talk = *state;
    const struct fact wg0_alone = tunnel_of("wg0", WG0);

    tell(talk->node, tunnel_down("wg1", WG1));
    assert_told(talk, "");
    name_tunnels(talk->node, &wg0_alone, 1);
    assert_told(talk, "");
}

/* Between two rounds, with its link down yet: its end was not seen, and it will be missed if it goes. */
static void test_a_tunnel_is_made_anew(void **state)
{
    struct talk *talk = *state;
    struct fact up = tunnel_of("wg0", WG1), down = tunnel_down("wg0", WG1);

    assert_told(talk, "");
    remove_tunnel(talk->node);
    name_tunnels(talk->node, &down, 1);
    assert_told(talk, "");
    tell(talk->node, up);
    assert_told(talk, "");
    tell(talk->node, down);
    assert_told(talk, "-wg0 link-down");
    remove_tunnel(talk->node);
    name_tunnels(talk->node, &down, 1);
    assert_told(talk, "");
    tell(talk->node, up);
    assert_told(talk, "+wg0");
}

static void test_why_is_that_of_the_time_it_was_told(void **state)
{
    struct talk *talk = *state;
    struct fact address = address_of(ETH0, "172.20.1.2/20");

    tell(talk->node, gone(address));
    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-underlay");
    tell(talk->node, address);
    assert_told(talk, "");
}

static void test_tunnels_and_peers_in_order(void **state)
{
    struct talk *talk = *state;
    const struct fact others[] = {tunnel_of("wg1", WG1), tunnel_of("a", 20), tunnel_of("b", 21)};

    for (size_t i = 0; i < COUNT(others); i++) {
        struct fact down = tunnel_down(others[i].tunnel.name, others[i].tunnel.ifindex);

        tell(talk->node, others[i]);
        if (i != 2)
            tell(talk->node, down);
    }
    for (int64_t at = T; at <= T + 181 * S; at += 181 * S) {
        read_peers(talk->node, WG0,
                   (struct fact[]){peer_of(WG0, 9, at, NONE), peer_of(WG0, 300, at, NONE),
                                   peer_of(WG0, 4, at, NONE)},
                   3);
        read_peers(talk->node, 21, (struct fact[]){peer_of(21, 9, at, NONE)}, 1);
    }
    assert_told(talk, "-a link-down, -b/9 no-handshake, -wg0/4 no-handshake, -wg0/9 no-handshake, "
                      "-wg0/300 no-handshake, -wg1 link-down");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DROP_TEST(test_all_is_well),
        DROP_TEST(test_a_peer),
        DROP_TEST(test_the_whole_tunnel),
        DROP_TEST(test_what_nobody_saw),
        DROP_TEST(test_a_link_that_was_never_up),
        DROP_TEST(test_a_tunnel_goes_with_its_peers),
        DROP_TEST(test_a_tunnel_swallows_its_peers),
        DROP_TEST(test_a_peer_that_nobody_minds),
        DROP_TEST(test_a_peer_is_removed),
        DROP_TEST(test_a_tunnel_is_removed),
        DROP_TEST(test_a_tunnel_that_was_never_up_is_removed),
        DROP_TEST(test_a_tunnel_is_made_anew),
        DROP_TEST(test_why_is_that_of_the_time_it_was_told),
        DROP_TEST(test_tunnels_and_peers_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
