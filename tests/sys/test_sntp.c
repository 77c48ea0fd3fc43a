/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to an NTP server: a server in the same loop, and what else may come instead of its answer */
#include "../../service/sys/sntp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ntp_hall.h"

#define FDS 256

enum { NOTHING, ASK_AGAIN, FREE };

static unsigned count_fds(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < FDS; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int set_up(void **state)
{
    static struct hall hall;

    memset(&hall, 0, sizeof(hall));
    assert_int_equal(sd_event_new(&hall.event), 0);
    open_server(&hall);
    assert_int_equal(sntp_new(hall.event, &hall.sntp), 0);
    *state = &hall;
    return 0;
}

static int tear_down(void **state)
{
    struct hall *hall = *state;

    hall->sntp = sntp_free(hall->sntp);
    close(hall->fd);
    sd_event_unref(hall->event);
    return 0;
}

static void on_done(void *userdata, int result, const struct clock_reading *reading, int64_t raw_usec)
{
    struct hall *hall = userdata;
    int then = hall->then;

    hall->calls++;
    hall->result = result;
    hall->has_reading = reading;
    hall->raw_usec = raw_usec;
    if (reading)
        hall->reading = *reading;
    assert_false(sntp_busy(hall->sntp));
    hall->then = NOTHING;
    if (then == ASK_AGAIN)
        sntp_ask(hall->sntp, &hall->server, on_done, hall);
    if (then == FREE)
        hall->sntp = sntp_free(hall->sntp);
}

static void ask(struct hall *hall)
{
    unsigned calls = hall->calls;

    sntp_ask(hall->sntp, &hall->server, on_done, hall);
    assert_int_equal(hall->calls, calls); /* never from within */
    assert_true(sntp_busy(hall->sntp));
}

static void run_for(struct hall *hall, int64_t usec)
{
    int64_t until = now_of(CLOCK_MONOTONIC) + usec, left;

    while ((left = until - now_of(CLOCK_MONOTONIC)) > 0)
        assert_true(sd_event_run(hall->event, left) >= 0);
}

/* Until on_done() was called that often; a moment more shows that it is not once too often. */
static void run_until(struct hall *hall, unsigned calls)
{
    int64_t until = now_of(CLOCK_MONOTONIC) + 10 * SECOND;

    while (hall->calls < calls && now_of(CLOCK_MONOTONIC) < until)
        assert_true(sd_event_run(hall->event, SECOND) >= 0);
    run_for(hall, 20000);
    assert_int_equal(hall->calls, calls);
}

static void assert_failed(struct hall *hall, int result)
{
    assert_int_equal(hall->result, result);
    assert_false(hall->has_reading);
    assert_int_equal(hall->raw_usec, 0);
    assert_false(sntp_busy(hall->sntp));
}

static void assert_right(struct hall *hall)
{
    assert_int_equal(hall->result, 0);
    assert_true(hall->has_reading);
    assert_true(hall->reading.bound_usec >= 0 && hall->reading.bound_usec < 2 * SECOND);
    assert_true(hall->reading.base_usec - AHEAD_USEC <= hall->reading.bound_usec + 2);
    assert_true(AHEAD_USEC - hall->reading.base_usec <= hall->reading.bound_usec + 2);
    assert_false(sntp_busy(hall->sntp));
}

static void test_an_answer(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();
    int64_t before = now_of(CLOCK_MONOTONIC_RAW), after;

    hall->answer = answer_well;
    assert_false(sntp_busy(hall->sntp));
    ask(hall);
    assert_int_equal(count_fds(), fds + 1);
    run_until(hall, 1);
    after = now_of(CLOCK_MONOTONIC_RAW);
    assert_right(hall);
    assert_true(hall->raw_usec >= before && hall->raw_usec <= after);
    assert_int_equal(count_fds(), fds);
    assert_int_equal(hall->questions, 1);
}

static void test_each_question_has_a_cookie_and_a_socket_of_its_own(void **state)
{
    struct hall *hall = *state;
    uint8_t expected[NTP_MESSAGE_SIZE] = {0x23}, cookies[3][8];

    for (unsigned i = 0; i < COUNT(cookies); i++) {
        hall->answer = answer_well;
        ask(hall);
        run_until(hall, i + 1);
        assert_right(hall);
        assert_memory_equal(hall->question, expected, 40);
        memcpy(cookies[i], hall->question + 40, 8);
        assert_memory_not_equal(cookies[i], expected + 8, 8);
        for (unsigned j = 0; j < i; j++)
            assert_memory_not_equal(cookies[i], cookies[j], 8);
    }
}

static void test_the_socket(void **state)
{
    struct hall *hall = *state;
    unsigned found = 0;

    ask(hall);
    for (int fd = 0; fd < FDS; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || peer.sin_family != AF_INET ||
            ntohs(peer.sin_port) != hall->server.port)
            continue;
        found++;
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    }
    assert_int_equal(found, 1);
}

