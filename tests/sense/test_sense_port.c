/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of sockets that wait at one address, with a kernel at the other end of a socketpair */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../state/facts.h"
#include "socket_kernel.h"

struct watch {
    sd_event *event;
    struct socket_kernel kernel;
    struct node node;
    struct sense_port *sensor;
    unsigned begins, ends, turns;
};

/* A second is 50 ms here, a deadline 250 ms and a minute a second. */
int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec)
{
    return __real_sd_event_source_set_time_relative(source, usec / (usec <= 1000000   ? 20
                                                                    : usec < 60000000 ? 8
                                                                                      : 60));
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct watch *watch = userdata;

    assert_true(tell(&watch->node, *fact) >= 0);
    watch->begins += fact->kind == FACT_DUMP_BEGIN;
    watch->ends += fact->kind == FACT_DUMP_END;
}

static void on_turn(void *userdata)
{
    ((struct watch *)userdata)->turns++;
}

static uint64_t now_msec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void run(struct watch *watch, unsigned msec)
{
    uint64_t end = now_msec() + msec, now;

    while ((now = now_msec()) < end)
        assert_true(sd_event_run(watch->event, (end - now) * 1000) >= 0);
}

static void wait_for(struct watch *watch, const unsigned *number, unsigned wanted)
{
    for (int i = 0; i < 1000 && *number < wanted; i++)
        assert_true(sd_event_run(watch->event, 10000) >= 0);
    assert_true(*number >= wanted);
}

static void settle(struct watch *watch)
{
    for (int i = 0; i < 1000 && sense_port_busy(watch->sensor); i++)
        assert_true(sd_event_run(watch->event, 10000) >= 0);
    assert_false(sense_port_busy(watch->sensor));
}

static void start(struct watch *watch, int fd)
{
    struct sense sense = {.event = watch->event,
                          .root = -1,
                          .node = &watch->node,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = watch};

    assert_int_equal(sense_port_new(&sense, fd, &watch->sensor), 0);
    assert_false(sense_port_busy(watch->sensor));
}

static int set_up(void **state)
{
    static struct watch watch;

    memset(&watch, 0, sizeof(watch));
    node_with_tunnel(&watch.node);
    assert_true(sd_event_new(&watch.event) >= 0);
    socket_kernel_start(&watch.kernel, watch.event);
    watch.kernel.userdata = &watch;
    watch.kernel.sockets[0] = socket_of(IPPROTO_TCP, "172.20.1.2", 80);
    watch.kernel.sockets[1] = socket_of(IPPROTO_TCP, "2001:db8::1", 80);
    watch.kernel.sockets[2] = socket_of(IPPROTO_UDP, "172.20.1.2", 53);
    watch.kernel.sockets[3] = socket_of(IPPROTO_UDP, "2001:db8::1", 53);
    watch.kernel.count = 4;
    start(&watch, watch.kernel.daemon_fd);
    tell(&watch.node, address_of(ETH0, "2001:db8::1/64"));
    *state = &watch;
    return 0;
}

static int tear_down(void **state)
{
    struct watch *watch = *state;

    sense_port_free(watch->sensor);
    socket_kernel_stop(&watch->kernel);
    sd_event_unref(watch->event);
    node_done(&watch->node);
    return 0;
}

/* As most tests begin: the first run is over. */
static int set_up_known(void **state)
{
    struct watch *watch;

    set_up(state);
    watch = *state;
    wait_for(watch, &watch->ends, 1);
    assert_int_equal(watch->kernel.total, DUMPS);
    return 0;
}

static void assert_requests(const struct watch *watch, unsigned tcp4, unsigned tcp6, unsigned udp4,
                            unsigned udp6)
{
    assert_int_equal(watch->kernel.requests[TCP4], tcp4);
    assert_int_equal(watch->kernel.requests[TCP6], tcp6);
    assert_int_equal(watch->kernel.requests[UDP4], udp4);
    assert_int_equal(watch->kernel.requests[UDP6], udp6);
}

