/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ways of tunnels are to be measured */
#include "../../service/state/path_course.h"

#include "facts.h"

#define S    INT64_C(1000000)
#define T    (1000 * S)
#define NONE (-1) /* no handshake */

struct stand {
    struct node node;
    struct path_courses courses;
};

static int set_up(void **state)
{
    static struct stand stand;
    struct fact fact = tunnel_of("wg0", WG0);

    memset(&stand, 0, sizeof(stand));
    node_with_tunnel(&stand.node);
    fact.tunnel.mark = 51820;
    name_tunnels(&stand.node, &fact, 1);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    node_done(&((struct stand *)*state)->node);
    return 0;
}

static size_t look(struct stand *stand)
{
    path_courses_look(&stand->courses, &stand->node);
    return stand->courses.count;
}

/* The one there is. */
static const struct path_course *only(struct stand *stand)
{
    assert_int_equal(look(stand), 1);
    return &stand->courses.list[0];
}

static void read_one(struct stand *stand, struct fact peer)
{
    read_peers(&stand->node, WG0, &peer, 1);
}

static struct fact peer_at(uint32_t number, int64_t raw, int64_t age, const char *endpoint,
                           const char *address)
{
    struct fact fact = peer_of(WG0, number, raw, age);

    fact.peer.endpoint = (struct peer_endpoint){0};
    if (*endpoint)
        fact.peer.endpoint = endpoint_of(endpoint, 51820);
    if (!*address)
        return fact;
    fact.peer.address_family = strchr(address, ':') ? AF_INET6 : AF_INET;
    inet_pton(fact.peer.address_family, address, fact.peer.address);
    return fact;
}

static void test_a_course(void **state)
{
    struct stand *stand = *state;
    struct path_course expected;

    read_one(stand, peer_at(1, T, S, "198.51.100.1", "fd00::2"));
    memset(&expected, 0, sizeof(expected));
    expected.ifindex = WG0;
    expected.tunnel_mtu = 1420;
    expected.underlay = ETH0;
    expected.underlay_mtu = 1500;
    expected.mark = 51820;
    expected.endpoint = endpoint_of("198.51.100.1", 0); /* another port is the same way */
    expected.peer_family = AF_INET6;
    inet_pton(AF_INET6, "fd00::2", expected.peer);
    assert_memory_equal(only(stand), &expected, sizeof(expected));
    assert_ptr_equal(path_courses_find(&stand->courses, WG0), &stand->courses.list[0]);
    assert_null(path_courses_find(&stand->courses, ETH0));
}

