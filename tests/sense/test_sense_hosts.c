/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of what programs see of names: when it asks what, and what it makes of the answers */
#include <errno.h>

#include "hosts_stand.h"

static void test_found(void **state)
{
    begin();
    assert_false(sense_hosts_busy(stand.sensor)); /* Diagnose waits for what it asked for */
    assert_asked("ahosts " NAME, 4 * SECOND);
    answer(0);
    assert_told(HOSTS_OK, 1);
    assert_int_equal(timers_next(), -1); /* and nobody is woken again */
    sense_hosts_doubt(stand.sensor);
    assert_int_equal(timers_next(), -1);
}

static void test_late_for_ipv6(void **state)
{
    begin();
    answer(-ETIME);
    assert_asked("ahostsv4 " NAME, SHORT);
    answer(0);
    assert_asked("ahosts " NAME, SHORT);
    answer(-ETIME);
    assert_told(HOSTS_AAAA, 1);
    assert_int_equal(stand.asked, 3);
}

static void test_late_for_the_search_line(void **state)
{
    begin();
    answer(-ETIME);
    answer(-ETIME);
    assert_asked("ahosts " NAME ".", SHORT);
    answer(0);
    assert_asked("ahosts " NAME, SHORT);
    answer(-ETIME);
    assert_told(HOSTS_SEARCH, 1);
}

static void test_late_for_something_else(void **state)
{
    begin();
    answer(-ETIME);
    answer(2);
    answer(-ETIME);
    assert_told(HOSTS_LATE, 1);
    assert_int_equal(stand.asked, 3);
}

static void test_not_found(void **state)
{
    begin();
    answer(2);
    assert_asked("ahosts " NAME, SHORT);
    answer(2);
    assert_told(HOSTS_NOT_FOUND, 1);
}

/* A packet that was lost is no trouble. */
static void test_found_at_the_second_try(void **state)
{
    static const int statuses[][3] = {{-ETIME, 0, 0}, {-ETIME, -ETIME, 0}, {2, 0, 0}};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        sense_hosts_refresh(stand.sensor);
        if (i == 0)
            begin();
        for (size_t j = 0; player.question[0]; j++)
            answer(j < 3 ? statuses[i][j] : 0);
        assert_told(HOSTS_OK, i + 1);
        assert_int_equal(timers_next(), -1);
    }
}

static void test_more_than_can_be_read_is_found(void **state)
{
    begin();
    answer(-EFBIG);
    assert_told(HOSTS_OK, 1);
}

static void test_what_says_nothing(void **state)
{
    static const int statuses[] = {1, 3, CHILD_NOT_STARTED, -EPROTO};

    begin();
    for (size_t i = 0; i < COUNT(statuses); i++) {
        answer(statuses[i]);
        assert_told(HOSTS_UNKNOWN, i + 1);
        assert_int_equal(timers_next(), -1);
        sense_hosts_refresh(stand.sensor);
    }
    answer(-ETIME);
    refusal = -EAGAIN; /* in the middle of it */
    answer(-ETIME);
    assert_told(HOSTS_UNKNOWN, COUNT(statuses) + 1);
    sense_hosts_refresh(stand.sensor);
    assert_told(HOSTS_UNKNOWN, COUNT(statuses) + 2);
}

static void test_each_minute_while_it_is_bad(void **state)
{
    begin();
    answer(2);
    answer(2);
    assert_told(HOSTS_NOT_FOUND, 1);
    assert_int_equal(timers_next(), MINUTE);
    assert_int_equal(accuracy_usec, MINUTE / 2);
    timers_pass(MINUTE);
    assert_asked("ahosts " NAME, 4 * SECOND);
    assert_int_equal(timers_next(), -1);
    answer(0);
    assert_told(HOSTS_OK, 2);
    assert_int_equal(timers_next(), -1);
}

