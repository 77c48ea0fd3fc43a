/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel: what was found where a peer of it should be that is down, and drops that wait for that */
#include "drop_scene.h"

static struct fact asking(uint32_t number)
{
    struct fact fact = reach_of(WG0, number);

    fact.reach.asking = true;
    return fact;
}

static struct fact found(uint32_t number, enum reach_name name)
{
    struct fact fact = reach_of(WG0, number);

    fact.reach.name = name;
    return fact;
}

static void test_what_was_found(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;

    fall(node, 1, 2);
    assert_null(tunnel_reach(wg0(node)));
    assert_int_equal(tell(node, found(1, REACH_NAME_SAME)), NODE_PEERS);
    assert_int_equal(tell(node, found(1, REACH_NAME_SAME)), 0);
    assert_int_equal(tunnel_reach(wg0(node))->name, REACH_NAME_SAME);
    assert_int_equal(tell(node, found(1, REACH_NAME_MOVED)), NODE_PEERS);
    assert_int_equal(tunnel_reach(wg0(node))->name, REACH_NAME_MOVED);
    assert_int_equal(tell(node, gone(reach_of(WG0, 1))), NODE_PEERS);
    assert_null(tunnel_reach(wg0(node)));
    assert_int_equal(tell(node, gone(reach_of(WG0, 1))), 0);
}

/* It holds of that peer at that endpoint, as long as it is down. */
static void test_when_it_holds_no_more(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;
    struct fact elsewhere = peer_of(WG0, 1, T + 182 * S, NONE);

    fall(node, 1, 1);
    tell(node, found(2, REACH_NAME_SAME));
    assert_null(tunnel_reach(wg0(node)));
    tell(node, found(1, REACH_NAME_SAME));
    assert_non_null(tunnel_reach(wg0(node)));
    elsewhere.peer.endpoint = endpoint_of("198.51.100.2", 51820);
    read_peer(node, elsewhere);
    assert_null(tunnel_reach(wg0(node)));
    fall(node, 1, 1);
    rise(node, 1, 1);
    assert_null(tunnel_reach(wg0(node)));
    assert_int_equal(tell(node, found(9, REACH_NAME_SAME)), NODE_PEERS);
    set_link(node, false);
    assert_int_equal(tell(node, gone(reach_of(WG0, 9))), 0);
    assert_int_equal(tell(node, (struct fact){.kind = FACT_REACH, .reach.ifindex = WG1}), 0);
}

static void test_a_name_that_is_not_found(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;
    struct fact fact = found(1, REACH_NAME_LATE);

    fall(node, 1, 2);
    tell(node, found(1, REACH_NAME_UNRESOLVED));
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_ENDPOINT_UNRESOLVED);
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[1]), TUNNEL_NO_HANDSHAKE);
    tell(node, found(1, REACH_NAME_LATE));
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_ENDPOINT_UNRESOLVED);
    /* DNS may be beyond this very tunnel, and here is somebody to listen to. */
    fact.reach.port = REACH_PORT_REFUSED;
    tell(node, fact);
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_NO_HANDSHAKE);
    tell(node, found(1, REACH_NAME_UNRESOLVED));
    tell(node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_NO_UNDERLAY);
}

/* Though there was a handshake lately nobody would look for a name, and so does nobody here. */
static void test_a_name_is_no_reason_with_a_session(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;
    struct fact peer = peer_of(WG0, 1, T, 0);

    for (int i = 0; i < 3; i++) {
        read_peer(node, peer);
        peer.peer.raw_usec += 20 * S;
        peer.peer.tx_bytes += 5000;
    }
    tell(node, found(1, REACH_NAME_UNRESOLVED));
    assert_non_null(tunnel_reach(wg0(node)));
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_NO_REPLY);
}

static void test_without_an_endpoint(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;
    struct fact peer = peer_of(WG0, 1, T, NONE), fact = found(1, REACH_NAME_UNRESOLVED);

    memset(&peer.peer.endpoint, 0, sizeof(peer.peer.endpoint));
    memset(&fact.reach.endpoint, 0, sizeof(fact.reach.endpoint));
    read_peer(node, peer);
    peer.peer.raw_usec += 181 * S;
    read_peer(node, peer);
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_NO_ENDPOINT);
    tell(node, fact);
    assert_int_equal(tunnel_peer_reason(node, &wg0(node)->peers.list[0]), TUNNEL_ENDPOINT_UNRESOLVED);
}

static void test_a_drop_waits(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;

    fall(node, 1, 2);
    assert_int_equal(tell(node, asking(1)), NODE_PEERS);
    assert_null(tunnel_reach(wg0(node)));
    assert_told(talk, "");
    assert_int_equal(tell(node, found(1, REACH_NAME_UNRESOLVED)), NODE_PEERS);
    assert_told(talk, "-wg0/1 endpoint-unresolved, -wg0/2 no-handshake");
    /* What is found later is nobody's news, nor is it that somebody asks. */
    tell(node, found(1, REACH_NAME_SAME));
    assert_told(talk, "");
    tell(node, asking(1));
    assert_told(talk, "");
    tell(node, gone(reach_of(WG0, 1)));
    assert_told(talk, "");
    rise(node, 1, 2);
    assert_told(talk, "+wg0/1, +wg0/2");
}

static void test_it_is_back_meanwhile(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;

    fall(node, 1, 1);
    tell(node, asking(1));
    assert_told(talk, "");
    rise(node, 1, 1);
    assert_told(talk, "");
    tell(node, gone(reach_of(WG0, 1)));
    assert_told(talk, "");
}

/* All of it is down now: that waits for nothing. */
static void test_the_tunnel_goes_meanwhile(void **state)
{
    struct talk *talk = *state;
    struct node *node = talk->node;

    assert_told(talk, "");
    fall(node, 1, 1);
    tell(node, asking(1));
    assert_told(talk, "");
    set_link(node, false);
    assert_told(talk, "-wg0 link-down");
    set_link(node, true);
    fall(node, 1, 1);
    assert_told(talk, "+wg0, -wg0/1 no-handshake");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DROP_TEST(test_what_was_found),           DROP_TEST(test_when_it_holds_no_more),
        DROP_TEST(test_a_name_that_is_not_found), DROP_TEST(test_a_name_is_no_reason_with_a_session),
        DROP_TEST(test_without_an_endpoint),      DROP_TEST(test_a_drop_waits),
        DROP_TEST(test_it_is_back_meanwhile),     DROP_TEST(test_the_tunnel_goes_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
