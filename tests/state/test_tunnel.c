/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel: what its facts and its link make of it */
#include "tunnel_scene.h"

#include <errno.h>

/* Peer 1 has waited for a handshake for too long. */
static void fall(struct node *node)
{
    read_peer(node, peer_of(WG0, 1, T, NONE));
    assert_int_equal(read_peer(node, peer_of(WG0, 1, T + 181 * S, NONE)), NODE_PEERS);
    assert_int_equal(state_of(node), TUNNEL_DOWN);
}

static void test_names(void **state)
{
    static const char *const states[] = {
        [TUNNEL_UNKNOWN] = "unknown", [TUNNEL_IDLE] = "idle", [TUNNEL_UP] = "up", [TUNNEL_DOWN] = "down"};
    static const char *const reasons[] = {[TUNNEL_REASON_NONE] = "",
                                          [TUNNEL_DAEMON_GONE] = "daemon-gone",
                                          [TUNNEL_LINK_GONE] = "link-gone",
                                          [TUNNEL_LINK_DOWN] = "link-down",
                                          [TUNNEL_NO_UNDERLAY] = "no-underlay",
                                          [TUNNEL_NO_HANDSHAKE] = "no-handshake",
                                          [TUNNEL_NO_REPLY] = "no-reply",
                                          [TUNNEL_NO_ENDPOINT] = "no-endpoint",
                                          [TUNNEL_ENDPOINT_UNRESOLVED] = "endpoint-unresolved",
                                          [TUNNEL_LOGIN_NEEDED] = "login-needed",
                                          [TUNNEL_NOT_AUTHORISED] = "not-authorised"};

    assert_int_equal(COUNT(states), TUNNEL_STATES);
    for (size_t i = 0; i < COUNT(states); i++)
        assert_string_equal(tunnel_state_name(i), states[i]);
    assert_int_equal(COUNT(reasons), TUNNEL_REASONS);
    for (size_t i = 0; i < COUNT(reasons); i++)
        assert_string_equal(tunnel_reason_name(i), reasons[i]);
    assert_string_equal(tunnel_kind_name(TUNNEL_WIREGUARD), "wireguard");
}

static void test_the_first_complete_dump_is_told_even_if_empty(void **state)
{
    struct node node;

    node_init(&node);
    speak(&node);
    assert_false(node_tunnels_known(&node));
    assert_int_equal(name_tunnels(&node, NULL, 0), NODE_TUNNELS);
    assert_true(node_tunnels_known(&node));
    assert_int_equal(name_tunnels(&node, NULL, 0), 0);
    assert_int_equal(NODE_UNPUBLISHED & BOTH, 0);
    node_done(&node);
}

static void test_a_tunnel_comes_and_goes(void **state)
{
    struct node *node = *state;
    const struct fact both[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", WG1)};
    struct fact keyed = both[0];

    assert_int_equal(tell(node, both[0]), 0);
    assert_int_equal(tell(node, both[1]), NODE_TUNNELS);
    assert_ptr_equal(tunnels_of_link(&node->tunnels, WG1),
                     tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, "wg1"));
    keyed.tunnel.keyed = true;
    assert_int_equal(tell(node, keyed), NODE_TUNNELS);
    assert_true(wg0(node)->fact.keyed);
    assert_int_equal(name_tunnels(node, &keyed, 1), NODE_TUNNELS);
    assert_true(wg0(node)->fact.up);
    assert_null(tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, "wg1"));
    assert_null(tunnels_of_link(&node->tunnels, WG1));
    assert_int_equal(name_tunnels(node, &keyed, 1), 0);
    read_peer(node, peer_of(WG0, 1, T, 0));
    dump(node, FACT_DUMP_BEGIN, FACT_TUNNEL, 0, 0);
    assert_int_equal(state_of(node), TUNNEL_UP); /* until the dump has ended */
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_TUNNEL, 0, 0), NODE_TUNNELS);
    assert_int_equal(node->tunnels.count, 0);
}

static void test_there_are_only_so_many(void **state)
{
    struct node *node = *state;
    char name[LINK_NAME_SIZE];

    for (int i = 1; i <= TUNNELS_MAX; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(tell(node, tunnel_of(name, 100 + i)), i < TUNNELS_MAX ? NODE_TUNNELS : 0);
        assert_false(node->tunnels.truncated);
    }
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_TUNNEL, 0, 0), NODE_TUNNELS);
    assert_true(node->tunnels.truncated);
    assert_int_equal(node->tunnels.count, TUNNELS_MAX);
    assert_null(tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, name));
    dump(node, FACT_DUMP_BEGIN, FACT_TUNNEL, 0, 0);
    assert_true(node->tunnels.truncated); /* until the dump has ended */
    dump(node, FACT_DUMP_END, FACT_TUNNEL, 0, 0);
    assert_false(node->tunnels.truncated);
}