static int peer_port(void)
{
    for (int fd = 0; fd < FDS; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET)
            return ntohs(peer.sin_port);
    }
    return -1;
}

static void test_the_usual_port(void **state)
{
    struct hall *hall = *state;

    hall->server.port = 0;
    ask(hall);
    assert_int_equal(peer_port(), 123);
}

/* An IPv4 address mapped into IPv6: so it needs no address of IPv6 here. */
static void test_ipv6(void **state)
{
    static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    struct hall *hall = *state;

    hall->server.family = AF_INET6;
    memcpy(hall->server.bytes, mapped, sizeof(mapped));
    hall->answer = answer_well;
    ask(hall);
    run_until(hall, 1);
    assert_right(hall);
}

static void test_no_answer(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();
    int64_t before = now_of(CLOCK_MONOTONIC), took;

    ask(hall);
    while (!hall->calls && now_of(CLOCK_MONOTONIC) < before + 10 * SECOND)
        assert_true(sd_event_run(hall->event, SECOND) >= 0);
    took = now_of(CLOCK_MONOTONIC) - before;
    assert_failed(hall, -ETIME);
    assert_int_equal(count_fds(), fds);
    assert_true(took >= 2 * SECOND);
    assert_true(took < 4 * SECOND); /* a busy machine */
    assert_int_equal(hall->questions, 1);
}

static void test_refused(void **state)
{
    struct hall *hall = *state;
    int64_t before = now_of(CLOCK_MONOTONIC);

    sd_event_unref(hall->event); /* a server that is gone: its source goes with the loop */
    hall->sntp = sntp_free(hall->sntp);
    close(hall->fd);
    assert_int_equal(sd_event_new(&hall->event), 0);
    assert_int_equal(sntp_new(hall->event, &hall->sntp), 0);
    hall->fd = -1;
    ask(hall);
    run_until(hall, 1);
    assert_failed(hall, -ECONNREFUSED);
    assert_true(now_of(CLOCK_MONOTONIC) - before < SECOND);
}

static void test_what_cannot_be_asked(void **state)
{
    static const struct ntp_server servers[] = {
        {.family = 0},
        {.family = AF_UNIX},
        {.family = AF_INET, .bytes = {255, 255, 255, 255}},
        {.family = AF_INET6, .bytes = {0xfe, 0x80, [15] = 1}}, /* of which link? */
    };
    struct hall *hall = *state;
    unsigned fds = count_fds();

    for (unsigned i = 0; i < COUNT(servers); i++) {
        hall->server = servers[i];
        ask(hall);
        assert_int_equal(count_fds(), fds);
        run_until(hall, i + 1);
        assert_true(hall->result < 0 && hall->result != -ETIME);
        assert_failed(hall, i < 2 ? -EAFNOSUPPORT : hall->result); /* or what the kernel says */
    }
}

/* The socket is open already when it cannot be watched. */
static void test_asked_when_the_loop_has_ended(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    assert_int_equal(sd_event_exit(hall->event, 0), 0);
    assert_int_equal(sd_event_loop(hall->event), 0);
    ask(hall);
    assert_int_equal(count_fds(), fds);
    sntp_cancel(hall->sntp);
    assert_int_equal(hall->questions + hall->calls, 0);
}

static void test_a_failure_is_cancelled(void **state)
{
    struct hall *hall = *state;
    struct ntp_server server = hall->server;

    hall->server.family = 0;
    ask(hall);
    sntp_cancel(hall->sntp);
    run_for(hall, 50000);
    assert_int_equal(hall->calls, 0);
    ask(hall);
    hall->server = server; /* and asked anew: the failure is forgotten */
    hall->answer = answer_well;
    ask(hall);
    run_until(hall, 1);
    assert_right(hall);
}