static void test_only_where_the_server_has_the_name(void **state)
{
    wsl_lists(&stand.node, SERVER, OK);
    sense_hosts_doubt(stand.sensor);
    set_server(SILENT, SILENT, true); /* it had it once */
    set_server(BAD, OK, true);
    set_server(OK, OK, false);
    sense_hosts_refresh(stand.sensor);
    assert_int_equal(timers_next(), -1);
    tell(&stand.node, platform_of("linux", ""));
    set_server(OK, OK, true);
    sense_hosts_refresh(stand.sensor);
    assert_int_equal(timers_next(), -1);
    assert_false(sense_hosts_busy(stand.sensor));
    assert_int_equal(stand.asked + stand.facts + stand.turns, 0);
}

/* While it is asked, while it waits for the next look, and before it has asked at all. */
static void test_the_server_goes(void **state)
{
    begin();
    set_server(SILENT, OK, false);
    assert_told(HOSTS_UNKNOWN, 1);
    assert_int_equal(timers_next(), -1);
    set_server(OK, OK, true);
    timers_pass(DOUBT);
    answer(2);
    answer(2);
    assert_told(HOSTS_NOT_FOUND, 2);
    set_server(OK, OK, false);
    assert_told(HOSTS_UNKNOWN, 3);
    assert_int_equal(timers_next(), -1);
    set_server(OK, OK, true);
    set_server(OK, OK, false);
    timers_pass(MINUTE);
    assert_told(HOSTS_UNKNOWN, 4);
    assert_int_equal(stand.asked, 3);
    set_server(SILENT, OK, false); /* as unknown as before */
    assert_int_equal(stand.turns, 4);
}

static void change_route(void)
{
    tell(&stand.node, gone(route_by(ETH0, "172.20.0.1", 0)));
    tell(&stand.node, route_by(ETH0, "172.20.0.9", 0));
}

static void change_address(void)
{
    tell(&stand.node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(&stand.node, address_of(ETH0, "172.20.0.77/20"));
}

static void change_text(void)
{
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, SERVER);

    fact.resolver.digest = 7;
    tell(&stand.node, fact);
}

static void wake(void)
{
    struct fact fact = fact_of(FACT_RESUME);

    tell(&stand.node, fact);
}

static void lose_tcp(void)
{
    struct fact fact = server_of(SERVER, DNS_ROLE_WSL | DNS_ROLE_LISTED, OK, SILENT);

    fact.server.found = true;
    tell(&stand.node, fact);
}

static void (*const changes[])(void) = {change_route, change_address, change_text, wake, lose_tcp};

static void test_what_gives_rise_to_it(void **state)
{
    begin();
    answer(0);
    for (size_t i = 0; i < COUNT(changes); i++) {
        changes[i]();
        sense_hosts_doubt(stand.sensor);
        assert_int_equal(timers_next(), DOUBT);
        timers_pass(DOUBT);
        assert_asked("ahosts " NAME, 4 * SECOND);
        answer(0);
        assert_told(HOSTS_OK, i + 2);
    }
}

static void test_what_does_not(void **state)
{
    struct fact fact = server_of(SERVER, DNS_ROLE_WSL | DNS_ROLE_LISTED, OK, OK);

    begin();
    answer(0);
    fact.server.found = true;
    fact.server.latency_usec = 12345;
    tell(&stand.node, fact);
    tell(&stand.node, server_of("10.0.0.2", DNS_ROLE_GATEWAY, SILENT, SILENT));
    tell(&stand.node, link_up(9, "eth9", "", 1500));
    fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, SERVER);
    fact.resolver.wsl_good = 1;
    tell(&stand.node, fact);
    sense_hosts_doubt(stand.sensor);
    assert_int_equal(timers_next(), -1);
}

static void test_a_burst_is_one_question(void **state)
{
    begin();
    answer(0);
    for (size_t i = 0; i < COUNT(changes); i++) {
        changes[i]();
        sense_hosts_doubt(stand.sensor);
        timers_pass(DOUBT / 5 - 1);
    }
    assert_int_equal(stand.asked, 1);
    timers_pass(5);
    assert_int_equal(stand.asked, 2);
    answer(0);
}

