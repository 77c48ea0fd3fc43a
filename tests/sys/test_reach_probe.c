/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a host is there, and whether anybody listens at one of its ports: with hosts of all kinds */
#include "../../service/sys/reach_probe.h"

#include <net/if.h>

#include "path_way.h"

#define WIREGUARD 51820

struct stand {
    sd_event *event;
    struct reach_probe *probes[REACH_PROBES_MAX + 1];
    unsigned calls;
    struct reach_answer answer; /* of the latest call */
    bool frees;
    int listener;
};

static int listen_at(enum place place, int family, uint16_t port)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd;

    assert_int_equal(family, AF_INET6); /* IPv4 as well, then */
    enter(place);
    fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in6, sizeof(in6)), 0);
    enter(HERE);
    return fd;
}

/* What is at one's own addresses is looked up last, so that rules hold of it. */
static int enter_all(void **state)
{
    if (enter_networks(state) < 0)
        return -1;
    run(FAR, "ip rule add pref 100 lookup local && ip rule del pref 0");
    run(FAR, "ip -6 rule add pref 100 lookup local && ip -6 rule del pref 0");
    set_sysctl(FAR, "ipv4/ip_forward", "1");
    set_sysctl(FAR, "ipv6/conf/all/forwarding", "1");
    run(FAR, "ip -6 route replace default via fd02::1");
    /* A neighbour is given up after three tries: well before the end, however busy the machine is. */
    set_sysctl(HERE, "ipv4/neigh/u0/retrans_time_ms", "700");
    set_sysctl(HERE, "ipv6/neigh/u0/retrans_time_ms", "700");
    for (enum place i = HERE; i < PLACES; i++) {
        set_sysctl(i, "ipv4/icmp_ratelimit", "0");
        set_sysctl(i, "ipv6/icmp/ratelimit", "0");
    }
    return 0;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    assert_true(sd_event_new(&stand.event) >= 0);
    set_sysctl(HERE, "ipv4/ping_group_range", "'0 0'");
    stand.listener = listen_at(FAR, AF_INET6, WIREGUARD);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    for (size_t i = 0; i < COUNT(stand->probes); i++)
        reach_probe_free(stand->probes[i]);
    sd_event_unref(stand->event);
    close(stand->listener);
    return 0;
}

static void on_done(void *userdata, const struct reach_answer *answer)
{
    struct stand *stand = userdata;

    stand->calls++;
    stand->answer = *answer;
    if (stand->frees)
        stand->probes[0] = reach_probe_free(stand->probes[0]);
}

static struct udp_way way_to(const char *address, uint16_t port)
{
    struct udp_way way = {.family = strchr(address, ':') ? AF_INET6 : AF_INET, .port = port};

    assert_int_equal(inet_pton(way.family, address, way.bytes), 1);
    return way;
}

static void run_until(struct stand *stand, unsigned calls, int64_t usec)
{
    int64_t until = now_usec() + usec, left;

    while (stand->calls < calls && (left = until - now_usec()) > 0)
        assert_true(sd_event_run(stand->event, left) >= 0);
    assert_int_equal(stand->calls, calls);
}

static int64_t ask(struct stand *stand, const struct udp_way *way)
{
    unsigned calls = stand->calls;
    int64_t begin = now_usec();

    assert_int_equal(reach_probe_new(stand->event, way, on_done, stand, &stand->probes[0]), 0);
    assert_int_equal(stand->calls, calls); /* never from within */
    run_until(stand, calls + 1, REACH_PROBE_USEC + SECOND);
    begin = now_usec() - begin;
    sd_event_run(stand->event, 20000);
    assert_int_equal(stand->calls, calls + 1);
    stand->probes[0] = reach_probe_free(stand->probes[0]);
    return begin;
}

static void assert_answer(struct stand *stand, enum reach_ping ping, enum reach_port port, bool udp_passes)
{
    assert_int_equal(stand->answer.ping, ping);
    assert_int_equal(stand->answer.port, port);
    assert_int_equal(stand->answer.udp_passes, udp_passes);
}

