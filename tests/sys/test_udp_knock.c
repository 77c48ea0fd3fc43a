/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A datagram to a UDP port, and what comes back: on this machine alone */
#include "../../service/sys/udp_knock.h"

#include <poll.h>

#include "path_way.h"

static struct udp_way way_to(const char *address, uint16_t port)
{
    struct udp_way way = {.family = strchr(address, ':') ? AF_INET6 : AF_INET, .port = port};

    assert_int_equal(inet_pton(way.family, address, way.bytes), 1);
    return way;
}

static bool hear(struct udp_knock *knock)
{
    struct pollfd one = {.fd = knock->fd, .events = POLLIN};

    poll(&one, 1, 3000);
    return udp_knock_hear(knock);
}

static enum reach_port told(const char *address, uint16_t port)
{
    struct udp_way way = way_to(address, port);
    struct udp_knock knock;
    enum reach_port answer;

    assert_int_equal(udp_knock_open(&way, &knock), 0);
    assert_int_equal(knock.told, REACH_PORT_UNKNOWN);
    udp_knock_send(&knock);
    assert_int_equal(knock.told, REACH_PORT_SILENT);
    assert_true(hear(&knock));
    answer = knock.told;
    udp_knock_send(&knock);
    assert_true(udp_knock_hear(&knock)); /* what was told stays told */
    assert_int_equal(knock.told, answer);
    udp_knock_close(&knock);
    assert_int_equal(knock.fd, -1);
    return answer;
}

static void test_nobody_listens(void **state)
{
    assert_int_equal(told("10.2.0.2", 7), REACH_PORT_REFUSED);
    assert_int_equal(told("fd02::2", 7), REACH_PORT_REFUSED);
}

/* Each of the routers' words that says no. */
static void test_what_a_router_says(void **state)
{
    run(ROUTER, "ip route add prohibit 10.2.0.7/32 && ip -6 route add prohibit fd02::7/128");
    assert_int_equal(told("10.2.0.7", 7), REACH_PORT_PROHIBITED);
    assert_int_equal(told("fd02::7", 7), REACH_PORT_PROHIBITED);
    run(ROUTER, "ip route replace unreachable 10.2.0.7/32 && ip -6 route replace unreachable fd02::7/128");
    assert_int_equal(told("10.2.0.7", 7), REACH_PORT_UNREACHABLE);
    assert_int_equal(told("fd02::7", 7), REACH_PORT_UNREACHABLE);
}

/* It takes two, the second after the first was refused, and hears of it all the same. */
static void test_two(void **state)
{
    struct udp_way way = way_to("10.2.0.2", 7);
    struct udp_knock knock;

    assert_int_equal(udp_knock_open(&way, &knock), 0);
    udp_knock_send(&knock);
    usleep(100000);
    udp_knock_send(&knock);
    assert_int_equal(knock.told, REACH_PORT_SILENT);
    assert_true(hear(&knock));
    assert_int_equal(knock.told, REACH_PORT_REFUSED);
    udp_knock_close(&knock);
}

/* Whoever answers is no WireGuard: it is read and forgotten. */
static void test_somebody_answers(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(7)}, from;
    socklen_t size = sizeof(from);
    struct udp_way way = way_to("10.2.0.2", 7);
    struct udp_knock knock;
    char bytes[64];
    int fd;

    enter(FAR);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    enter(HERE);
    assert_int_equal(udp_knock_open(&way, &knock), 0);
    udp_knock_send(&knock);
    assert_int_equal(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size), 8);
    assert_true(bytes[0] == 0 && bytes[7] == 0); /* a message of WireGuard's begins with 1 to 4 */
    assert_int_equal(sendto(fd, bytes, 8, 0, (struct sockaddr *)&from, size), 8);
    assert_false(hear(&knock));
    assert_int_equal(knock.told, REACH_PORT_SILENT);
    assert_int_equal(recv(knock.fd, bytes, 1, MSG_DONTWAIT), -1);
    udp_knock_close(&knock);
    close(fd);
}

static void test_it_cannot_be_opened(void **state)
{
    struct udp_way way = {.family = AF_UNIX};
    struct udp_knock knock;

    assert_int_equal(udp_knock_open(&way, &knock), -EAFNOSUPPORT);
    way = way_to("10.2.0.2", 7);
    way.ifindex = 4711;
    assert_int_equal(udp_knock_open(&way, &knock), -ENODEV);
    assert_int_equal(knock.fd, -1);
    udp_knock_send(&knock);
    assert_false(udp_knock_hear(&knock));
    assert_int_equal(knock.told, REACH_PORT_UNKNOWN);
}

/* The answer is there before anything was sent. */
static void test_no_way_from_here(void **state)
{
    struct udp_way way = way_to("10.2.0.2", 7);
    struct udp_knock knock;

    run(HERE, "ip route add unreachable 10.2.0.2/32");
    assert_int_equal(udp_knock_open(&way, &knock), 0);
    udp_knock_send(&knock);
    assert_true(udp_knock_hear(&knock));
    assert_int_equal(knock.told, REACH_PORT_UNREACHABLE);
    udp_knock_close(&knock);
    run(HERE, "ip route replace prohibit 10.2.0.2/32");
    assert_int_equal(udp_knock_open(&way, &knock), 0);
    assert_int_equal(knock.told, REACH_PORT_PROHIBITED);
    udp_knock_close(&knock);
    run(HERE, "ip route del 10.2.0.2/32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_what_a_router_says),
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_somebody_answers),
        cmocka_unit_test(test_it_cannot_be_opened),
        cmocka_unit_test(test_no_way_from_here),
    };

    return cmocka_run_group_tests(tests, enter_networks, NULL);
}
