/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel: what readings of its peers make of it */
#include "tunnel_scene.h"

static void test_the_state_of_its_peers(void **state)
{
    static const struct {
        int64_t up, down, unknown, idle; /* peers of each; idle ones have no keepalive */
        enum tunnel_state expected;
    } rows[] = {{0, 0, 0, 0, TUNNEL_IDLE}, {0, 0, 0, 3, TUNNEL_IDLE}, {0, 0, 1, 3, TUNNEL_UNKNOWN},
                {0, 1, 1, 3, TUNNEL_DOWN}, {0, 2, 0, 0, TUNNEL_DOWN}, {1, 2, 1, 3, TUNNEL_UP},
                {2, 0, 0, 0, TUNNEL_UP}};
    struct node *node = *state;

    assert_int_equal(state_of(node), TUNNEL_UNKNOWN); /* they have not been read */
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact peers[8];
        size_t count = 0;

        read_peers(node, WG0, NULL, 0);
        for (int j = 0; j < rows[i].down; j++, count++)
            peers[count] = peer_of(WG0, count, T, NONE);
        read_peers(node, WG0, peers, count);
        for (size_t j = 0; j < count; j++)
            peers[j].peer.raw_usec += 181 * S;
        for (int j = 0; j < rows[i].up + rows[i].unknown; j++, count++)
            peers[count] = peer_of(WG0, count, T + 181 * S, j < rows[i].up ? 5 * S : NONE);
        for (int j = 0; j < rows[i].idle; j++, count++) {
            peers[count] = peer_of(WG0, count, T + 181 * S, NONE);
            peers[count].peer.keepalive_sec = 0;
        }
        read_peers(node, WG0, peers, count);
        assert_int_equal(wg0(node)->counts[PEER_UP], rows[i].up);
        assert_int_equal(wg0(node)->counts[PEER_DOWN], rows[i].down);
        assert_int_equal(wg0(node)->counts[PEER_UNKNOWN], rows[i].unknown);
        assert_int_equal(wg0(node)->counts[PEER_IDLE], rows[i].idle);
        assert_int_equal(state_of(node), rows[i].expected);
        assert_int_equal(tunnel_reason(wg0(node)), TUNNEL_REASON_NONE);
    }
}

static void test_a_reading_is_told_at_its_end(void **state)
{
    struct node *node = *state;
    struct fact peer = peer_of(WG0, 1, T, 10 * S);

    assert_int_equal(read_peers(node, WG0, NULL, 0), NODE_PEERS); /* that there are none is news */
    assert_int_equal(read_peers(node, WG0, NULL, 0), 0);
    assert_int_equal(read_peer(node, peer), NODE_PEERS);
    peer.peer.raw_usec += 60 * S;
    peer.peer.rx_bytes = 5;
    assert_int_equal(read_peer(node, peer), 0); /* nobody is told of bytes */
    assert_int_equal(wg0(node)->peers.list[0].seen.rx_bytes, 5);
    peer.peer.raw_usec += 180 * S;
    assert_int_equal(read_peer(node, peer), NODE_PEERS);
    assert_int_equal(state_of(node), TUNNEL_DOWN);
    assert_int_equal(read_peers(node, WG0, NULL, 0), NODE_PEERS);
    assert_int_equal(state_of(node), TUNNEL_IDLE);
}

/* Half of it, and then once more from the beginning. */
static void test_a_reading_that_does_not_end(void **state)
{
    struct node *node = *state;
    const struct fact peers[] = {peer_of(WG0, 1, T, NONE), peer_of(WG0, 2, T, NONE)};
    struct fact later = peer_of(WG0, 1, T + 181 * S, NONE);

    read_peers(node, WG0, peers, COUNT(peers));
    dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    tell(node, later);
    assert_int_equal(wg0(node)->counts[PEER_DOWN], 0);
    assert_int_equal(wg0(node)->peers.count, 2);
    assert_int_equal(read_peer(node, later), NODE_PEERS);
    assert_int_equal(wg0(node)->counts[PEER_DOWN], 1);
    assert_int_equal(wg0(node)->peers.count, 1);
}

