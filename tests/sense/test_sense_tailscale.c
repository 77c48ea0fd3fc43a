/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of tailscaled: when it is asked, and what is told of its answers */
#include "tailscaled.h"

static void test_nothing_is_there(void **state)
{
    struct stand *stand = *state;

    sense_start(stand);
    assert_int_equal(stand->facts, 1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ABSENT);
    assert_int_equal(timers_next(), -1); /* no poll */
    sense_tailscale_beat(stand->tailscale);
    sense_tailscale_refresh(stand->tailscale);
    timers_pass(1000 * S);
    assert_int_equal(stand->facts, 1);
}

static void test_it_comes(void **state)
{
    struct stand *stand = *state;

    sense_start(stand);
    tailscaled_start(stand);
    timers_pass(GATHER - 1);
    assert_false(bus_is_asked(stand));
    timers_pass(1);
    assert_true(bus_is_asked(stand));
    assert_int_equal(stand->facts, 1); /* that it listens says nothing */
    say(stand->bus, HEAD RUNNING);
    assert_int_equal(stand->facts, 2);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
    assert_string_equal(stand->fact.version, "1.80.0");
    assert_true(status_is_asked(stand));
}

static void test_it_goes(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    tailscaled_remove(stand);
    timers_pass(GATHER + ABSENT - 1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    timers_pass(1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ABSENT);
    assert_int_equal(stand->fact.peers_online, 0); /* nothing of it is known any more */
    assert_int_equal(stand->fact.state, TAILSCALE_NO_STATE);
    assert_int_equal(timers_next(), -1);
}

/* Each time it has all of its time, and whoever asks meanwhile makes it neither longer nor shorter. */
static void test_it_restarts(void **state)
{
    struct stand *stand = *state;
    unsigned facts;

    connect_well(stand);
    facts = stand->facts;
    for (int i = 0; i < 3; i++) {
        tailscaled_remove(stand);
        timers_pass(ABSENT - 1);
        sense_tailscale_refresh(stand->tailscale);
        tailscaled_start(stand);
        timers_pass(GATHER);
        assert_true(bus_is_asked(stand));
        say(stand->bus, HEAD RUNNING);
        assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
        assert_int_equal(stand->facts, facts);
        timers_pass(QUIET);
        if (status_is_asked(stand))
            answer_status(stand, STATUS);
    }
    tailscaled_remove(stand);
    for (int i = 0; i < 4; i++) {
        timers_pass(1 * S);
        sense_tailscale_refresh(stand->tailscale);
    }
    assert_int_equal(stand->facts, facts);
    timers_pass(1 * S + GATHER);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ABSENT);
}

/* It crashes first, and then what is left of it goes: why does not matter then. */
static void test_what_is_left_goes(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    tailscaled_stop(stand);
    timers_pass(1 * S);
    assert_int_equal(stand->fact.daemon, TAILSCALE_GONE);
    scratch_unlink(&stand->scratch, SOCKET);
    timers_pass(GATHER + ABSENT - 1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_GONE);
    timers_pass(1);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ABSENT);
}

static void test_it_crashed(void **state)
{
    static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    struct stand *stand = *state;

    connect_well(stand);
    tailscaled_stop(stand);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS); /* not before the next try */
    for (size_t i = 0; i < COUNT(waits); i++) {
        assert_int_equal(timers_next(), waits[i] * S);
        timers_pass(waits[i] * S);
        assert_int_equal(stand->fact.daemon, TAILSCALE_GONE);
    }
    assert_int_equal(stand->facts, 3);
}

/* The waits begin anew after a good message, and not before. */
static void test_it_comes_back(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    hang_up(&stand->bus);
    timers_pass(1 * S);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD);
    hang_up(&stand->bus);
    assert_int_equal(timers_next(), 2 * S);
    timers_pass(2 * S);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD RUNNING);
    hang_up(&stand->bus);
    assert_int_equal(timers_next(), 1 * S);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    assert_int_equal(stand->facts, 2);
}

/* Whoever has the socket now is asked, though the old one is connected still. */
static void test_another_one_takes_the_socket(void **state)
{
    struct stand *stand = *state;
    int old;

    connect_well(stand);
    old = stand->listener;
    scratch_unlink(&stand->scratch, SOCKET);
    tailscaled_start(stand);
    close(old);
    timers_pass(GATHER);
    assert_true(bus_is_asked(stand));
}

