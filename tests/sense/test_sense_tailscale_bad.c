/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of tailscaled: answers that are none, too large, too slow, or end in the middle */
#include <malloc.h>

#include "tailscaled.h"

static void test_it_does_not_answer(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    timers_pass(DEADLINE - 1);
    assert_int_equal(stand->facts, 0);
    timers_pass(1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled does not answer");
    assert_int_equal(timers_next(), 1 * S);
}

/* The state at once is what was asked for. */
static void test_it_says_nothing_behind_its_head(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD);
    timers_pass(DEADLINE);
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
}

static void test_it_refuses(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, "HTTP/1.0 403 Forbidden\r\n");
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled refuses to tell");
}

static void test_it_is_something_else(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, "220 mail ESMTP\r\n");
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled answers with what is no message of it");
}

static void test_bytes_that_come_slowly(void **state)
{
    struct stand *stand = *state;
    const char *text = HEAD RUNNING "{\"State\":4}\n";

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    for (; *text; text++) {
        assert_true(say_bytes(stand->bus, text, 1));
        timers_pass(100000);
    }
    assert_int_equal(stand->fact.state, TAILSCALE_STOPPED);
    timers_pass(1000 * S);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
}

static void test_bytes_that_come_too_slowly(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    for (int i = 0; i < 15; i++) {
        assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
        say(stand->bus, i ? " " : "{");
        timers_pass(1 * S);
    }
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled does not answer");
}

/* Only garbage is no tailscaled; among messages it does no harm. */
static void test_garbage(void **state)
{
    struct stand *stand = *state;
    char line[300];

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD);
    for (int i = 1; i < 256; i++)
        line[i] = i;
    line[0] = line[256] = '\n';
    assert_true(say_bytes(stand->bus, line, 257));
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled answers with what is no message of it");
    say(stand->bus, RUNNING);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    assert_string_equal(stand->fact.error, "");
    assert_true(say_bytes(stand->bus, line, 257));
    say(stand->bus, "{\"State\":4}\n");
    assert_int_equal(stand->fact.state, TAILSCALE_STOPPED);
    assert_int_equal(stand->facts, 3);
}

/* 1: all of it was taken. */
static bool say_large(int fd, const char *begin, size_t length, const char *end)
{
    char piece[1 << 16];

    memset(piece, 'x', sizeof(piece));
    if (!say_bytes(fd, begin, strlen(begin)))
        return false;
    for (size_t at = 0; at < length; at += sizeof(piece))
        if (!say_bytes(fd, piece, sizeof(piece)))
            return false;
    return say_bytes(fd, end, strlen(end));
}

static void test_an_object_of_10_mebibytes(void **state)
{
    struct stand *stand = *state;
    size_t used;

    connect_well(stand);
    timers_pass(QUIET);
    used = mallinfo2().uordblks;
    assert_false(say_large(stand->bus, "{\"NetMap\":{\"Domain\":\"", 10 << 20, "\"}}\n"));
    assert_true(mallinfo2().uordblks < used + 4096);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS); /* what was known holds … */
    assert_int_equal(stand->fact.peers_online, 1);
    assert_string_equal(stand->fact.error, "a message of tailscaled is too large");
    assert_true(status_is_asked(stand)); /* … and what changed is asked for */
    answer_status(stand, "{\"BackendState\":\"Stopped\"}");
    assert_int_equal(stand->fact.state, TAILSCALE_STOPPED);
    assert_int_equal(timers_next(), 60 * S); /* the next one would be as large */
    timers_pass(60 * S);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD RUNNING);
    assert_string_equal(stand->fact.error, "");
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
}

/* As at the first message, when nothing is known yet. */
static void test_too_large_at_once(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD);
    assert_false(say_large(stand->bus, "{\"NetMap\":\"", 10 << 20, "\"}\n"));
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_true(status_is_asked(stand));
    answer_status(stand, "{\"BackendState\":\"Running\"}");
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    assert_string_equal(stand->fact.error, "");
}

/* A tailnet of thousands: it is read, and asked for more rarely. */
static void test_a_large_status(void **state)
{
    struct stand *stand = *state;
    size_t used;

    connect_well(stand);
    say(stand->bus, "{\"Health\":{}}\n");
    timers_pass(QUIET);
    assert_true(status_is_asked(stand));
    say(stand->status, HEAD);
    used = mallinfo2().uordblks;
    assert_true(say_large(stand->status, "{\"BackendState\":\"Running\",\"Peer\":{\"a\":{\"x\":\"", 20 << 20,
                          "\",\"Online\":true}}}\n"));
    assert_true(mallinfo2().uordblks < used + 4096);
    hang_up(&stand->status);
    assert_string_equal(stand->fact.error, "");
    assert_int_equal(stand->fact.peers_online, 1);
    say(stand->bus, "{\"Health\":{}}\n");
    timers_pass(59 * S);
    assert_false(status_is_asked(stand));
    timers_pass(1 * S);
    assert_true(status_is_asked(stand));
}