static void test_the_first_run(void **state)
{
    struct watch *watch = *state;

    assert_true(sd_event_run(watch->event, 0) >= 0); /* not with the start, which others wait for */
    assert_int_equal(watch->kernel.total, 0);
    wait_for(watch, &watch->ends, 1);
    assert_requests(watch, 1, 1, 1, 1);
    assert_int_equal(watch->begins, 1);
    assert_true(node_sockets_known(&watch->node));
    assert_int_equal(watch->node.sockets.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(&watch->node.sockets.list[i].fact, &watch->kernel.sockets[i],
                            sizeof(struct fact));
    assert_false(sense_port_busy(watch->sensor));
    assert_true(watch->turns >= 1);
}

/* Many changes, one run, a second after the first of them. */
static void test_addresses_that_change(void **state)
{
    struct watch *watch = *state;

    for (int i = 0; i < 3; i++) {
        sense_port_doubt(watch->sensor);
        assert_true(sd_event_run(watch->event, 0) >= 0);
    }
    assert_int_equal(watch->begins, 1);
    wait_for(watch, &watch->ends, 2);
    run(watch, 500);
    assert_int_equal(watch->begins, 2);
    assert_requests(watch, 2, 2, 2, 2);
    sense_port_doubt(watch->sensor);
    wait_for(watch, &watch->ends, 3);
}

/* Each second while they go on changing, instead of never. */
static void test_addresses_that_change_all_the_time(void **state)
{
    struct watch *watch = *state;
    uint64_t begin = now_msec();

    for (int i = 0; i < 100; i++) {
        sense_port_doubt(watch->sensor);
        run(watch, 10);
    }
    assert_true(watch->begins > 2);
    assert_true(watch->begins * UINT64_C(1000) <
                25 * (now_msec() - begin)); /* it takes a second, or longer */
}

static void refresh_once(struct socket_kernel *kernel, size_t dump)
{
    struct watch *watch = kernel->userdata;

    kernel->on_dump = NULL;
    assert_int_equal(dump, TCP4);
    sense_port_refresh(watch->sensor);
    sense_port_refresh(watch->sensor);
}

static void test_a_refresh_during_a_run(void **state)
{
    struct watch *watch = *state;

    watch->kernel.on_dump = refresh_once;
    watch->kernel.count = 1;
    sense_port_refresh(watch->sensor);
    assert_true(sense_port_busy(watch->sensor));
    settle(watch);
    assert_int_equal(watch->node.sockets.count, 1);
    assert_int_equal(watch->begins, 3); /* what was dumped already may have changed before */
    assert_int_equal(watch->ends, 3);
    run(watch, 100);
    assert_int_equal(watch->begins, 3);
}

static void test_an_interrupted_dump(void **state)
{
    struct watch *watch = *state;

    watch->kernel.interrupted = 2; /* two dumps of the four */
    watch->kernel.count = 2;
    sense_port_refresh(watch->sensor);
    wait_for(watch, &watch->begins, 2);
    settle(watch);
    assert_int_equal(watch->begins, 3);
    assert_int_equal(watch->ends, 2);
    assert_int_equal(watch->node.sockets.count, 2);
    assert_requests(watch, 3, 3, 3, 3);
}

static void test_an_interrupted_run_sweeps_nothing(void **state)
{
    struct watch *watch = *state;

    watch->kernel.interrupted = 100;
    watch->kernel.count = 0;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_int_equal(watch->begins, 4); /* three times, then no more */
    assert_int_equal(watch->ends, 1);
    assert_int_equal(watch->node.sockets.count, 4);
    run(watch, 100);
    assert_int_equal(watch->begins, 4);
    watch->kernel.interrupted = 0;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_int_equal(watch->begins, 5);
    assert_int_equal(watch->node.sockets.count, 0);
}

static void test_what_was_lost(void **state)
{
    struct watch *watch = *state;

    watch->kernel.too_large = 1;
    watch->kernel.count = 3;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_int_equal(watch->begins, 3);
    assert_int_equal(watch->ends, 2);
    assert_int_equal(watch->node.sockets.count, 3);
}

static void test_a_silent_kernel(void **state)
{
    struct watch *watch = *state;
    unsigned turns;

    watch->kernel.silent = true;
    turns = watch->turns;
    sense_port_refresh(watch->sensor);
    assert_true(sense_port_busy(watch->sensor));
    settle(watch);
    assert_requests(watch, 4, 1, 1, 1);
    assert_true(watch->turns > turns); /* or Diagnose would wait on */
    assert_int_equal(watch->node.sockets.count, 4);
    watch->kernel.silent = false;
    watch->kernel.count = 1;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_int_equal(watch->node.sockets.count, 1);
}

static void test_a_dump_without_end(void **state)
{
    struct watch *watch = *state;

    watch->kernel.endless = true;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_requests(watch, 4, 1, 1, 1);
    assert_int_equal(watch->ends, 1);
}

static void test_answers_to_nobody(void **state)
{
    struct watch *watch = *state;

    watch->kernel.behind = 1;
    watch->kernel.count = 0;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_int_equal(watch->ends, 1);
    assert_int_equal(watch->node.sockets.count, 4);
}

static void test_a_kernel_without_udp(void **state)
{
    struct watch *watch = *state;

    watch->kernel.errors[UDP4] = watch->kernel.errors[UDP6] = -ENOENT;
    wait_for(watch, &watch->ends, 1);
    assert_requests(watch, 1, 1, 1, 1);
    assert_int_equal(watch->node.sockets.count, 2);
    watch->kernel.count = 1;
    sense_port_refresh(watch->sensor);
    settle(watch);
    assert_requests(watch, 2, 2, 1, 1); /* once is enough */
    assert_int_equal(watch->node.sockets.count, 1);
}

static void test_a_kernel_without_any(void **state)
{
    struct watch *watch = *state;

    for (size_t i = 0; i < DUMPS; i++)
        watch->kernel.errors[i] = -ENOENT;
    watch->kernel.early_errors = true;
    wait_for(watch, &watch->kernel.total, DUMPS);
    settle(watch);
    assert_int_equal(watch->ends, 0);
    assert_false(node_sockets_known(&watch->node));
    sense_port_refresh(watch->sensor);
    sense_port_doubt(watch->sensor);
    assert_false(sense_port_busy(watch->sensor));
    run(watch, 400);
    assert_int_equal(watch->kernel.total, DUMPS);
}

static void test_a_kernel_that_is_busy(void **state)
{
    static const int errors[] = {-EBUSY, -ENOMEM, -ENOBUFS};
    struct watch *watch = *state;

    for (size_t i = 0; i < COUNT(errors); i++) {
        unsigned ends = watch->ends;

        watch->kernel.errors[TCP6] = errors[i];
        watch->kernel.early_errors = true;
        sense_port_refresh(watch->sensor);
        settle(watch);
        assert_int_equal(watch->ends, ends);
        watch->kernel.errors[TCP6] = 0;
        sense_port_refresh(watch->sensor);
        settle(watch);
        assert_int_equal(watch->ends, ends + 1);
    }
    assert_int_equal(watch->kernel.requests[TCP6], 1 + COUNT(errors) * 4);
}

/* Without even a socket for it. */
static void test_no_netlink_socket(void **state)
{
    struct watch watch = {.begins = 0};
    struct rlimit limit, none;

    assert_true(sd_event_new(&watch.event) >= 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    start(&watch, -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    sense_port_refresh(watch.sensor);
    sense_port_doubt(watch.sensor);
    assert_false(sense_port_busy(watch.sensor));
    run(&watch, 100);
    assert_int_equal(watch.begins, 0);
    sense_port_free(watch.sensor);
    sd_event_unref(watch.event);
}

static void test_repeated_while_one_is_stranded(void **state)
{
    struct watch *watch = *state;

    run(watch, 1500);
    assert_int_equal(watch->begins, 1); /* all is well: nothing wakes anybody */
    tell(&watch->node, gone(address_of(ETH0, "172.20.1.2/20")));
    sense_port_doubt(watch->sensor);
    wait_for(watch, &watch->ends, 2);
    run(watch, 300);
    assert_int_equal(watch->begins, 2);
    wait_for(watch, &watch->ends, 3);
    wait_for(watch, &watch->ends, 4); /* each minute, though nothing changed */
    watch->kernel.sockets[0] = socket_of(IPPROTO_TCP, "172.20.9.9", 80);
    watch->kernel.sockets[2] = socket_of(IPPROTO_UDP, "2001:db8::1", 54);
    watch->kernel.interrupted = 100;
    wait_for(watch, &watch->begins, 7); /* given up, and still one is stranded */
    settle(watch);
    watch->kernel.interrupted = 0;
    watch->kernel.count = 0;
    wait_for(watch, &watch->ends, 5);
    run(watch, 1500);
    assert_int_equal(watch->ends, 5);
    assert_int_equal(watch->begins, 8);
}

static int bound(int family, int type, const char *address, uint16_t port)
{
    struct sockaddr_storage storage = {.ss_family = family};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&storage;
    int fd = socket(family, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    ipv4->sin_port = htons(port); /* where IPv6 has it too */
    assert_int_equal(inet_pton(family, address,
                               family == AF_INET ? (void *)&ipv4->sin_addr : &ipv6->sin6_addr),
                     1);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, sizeof(storage)), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* In a network of its own. */
static void test_a_real_kernel(void **state)
{
    struct watch watch = {.begins = 0};
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(9)};
    const struct fact expected[] = {socket_of(IPPROTO_TCP, "10.5.0.1", 80),
                                    socket_of(IPPROTO_TCP, "10.5.0.1", 81),
                                    socket_of(IPPROTO_TCP, "2001:db8::5", 82),
                                    socket_of(IPPROTO_UDP, "10.5.0.1", 53),
                                    socket_of(IPPROTO_UDP, "2001:db8::5", 54)};
    int fds[10];

    assert_int_equal(unshare(CLONE_NEWNET), 0);
    assert_int_equal(system("ip link set lo up && ip address add 10.5.0.1/32 dev lo && "
                            "ip address add 2001:db8::5/128 dev lo nodad"),
                     0);
    fds[0] = bound(AF_INET, SOCK_STREAM, "10.5.0.1", 80);
    fds[1] = bound(AF_INET6, SOCK_STREAM, "::ffff:10.5.0.1", 81);
    fds[2] = bound(AF_INET6, SOCK_STREAM, "2001:db8::5", 82);
    fds[3] = bound(AF_INET, SOCK_DGRAM, "10.5.0.1", 53);
    fds[4] = bound(AF_INET6, SOCK_DGRAM, "2001:db8::5", 54);
    fds[5] = bound(AF_INET, SOCK_STREAM, "0.0.0.0", 90);
    fds[6] = bound(AF_INET6, SOCK_STREAM, "::", 91);
    fds[7] = bound(AF_INET, SOCK_DGRAM, "127.0.0.1", 92);
    fds[8] = bound(AF_INET6, SOCK_DGRAM, "::1", 93);
    fds[9] = bound(AF_INET, SOCK_DGRAM, "10.5.0.1", 94);
    peer.sin_addr.s_addr = htonl(0x0a050001);
    assert_int_equal(connect(fds[9], (struct sockaddr *)&peer, sizeof(peer)), 0);
    node_init(&watch.node);
    assert_true(sd_event_new(&watch.event) >= 0);
    start(&watch, -1);
    wait_for(&watch, &watch.ends, 1);
    assert_int_equal(watch.node.sockets.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_int_equal(tell(&watch.node, expected[i]), 0);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    sense_port_free(watch.sensor);
    sd_event_unref(watch.event);
    node_done(&watch.node);
}

#define WATCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define KNOWN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_known, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(test_the_first_run),
        KNOWN_TEST(test_addresses_that_change),
        KNOWN_TEST(test_addresses_that_change_all_the_time),
        KNOWN_TEST(test_a_refresh_during_a_run),
        KNOWN_TEST(test_an_interrupted_dump),
        KNOWN_TEST(test_an_interrupted_run_sweeps_nothing),
        KNOWN_TEST(test_what_was_lost),
        KNOWN_TEST(test_a_silent_kernel),
        KNOWN_TEST(test_a_dump_without_end),
        KNOWN_TEST(test_answers_to_nobody),
        WATCH_TEST(test_a_kernel_without_udp),
        WATCH_TEST(test_a_kernel_without_any),
        KNOWN_TEST(test_a_kernel_that_is_busy),
        cmocka_unit_test(test_no_netlink_socket),
        KNOWN_TEST(test_repeated_while_one_is_stranded),
        cmocka_unit_test(test_a_real_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
