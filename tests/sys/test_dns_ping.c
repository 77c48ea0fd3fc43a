/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to a DNS server that nobody waits for: what counts as its answer */
#include "../../service/sys/dns_ping.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "dns_answers.h"

/* The server has heard it and has answered, or not. */
static bool answered(struct hall *hall, void (*answer)(struct hall *hall))
{
    struct dns_ping *ping;
    unsigned questions = hall->questions;
    bool result;

    hall->answer = answer;
    assert_int_equal(dns_ping_new(&hall->server, NAME, &ping), 0);
    while (hall->udp >= 0 && hall->questions == questions)
        assert_true(sd_event_run(hall->event, SECOND) >= 0);
    result = dns_ping_answered(ping);
    assert_null(dns_ping_free(ping));
    return result;
}

static void test_the_question(void **state)
{
    struct hall *hall = *state;

    assert_true(answered(hall, answer_well));
    assert_int_equal(hall->length, MESSAGE);
    assert_memory_equal(hall->question + 2, "\1\0\0\1\0\0\0\0\0\0", 10); /* recursion desired, one question */
    assert_memory_equal(hall->question + 12, QUESTION, sizeof(QUESTION) - 1);
}

/* An id that can be guessed lets others answer. */
static void test_no_two_ids(void **state)
{
    struct hall *hall = *state;
    uint8_t ids[8][2];
    unsigned same = 0;

    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(answered(hall, answer_well));
        memcpy(ids[i], hall->question, 2);
        same += i > 0 && memcmp(ids[i], ids[0], 2) == 0;
    }
    assert_true(same < 2);
}

static void answer_nxdomain(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[3] |= 3;
    say(hall, bytes, sizeof(bytes));
}

static void answer_servfail(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[3] |= 2;
    say(hall, bytes, sizeof(bytes));
}

static void answer_in_capitals(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    memcpy(bytes + 13, "DNS", 3);
    say(hall, bytes, sizeof(bytes));
}

static void answer_without_count(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[5] = 0;
    say(hall, bytes, sizeof(bytes));
}

/* What the first one has, the second lacks. */
static void answer_in_two(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    answer_with_another_id(hall);
    make_answer(hall, bytes);
    say(hall, bytes, 12);
}

/* More than is read of it. */
static void answer_at_length(struct hall *hall)
{
    uint8_t bytes[4000] = {0};

    make_answer(hall, bytes);
    say(hall, bytes, sizeof(bytes));
}

static void answer_never(struct hall *hall)
{
}

static void test_what_counts(void **state)
{
    struct hall *hall = *state;

    assert_true(answered(hall, answer_nxdomain));
    assert_true(answered(hall, answer_in_capitals));
    assert_true(answered(hall, answer_at_length));
    assert_true(answered(hall, answer_a_looping_record));
    assert_true(answered(hall, answer_badly_first));
}

static void test_what_does_not(void **state)
{
    void (*answers[])(struct hall *) = {
        answer_without_count,
        answer_in_two,
        answer_never,
        answer_servfail,
        answer_with_another_id,
        answer_another_question,
        answer_another_type,
        answer_an_echo,
        answer_without_question,
        answer_a_looping_question,
        answer_garbage,
        answer_too_little,
        answer_nothing,
        answer_from_elsewhere,
    };

    for (size_t i = 0; i < COUNT(answers); i++)
        if (answered(*state, answers[i]))
            fail_msg("answer %zu", i);
}

static void answer_a_flood(struct hall *hall)
{
    for (int i = 0; i < 20; i++)
        answer_with_another_id(hall);
    answer_well(hall);
}

/* The loop is not held for ever. */
static void test_a_flood(void **state)
{
    assert_false(answered(*state, answer_a_flood));
}

static void test_nobody_is_there(void **state)
{
    struct hall *hall = *state;

    close_server(hall);
    assert_false(answered(hall, NULL));
}

static void test_what_cannot_be_asked(void **state)
{
    struct hall *hall = *state;
    struct dns_address far = {.family = AF_INET, .bytes = {192, 0, 2, 1}};
    struct rlimit limit, none = {0, 0};
    unsigned fds = count_fds();
    struct dns_ping *ping;
    int r;

    assert_int_equal(dns_ping_new(&far, NAME, &ping), -ENETUNREACH);
    assert_int_equal(dns_ping_new(&localhost, "a..b", &ping), -EINVAL);
    assert_int_equal(count_fds(), fds);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    r = dns_ping_new(&hall->server, NAME, &ping);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
}

static void test_by_ipv6(void **state)
{
    struct hall *hall = *state;
    struct dns_address six = {.family = AF_INET6, .bytes = {[15] = 1}};

    close_server(hall);
    open_server(hall, &six);
    assert_true(answered(hall, answer_well));
}

#define HALL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HALL_TEST(test_the_question),         HALL_TEST(test_no_two_ids), HALL_TEST(test_what_counts),
        HALL_TEST(test_what_does_not),        HALL_TEST(test_a_flood),    HALL_TEST(test_nobody_is_there),
        HALL_TEST(test_what_cannot_be_asked), HALL_TEST(test_by_ipv6),
    };

    return cmocka_run_group_tests(tests, enter_network, NULL);
}
