/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a peer is down: what the answers say, and of whom they are asked */
#include "../../service/state/reach.h"
#include "scene.h"

#define S    INT64_C(1000000)
#define T    (1000 * S)
#define NONE (-1) /* no handshake */

struct row {
    const char *what;
    enum reach_ping ping;
    enum reach_port port;
    bool udp_passes;
    enum reach_name name;
    enum reach_verdict verdict;
};

#define PING(word) REACH_PING_##word
#define PORT(word) REACH_PORT_##word
#define NAME(word) REACH_NAME_##word

static const struct row rows[] = {
    {"nothing is known", PING(UNKNOWN), PORT(UNKNOWN), false, NAME(UNKNOWN), REACH_NOTHING},
    {"only ping was asked", PING(ANSWERED), PORT(UNKNOWN), false, NAME(UNKNOWN), REACH_NOTHING},
    {"only the port was", PING(UNKNOWN), PORT(SILENT), false, NAME(UNKNOWN), REACH_NOTHING},
    {"all is silent", PING(SILENT), PORT(SILENT), false, NAME(UNKNOWN), REACH_SILENT},
    {"UDP is", PING(ANSWERED), PORT(SILENT), false, NAME(UNKNOWN), REACH_PING_ONLY},
    {"the port is", PING(ANSWERED), PORT(SILENT), true, NAME(UNKNOWN), REACH_DEAF},
    {"a host that takes no pings", PING(SILENT), PORT(SILENT), true, NAME(UNKNOWN), REACH_DEAF},
    {"no ping is allowed here", PING(UNKNOWN), PORT(SILENT), true, NAME(UNKNOWN), REACH_DEAF},
    {"nothing listens", PING(ANSWERED), PORT(REFUSED), true, NAME(UNKNOWN), REACH_REFUSED},
    {"nothing listens, no pings", PING(SILENT), PORT(REFUSED), true, NAME(UNKNOWN), REACH_REFUSED},
    {"a firewall", PING(ANSWERED), PORT(PROHIBITED), false, NAME(UNKNOWN), REACH_PROHIBITED},
    {"a firewall of other ports", PING(SILENT), PORT(PROHIBITED), true, NAME(UNKNOWN), REACH_PROHIBITED},
    {"no such host", PING(SILENT), PORT(UNREACHABLE), false, NAME(UNKNOWN), REACH_UNREACHABLE},
    {"a firewall in other words", PING(ANSWERED), PORT(UNREACHABLE), false, NAME(UNKNOWN), REACH_PROHIBITED},
    {"a name that holds", PING(ANSWERED), PORT(REFUSED), true, NAME(SAME), REACH_REFUSED},
    {"a name that holds, no endpoint", PING(UNKNOWN), PORT(UNKNOWN), false, NAME(SAME), REACH_NOTHING},
    {"it has moved", PING(ANSWERED), PORT(REFUSED), true, NAME(MOVED), REACH_MOVED},
    {"it has moved, no endpoint", PING(UNKNOWN), PORT(UNKNOWN), false, NAME(MOVED), REACH_MOVED},
    {"no such name", PING(SILENT), PORT(SILENT), false, NAME(UNRESOLVED), REACH_UNRESOLVED},
    {"no such name, and a host", PING(ANSWERED), PORT(SILENT), true, NAME(UNRESOLVED), REACH_UNRESOLVED},
    {"no name in time", PING(UNKNOWN), PORT(UNKNOWN), false, NAME(LATE), REACH_UNRESOLVED},
    {"no name in time, and silence", PING(SILENT), PORT(SILENT), false, NAME(LATE), REACH_UNRESOLVED},
    {"no name in time, no host", PING(SILENT), PORT(UNREACHABLE), false, NAME(LATE), REACH_UNRESOLVED},
    {"no name in time, and a host", PING(ANSWERED), PORT(SILENT), true, NAME(LATE), REACH_DEAF},
    {"no name in time, and UDP silent", PING(ANSWERED), PORT(SILENT), false, NAME(LATE), REACH_PING_ONLY},
};

static void test_what_follows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reach_fact fact = {.ping = rows[i].ping,
                                        .port = rows[i].port,
                                        .udp_passes = rows[i].udp_passes,
                                        .name = rows[i].name};

        if (reach_judge(&fact) != rows[i].verdict)
            fail_msg("%s: %s", rows[i].what, reach_verdict_name(reach_judge(&fact)));
    }
}