/* Neither of a tunnel that was never heard of, nor of no link at all; and an end needs a beginning. */
static void test_what_is_nobodys(void **state)
{
    struct node *node = *state;
    const struct fact peer = peer_of(WG0, 1, T, 0);
    const int32_t others[] = {ETH0, WG1, 0, -1};

    tell(node, tunnel_of("wg9", 0));
    for (size_t i = 0; i < COUNT(others); i++) {
        struct fact other = peer_of(others[i], 1, T, 0);

        assert_int_equal(read_peers(node, others[i], &other, 1), 0);
    }
    assert_int_equal(tell(node, peer), 0);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), 0);
    assert_false(wg0(node)->read);
    assert_int_equal(wg0(node)->peers.count, 0);
    assert_int_equal(read_peer(node, peer), NODE_PEERS);
    tell(node, peer_of(WG0, 2, T, 0)); /* after its end */
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), 0);
    assert_int_equal(wg0(node)->peers.count, 1);
    assert_int_equal(tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, "wg9")->peers.count, 0);
}

/* The next reading is the soonest that any of them needs. */
static void test_when_it_is_due(void **state)
{
    struct node *node = *state;
    const struct fact peers[] = {peer_of(WG0, 1, T, 10 * S), peer_of(WG0, 2, T, 50 * S),
                                 peer_of(WG0, 3, T, NONE)};
    struct fact quiet = peer_of(WG0, 4, T, NONE);

    assert_int_equal(wg0(node)->due_usec, 0);
    read_peers(node, WG0, peers, 1);
    assert_int_equal(wg0(node)->due_usec, T + 170 * S + 1);
    read_peers(node, WG0, peers, 3);
    assert_int_equal(wg0(node)->due_usec, T + 130 * S + 1);
    quiet.peer.keepalive_sec = 0;
    read_peers(node, WG0, &quiet, 1);
    assert_int_equal(wg0(node)->due_usec, 0);
}

static void test_its_newest_handshake(void **state)
{
    struct node *node = *state;
    struct fact peers[] = {peer_of(WG0, 1, T, NONE), peer_of(WG0, 2, T, 70 * S), peer_of(WG0, 3, T, 30 * S),
                           peer_of(WG0, 4, T, 50 * S)};

    assert_int_equal(tunnel_age(wg0(node), T), -1);
    read_peers(node, WG0, peers, 1);
    assert_int_equal(tunnel_age(wg0(node), T), -1);
    read_peers(node, WG0, peers, 2);
    assert_int_equal(tunnel_age(wg0(node), T + S), 71 * S);
    read_peers(node, WG0, peers, 4);
    assert_int_equal(tunnel_age(wg0(node), T + S), 31 * S);
    assert_int_equal(wg0(node)->handshakes, 3);
    read_peers(node, WG0, peers + 3, 1);
    assert_int_equal(tunnel_age(wg0(node), T + S), 51 * S);
    set_link(node, false);
    assert_int_equal(tunnel_age(wg0(node), T), -1);
}

/* As the tunnel itself tells it, however old it is. */
static void test_the_newest_stamp(void **state)
{
    struct node *node = *state;
    const struct fact peers[] = {peer_of(WG0, 1, T, 86400 * S), peer_of(WG0, 2, T, 7200 * S),
                                 peer_of(WG0, 3, T, 9000 * S), peer_of(WG0, 4, T, NONE)};

    assert_int_equal(wg0(node)->newest_stamp_usec, 0);
    read_peers(node, WG0, peers, 4);
    assert_int_equal(wg0(node)->newest_stamp_usec, peers[1].peer.handshake_usec);
    assert_int_equal(tunnel_age(wg0(node), T), -1);
    read_peers(node, WG0, peers, 1);
    assert_int_equal(wg0(node)->newest_stamp_usec, peers[0].peer.handshake_usec);
    set_link(node, false);
    assert_int_equal(wg0(node)->newest_stamp_usec, 0);
}

