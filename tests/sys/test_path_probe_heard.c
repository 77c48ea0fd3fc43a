/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a way carries, as told by a host that answers as the test wants it to */
#include "../../service/sys/path_probe.h"

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include "path_way.h"

#define HOST 0x0a020002
#define LATE 1000 /* bytes of a packet that the host answers when the next one is there */

struct stand {
    sd_event *event;
    sd_event_source *host_source;
    int host, stranger; /* of the host, and of another one beside it */
    struct path_probe *probe;
    uint8_t question[2048]; /* with its IP header */
    size_t length;
    uint8_t held[2048];
    size_t held_length;
    unsigned questions;
    void (*answer)(struct stand *stand);
    unsigned calls;
    struct path_measure measure;
};

static uint8_t *message(struct stand *stand)
{
    return stand->question + sizeof(struct iphdr);
}

static size_t message_length(const struct stand *stand)
{
    return stand->length - sizeof(struct iphdr);
}

static void send_message(int fd, uint8_t *bytes, size_t length)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a010001)};
    uint32_t sum = 0;

    bytes[2] = bytes[3] = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : bytes[i] * 256u;
    sum = sum % 0x10000 + sum / 0x10000;
    sum = ~(sum % 0x10000 + sum / 0x10000);
    bytes[2] = (uint8_t)(sum >> 8);
    bytes[3] = (uint8_t)sum;
    assert_int_equal(sendto(fd, bytes, length, 0, (struct sockaddr *)&here, sizeof(here)), length);
}

/* With one byte changed, and of that length. */
static void answer_so(struct stand *stand, int fd, size_t at, uint8_t change, size_t length)
{
    uint8_t bytes[2048] = {0};

    memcpy(bytes, message(stand), message_length(stand));
    bytes[0] = ICMP_ECHOREPLY;
    bytes[at] ^= change;
    send_message(fd, bytes, length);
}

static void answer_well(struct stand *stand)
{
    answer_so(stand, stand->host, 0, 0, message_length(stand));
}

static void answer_badly(struct stand *stand)
{
    size_t length = message_length(stand);

    answer_so(stand, stand->host, 0, 8, length);    /* a question */
    answer_so(stand, stand->host, 1, 1, length);    /* another code */
    answer_so(stand, stand->host, 5, 1, length);    /* another id */
    answer_so(stand, stand->host, 6, 0x80, length); /* another sequence */
    answer_so(stand, stand->host, 8, 1, length);    /* another cookie */
    answer_so(stand, stand->host, 23, 1, length);
    answer_so(stand, stand->host, 0, 0, length - 1);
    answer_so(stand, stand->host, 0, 0, length + 1);
    answer_so(stand, stand->host, 0, 0, 8);
    answer_so(stand, stand->stranger, 0, 0, length);
}

static void answer_badly_first(struct stand *stand)
{
    answer_badly(stand);
    answer_well(stand);
}

/* More than is looked at in a turn. */
static void answer_a_flood(struct stand *stand)
{
    for (int i = 0; i < 40; i++)
        answer_so(stand, stand->host, 8, 1, message_length(stand));
    answer_well(stand);
}

static void answer_each_second(struct stand *stand)
{
    if (stand->questions % 2 == 0)
        answer_well(stand);
}

/* What is held goes out with the next question. */
static void answer_late(struct stand *stand)
{
    if (stand->length == LATE) {
        memcpy(stand->held, message(stand), message_length(stand));
        stand->held_length = message_length(stand);
        return;
    }
    if (stand->held_length) {
        stand->held[0] = ICMP_ECHOREPLY;
        send_message(stand->host, stand->held, stand->held_length);
        stand->held_length = 0;
    }
    answer_well(stand);
}

static int on_answer_due(sd_event_source *source, uint64_t usec, void *userdata)
{
    answer_well(userdata);
    return 0;
}

/* Large ones. */
static void answer_slowly(struct stand *stand)
{
    if (stand->length < 576)
        answer_well(stand);
    else
        assert_true(sd_event_add_time_relative(stand->event, NULL, CLOCK_MONOTONIC, 150000, 1, on_answer_due,
                                               stand) >= 0);
}

/* It is too big: the beginning of it is quoted, with a byte changed. */
static void tell(struct stand *stand, uint16_t mtu, size_t at, uint8_t change)
{
    uint8_t bytes[8 + sizeof(struct iphdr) + 8] = {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED};

    bytes[6] = mtu >> 8;
    bytes[7] = mtu & 0xff;
    memcpy(bytes + 8, stand->question, sizeof(bytes) - 8);
    bytes[8 + sizeof(struct iphdr) + at] ^= change;
    send_message(stand->stranger, bytes, sizeof(bytes));
}

static bool answered_small(struct stand *stand)
{
    if (stand->length <= 579)
        answer_well(stand);
    return stand->length <= 579;
}

static void tell_without_number(struct stand *stand)
{
    if (!answered_small(stand))
        tell(stand, 0, 0, 0);
}

static void tell_too_much(struct stand *stand)
{
    if (!answered_small(stand))
        tell(stand, 600, 0, 0);
}

/* The wider one of two has the last word. */
static void tell_of_two(struct stand *stand)
{
    if (answered_small(stand) || stand->length <= 595)
        return;
    tell(stand, 590, 0, 0);
    tell(stand, 595, 0, 0);
}

static void tell_of_another(struct stand *stand)
{
    if (answered_small(stand))
        return;
    tell(stand, 577, 6, 0x80); /* of another sequence */
    tell(stand, 577, 5, 1);    /* of another program */
}