static void test_what_is_no_answer_is_ignored(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_badly_first;
    for (unsigned i = 1; i <= 2; i++) { /* each question has sixteen of its own */
        hall->count = 16;
        ask(hall);
        run_until(hall, i);
        assert_right(hall);
    }
    hall->count = 17;
    ask(hall);
    run_until(hall, 3);
    assert_failed(hall, -EBADMSG);
}

static void test_others_are_not_heard(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_from_elsewhere;
    ask(hall);
    run_until(hall, 1);
    assert_right(hall);
}

static void test_a_server_that_does_not_know(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_unsynchronised;
    ask(hall);
    run_until(hall, 1);
    assert_failed(hall, -EPROTO);
    hall->answer = answer_with_a_kiss;
    ask(hall);
    run_until(hall, 2);
    assert_failed(hall, -EACCES);
}

/* Whose clock is set wrong tells that time, and not one of another era. */
static void test_a_time_before_the_build(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_well;
    hall->late_usec = AHEAD_USEC - WSLNODE_BUILT * SECOND + now_of(CLOCK_MONOTONIC_RAW) + 100 * SECOND;
    ask(hall);
    run_until(hall, 1);
    assert_int_equal(hall->result, 0);
    assert_true(hall->reading.base_usec < WSLNODE_BUILT * SECOND);
}

static void test_cancelled(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    sntp_cancel(hall->sntp);
    hall->answer = answer_well;
    ask(hall);
    sntp_cancel(hall->sntp);
    assert_false(sntp_busy(hall->sntp));
    assert_int_equal(count_fds(), fds);
    sntp_cancel(hall->sntp);
    run_for(hall, 2300000); /* the deadline is off, too */
    assert_int_equal(hall->questions, 1);
    assert_int_equal(hall->calls, 0);
}

static void test_asked_while_it_asks(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    hall->answer = answer_well;
    ask(hall);
    ask(hall);
    assert_int_equal(count_fds(), fds + 1);
    run_until(hall, 1);
    assert_int_equal(hall->questions, 2);
    assert_right(hall);
}

static void test_asked_again_when_done(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    hall->answer = answer_well;
    hall->then = ASK_AGAIN;
    ask(hall);
    run_until(hall, 2);
    assert_right(hall);
    hall->server.family = 0;
    hall->then = ASK_AGAIN; /* from a failure as well */
    ask(hall);
    run_until(hall, 4);
    assert_failed(hall, -EAFNOSUPPORT);
    assert_int_equal(count_fds(), fds);
}

static void test_freed_when_done(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    hall->answer = answer_well;
    hall->then = FREE;
    ask(hall);
    run_until(hall, 1);
    assert_null(hall->sntp);
    assert_int_equal(hall->result, 0);
    assert_int_equal(sntp_new(hall->event, &hall->sntp), 0);
    hall->server.family = 0;
    hall->then = FREE;
    ask(hall);
    run_until(hall, 2);
    assert_null(hall->sntp);
    assert_null(sntp_free(NULL));
    assert_int_equal(count_fds(), fds);
}

static void test_freed_while_it_asks(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    hall->answer = answer_well;
    ask(hall);
    hall->sntp = sntp_free(hall->sntp);
    assert_int_equal(count_fds(), fds);
    run_for(hall, 50000);
    assert_int_equal(hall->calls, 0);
}

#define HALL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HALL_TEST(test_an_answer),
        HALL_TEST(test_each_question_has_a_cookie_and_a_socket_of_its_own),
        HALL_TEST(test_the_socket),
        HALL_TEST(test_the_usual_port),
        HALL_TEST(test_ipv6),
        HALL_TEST(test_no_answer),
        HALL_TEST(test_refused),
        HALL_TEST(test_what_cannot_be_asked),
        HALL_TEST(test_asked_when_the_loop_has_ended),
        HALL_TEST(test_a_failure_is_cancelled),
        HALL_TEST(test_what_is_no_answer_is_ignored),
        HALL_TEST(test_others_are_not_heard),
        HALL_TEST(test_a_server_that_does_not_know),
        HALL_TEST(test_a_time_before_the_build),
        HALL_TEST(test_cancelled),
        HALL_TEST(test_asked_while_it_asks),
        HALL_TEST(test_asked_again_when_done),
        HALL_TEST(test_freed_when_done),
        HALL_TEST(test_freed_while_it_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