static void test_its_link_goes_down_and_up(void **state)
{
    struct node *node = *state;

    assert_true(wg0(node)->fact.up && wg0(node)->was_up);
    fall(node);
    assert_int_equal(set_link(node, false), BOTH);
    assert_int_equal(state_of(node), TUNNEL_DOWN);
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_LINK_DOWN);
    assert_int_equal(wg0(node)->counts[PEER_DOWN], 0);
    assert_int_equal(wg0(node)->peers.count, 0);
    assert_int_equal(wg0(node)->due_usec, 0);
    assert_true(wg0(node)->was_up);
    assert_int_equal(set_link(node, true), BOTH);
    assert_int_equal(state_of(node), TUNNEL_UNKNOWN);
    /* Its time begins anew. */
    read_peer(node, peer_of(WG0, 1, T + 300 * S, NONE));
    assert_int_equal(state_of(node), TUNNEL_UNKNOWN);
    assert_int_equal(wg0(node)->due_usec, T + 480 * S + 1);
}

/* The rest of it is of what was there before. */
static void test_a_reading_across_a_change_of_the_link(void **state)
{
    struct node *node = *state;
    const struct fact peers[] = {peer_of(WG0, 1, T, 0), peer_of(WG0, 2, T, 0)};

    read_peers(node, WG0, peers, 2);
    dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    tell(node, peers[0]);
    set_link(node, false);
    tell(node, peers[1]);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), 0);
    assert_int_equal(wg0(node)->peers.count, 0);
    assert_false(wg0(node)->read);
    read_peers(node, WG0, peers, 2);
    set_link(node, true); /* whoever was seen while it was down has his time yet */
    assert_int_equal(wg0(node)->peers.count, 0);
    assert_int_equal(state_of(node), TUNNEL_UNKNOWN);
}

static void test_a_link_that_was_never_up(void **state)
{
    struct node *node = *state;
    const struct tunnel *wg1;

    tell(node, tunnel_down("wg1", WG1));
    wg1 = tunnels_of_link(&node->tunnels, WG1);
    assert_false(wg1->was_up);
    assert_int_equal(tunnel_state(wg1), TUNNEL_DOWN);
    assert_int_equal(tell(node, tunnel_of("wg1", WG1)), BOTH);
    assert_true(wg1->was_up);
}

/* Tunnels may be named before their links are. */
static void test_a_link_that_comes_later(void **state)
{
    struct node *node = *state;

    assert_int_equal(tell(node, tunnel_of("wg1", WG1)), NODE_TUNNELS);
    assert_int_equal(tunnel_mtu(node, tunnels_of_link(&node->tunnels, WG1)), 0);
    assert_string_equal(tunnel_link(node, tunnels_of_link(&node->tunnels, WG1)), "");
    assert_int_equal(tell(node, link_up(WG1, "wg1", "wireguard", 1420)), NODE_LINKS | NODE_TUNNELS);
    assert_int_equal(tunnel_mtu(node, tunnels_of_link(&node->tunnels, WG1)), 1420);
    assert_string_equal(tunnel_link(node, tunnels_of_link(&node->tunnels, WG1)), "wg1");
}

/* It may be about to go: what that means its sensor says. */
static void test_links_alone_take_nothing_down(void **state)
{
    struct node *node = *state;
    struct fact fact = link_up(WG0, "wg0", "wireguard", 1420);

    read_peer(node, peer_of(WG0, 1, T, 0));
    fact.link.up = false;
    assert_int_equal(tell(node, fact), NODE_LINKS);
    assert_int_equal(state_of(node), TUNNEL_UP);
}

/* Gone altogether: its sensor will say whether the tunnel is, or who made it. */
static void test_a_link_that_is_gone(void **state)
{
    struct node *node = *state;
    struct fact fact = tunnel_of("wg0", 0);

    read_peer(node, peer_of(WG0, 1, T, 0));
    assert_int_equal(tell(node, gone(link_up(WG0, "wg0", "wireguard", 1420))), NODE_LINKS);
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_REASON_NONE);
    assert_int_equal(tunnel_mtu(node, wg0(node)), 0);
    fact.tunnel.answers = false;
    assert_int_equal(tell(node, fact), BOTH);
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_DAEMON_GONE);
    assert_int_equal(state_of(node), TUNNEL_DOWN);
    assert_null(tunnels_of_link(&node->tunnels, WG0));
    assert_null(tunnels_of_link(&node->tunnels, 0));
}