static void assert_reached(struct stand *stand, const char *address, uint16_t port, enum reach_ping ping,
                           enum reach_port answer, bool udp_passes)
{
    struct udp_way way = way_to(address, port);

    ask(stand, &way);
    assert_answer(stand, ping, answer, udp_passes);
}

static void rule(const char *verb, const char *family, const char *rest)
{
    run(FAR, "ip %s rule %s pref 1 iif f0 %s", family, verb, rest);
}

static void test_somebody_listens(void **state)
{
    assert_reached(*state, "10.2.0.2", WIREGUARD, REACH_PING_ANSWERED, REACH_PORT_SILENT, true);
    assert_reached(*state, "fd02::2", WIREGUARD, REACH_PING_ANSWERED, REACH_PORT_SILENT, true);
}

/* What is not silent is told at once. */
static void test_nobody_listens(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD + 1), way6 = way_to("fd02::2", WIREGUARD + 1);

    assert_true(ask(stand, &way) < SECOND);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_REFUSED, true);
    assert_true(ask(stand, &way6) < SECOND);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_REFUSED, true);
}

/* By numbers: a small system has no /etc/protocols. */
static void test_udp_is_dropped(void **state)
{
    rule("add", "", "ipproto 17 blackhole");
    rule("add", "-6", "ipproto 17 blackhole");
    assert_reached(*state, "10.2.0.2", WIREGUARD, REACH_PING_ANSWERED, REACH_PORT_SILENT, false);
    assert_reached(*state, "fd02::2", WIREGUARD + 1, REACH_PING_ANSWERED, REACH_PORT_SILENT, false);
    rule("del", "", "ipproto 17 blackhole");
    rule("del", "-6", "ipproto 17 blackhole");
}

static void test_a_firewall_says_no(void **state)
{
    rule("add", "", "ipproto 17 dport 51820 prohibit");
    rule("add", "-6", "ipproto 17 dport 51820 prohibit");
    assert_reached(*state, "10.2.0.2", WIREGUARD, REACH_PING_ANSWERED, REACH_PORT_PROHIBITED, true);
    assert_reached(*state, "fd02::2", WIREGUARD, REACH_PING_ANSWERED, REACH_PORT_PROHIBITED, true);
    rule("del", "", "ipproto 17 dport 51820 prohibit");
    rule("del", "-6", "ipproto 17 dport 51820 prohibit");
}

static void test_pings_are_dropped(void **state)
{
    rule("add", "", "ipproto 1 blackhole");
    assert_reached(*state, "10.2.0.2", WIREGUARD, REACH_PING_SILENT, REACH_PORT_SILENT, true);
    rule("del", "", "ipproto 1 blackhole");
}

static void test_the_host_is_off(void **state)
{
    run(ROUTER, "ip route add blackhole 10.2.0.9/32");
    assert_reached(*state, "10.2.0.9", WIREGUARD, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    run(ROUTER, "ip route replace unreachable 10.2.0.9/32");
    assert_reached(*state, "10.2.0.9", WIREGUARD, REACH_PING_SILENT, REACH_PORT_UNREACHABLE, false);
    run(ROUTER, "ip route del unreachable 10.2.0.9/32");
}

/* In its own network it is looked for, for three seconds, and the kernel tells that by another link. */
static void test_a_neighbour_is_gone(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.1.0.9", WIREGUARD);

    way.ifindex = (int32_t)if_nametoindex("u0");
    ask(stand, &way);
    assert_answer(stand, REACH_PING_SILENT, REACH_PORT_UNREACHABLE, false);
    assert_int_equal(inet_pton(AF_INET6, "fd01::9", way.bytes), 1);
    way.family = AF_INET6;
    ask(stand, &way);
    assert_answer(stand, REACH_PING_SILENT, REACH_PORT_UNREACHABLE, false);
}

static void test_there_is_no_route(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD);

    run(HERE, "ip route add unreachable 10.2.0.2/32");
    assert_true(ask(stand, &way) < SECOND);
    assert_answer(stand, REACH_PING_UNKNOWN, REACH_PORT_UNREACHABLE, false);
    run(HERE, "ip route replace prohibit 10.2.0.2/32");
    ask(stand, &way);
    assert_answer(stand, REACH_PING_UNKNOWN, REACH_PORT_PROHIBITED, false);
    run(HERE, "ip route del 10.2.0.2/32");
}

