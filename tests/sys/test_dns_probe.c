/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to a DNS server: a server in the same loop, and what else may come instead of its answer */
#include "../../service/sys/dns_probe.h"

#include <fcntl.h>

#include "dns_answers.h"
#include "dns_hall.h"

#define FDS 256

static void test_an_answer(void **state)
{
    struct hall *hall = *state;
    unsigned fds = count_fds();

    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        assert_answer(hall, DNS_ANSWER_OK);
        assert_true(hall->latency_usec > 0 && hall->latency_usec < SECOND);
        close_client(hall);
        assert_int_equal(count_fds(), fds);
    }
    assert_int_equal(hall->questions, 2);
    assert_int_equal(hall->connections, 1);
}

static uint8_t answer_bits[4]; /* instead of those of the right answer: bytes 2, 3, 6 and 7 */

static void answer_with_bits(struct hall *hall)
{
    uint8_t bytes[MESSAGE + 16];

    make_answer(hall, bytes);
    memcpy(bytes + 2, answer_bits, 2);
    memcpy(bytes + 6, answer_bits + 2, 2);
    memcpy(bytes + MESSAGE, "\xc0\x0c\0\1\0\1\0\0\0\74\0\4\1\2\3\4", 16);
    say(hall, bytes, answer_bits[3] ? sizeof(bytes) : MESSAGE);
}

static void test_what_it_answers(void **state)
{
    static const struct {
        uint8_t bits[4];
        enum dns_answer answer;
        bool found;
    } rows[] = {
        {{0x81, 0x80, 0, 0}, DNS_ANSWER_OK, false},       {{0x81, 0x80, 0, 1}, DNS_ANSWER_OK, true},
        {{0x85, 0x80, 0, 1}, DNS_ANSWER_OK, true}, /* authoritative */
        {{0x80, 0x00, 0, 1}, DNS_ANSWER_OK, true},        {{0x81, 0x83, 0, 0}, DNS_ANSWER_OK, false},
        {{0x81, 0x83, 0, 1}, DNS_ANSWER_OK, false}, /* what an alias leads to is not there */
        {{0x81, 0x81, 0, 0}, DNS_ANSWER_DEGRADED, false}, {{0x81, 0x82, 0, 0}, DNS_ANSWER_DEGRADED, false},
        {{0x81, 0x84, 0, 0}, DNS_ANSWER_DEGRADED, false}, {{0x81, 0x85, 0, 0}, DNS_ANSWER_DEGRADED, false},
        {{0x81, 0x85, 0, 1}, DNS_ANSWER_DEGRADED, false}, {{0x81, 0x89, 0, 0}, DNS_ANSWER_DEGRADED, false},
        {{0x01, 0x80, 0, 1}, DNS_ANSWER_DEGRADED, false}, /* no answer at all */
    };
    struct hall *hall = *state;

    hall->answer = answer_with_bits;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memcpy(answer_bits, rows[i].bits, sizeof(answer_bits));
        assert_both(hall, rows[i].answer);
        assert_int_equal(hall->found, rows[i].found);
        assert_true(hall->latency_usec > 0);
        assert_int_equal(hall->questions, 2 * (i + 1)); /* it is not asked again */
    }
    hall->answer = answer_an_echo;
    assert_both(hall, DNS_ANSWER_DEGRADED);
}

static void test_a_truncated_answer(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_with_bits;
    memcpy(answer_bits, "\x83\x80\0\0", sizeof(answer_bits));
    assert_answer(hall, DNS_ANSWER_OK);
    assert_true(hall->found);
    assert_int_equal(hall->questions, 1);
    assert_int_equal(hall->connections, 0);
    memcpy(answer_bits, "\x83\x83\0\0", sizeof(answer_bits));
    assert_answer(hall, DNS_ANSWER_OK);
    assert_false(hall->found);
    hall->answer = answer_with_bits;
    memcpy(answer_bits, "\x83\x82\0\0", sizeof(answer_bits));
    assert_answer(hall, DNS_ANSWER_DEGRADED);
    assert_false(hall->found);
    assert_int_equal(hall->connections, 0);
}

#define ALIAS  "\xc0\x0c\0\5\0\1\0\0\0\74\0\4\1b\xc0\x10" /* b.example */
#define BEHIND "\xc0\x29\0\1\0\1\0\0\0\74\0\4\1\2\3\4"
#define SIX    "\xc0\x0c\0\34\0\1\0\0\0\74\0\20\1\2\3\4\5\6\7\1\1\2\3\4\5\6\7\1"

static const struct {
    uint8_t count;
    const char *bytes;
    size_t length;
    bool found;
} records[] = {
    {2, ALIAS BEHIND, sizeof(ALIAS BEHIND) - 1, true},
    {1, ALIAS, sizeof(ALIAS) - 1, false}, /* a server that follows none is no help */
    {1, SIX, sizeof(SIX) - 1, false},
};
static size_t record;