/* It hangs for an hour, and its link stays: nobody is blamed for that hour. */
static void test_its_daemon_goes_and_comes_back(void **state)
{
    struct node *node = *state;
    struct fact fact = tunnel_of("wg0", WG0), peer = peer_of(WG0, 1, T + 3600 * S, 3600 * S);

    read_peer(node, peer_of(WG0, 1, T, 0));
    fact.tunnel.answers = false;
    assert_int_equal(tell(node, fact), BOTH);
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_DAEMON_GONE);
    assert_int_equal(wg0(node)->counts[PEER_UP], 0);
    assert_int_equal(tell(node, fact), 0);
    /* What it says of itself comes within the first reading. */
    fact.tunnel.answers = true;
    dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    tell(node, peer);
    assert_int_equal(tell(node, fact), NODE_TUNNELS);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), NODE_PEERS);
    assert_int_equal(state_of(node), TUNNEL_UNKNOWN);
    assert_int_equal(wg0(node)->due_usec, T + 3780 * S + 1);
}

static void test_the_daemon_before_the_link(void **state)
{
    struct node *node = *state;
    struct fact fact = tunnel_down("wg0", WG0);

    tell(node, fact);
    fact.tunnel.answers = false;
    tell(node, fact);
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_DAEMON_GONE);
}

/* The same name on another link: its peers are new, and so is what the link is. */
static void test_it_is_made_anew(void **state)
{
    struct node *node = *state;
    struct fact link = link_up(WG1, "wg0", "wireguard", 1380);

    fall(node);
    tell(node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    tell(node, link);
    assert_int_equal(tell(node, tunnel_of("wg0", WG1)), BOTH);
    assert_int_equal(node->tunnels.count, 1);
    assert_int_equal(state_of(node), TUNNEL_UNKNOWN);
    assert_int_equal(wg0(node)->peers.count, 0);
    assert_int_equal(tunnel_mtu(node, wg0(node)), 1380);
    tell(node, tunnel_down("wg0", WG1));
    assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_LINK_DOWN);
    assert_true(wg0(node)->was_up);
}

/* Both names are there until the dump's end; its peers are the new one's. */
static void test_its_link_gets_another_name(void **state)
{
    struct node *node = *state;
    struct fact peer = peer_of(WG0, 1, T, 0);

    tell(node, link_up(WG0, "vpn", "wireguard", 1420));
    dump(node, FACT_DUMP_BEGIN, FACT_TUNNEL, 0, 0);
    tell(node, tunnel_of("vpn", WG0));
    assert_int_equal(read_peers(node, WG0, &peer, 1), NODE_PEERS);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_TUNNEL, 0, 0), NODE_TUNNELS);
    assert_int_equal(node->tunnels.count, 1);
    assert_int_equal(tunnel_state(tunnels_of_link(&node->tunnels, WG0)), TUNNEL_UP);
}

static void test_its_mtu(void **state)
{
    struct node *node = *state;

    assert_int_equal(tunnel_mtu(node, wg0(node)), 1420);
    assert_int_equal(tell(node, link_up(WG0, "wg0", "wireguard", 1280)), NODE_LINKS | NODE_TUNNELS);
    assert_int_equal(tunnel_mtu(node, wg0(node)), 1280);
    assert_int_equal(tell(node, link_up(ETH0, "eth0", "", 1400)), NODE_LINKS | NODE_UPLINK_MTU);
}

static void test_without_memory(void **state)
{
    struct node *node = *state;

    memory_left = 0;
    assert_int_equal(tell(node, tunnel_of("wg1", WG1)), -ENOMEM);
    assert_int_equal(node->tunnels.count, 1);
    dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    assert_int_equal(tell(node, peer_of(WG0, 1, T, 0)), -ENOMEM);
    assert_int_equal(wg0(node)->peers.count, 0);
    memory_left = MEMORY_ENOUGH;
    assert_int_equal(tell(node, peer_of(WG0, 2, T, 0)), 0);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), NODE_PEERS);
    assert_int_equal(wg0(node)->peers.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_the_first_complete_dump_is_told_even_if_empty),
        TUNNEL_TEST(test_a_tunnel_comes_and_goes),
        TUNNEL_TEST(test_there_are_only_so_many),
        TUNNEL_TEST(test_its_link_goes_down_and_up),
        TUNNEL_TEST(test_a_reading_across_a_change_of_the_link),
        TUNNEL_TEST(test_a_link_that_was_never_up),
        TUNNEL_TEST(test_a_link_that_comes_later),
        TUNNEL_TEST(test_links_alone_take_nothing_down),
        TUNNEL_TEST(test_a_link_that_is_gone),
        TUNNEL_TEST(test_its_daemon_goes_and_comes_back),
        TUNNEL_TEST(test_the_daemon_before_the_link),
        TUNNEL_TEST(test_it_is_made_anew),
        TUNNEL_TEST(test_its_link_gets_another_name),
        TUNNEL_TEST(test_its_mtu),
        TUNNEL_TEST(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