/* A tunnel marks its packets so that they do not go through it. */
static void test_the_mark_and_the_link(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD + 1);

    run(HERE, "ip route del default; ip rule add fwmark 7 lookup 7; "
              "ip route add default via 10.1.0.2 table 7");
    ask(stand, &way);
    assert_answer(stand, REACH_PING_UNKNOWN, REACH_PORT_UNREACHABLE, false);
    way.mark = 7;
    ask(stand, &way);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_REFUSED, true);
    run(HERE, "ip rule del fwmark 7; ip route add default via 10.1.0.2; "
              "ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; "
              "ip route add 10.2.0.2/32 dev d0");
    set_sysctl(HERE, "ipv4/neigh/d0/retrans_time_ms", "700");
    way.mark = 0;
    ask(stand, &way); /* into the tunnel, as it were */
    assert_answer(stand, REACH_PING_SILENT, REACH_PORT_UNREACHABLE, false);
    way.ifindex = (int32_t)if_nametoindex("u0");
    ask(stand, &way);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_REFUSED, true);
    run(HERE, "ip link del d0");
    way.ifindex = 4711;
    ask(stand, &way); /* a link that is not there */
    assert_answer(stand, REACH_PING_UNKNOWN, REACH_PORT_UNKNOWN, false);
}

static void test_several_at_once(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD);

    for (unsigned i = 0; i < REACH_PROBES_MAX; i++)
        assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[i]), 0);
    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[REACH_PROBES_MAX]),
                     -EBUSY);
    run_until(stand, REACH_PROBES_MAX, REACH_PROBE_USEC + SECOND);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_SILENT, true);
    stand->probes[0] = reach_probe_free(stand->probes[0]);
    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[0]), 0);
}

/* The loop sleeps from when it has asked again until after the end: the answers are there by then. */
static void test_the_loop_is_late(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD);
    int64_t until = now_usec() + REACH_PROBE_AGAIN_USEC * 9 / 10, left;

    rule("add", "", "blackhole");
    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[0]), 0);
    while ((left = until - now_usec()) > 0)
        assert_true(sd_event_run(stand->event, left) >= 0);
    rule("del", "", "blackhole");
    assert_int_equal(sd_event_run(stand->event, SECOND), 1);
    usleep(REACH_PROBE_USEC - REACH_PROBE_AGAIN_USEC + SECOND / 10);
    run_until(stand, 1, SECOND);
    assert_answer(stand, REACH_PING_ANSWERED, REACH_PORT_SILENT, true);
}

static void test_bad_targets(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = {.family = AF_UNIX};

    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[0]), -EAFNOSUPPORT);
}

static void test_freed(void **state)
{
    struct stand *stand = *state;
    struct udp_way way = way_to("10.2.0.2", WIREGUARD + 1);

    stand->frees = true;
    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[0]), 0);
    run_until(stand, 1, SECOND);
    assert_null(stand->probes[0]);
    assert_int_equal(reach_probe_new(stand->event, &way, on_done, stand, &stand->probes[0]), 0);
    stand->probes[0] = reach_probe_free(stand->probes[0]);
    for (int i = 0; i < 10; i++)
        sd_event_run(stand->event, 10000);
    assert_int_equal(stand->calls, 1);
    assert_null(reach_probe_free(NULL));
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_somebody_listens),
        STAND_TEST(test_nobody_listens),
        STAND_TEST(test_udp_is_dropped),
        STAND_TEST(test_a_firewall_says_no),
        STAND_TEST(test_pings_are_dropped),
        STAND_TEST(test_the_host_is_off),
        STAND_TEST(test_a_neighbour_is_gone),
        STAND_TEST(test_there_is_no_route),
        STAND_TEST(test_the_mark_and_the_link),
        STAND_TEST(test_several_at_once),
        STAND_TEST(test_the_loop_is_late),
        STAND_TEST(test_bad_targets),
        STAND_TEST(test_freed),
    };

    return cmocka_run_group_tests(tests, enter_all, NULL);
}