static void test_the_bus_ends_in_the_middle(void **state)
{
    struct stand *stand = *state;
    unsigned facts;

    connect_well(stand);
    facts = stand->facts;
    say(stand->bus, "{\"State\":4,\"Prefs\":{");
    hang_up(&stand->bus);
    assert_int_equal(stand->facts, facts); /* half a message says nothing */
    assert_int_equal(timers_next(), 1 * S);
    timers_pass(1 * S);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD "}\n" RUNNING);
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
}

/* What is known holds, until the next one. */
static void test_a_status_that_fails(void **state)
{
    static const struct {
        const char *answer, *error;
    } rows[] = {
        {HEAD "{\"BackendState\":\"Stopped\"", "tailscaled ended in the middle of a message"},
        {HEAD, "tailscaled ended in the middle of a message"},
        {HEAD "denied", "tailscaled answers with what is no message of it"},
        {"HTTP/1.0 500 Nope\r\n", "tailscaled answers with an error"},
        {"HTTP/1.0 403 Forbidden\r\n", "tailscaled refuses to tell"},
        {"HTTP/1.0 404 Not Found\r\n", "tailscaled does not know the question"},
    };
    struct stand *stand = *state;

    connect_well(stand);
    for (size_t i = 0; i < COUNT(rows); i++) {
        say(stand->bus, "{\"Health\":{}}\n");
        timers_pass(QUIET);
        assert_true(status_is_asked(stand));
        say(stand->status, rows[i].answer);
        hang_up(&stand->status);
        assert_string_equal(stand->fact.error, rows[i].error);
        assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
        assert_int_equal(stand->fact.peers_online, 1);
        say(stand->bus, "{\"Health\":{}}\n");
        timers_pass(QUIET);
        assert_true(status_is_asked(stand));
        answer_status(stand, "{\"BackendState\":\"Running\",\"Peer\":{\"a\":{\"Online\":true}}}");
        assert_string_equal(stand->fact.error, "");
    }
}

static void test_a_status_that_never_comes(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    timers_pass(QUIET);
    sense_tailscale_refresh(stand->tailscale);
    assert_true(status_is_asked(stand));
    timers_pass(WAIT - 1);
    assert_true(sense_tailscale_busy(stand->tailscale));
    timers_pass(1);
    assert_false(sense_tailscale_busy(stand->tailscale)); /* others wait for Diagnose */
    assert_int_equal(stand->turns, stand->facts + 1);
    timers_pass(DEADLINE - WAIT);
    assert_string_equal(stand->fact.error, "tailscaled does not answer");
}

/* Whole, but the server does not hang up: it is taken all the same. */
static void test_a_status_without_end(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    timers_pass(QUIET);
    sense_tailscale_refresh(stand->tailscale);
    assert_true(status_is_asked(stand));
    say(stand->status, HEAD "{\"BackendState\":\"Stopped\"}");
    timers_pass(DEADLINE);
    assert_false(sense_tailscale_busy(stand->tailscale));
    assert_int_equal(stand->fact.state, TAILSCALE_STOPPED);
    assert_string_equal(stand->fact.error, "");
}

/* Without a bus nobody else vouches for what is known. */
static void test_neither_bus_nor_status(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, "HTTP/1.0 404 Not Found\r\n");
    assert_true(status_is_asked(stand));
    say(stand->status, "HTTP/1.0 404 Not Found\r\n");
    assert_int_equal(stand->fact.daemon, TAILSCALE_SILENT);
    assert_string_equal(stand->fact.error, "tailscaled does not know the question");
}

static void test_many_messages_take_no_memory(void **state)
{
    struct stand *stand = *state;
    char *bus = recording("v1.50.bus");
    size_t used = 0;

    connect_well(stand);
    for (int i = 0; i < 3000; i++) {
        if (i == 100)
            used = mallinfo2().uordblks;
        say(stand->bus, bus);
        if (i % 100 == 0) {
            timers_pass(QUIET);
            assert_true(status_is_asked(stand));
            answer_status(stand, "{\"BackendState\":\"Running\"}");
        }
    }
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
    assert_true(mallinfo2().uordblks < used + 4096);
    free(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_does_not_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_says_nothing_behind_its_head, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_something_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_that_come_slowly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_that_come_too_slowly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_object_of_10_mebibytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_large_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_bus_ends_in_the_middle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_status_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_status_that_never_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_status_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_neither_bus_nor_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_messages_take_no_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
