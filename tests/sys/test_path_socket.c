/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket for echo messages that are never fragmented: what goes out, and what is heard */
#include "../../service/sys/path_socket.h"

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/resource.h>

#include "path_way.h"

#define FILLER (ICMP_ECHO_HEADER_SIZE + ICMP_ECHO_COOKIE_SIZE)

static const char *const hosts[] = {"10.2.0.2", "fd02::2"};

static void allow_ping(bool allowed)
{
    set_sysctl(HERE, "ipv4/ping_group_range", allowed ? "'0 0'" : "'1 0'");
}

static struct path_socket open_to(const char *host)
{
    struct path_target target = target_of(host, 1500);
    struct path_socket way;

    assert_int_equal(path_socket_open(&target, &way), 0);
    return way;
}

static int open_raw(enum place place, int family)
{
    int fd;

    enter(place);
    fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    enter(HERE);
    assert_true(fd >= 0);
    return fd;
}

static void wait_for(int fd, short events)
{
    struct pollfd item = {.fd = fd, .events = events};

    assert_int_equal(poll(&item, 1, 5000), 1);
}

/* By both kinds of sockets, and both families. */
static void each(void (*test)(struct path_socket *way))
{
    for (int i = 0; i < 4; i++) {
        struct path_socket way;

        allow_ping(i < 2);
        way = open_to(hosts[i % 2]);
        assert_int_equal(way.raw, i >= 2);
        test(&way);
        path_socket_close(&way);
        assert_int_equal(way.fd, -1);
    }
    allow_ping(true);
}

static void ask_and_hear(struct path_socket *way)
{
    for (size_t size = 84; size <= 1500; size += 472) {
        uint16_t sequence = 0;

        assert_int_equal(path_socket_answer(way, &sequence), -EAGAIN);
        assert_int_equal(path_socket_ask(way, (uint16_t)(60000 + size), size), 0);
        wait_for(way->fd, POLLIN);
        assert_int_equal(path_socket_answer(way, &sequence), size);
        assert_int_equal(sequence, (uint16_t)(60000 + size));
        assert_int_equal(path_socket_answer(way, &sequence), -EAGAIN);
    }
}

static void test_a_question_is_answered(void **state)
{
    each(ask_and_hear);
}

/* Of two questions the second. */
static ssize_t ask_twice(struct path_socket *way, int wire, uint8_t first[2048], uint8_t second[2048])
{
    ssize_t length;

    assert_int_equal(path_socket_ask(way, 1, 1000), 0);
    assert_int_equal(path_socket_ask(way, 2, 1000), 0);
    assert_true(recv(wire, first, 2048, 0) > 0);
    do
        length =
            recv(wire, second, 2048, 0); /* the host's own answer goes out by the wire, and is not heard */
    while (length > 0 && memcmp(first, second, length) == 0);
    return length;
}

static void look_at_the_wire(struct path_socket *way)
{
    bool ipv6 = way->echo.family == AF_INET6;
    int wire = open_raw(FAR, way->echo.family);
    size_t offset = ipv6 ? 0 : sizeof(struct iphdr);
    uint8_t first[2048], second[2048];
    size_t same = 0;

    assert_int_equal(ask_twice(way, wire, first, second), ipv6 ? 1000 - 40 : 1000);
    if (!ipv6)
        assert_int_equal(second[6] & 0x40, 0x40); /* DF */
    assert_memory_equal(second + offset + 4, way->echo.id, 2);
    assert_memory_equal(second + offset + ICMP_ECHO_HEADER_SIZE, way->echo.cookie, ICMP_ECHO_COOKIE_SIZE);
    for (size_t i = offset + FILLER; i < 900; i++)
        same += first[i] == second[i];
    assert_true(same < 90);
    close(wire);
}

static void test_on_the_wire(void **state)
{
    each(look_at_the_wire);
}

static void ask_for_odd_sizes(struct path_socket *way)
{
    uint32_t header = way->echo.family == AF_INET6 ? 40 : 20;

    assert_int_equal(path_socket_ask(way, 1, 0), -ERANGE);
    assert_int_equal(path_socket_ask(way, 1, header + FILLER - 1), -ERANGE);
    assert_int_equal(path_socket_ask(way, 1, header + FILLER), 0);
    assert_int_equal(path_socket_ask(way, 1, PATH_PROBE_MOST + 1), -ERANGE);
}

static void test_odd_sizes(void **state)
{
    each(ask_for_odd_sizes);
}

static void exceed_the_link(struct path_socket *way)
{
    struct path_told told;

    assert_int_equal(path_socket_told(way, &told), -EAGAIN);
    assert_int_equal(path_socket_ask(way, 1, 1501), -EMSGSIZE);
    assert_int_equal(path_socket_told(way, &told), 0);
    assert_true(told.too_big);
    assert_false(told.by_router);
    assert_int_equal(told.hop_mtu, 1500);
    assert_int_equal(path_socket_told(way, &told), -EAGAIN);
}