static void test_the_status_is_asked_in_time(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    for (int i = 0; i < 5; i++)
        say(stand->bus, "{\"Health\":{}}\n");
    assert_false(status_is_asked(stand));
    timers_pass(QUIET - 1);
    assert_false(status_is_asked(stand));
    timers_pass(1);
    assert_true(status_is_asked(stand));
    answer_status(stand, "{\"BackendState\":\"Running\",\"Health\":[\"x\"]}");
    assert_string_equal(stand->fact.warning, "x");
    timers_pass(1000 * S);
    assert_false(status_is_asked(stand));
    say(stand->bus, "{\"Health\":{}}\n");
    assert_true(status_is_asked(stand)); /* at once, if it was long ago */
}

/* What changes while it is being answered may not be in the answer. */
static void test_a_change_during_the_answer(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    say(stand->bus, "{\"Prefs\":{\"ExitNodeID\":\"x\"}}\n");
    timers_pass(QUIET);
    assert_true(status_is_asked(stand));
    say(stand->status, HEAD "{\"BackendState\":\"Running\",");
    say(stand->bus, "{\"Prefs\":{\"ExitNodeID\":\"\"}}\n");
    say(stand->status, "\"ExitNodeStatus\":{}}");
    hang_up(&stand->status);
    assert_false(stand->fact.exit_node_wanted);
    assert_false(status_is_asked(stand));
    timers_pass(QUIET);
    assert_true(status_is_asked(stand));
}

/* Messages of bytes and files are none that one asks for. */
static void test_what_is_no_news(void **state)
{
    struct stand *stand = *state;
    unsigned facts;

    connect_well(stand);
    facts = stand->facts;
    timers_pass(1000 * S);
    say(stand->bus, "{\"Version\":\"1.80.0-t1\",\"State\":null,\"Engine\":{\"NumLive\":1}}\n");
    assert_false(status_is_asked(stand));
    assert_int_equal(stand->facts, facts);
    assert_int_equal(timers_next(), -1);
}

/* Each third minute, for not all is announced. */
static void test_beats(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    for (int i = 0; i < 9; i++) {
        timers_pass(60 * S);
        sense_tailscale_beat(stand->tailscale);
        assert_int_equal(status_is_asked(stand), i % 3 == 2);
        if (i % 3 == 2)
            answer_status(stand, "{\"BackendState\":\"Running\"}");
    }
    assert_int_equal(timers_next(), -1);
}

static void test_refresh(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    timers_pass(QUIET);
    assert_false(sense_tailscale_busy(stand->tailscale));
    sense_tailscale_refresh(stand->tailscale);
    assert_true(sense_tailscale_busy(stand->tailscale));
    assert_true(status_is_asked(stand));
    sense_tailscale_refresh(stand->tailscale);
    assert_false(status_is_asked(stand));
    answer_status(stand, "{}");
    assert_false(sense_tailscale_busy(stand->tailscale));
    assert_int_equal(stand->turns, stand->facts + 1); /* it is no news, and its end is */
    assert_int_equal(timers_next(), -1);
}

/* So anybody could keep it at work: it is not waited for, and asked when it may be. */
static void test_refresh_in_its_quiet_time(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    for (int i = 0; i < 10; i++) {
        sense_tailscale_refresh(stand->tailscale);
        assert_false(sense_tailscale_busy(stand->tailscale));
        assert_false(status_is_asked(stand));
        timers_pass(1 * S);
    }
    assert_true(status_is_asked(stand));
    answer_status(stand, STATUS);
    assert_int_equal(stand->turns, stand->facts);
    assert_int_equal(timers_next(), -1);
}

static void test_after_a_sleep_nothing_is_quiet(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    sense_tailscale_wake(stand->tailscale);
    assert_true(sense_tailscale_busy(stand->tailscale));
    assert_true(status_is_asked(stand));
    answer_status(stand, STATUS);
    sense_tailscale_refresh(stand->tailscale);
    assert_false(status_is_asked(stand));
}

/* It was asked for another reason. */
static void test_refresh_during_the_answer(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    timers_pass(QUIET);
    say(stand->bus, "{\"Health\":{}}\n");
    assert_true(status_is_asked(stand));
    assert_false(sense_tailscale_busy(stand->tailscale));
    sense_tailscale_refresh(stand->tailscale);
    assert_true(sense_tailscale_busy(stand->tailscale));
    assert_false(status_is_asked(stand));
    answer_status(stand, STATUS);
    assert_false(sense_tailscale_busy(stand->tailscale));
    assert_int_equal(stand->turns, stand->facts + 1);
}