/* Those at a private address, or at none of IPv4, are not beyond a NAT. */
static void test_peers_without_keepalive(void **state)
{
    struct node *node = *state;
    struct fact peers[6];

    for (uint32_t i = 0; i < COUNT(peers); i++) {
        peers[i] = peer_of(WG0, i, T, NONE);
        peers[i].peer.keepalive_sec = 0;
    }
    peers[0].peer.keepalive_sec = 25;
    peers[1].peer.endpoint = endpoint_of("192.168.5.1", 1);
    peers[2].peer.endpoint = endpoint_of("2001:db8::1", 1);
    memset(&peers[3].peer.endpoint, 0, sizeof(peers[3].peer.endpoint));
    read_peers(node, WG0, peers, 4);
    assert_int_equal(wg0(node)->without_keepalive, 0);
    assert_int_equal(read_peers(node, WG0, peers, COUNT(peers)), NODE_PEERS);
    assert_int_equal(wg0(node)->without_keepalive, 2);
    assert_memory_equal(&wg0(node)->first_without.seen, &peers[4].peer, sizeof(peers[4].peer));
    peers[4].peer.keepalive_sec = 25; /* which changes its state too: it is waited for now */
    read_peers(node, WG0, peers, COUNT(peers));
    assert_int_equal(wg0(node)->without_keepalive, 1);
    assert_memory_equal(&wg0(node)->first_without.seen, &peers[5].peer, sizeof(peers[5].peer));
}

/* Of a session that lasts nobody's state changes. */
static void test_keepalive_is_taken_away(void **state)
{
    struct node *node = *state;
    struct fact peer = peer_of(WG0, 1, T, 0);

    read_peer(node, peer);
    peer.peer.keepalive_sec = 0;
    assert_int_equal(read_peer(node, peer), NODE_PEERS);
    assert_int_equal(read_peer(node, peer), 0);
    peer.peer.endpoint = endpoint_of("198.51.100.2", 51820);
    assert_int_equal(read_peer(node, peer), NODE_PEERS); /* the finding names it */
    peer.peer.keepalive_sec = 25;
    assert_int_equal(read_peer(node, peer), NODE_PEERS);
}

/* Whatever the finding says of the first one that is down. */
static void test_the_first_that_is_down(void **state)
{
    struct node *node = *state;
    struct fact peers[] = {peer_of(WG0, 1, T, 0), peer_of(WG0, 2, T, NONE), peer_of(WG0, 3, T, NONE)};

    read_peers(node, WG0, peers, 3);
    for (size_t i = 0; i < COUNT(peers); i++)
        peers[i].peer.raw_usec += 181 * S;
    peers[0].peer.handshake_usec += 181 * S;
    read_peers(node, WG0, peers, 3);
    assert_int_equal(wg0(node)->counts[PEER_DOWN], 2);
    assert_memory_equal(wg0(node)->first_down.seen.key, peers[1].peer.key, PEER_KEY_SIZE);
    assert_int_equal(read_peers(node, WG0, peers, 3), 0);
    peers[1].peer.endpoint.port++;
    assert_int_equal(read_peers(node, WG0, peers, 3), NODE_PEERS);
    memset(&peers[1].peer.endpoint, 0, sizeof(peers[1].peer.endpoint));
    assert_int_equal(read_peers(node, WG0, peers, 3), NODE_PEERS);
    assert_int_equal(wg0(node)->first_down.reason, PEER_NO_ENDPOINT);
    peers[2].peer.endpoint.port++; /* it says nothing of the others */
    assert_int_equal(read_peers(node, WG0, peers, 3), 0);
    /* While they are being read it is as it was. */
    dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    peers[1].peer.handshake_usec = 1;
    tell(node, peers[1]);
    assert_int_equal(wg0(node)->peers.list[1].state, PEER_UP);
    assert_int_equal(wg0(node)->first_down.state, PEER_DOWN);
    tell(node, peers[2]);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PEER, 0, WG0), NODE_PEERS);
    assert_memory_equal(wg0(node)->first_down.seen.key, peers[2].peer.key, PEER_KEY_SIZE);
}