static void answer_with_records(struct hall *hall)
{
    uint8_t bytes[MESSAGE + 64];

    make_answer(hall, bytes);
    bytes[7] = records[record].count;
    memcpy(bytes + MESSAGE, records[record].bytes, records[record].length);
    say(hall, bytes, MESSAGE + records[record].length);
}

static void test_whether_it_has_an_address(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_with_records;
    for (record = 0; record < COUNT(records); record++)
        for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
            assert_answer(hall, DNS_ANSWER_OK);
            assert_int_equal(hall->found, records[record].found);
        }
}

static void test_the_question(void **state)
{
    static const uint8_t header[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    struct hall *hall = *state;
    uint8_t ids[6][2];

    for (unsigned i = 0; i < COUNT(ids); i++) {
        hall->transport = i % 2 ? DNS_TCP : DNS_UDP;
        assert_answer(hall, DNS_ANSWER_OK);
        assert_int_equal(hall->length, MESSAGE);
        assert_memory_equal(hall->question + 2, header, sizeof(header));
        assert_memory_equal(hall->question + 12, QUESTION, sizeof(QUESTION) - 1);
        memcpy(ids[i], hall->question, 2);
    }
    /* Two may be the same by chance. */
    assert_false(memcmp(ids[0], ids[1], 2) == 0 && memcmp(ids[1], ids[2], 2) == 0 &&
                 memcmp(ids[2], ids[3], 2) == 0);
}

static void test_the_socket(void **state)
{
    struct hall *hall = *state;

    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        unsigned found = 0;

        ask(hall);
        for (int fd = 0; fd < FDS; fd++) {
            struct sockaddr_in peer;
            socklen_t size = sizeof(peer);

            if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || peer.sin_family != AF_INET ||
                ntohs(peer.sin_port) != 53)
                continue;
            found++;
            assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
            assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
        }
        assert_int_equal(found, 1);
        hall->probe = dns_probe_free(hall->probe);
    }
}

static void test_ipv6(void **state)
{
    static const struct dns_address address = {.family = AF_INET6, .bytes = {[15] = 1}};
    struct hall *hall = *state;

    close_server(hall);
    open_server(hall, &address);
    assert_both(hall, DNS_ANSWER_OK);
    close_server(hall);
    assert_both(hall, DNS_ANSWER_REFUSED);
}

static void test_nothing_listens(void **state)
{
    struct hall *hall = *state;
    int64_t before = now_of(CLOCK_MONOTONIC);
    unsigned fds;

    close_server(hall);
    fds = count_fds();
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        assert_answer(hall, DNS_ANSWER_REFUSED);
        assert_int_equal(hall->latency_usec, 0);
        assert_int_equal(count_fds(), fds);
    }
    assert_true(now_of(CLOCK_MONOTONIC) - before < SECOND);
}

/* No route leads there. */
static void test_unreachable(void **state)
{
    static const struct dns_address addresses[] = {
        {.family = AF_INET, .bytes = {192, 0, 2, 1}},
        {.family = AF_INET6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {.family = AF_INET, .bytes = {255, 255, 255, 255}},
    };
    struct hall *hall = *state;
    int64_t before = now_of(CLOCK_MONOTONIC);

    for (size_t i = 0; i < COUNT(addresses); i++) {
        hall->server = addresses[i];
        assert_both(hall, DNS_ANSWER_TIMEOUT);
        assert_int_equal(hall->latency_usec, 0);
    }
    assert_true(now_of(CLOCK_MONOTONIC) - before < SECOND);
}

/* All at once: each takes its two seconds. */
static void test_no_answer(void **state)
{
    static const struct {
        enum dns_transport transport;
        void (*answer)(struct hall *hall);
        enum dns_answer expected;
    } rows[] = {
        {DNS_UDP, NULL, DNS_ANSWER_TIMEOUT},
        {DNS_TCP, NULL, DNS_ANSWER_TIMEOUT},
        {DNS_UDP, answer_from_elsewhere, DNS_ANSWER_TIMEOUT},
        {DNS_UDP, answer_with_another_id, DNS_ANSWER_DEGRADED},
        {DNS_TCP, answer_with_another_id, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_another_question, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_another_type, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_without_question, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_a_looping_question, DNS_ANSWER_DEGRADED},
        {DNS_TCP, answer_a_looping_question, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_garbage, DNS_ANSWER_DEGRADED},
        {DNS_TCP, answer_garbage, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_too_little, DNS_ANSWER_DEGRADED},
        {DNS_UDP, answer_nothing, DNS_ANSWER_DEGRADED},
        {DNS_TCP, answer_nothing, DNS_ANSWER_DEGRADED},
        {DNS_TCP, answer_half, DNS_ANSWER_DEGRADED},
    };
    static struct hall halls[COUNT(rows)];
    struct hall *hall = *state;
    int64_t begin = now_of(CLOCK_MONOTONIC);

    memset(halls, 0, sizeof(halls));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dns_address address = {.family = AF_INET, .bytes = {127, 0, 0, 100 + i}};

        halls[i].event = hall->event;
        halls[i].transport = rows[i].transport;
        halls[i].answer = rows[i].answer;
        open_server(&halls[i], &address);
        ask(&halls[i]);
    }
    run_for(hall, 3 * SECOND);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(halls[i].calls, 1);
        assert_int_equal(halls[i].result, rows[i].expected);
        assert_int_equal(halls[i].latency_usec, 0);
        assert_true(rows[i].answer || halls[i].ended_usec - begin >= DNS_PROBE_USEC);
        dns_probe_free(halls[i].probe);
        close_server(&halls[i]);
    }
    assert_int_equal(halls[0].questions, 2);
    assert_int_equal(halls[1].questions, 1);
}