/* Of the small one, which a router lets through in truth. */
static void tell_and_answer(struct stand *stand)
{
    tell(stand, 577, 0, 0);
    answer_well(stand);
}

static int on_question(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct stand *stand = userdata;
    ssize_t length = recv(fd, stand->question, sizeof(stand->question), 0);

    assert_true(length > 0);
    if (message(stand)[0] != ICMP_ECHO)
        return 0;
    stand->length = length;
    stand->questions++;
    stand->answer(stand);
    return 0;
}

static int open_at(uint32_t address)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    int fd;

    enter(FAR);
    fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    enter(HERE);
    return fd;
}

static int set_up_networks(void **state)
{
    int r = enter_networks(state);

    if (r < 0)
        return r;
    set_sysctl(FAR, "ipv4/icmp_echo_ignore_all", "1");
    run(FAR, "ip addr add 10.2.0.3/24 dev f0");
    return 0;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    assert_true(sd_event_new(&stand.event) >= 0);
    stand.host = open_at(HOST);
    stand.stranger = open_at(HOST + 1);
    assert_true(sd_event_add_io(stand.event, &stand.host_source, stand.host, EPOLLIN, on_question, &stand) >=
                0);
    set_sysctl(HERE, "ipv4/ping_group_range", "'0 0'");
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    path_probe_free(stand->probe);
    sd_event_source_unref(stand->host_source);
    close(stand->host);
    close(stand->stranger);
    sd_event_unref(stand->event);
    return 0;
}

static void on_done(void *userdata, const struct path_measure *measure)
{
    struct stand *stand = userdata;

    stand->calls++;
    stand->measure = *measure;
}

static const struct path_measure *measure(struct stand *stand, uint32_t size, void (*answer)(struct stand *))
{
    struct path_target target = target_of("10.2.0.2", size);
    int64_t until = now_usec() + PATH_PROBE_USEC + SECOND, left;

    stand->answer = answer;
    stand->calls = stand->questions = 0;
    assert_int_equal(path_probe_new(stand->event, &target, on_done, stand, &stand->probe), 0);
    while (!stand->calls && (left = until - now_usec()) > 0)
        assert_true(sd_event_run(stand->event, left) >= 0);
    assert_int_equal(stand->calls, 1);
    stand->probe = path_probe_free(stand->probe);
    return &stand->measure;
}

static void test_the_small_one_first(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(measure(stand, 1400, answer_well)->carries, 1400);
    assert_int_equal(stand->questions, 2);
    assert_int_equal(stand->length, 1400);
    assert_false(measure(stand, 1400, answer_badly)->answered);
    assert_int_equal(stand->questions, PATH_PROBE_TRIES);
    assert_int_equal(stand->length, 20 + 8 + PATH_PROBE_CONTROL);
}

static void test_what_counts(void **state)
{
    struct stand *stand = *state;

    for (int i = 0; i < 2; i++) {
        set_sysctl(HERE, "ipv4/ping_group_range", i ? "'1 0'" : "'0 0'");
        assert_false(measure(stand, 1400, answer_badly)->answered);
        assert_int_equal(measure(stand, 1400, answer_badly_first)->carries, 1400);
        assert_int_equal(measure(stand, 1400, answer_a_flood)->carries, 1400);
    }
}

static void test_lost_and_late(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(measure(stand, 1400, answer_each_second)->carries, 1400);
    assert_int_equal(stand->questions, 4);
    assert_int_equal(measure(stand, LATE, answer_late)->carries, LATE);
    assert_int_equal(stand->questions, 1 + PATH_PROBE_TRIES + 1);
}

/* How soon the small one is answered is not all: a machine or a radio may sleep. */
static void test_a_slow_host(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(measure(stand, 1400, answer_slowly)->carries, 1400);
    assert_int_equal(stand->questions, 2);
}

static void test_what_is_told(void **state)
{
    struct stand *stand = *state;
    const struct path_measure *measured;

    for (int i = 0; i < 2; i++) {
        void (*tellers[])(struct stand *) = {tell_without_number, tell_too_much};

        measured = measure(stand, 600, tellers[i]);
        assert_int_equal(measured->carries, 579);
        assert_int_equal(measured->teller, PATH_TOLD_BY_ROUTER);
        assert_int_equal(measured->hop_mtu, 0);
        assert_memory_equal(measured->router, "\x0a\2\0\3", 4);
    }
    measured = measure(stand, 600, tell_of_two);
    assert_int_equal(measured->carries, 579);
    assert_int_equal(measured->hop_mtu, 590);
    measured = measure(stand, 581, tell_of_another);
    assert_int_equal(measured->carries, 579);
    assert_int_equal(measured->teller, PATH_TOLD_BY_NONE);
    assert_int_equal(measured->hop_mtu, 0);
}

/* What was answered is carried, whatever somebody tells. */
static void test_a_lie(void **state)
{
    struct stand *stand = *state;
    const struct path_measure *measured = measure(stand, 600, tell_and_answer);

    assert_true(measured->answered);
    assert_int_equal(measured->carries, 600);
    assert_int_equal(measured->teller, PATH_TOLD_BY_NONE);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_the_small_one_first), STAND_TEST(test_what_counts),  STAND_TEST(test_lost_and_late),
        STAND_TEST(test_a_slow_host),         STAND_TEST(test_what_is_told), STAND_TEST(test_a_lie),
    };

    return cmocka_run_group_tests(tests, set_up_networks, NULL);
}