static void test_why_a_peer_is_down(void **state)
{
    struct node *node = *state;
    static const struct {
        enum peer_reason reason;
        enum tunnel_reason expected, without_address;
    } rows[] = {{PEER_REASON_NONE, TUNNEL_REASON_NONE, TUNNEL_REASON_NONE},
                {PEER_NO_HANDSHAKE, TUNNEL_NO_HANDSHAKE, TUNNEL_NO_UNDERLAY},
                {PEER_NO_REPLY, TUNNEL_NO_REPLY, TUNNEL_NO_UNDERLAY},
                {PEER_NO_ENDPOINT, TUNNEL_NO_ENDPOINT, TUNNEL_NO_ENDPOINT}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer peer = {.reason = rows[i].reason};

        assert_int_equal(tunnel_peer_reason(node, &peer), rows[i].expected);
    }
    tell(node, gone(address_of(ETH0, "172.20.1.2/20")));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer peer = {.reason = rows[i].reason};

        assert_int_equal(tunnel_peer_reason(node, &peer), rows[i].without_address);
    }
}

/* With that many peers a thousand events of links take as long as none of them: they are not looked at. */
static void test_events_of_links_leave_peers_alone(void **state)
{
    enum { MANY = 10000 };
    struct node *node = *state;
    static struct fact peers[MANY];
    struct peer *list;

    for (uint32_t i = 0; i < MANY; i++)
        peers[i] = peer_of(WG0, i, T, 0);
    assert_int_equal(read_peers(node, WG0, peers, MANY), NODE_PEERS);
    assert_int_equal(wg0(node)->counts[PEER_UP], MANY);
    /* Whoever looks at them stumbles. */
    list = wg0(node)->peers.list;
    ((struct tunnel *)wg0(node))->peers.list = NULL;
    for (uint32_t i = 0; i < 1000; i++) {
        tell(node, link_up(20, "tun0", "tun", 1400 + i % 2));
        tell(node, address_of(20, i % 2 ? "10.1.0.1/24" : "10.1.0.2/24"));
        tell(node, link_up(WG0, "wg0", "wireguard", 1280 + i));
    }
    tell(node, tunnel_of("wg1", 20));
    assert_int_equal(state_of(node), TUNNEL_UP);
    ((struct tunnel *)wg0(node))->peers.list = list;
    assert_int_equal(wg0(node)->peers.count, MANY);
}

/* Nobody's news, and only that peer's. */
static void test_what_we_sent(void **state)
{
    struct node *node = *state;
    const struct fact peers[] = {peer_of(WG0, 1, T, 10 * S), peer_of(WG0, 2, T, 10 * S)};
    struct fact sent = fact_of(FACT_SENT);

    sent.sent.ifindex = WG0;
    sent.sent.raw_usec = T + S;
    assert_int_equal(tell(node, sent), 0); /* nobody is there yet */
    read_peers(node, WG0, peers, COUNT(peers));
    memcpy(sent.sent.key, peers[1].peer.key, PEER_KEY_SIZE);
    sent.sent.ifindex = WG1;
    assert_int_equal(tell(node, sent), 0);
    assert_int_equal(wg0(node)->peers.list[1].own_usec, 0);
    sent.sent.ifindex = WG0;
    assert_int_equal(tell(node, sent), 0);
    assert_int_equal(wg0(node)->peers.list[0].own_usec, 0);
    assert_int_equal(wg0(node)->peers.list[1].own_usec, T + S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TUNNEL_TEST(test_the_state_of_its_peers),
        TUNNEL_TEST(test_a_reading_is_told_at_its_end),
        TUNNEL_TEST(test_a_reading_that_does_not_end),
        TUNNEL_TEST(test_what_is_nobodys),
        TUNNEL_TEST(test_when_it_is_due),
        TUNNEL_TEST(test_its_newest_handshake),
        TUNNEL_TEST(test_the_newest_stamp),
        TUNNEL_TEST(test_peers_without_keepalive),
        TUNNEL_TEST(test_keepalive_is_taken_away),
        TUNNEL_TEST(test_the_first_that_is_down),
        TUNNEL_TEST(test_why_a_peer_is_down),
        TUNNEL_TEST(test_events_of_links_leave_peers_alone),
        TUNNEL_TEST(test_what_we_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