static void test_names(void **state)
{
    static const char *const verdicts[] = {
        [REACH_NOTHING] = "",      [REACH_UNRESOLVED] = "unresolved",   [REACH_MOVED] = "moved",
        [REACH_SILENT] = "silent", [REACH_UNREACHABLE] = "unreachable", [REACH_REFUSED] = "refused",
        [REACH_DEAF] = "deaf",     [REACH_PROHIBITED] = "prohibited",   [REACH_PING_ONLY] = "ping-only"};
    static const char *const ports[] = {[REACH_PORT_UNKNOWN] = "unknown",
                                        [REACH_PORT_SILENT] = "silent",
                                        [REACH_PORT_REFUSED] = "refused",
                                        [REACH_PORT_PROHIBITED] = "prohibited",
                                        [REACH_PORT_UNREACHABLE] = "unreachable"};

    assert_int_equal(COUNT(verdicts), REACH_VERDICTS);
    for (size_t i = 0; i < COUNT(verdicts); i++)
        assert_string_equal(reach_verdict_name(i), verdicts[i]);
    assert_int_equal(COUNT(ports), REACH_PORTS);
    for (size_t i = 0; i < COUNT(ports); i++)
        assert_string_equal(reach_port_name(i), ports[i]);
    assert_string_equal(reach_ping_name(REACH_PING_UNKNOWN), "unknown");
    assert_string_equal(reach_ping_name(REACH_PING_SILENT), "silent");
    assert_string_equal(reach_ping_name(REACH_PING_ANSWERED), "answered");
}

static int set_up(void **state)
{
    struct fact fact = tunnel_of("wg0", WG0);
    static struct node node;

    node_with_tunnel(&node);
    name_tunnels(&node, &fact, 1);
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

static const struct tunnel *wg0(const struct node *node)
{
    return tunnels_find(&node->tunnels, TUNNEL_WIREGUARD, "wg0");
}

static void read_peer(struct node *node, int64_t raw_usec, int64_t age_usec)
{
    struct fact peer = peer_of(WG0, 1, raw_usec, age_usec);

    read_peers(node, WG0, &peer, 1);
}

/* Peer 1 of wg0 has waited too long. */
static void fall(struct node *node)
{
    read_peer(node, T, NONE);
    read_peer(node, T + 181 * S, NONE);
}

static bool asks(const struct node *node, struct reach_subject *subject)
{
    memset(subject, 0xff, sizeof(*subject));
    return reach_subject_of(node, wg0(node), subject);
}

static void test_of_whom_it_is_asked(void **state)
{
    struct node *node = *state;
    struct fact marked = tunnel_of("wg0", WG0), peer = peer_of(WG0, 1, T, NONE);
    struct reach_subject subject, again;

    marked.tunnel.mark = 51820;
    tell(node, marked);
    fall(node);
    assert_true(asks(node, &subject));
    assert_int_equal(subject.ifindex, WG0);
    assert_string_equal(subject.link, "wg0");
    assert_memory_equal(subject.key, peer.peer.key, PEER_KEY_SIZE);
    assert_true(peer_endpoint_equal(&subject.endpoint, &peer.peer.endpoint));
    assert_int_equal(subject.underlay, ETH0);
    assert_int_equal(subject.mark, 51820);
    assert_int_equal(subject.own.family, AF_INET);
    assert_true(asks(node, &again));
    assert_memory_equal(&subject, &again, sizeof(subject));
    /* From another address it is asked anew. */
    tell(node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(node, address_of(ETH0, "172.20.1.3/20"));
    assert_true(asks(node, &again));
    assert_memory_not_equal(&subject, &again, sizeof(subject));
}

static void test_nobody_is_asked(void **state)
{
    struct node *node = *state;
    struct reach_subject subject, nothing;

    assert_false(asks(node, &subject));
    read_peer(node, T, 0);
    assert_false(asks(node, &subject)); /* up */
    read_peers(node, WG0, NULL, 0);
    fall(node);
    assert_true(asks(node, &subject));
    tell(node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_true(asks(node, &subject)); /* from nowhere: it is down, and there is nobody to ask */
    assert_int_equal(subject.ifindex, WG0);
    memset(&nothing, 0, sizeof(nothing));
    nothing.ifindex = WG0;
    assert_memory_equal(&subject, &nothing, sizeof(subject));
    tell(node, address_of(ETH0, "172.20.1.2/20"));
    assert_true(asks(node, &subject));
    tell(node, tunnel_down("wg0", WG0));
    assert_false(asks(node, &subject));
}

/* Never through the tunnel. */
static void test_there_is_no_way(void **state)
{
    struct node *node = *state;
    struct reach_subject subject;

    tell(node, address_of(WG0, "10.9.0.1/24"));
    fall(node);
    tell(node, gone(route_by(ETH0, "172.20.0.1", 0)));
    tell(node, route_by(WG0, "10.9.0.2", 0));
    if (asks(node, &subject))
        assert_int_equal(subject.underlay, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_follows), cmocka_unit_test(test_names), TEST(test_of_whom_it_is_asked),
        TEST(test_nobody_is_asked),          TEST(test_there_is_no_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