static void test_a_packet_is_lost(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_second;
    assert_answer(hall, DNS_ANSWER_OK);
    assert_int_equal(hall->questions, 2);
    assert_true(hall->latency_usec >= 500000);
}

static void test_the_server_goes_between(void **state)
{
    struct hall *hall = *state;

    hall->answer = NULL;
    ask(hall);
    run_for(hall, 50000);
    assert_int_equal(hall->questions, 1);
    close_server(hall);
    run_until(hall, 1);
    assert_int_equal(hall->result, DNS_ANSWER_REFUSED);
}

static void test_the_right_one_among_others(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_badly_first;
    assert_answer(hall, DNS_ANSWER_OK);
}

/* The newer c-ares looks at records, the older one does not. */
static void test_a_looping_record(void **state)
{
    struct hall *hall = *state;

    hall->answer = answer_a_looping_record;
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++) {
        ask(hall);
        run_until(hall, hall->transport + 1);
        assert_true(hall->result == DNS_ANSWER_OK || hall->result == DNS_ANSWER_DEGRADED);
        hall->probe = dns_probe_free(hall->probe);
    }
}

static void test_the_largest_answer(void **state)
{
    struct hall *hall = *state;

    hall->transport = DNS_TCP;
    hall->answer = answer_all_of_it;
    assert_answer(hall, DNS_ANSWER_OK);
    assert_true(hall->found);
}

static void test_byte_by_byte(void **state)
{
    struct hall *hall = *state;

    hall->transport = DNS_TCP;
    hall->answer = answer_by_drips;
    assert_answer(hall, DNS_ANSWER_OK);
    assert_int_equal(hall->dripped, 2 + MESSAGE);
    assert_true(hall->latency_usec >= 20000);
}

static void test_a_stream_that_ends(void **state)
{
    static void (*const answers[])(struct hall * hall) = {answer_half_and_go, answer_half_a_length_and_go, go,
                                                          reset};
    struct hall *hall = *state;
    int64_t before = now_of(CLOCK_MONOTONIC);
    unsigned fds = count_fds();

    hall->transport = DNS_TCP;
    for (size_t i = 0; i < COUNT(answers); i++) {
        hall->answer = answers[i];
        assert_answer(hall, DNS_ANSWER_DEGRADED);
        assert_int_equal(hall->connections, i + 1);
        assert_int_equal(count_fds(), fds);
    }
    hall->accepted = go;
    assert_answer(hall, DNS_ANSWER_DEGRADED);
    hall->accepted = reset;
    assert_answer(hall, DNS_ANSWER_DEGRADED);
    assert_true(now_of(CLOCK_MONOTONIC) - before < SECOND);
}

#define HALL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HALL_TEST(test_an_answer),
        HALL_TEST(test_what_it_answers),
        HALL_TEST(test_a_truncated_answer),
        HALL_TEST(test_whether_it_has_an_address),
        HALL_TEST(test_the_question),
        HALL_TEST(test_the_socket),
        HALL_TEST(test_ipv6),
        HALL_TEST(test_nothing_listens),
        HALL_TEST(test_unreachable),
        HALL_TEST(test_no_answer),
        HALL_TEST(test_a_packet_is_lost),
        HALL_TEST(test_the_server_goes_between),
        HALL_TEST(test_the_right_one_among_others),
        HALL_TEST(test_a_looping_record),
        HALL_TEST(test_the_largest_answer),
        HALL_TEST(test_byte_by_byte),
        HALL_TEST(test_a_stream_that_ends),
    };

    return cmocka_run_group_tests(tests, enter_network, NULL);
}