static void test_the_link_is_too_small(void **state)
{
    each(exceed_the_link);
}

static void exceed_the_next_link(struct path_socket *way)
{
    bool ipv6 = way->echo.family == AF_INET6;
    struct path_target router = target_of(ipv6 ? "fd01::2" : "10.1.0.2", 0);
    struct path_told told;

    assert_int_equal(path_socket_ask(way, 0xfffe, 1500), 0);
    wait_for(way->fd, POLLERR);
    assert_int_equal(path_socket_told(way, &told), 0);
    assert_true(told.too_big && told.by_router);
    assert_int_equal(told.sequence, 0xfffe);
    assert_int_equal(told.hop_mtu, 1400);
    assert_memory_equal(told.router, router.bytes, sizeof(router.bytes));
    assert_int_equal(path_socket_told(way, &told), -EAGAIN);
}

static void test_a_router_tells(void **state)
{
    run(ROUTER, "ip link set r1 mtu 1400");
    each(exceed_the_next_link);
    run(ROUTER, "ip link set r1 mtu 1500");
}

/* An error that has nothing to do with sizes. */
static void test_no_way(void **state)
{
    run(ROUTER, "ip route add unreachable 10.3.0.0/24 && ip -6 route add unreachable fd03::/64");
    for (int i = 0; i < 2; i++) {
        struct path_socket way = open_to(i ? "fd03::1" : "10.3.0.1");
        struct path_told told;

        assert_int_equal(path_socket_ask(&way, 1, 100), 0);
        wait_for(way.fd, POLLERR);
        assert_int_equal(path_socket_told(&way, &told), 0);
        assert_false(told.too_big);
        assert_int_equal(path_socket_told(&way, &told), -EAGAIN);
        path_socket_close(&way);
    }
}

/* Raw sockets hear what is meant for others. */
static void test_others_answers(void **state)
{
    allow_ping(false);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct path_socket way = open_to(hosts[i]), other = open_to(hosts[i]);
        uint16_t sequence;

        assert_int_equal(path_socket_ask(&other, 1, 100), 0);
        wait_for(way.fd, POLLIN);
        assert_int_equal(path_socket_answer(&way, &sequence), 0);
        assert_int_equal(path_socket_answer(&other, &sequence), 100);
        path_socket_close(&way);
        path_socket_close(&other);
    }
    allow_ping(true);
}

/* Only answers get through to a raw socket. */
static void test_other_messages(void **state)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a010001)};
    uint8_t timestamp[20] = {ICMP_TIMESTAMPREPLY, 0, 0xf1, 0xff}; /* with its checksum */
    int host = open_raw(FAR, AF_INET), here_too;
    struct path_socket way;
    uint16_t sequence;
    uint8_t bytes[100];

    allow_ping(false);
    way = open_to(hosts[0]);
    here_too = open_raw(HERE, AF_INET);
    assert_int_equal(sendto(host, timestamp, sizeof(timestamp), 0, (struct sockaddr *)&here, sizeof(here)),
                     20);
    assert_true(recv(here_too, bytes, sizeof(bytes), 0) > 0);
    assert_int_equal(path_socket_answer(&way, &sequence), -EAGAIN);
    path_socket_close(&way);
    close(host);
    close(here_too);
    allow_ping(true);
}

/* Ids are not ours to choose with ping sockets, and cookies never the same. */
static void test_names(void **state)
{
    struct path_socket way = open_to(hosts[0]), other = open_to(hosts[0]);

    assert_memory_not_equal(way.echo.id, other.echo.id, 2);
    assert_memory_not_equal(way.echo.cookie, other.echo.cookie, ICMP_ECHO_COOKIE_SIZE);
    path_socket_close(&way);
    path_socket_close(&other);
}

static void test_no_socket(void **state)
{
    struct path_target target = target_of(hosts[0], 1500);
    struct rlimit limit, none = {0, 0};
    struct path_socket way;
    int r;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    r = path_socket_open(&target, &way);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
    assert_int_equal(way.fd, -1);
    target.ifindex = 9999;
    assert_int_equal(path_socket_open(&target, &way), -ENODEV);
    assert_int_equal(way.fd, -1);
    target.family = AF_UNIX;
    assert_int_equal(path_socket_open(&target, &way), -EAFNOSUPPORT);
    path_socket_close(&way);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_is_answered),
        cmocka_unit_test(test_on_the_wire),
        cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_the_link_is_too_small),
        cmocka_unit_test(test_a_router_tells),
        cmocka_unit_test(test_no_way),
        cmocka_unit_test(test_others_answers),
        cmocka_unit_test(test_other_messages),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_socket),
    };

    return cmocka_run_group_tests(tests, enter_networks, NULL);
}