/* What it saw before is not told. */
static void test_a_doubt_while_it_asks(void **state)
{
    begin();
    change_route();
    sense_hosts_doubt(stand.sensor);
    assert_int_equal(timers_next(), -1);
    answer(2);
    answer(2);
    assert_int_equal(stand.facts, 0);
    assert_int_equal(timers_next(), DOUBT);
    timers_pass(DOUBT);
    answer(0);
    assert_int_equal(stand.facts, 1);
    assert_int_equal(stand.fact.view, HOSTS_OK);
    assert_int_equal(timers_next(), -1);
}

static void test_a_refresh(void **state)
{
    begin();
    answer(2);
    sense_hosts_refresh(stand.sensor); /* in the middle: it begins anew */
    assert_true(sense_hosts_busy(stand.sensor));
    assert_asked("ahosts " NAME, 4 * SECOND);
    answer(-ETIME);
    answer(-ETIME);
    assert_true(sense_hosts_busy(stand.sensor));
    answer(-ETIME);
    assert_told(HOSTS_LATE, 1);
    snprintf(stand.config.probe_name, sizeof(stand.config.probe_name), "other.test");
    sense_hosts_refresh(stand.sensor); /* and not a minute later */
    assert_asked("ahosts other.test", 4 * SECOND);
    assert_int_equal(timers_next(), -1);
    answer(0);
    assert_string_equal(stand.fact.name, "other.test");
}

/* Diagnose does not wait for the other question. */
static void test_a_doubt_while_it_is_refreshed(void **state)
{
    begin();
    answer(0);
    sense_hosts_refresh(stand.sensor);
    change_route();
    sense_hosts_doubt(stand.sensor);
    answer(2);
    assert_int_equal(stand.turns, 1);
    answer(2);
    assert_int_equal(stand.turns, 2);
    assert_false(stand.busy_in_turn);
    assert_int_equal(stand.facts, 1);
    timers_pass(DOUBT);
    answer(0);
    assert_int_equal(stand.facts, 2);
}

/* Diagnose has 10 s. */
static void test_it_ends_in_time(void **state)
{
    static const int statuses[][4] = {{-ETIME, 0, -ETIME}, {-ETIME, -ETIME, 0, -ETIME}, {2, 2}};

    begin();
    answer(0);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        uint64_t usec = 0;

        sense_hosts_refresh(stand.sensor);
        for (size_t j = 0; player.question[0]; j++) {
            usec += player.deadline_usec;
            answer(statuses[i][j]);
        }
        assert_in_range(usec, 1, 9 * SECOND);
    }
}

/* tear_down() looks whether one is left. */
static void test_the_end_while_it_asks(void **state)
{
    begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_found),
        STAND_TEST(test_late_for_ipv6),
        STAND_TEST(test_late_for_the_search_line),
        STAND_TEST(test_late_for_something_else),
        STAND_TEST(test_not_found),
        STAND_TEST(test_found_at_the_second_try),
        STAND_TEST(test_more_than_can_be_read_is_found),
        STAND_TEST(test_what_says_nothing),
        STAND_TEST(test_each_minute_while_it_is_bad),
        STAND_TEST(test_only_where_the_server_has_the_name),
        STAND_TEST(test_the_server_goes),
        STAND_TEST(test_what_gives_rise_to_it),
        STAND_TEST(test_what_does_not),
        STAND_TEST(test_a_burst_is_one_question),
        STAND_TEST(test_a_doubt_while_it_asks),
        STAND_TEST(test_a_refresh),
        STAND_TEST(test_a_doubt_while_it_is_refreshed),
        STAND_TEST(test_it_ends_in_time),
        STAND_TEST(test_the_end_while_it_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
