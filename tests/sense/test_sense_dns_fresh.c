/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of DNS: all candidates, asked for whoever waits */
#include "dns_stand.h"

static void test_a_refresh(void **state)
{
    struct stand *stand = *state;

    list(&stand->config.servers, B);
    dns_probes_answer(B, DNS_ANSWER_OK);
    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    sense_dns_refresh(stand->dns);
    assert_true(sense_dns_busy(stand->dns));
    sense_dns_refresh(stand->dns); /* what comes may be old already */
    timers_pass(20 * S);
    assert_int_equal(dns_probes.total, 2 * 8);
    assert_int_equal(stand->node.servers.count, 4); /* no public ones */
    assert_int_equal(server_of(stand, GATEWAY)->roles, DNS_ROLE_GATEWAY);
    assert_int_equal(server_of(stand, TUNNEL)->roles, DNS_ROLE_TUNNEL);
    assert_int_equal(server_of(stand, B)->roles, DNS_ROLE_CONFIGURED);
    /* They stay as they were answered last. */
    forget(stand);
    beats(stand, 1);
    timers_pass(4 * S);
    assert_string_equal(dns_probes.order, "u" A " t" A);
    assert_int_equal(stand->node.servers.count, 4);
    assert_server(stand, B, DNS_ANSWER_OK, DNS_ANSWER_OK);
}

static void test_fresh(void **state)
{
    struct stand *stand = *state;
    int64_t moment = timers_now_usec;

    assert_false(sense_dns_fresh(stand->dns, moment, true)); /* a beat is no measurement */
    assert_false(sense_dns_fresh(stand->dns, moment, true));
    timers_pass(10 * S);
    assert_true(sense_dns_fresh(stand->dns, moment, true));
    assert_true(sense_dns_fresh(stand->dns, moment, false));
    assert_string_equal(dns_probes.order, "u" A " u" TUNNEL " u" GATEWAY " t" A " t" TUNNEL " t" GATEWAY);
    assert_false(sense_dns_fresh(stand->dns, moment + 1, false));
    timers_pass(10 * S);
    assert_true(sense_dns_fresh(stand->dns, moment + 1, true));
    assert_int_equal(dns_probes.total, 12);
}

static void test_fresh_with_public_ones(void **state)
{
    struct stand *stand = *state;
    int64_t moment = timers_now_usec;

    dns_probes_answer(A, DNS_ANSWER_REFUSED);
    dns_probes_answer("9.9.9.9", DNS_ANSWER_OK);
    sense_dns_fresh(stand->dns, moment, false);
    timers_pass(14 * S);
    assert_true(sense_dns_fresh(stand->dns, moment, false));
    assert_null(server_of(stand, "9.9.9.9"));
    assert_false(sense_dns_fresh(stand->dns, moment, true));
    timers_pass(14 * S);
    assert_true(sense_dns_fresh(stand->dns, moment, true));
    assert_server(stand, "1.1.1.1", DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_server(stand, "9.9.9.9", DNS_ANSWER_OK, DNS_ANSWER_OK);
    beats(stand, 1); /* in between they are not asked, and not forgotten */
    assert_server(stand, "9.9.9.9", DNS_ANSWER_OK, DNS_ANSWER_OK);
    sense_dns_refresh(stand->dns);
    timers_pass(14 * S);
    assert_null(server_of(stand, "9.9.9.9"));
}

static void test_no_public_ones_by_configuration(void **state)
{
    struct stand *stand = *state;
    int64_t moment = timers_now_usec;

    stand->config.public_fallback = false;
    dns_probes_answer(A, DNS_ANSWER_REFUSED);
    sense_dns_fresh(stand->dns, moment, false);
    timers_pass(14 * S);
    assert_true(sense_dns_fresh(stand->dns, moment, true));
    assert_int_equal(stand->node.servers.count, 3);
}

/* Who waits does not wait for a beat as well; nor is what belongs to before enough. */
static void test_fresh_while_it_asks(void **state)
{
    struct stand *stand = *state;
    int64_t moment;

    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT + S);
    assert_true(sense_dns_busy(stand->dns));
    moment = timers_now_usec;
    assert_false(sense_dns_fresh(stand->dns, moment, true));
    timers_pass(S);
    assert_false(sense_dns_fresh(stand->dns, moment + S, true));
    assert_false(sense_dns_fresh(stand->dns, moment, true)); /* the later one will do */
    timers_pass(10 * S - 1);
    assert_false(sense_dns_fresh(stand->dns, moment + S, true));
    assert_int_equal(dns_probes.most, 2);
    timers_pass(1);
    assert_true(sense_dns_fresh(stand->dns, moment + S, true));
}

/* The beat waits for what is under way. */
static void test_a_beat_while_it_asks(void **state)
{
    struct stand *stand = *state;
    int64_t moment;

    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    beats(stand, QUIET - 1);
    timers_pass(MINUTE - S);
    moment = timers_now_usec;
    sense_dns_fresh(stand->dns, moment, false);
    timers_pass(S);
    sense_dns_beat(stand->dns);
    timers_pass(9 * S);
    assert_true(sense_dns_fresh(stand->dns, moment, false));
    assert_int_equal(dns_probes.total, 6);
}

/* The file may have changed a moment ago. */
static void test_fresh_reads_the_file(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, WSL_FILE, "nameserver " B "\n");
    sense_dns_fresh(stand->dns, timers_now_usec, false);
    assert_int_equal(stand->node.resolver.listed.servers[0].bytes[3], 2);
    timers_pass(10 * S);
    assert_non_null(server_of(stand, B));
    assert_int_equal(stand->node.servers.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKED_TEST(test_a_refresh),
        ASKED_TEST(test_fresh),
        ASKED_TEST(test_fresh_with_public_ones),
        ASKED_TEST(test_no_public_ones_by_configuration),
        ASKED_TEST(test_fresh_while_it_asks),
        ASKED_TEST(test_a_beat_while_it_asks),
        ASKED_TEST(test_fresh_reads_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