static void test_what_is_another_course(void **state)
{
    struct stand *stand = *state;

    read_one(stand, peer_at(1, T, S, "198.51.100.1", ""));
    assert_int_equal(only(stand)->tunnel_mtu, 1420);
    tell(&stand->node, link_up(WG0, "wg0", "wireguard", 1280));
    assert_int_equal(only(stand)->tunnel_mtu, 1280);
    tell(&stand->node, link_up(ETH0, "eth0", "", 1360));
    assert_int_equal(only(stand)->underlay_mtu, 1360);
    tell(&stand->node, link_up(3, "eth1", "", 1400));
    tell(&stand->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    assert_int_equal(only(stand)->underlay, 0);
    assert_int_equal(stand->courses.list[0].underlay_mtu, 0);
    tell(&stand->node, route_by(3, "10.0.0.1", 0));
    assert_int_equal(only(stand)->underlay, 3);
    /* It has moved. */
    read_one(stand, peer_at(1, T + S, S, "198.51.100.2", "10.0.0.2"));
    assert_int_equal(only(stand)->endpoint.bytes[3], 2);
    assert_int_equal(stand->courses.list[0].peer_family, AF_INET);
}

/* None is up, or there is nothing to ask. */
static void test_no_course(void **state)
{
    struct stand *stand = *state;
    struct fact peer = peer_at(1, T, NONE, "198.51.100.1", "10.0.0.2");
    static const struct path_courses none;

    assert_int_equal(look(stand), 0); /* its peers were not read */
    read_one(stand, peer);
    assert_int_equal(look(stand), 0);
    read_one(stand, peer_at(2, T, S, "", ""));
    assert_int_equal(look(stand), 0);
    assert_memory_equal(&stand->courses, &none, sizeof(none)); /* they are compared as a whole */
    read_one(stand, peer_at(3, T, S, "", "10.0.0.2"));
    assert_int_equal(only(stand)->underlay, ETH0);
    assert_int_equal(stand->courses.list[0].endpoint.family, 0);
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    assert_int_equal(look(stand), 0);
}

static void test_a_tunnel_that_does_not_work(void **state)
{
    struct stand *stand = *state;
    struct fact fact = tunnel_of("wg0", WG0);

    read_one(stand, peer_at(1, T, S, "198.51.100.1", ""));
    assert_int_equal(look(stand), 1);
    tell(&stand->node, tunnel_down("wg0", WG0));
    assert_int_equal(look(stand), 0);
    tell(&stand->node, fact);
    read_one(stand, peer_at(1, T, S, "198.51.100.1", ""));
    assert_int_equal(look(stand), 1);
    fact.tunnel.answers = false;
    tell(&stand->node, fact);
    assert_int_equal(look(stand), 0);
}

static void test_the_newest_handshake(void **state)
{
    struct stand *stand = *state;
    const struct fact peers[] = {peer_at(1, T, 90 * S, "198.51.100.1", ""),
                                 peer_at(2, T, 5 * S, "198.51.100.2", ""),
                                 peer_at(3, T, 30 * S, "198.51.100.3", "")};

    read_peers(&stand->node, WG0, peers, 3);
    assert_int_equal(only(stand)->endpoint.bytes[3], 2);
}

/* Otherwise each handshake would be a measurement. */
static void test_it_stays_with_its_peer(void **state)
{
    struct stand *stand = *state;
    struct fact peers[] = {peer_at(1, T, 5 * S, "198.51.100.1", ""),
                           peer_at(2, T, 90 * S, "198.51.100.2", "")};

    peers[0].peer.keepalive_sec = 0;
    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(only(stand)->endpoint.bytes[3], 1);
    peers[1] = peer_at(2, T + 10 * S, 0, "198.51.100.2", "");
    peers[0].peer.raw_usec = T + 10 * S;
    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(stand->node.tunnels.list[0].newest, 1);
    assert_int_equal(only(stand)->endpoint.bytes[3], 1);
    /* It rests: nobody misses it. */
    peers[0].peer.raw_usec = peers[1].peer.raw_usec = T + 400 * S;
    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(peers_find(&stand->node.tunnels.list[0].peers, peers[0].peer.key)->state, PEER_IDLE);
    assert_int_equal(only(stand)->endpoint.bytes[3], 1);
    /* It is gone: another's turn, if that is up. */
    read_peers(&stand->node, WG0, &peers[1], 1);
    assert_int_equal(look(stand), 0);
    peers[1].peer.handshake_usec += S;
    read_peers(&stand->node, WG0, &peers[1], 1);
    assert_int_equal(only(stand)->endpoint.bytes[3], 2);
}

static void test_a_peer_that_is_down(void **state)
{
    struct stand *stand = *state;
    struct fact peers[] = {peer_at(1, T, 5 * S, "198.51.100.1", ""),
                           peer_at(2, T, 90 * S, "198.51.100.2", "")};

    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(only(stand)->endpoint.bytes[3], 1);
    peers[0].peer.raw_usec = T + 190 * S;
    peers[1] = peer_at(2, T + 190 * S, 0, "198.51.100.2", "");
    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(only(stand)->endpoint.bytes[3], 2);
    peers[0].peer.raw_usec = peers[1].peer.raw_usec = T + 500 * S;
    read_peers(&stand->node, WG0, peers, 2);
    assert_int_equal(look(stand), 0);
}

static int32_t underlay_to(struct stand *stand, const char *endpoint)
{
    memset(&stand->courses, 0, sizeof(stand->courses));
    read_one(stand, peer_at(1, T, S, endpoint, "10.0.0.2"));
    return only(stand)->underlay;
}

/* An endpoint that is no way beyond the uplink. */
static void test_the_underlay(void **state)
{
    struct stand *stand = *state;
    struct fact down = link_up(5, "eth3", "", 1500);

    tell(&stand->node, link_up(3, "eth1", "", 9000));
    tell(&stand->node, link_up(4, "eth2", "", 1400));
    tell(&stand->node, link_up(LO, "lo", "", 65536));
    tell(&stand->node, address_of(3, "10.1.0.1/20"));
    tell(&stand->node, address_of(4, "10.1.2.1/25"));
    tell(&stand->node, address_of(4, "10.4.2.1/25"));
    tell(&stand->node, address_of(3, "10.4.0.1/20"));
    tell(&stand->node, address_of(3, "fd00:1::1/64"));
    tell(&stand->node, address_of(LO, "127.0.0.1/8"));
    tell(&stand->node, address_of(WG0, "10.9.0.1/24"));
    down.link.up = false;
    tell(&stand->node, down);
    tell(&stand->node, address_of(5, "10.3.0.1/24"));
    assert_int_equal(underlay_to(stand, "198.51.100.1"), ETH0);
    assert_int_equal(underlay_to(stand, "10.1.15.255"), 3);
    assert_int_equal(underlay_to(stand, "10.1.16.1"), ETH0);
    assert_int_equal(underlay_to(stand, "10.1.2.127"), 4); /* the longer prefix */
    assert_int_equal(underlay_to(stand, "10.1.2.128"), 3);
    assert_int_equal(underlay_to(stand, "fd00:1::77"), 3);
    assert_int_equal(underlay_to(stand, "10.4.2.127"), 4); /* whichever came first */
    assert_int_equal(underlay_to(stand, "fd00:2::77"), ETH0);
    assert_int_equal(underlay_to(stand, "a01:1::1"), ETH0); /* begins as 10.1.0.1 */
    assert_int_equal(underlay_to(stand, "127.0.0.1"), LO);  /* udp2raw and its like */
    assert_int_equal(underlay_to(stand, "10.9.0.2"), ETH0); /* never the tunnel itself */
    assert_int_equal(underlay_to(stand, "10.3.0.2"), ETH0); /* nor a link that is down */
    assert_int_equal(underlay_to(stand, ""), ETH0);
    tell(&stand->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    tell(&stand->node, route_by(WG0, "10.9.0.2", 0));
    assert_int_equal(underlay_to(stand, "198.51.100.1"), 0);
}

/* Of more than these nothing is asked. */
static void test_the_limit(void **state)
{
    struct stand *stand = *state;
    struct fact tunnels[PATH_COURSES_MAX + 3];
    char name[LINK_NAME_SIZE];

    for (int i = 0; i < PATH_COURSES_MAX + 3; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        tunnels[i] = tunnel_of(name, 100 + i);
        tell(&stand->node, link_up(100 + i, name, "wireguard", 1420));
    }
    name_tunnels(&stand->node, tunnels, PATH_COURSES_MAX + 3);
    for (int i = 0; i < PATH_COURSES_MAX + 3; i++) {
        struct fact peer = peer_of(100 + i, 1, T, S);

        read_peers(&stand->node, 100 + i, &peer, 1);
    }
    assert_int_equal(look(stand), PATH_COURSES_MAX);
    for (int i = 0; i < PATH_COURSES_MAX; i++)
        assert_int_equal(stand->courses.list[i].ifindex, 100 + i);
}

#define COURSE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COURSE_TEST(test_a_course),
        COURSE_TEST(test_what_is_another_course),
        COURSE_TEST(test_no_course),
        COURSE_TEST(test_a_tunnel_that_does_not_work),
        COURSE_TEST(test_the_newest_handshake),
        COURSE_TEST(test_it_stays_with_its_peer),
        COURSE_TEST(test_a_peer_that_is_down),
        COURSE_TEST(test_the_underlay),
        COURSE_TEST(test_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