/* Before 1.34: the bus is not tried, which would end the question. */
static void test_refresh_without_a_bus(void **state)
{
    struct stand *stand = *state;

    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, "HTTP/1.0 404 Not Found\r\n");
    hang_up(&stand->bus);
    assert_true(status_is_asked(stand));
    sense_tailscale_refresh(stand->tailscale);
    assert_true(sense_tailscale_busy(stand->tailscale));
    assert_false(bus_is_asked(stand));
    answer_status(stand, STATUS);
    assert_false(sense_tailscale_busy(stand->tailscale));
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
}

/* The bus ends, and takes the question for the status with it. */
static void test_refresh_and_it_is_gone(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    timers_pass(QUIET);
    sense_tailscale_refresh(stand->tailscale);
    assert_true(status_is_asked(stand));
    hang_up(&stand->bus);
    assert_false(sense_tailscale_busy(stand->tailscale));
    assert_int_equal(stand->turns, stand->facts + 1);
}

static void test_refresh_while_it_is_gone(void **state)
{
    struct stand *stand = *state;

    connect_well(stand);
    hang_up(&stand->bus);
    sense_tailscale_refresh(stand->tailscale);
    assert_true(bus_is_asked(stand));
    assert_false(sense_tailscale_busy(stand->tailscale));
}

/* From nothing to running, as each version tells it. */
static void replay(struct stand *stand, const char *version, bool bytes)
{
    char name[32], *bus, *status;

    snprintf(name, sizeof(name), "v%s.bus", version);
    bus = recording(name);
    snprintf(name, sizeof(name), "v%s.status", version);
    status = recording(name);
    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, bytes ? CHUNKED : HEAD);
    for (char *line = bus, *end; (end = strchr(line, '\n')); line = end + 1)
        for (char *at = line; at <= end; at++)
            if (bytes) {
                char chunk[] = "1\r\n?\r\n";

                chunk[3] = *at;
                say(stand->bus, chunk);
            } else if (at == end) {
                assert_true(say_bytes(stand->bus, line, end + 1 - line));
            }
    assert_true(status_is_asked(stand));
    answer_status(stand, status);
    free(bus);
    free(status);
}

static void test_1_34(void **state)
{
    struct stand *stand = *state;

    replay(stand, "1.34", false);
    assert_true(stand->fact.exit_node_wanted && stand->fact.exit_node && stand->fact.exit_node_online);
    assert_string_equal(stand->fact.exit_node_name, "gate");
    assert_int_equal(stand->fact.peers, 3);
    assert_string_equal(stand->fact.version, "1.34.0");
}

static void test_1_50_chunks_of_one_byte(void **state)
{
    struct stand *stand = *state;

    replay(stand, "1.50", true);
    assert_int_equal(stand->fact.state, TAILSCALE_NEEDS_LOGIN); /* the status of its beginning */
    assert_true(stand->fact.login_url);
    assert_int_equal(stand->facts, 6);
}

static void test_1_66(void **state)
{
    struct stand *stand = *state;

    replay(stand, "1.66", true);
    assert_true(stand->fact.exit_node && !stand->fact.exit_node_online);
    assert_string_equal(stand->fact.error, "the key of this node is used by another one");
    assert_int_equal(stand->fact.warnings, 2);
}

static void test_1_102(void **state)
{
    struct stand *stand = *state;

    replay(stand, "1.102", false);
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
    assert_int_equal(stand->fact.warnings, 1);
    assert_true(stand->fact.key_expiry_usec > 0);
}

/* It has no bus: each minute its status is asked. */
static void test_1_30(void **state)
{
    struct stand *stand = *state;
    char *status = recording("v1.30.status");

    tailscaled_start(stand);
    sense_start(stand);
    for (int i = 0; i < 3; i++) {
        assert_true(bus_is_asked(stand));
        say(stand->bus, "HTTP/1.0 404 Not Found\r\n");
        hang_up(&stand->bus);
        assert_true(status_is_asked(stand));
        answer_status(stand, status);
        assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
        assert_int_equal(stand->fact.peers, 3);
        assert_string_equal(stand->fact.error, "");
        assert_int_equal(timers_next(), 60 * S);
        timers_pass(60 * S);
    }
    assert_int_equal(stand->facts, 1);
    free(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_restarts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_left_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_crashed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_one_takes_the_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_status_is_asked_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_change_during_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_news, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_beats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_in_its_quiet_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_after_a_sleep_nothing_is_quiet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_during_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_without_a_bus, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_and_it_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_while_it_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_1_34, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_1_50_chunks_of_one_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_1_66, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_1_102, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_1_30, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
