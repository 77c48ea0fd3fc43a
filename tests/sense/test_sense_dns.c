/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of DNS: looks, beats and doubts */
#include <errno.h>

#include "dns_stand.h"

static void test_the_first_look(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(stand->count, 1);
    assert_int_equal(stand->list[0].kind, FACT_RESOLVER);
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_WSL);
    assert_true(stand->node.resolver.wsl_there && stand->node.resolver.wsl_generates);
    assert_true(stand->node.resolver.wsl_conf_missing);
    assert_int_equal(stand->turns, 1);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_UNKNOWN);
    assert_false(sense_dns_busy(stand->dns));
    timers_pass(DOUBT - 1);
    assert_int_equal(dns_probes.total, 0); /* links are coming up */
    timers_pass(1);
    assert_true(sense_dns_busy(stand->dns));
    timers_pass(S);
    assert_false(sense_dns_busy(stand->dns));
    assert_string_equal(dns_probes.order, "u" A " t" A);
    assert_string_equal(dns_probes.name, "name.example");
    assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
    assert_int_equal(server_of(stand, A)->roles, DNS_ROLE_WSL | DNS_ROLE_LISTED);
    assert_int_equal(server_of(stand, A)->latency_usec, DNS_PROBES_USEC);
    assert_int_equal(stand->node.servers.count, 1); /* nobody else was asked */
    assert_true(node_dns_known(&stand->node));
    assert_int_equal(stand->list[stand->count - 1].kind, FACT_DUMP_END);
    assert_int_equal(stand->list[stand->count - 1].dump.of, FACT_SERVER);
}

/* It takes no wake-up: asked at one beat, and looked after at the next. */
static void test_all_is_well(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(timers_next(), -1);
    beats(stand, QUIET - 1);
    assert_int_equal(dns_probes.total, 0);
    beats(stand, 1);
    assert_string_equal(dns_probes.order, "q" A);
    assert_string_equal(dns_probes.name, "name.example");
    assert_int_equal(dns_probes.pings, 1);
    assert_int_equal(timers_next(), -1);
    beats(stand, 1);
    assert_int_equal(dns_probes.pings, 0);
    assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
    beats(stand, QUIET - 2);
    assert_int_equal(dns_probes.total, 1);
    beats(stand, 1);
    assert_int_equal(dns_probes.total, 2);
    assert_int_equal(told(stand, FACT_SERVER), 0);
}

/* Told within five minutes: there was time enough for an answer. */
static void test_a_silent_one(void **state)
{
    struct stand *stand = *state;

    beats(stand, QUIET);
    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    beats(stand, 1);
    assert_string_equal(dns_probes.order, "q" A " u" A " t" A);
    assert_int_equal(dns_probes.pings, 0);
    timers_pass(4 * S);
    assert_int_equal(dns_probes.total, 3);
    assert_server(stand, A, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
}

static void test_what_cannot_be_asked_quietly(void **state)
{
    struct stand *stand = *state;

    dns_probes.result = -EMFILE;
    beats(stand, QUIET);
    assert_string_equal(dns_probes.order, "q" A " u" A " t" A);
    assert_int_equal(dns_probes.pings, 0);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_UNKNOWN);
}

/* What is asked aloud meanwhile makes it needless. */
static void test_a_doubt_between(void **state)
{
    struct stand *stand = *state;

    beats(stand, QUIET);
    sense_dns_doubt(stand->dns);
    sense_dns_beat(stand->dns);
    timers_pass(DOUBT + S);
    assert_string_equal(dns_probes.order, "q" A " u" A " t" A);
    assert_int_equal(dns_probes.pings, 0);
    beats(stand, QUIET - 1);
    assert_int_equal(dns_probes.total, 3);
    beats(stand, 1);
    assert_int_equal(dns_probes.total, 4);
}

static void test_beats_while_one_is_dead(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(A, DNS_ANSWER_REFUSED);
    beats(stand, QUIET + 1);
    timers_pass(S);
    assert_server(stand, A, DNS_ANSWER_REFUSED, DNS_ANSWER_REFUSED);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_FAILED);
    forget(stand);
    assert_int_equal(timers_next(), -1);
    beats(stand, 1);
    timers_pass(S);
    assert_string_equal(dns_probes.order, "u" A " t" A);
    dns_probes_answer(A, DNS_ANSWER_OK);
    beats(stand, 1);
    timers_pass(S);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_OK);
    forget(stand);
    beats(stand, QUIET - 1);
    assert_int_equal(dns_probes.total, 0);
}

/* Once is told of nobody: it is asked again soon. */
static void test_late_once(void **state)
{
    struct stand *stand = *state;

    for (int transport = DNS_UDP; transport <= DNS_TCP; transport++) {
        dns_probes_set(A, transport, DNS_ANSWER_TIMEOUT);
        sense_dns_doubt(stand->dns);
        timers_pass(DOUBT + 3 * S);
        assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
        dns_probes_set(A, transport, DNS_ANSWER_OK);
        forget(stand);
        for (unsigned i = 0; i < QUIET; i++)
            sense_dns_beat(stand->dns);
        assert_int_equal(dns_probes.total, 0);
        timers_pass(3 * S);
        assert_string_equal(dns_probes.order, "u" A " t" A);
        assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
    }
}

static void test_late_at_the_start(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    assert_false(sense_dns_settled(stand->dns)); /* it is about to ask */
    timers_pass(DOUBT + 3 * S);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_UNKNOWN);
    assert_false(sense_dns_busy(stand->dns) || sense_dns_settled(stand->dns));
    timers_pass(9 * S);
    assert_true(sense_dns_settled(stand->dns));
    assert_server(stand, A, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_int_equal(timers_next(), -1);
}

/* Who asks for all has no time for that. */
static void test_late_for_whoever_waits(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    sense_dns_refresh(stand->dns);
    timers_pass(10 * S);
    assert_server(stand, A, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
}

/* That alone is no trouble, but it is asked for again. */
static void test_without_tcp(void **state)
{
    struct stand *stand = *state;

    dns_probes_set(A, DNS_TCP, DNS_ANSWER_TIMEOUT);
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT + 3 * S);
    timers_pass(8 * S);
    assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT);
    forget(stand);
    dns_probes_set(A, DNS_TCP, DNS_ANSWER_OK);
    beats(stand, QUIET - 1);
    assert_int_equal(dns_probes.total, 0);
    beats(stand, 1);
    timers_pass(S);
    assert_string_equal(dns_probes.order, "u" A " t" A);
    assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
}

/* With use-vc it is TCP that counts. */
static void test_by_tcp_only(void **state)
{
    struct stand *stand = *state;

    dns_probes_set(A, DNS_UDP, DNS_ANSWER_TIMEOUT);
    scratch_write(&stand->scratch, WSL_FILE, WSL_A "options use-vc\n");
    timers_pass(GATHER + 12 * S);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_OK);
    assert_server(stand, A, DNS_ANSWER_TIMEOUT, DNS_ANSWER_OK);
    forget(stand);
    beats(stand, QUIET);
    timers_pass(3 * S);
    assert_string_equal(dns_probes.order, "u" A " t" A);
}

/* Where the kernel does not tell of it. */
static void test_a_beat_reads_the_file(void **state)
{
    struct stand *stand = *state;

    sense_dns_own(stand->dns);
    scratch_write(&stand->scratch, WSL_FILE, "nameserver " B "\n");
    for (unsigned i = 0; i < QUIET; i++)
        sense_dns_beat(stand->dns);
    assert_string_equal(dns_probes.order, "u" B " t" B);
}

static void test_another_resolv_conf(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, "etc/new", "nameserver " B "\nnameserver " A "\n");
    assert_int_equal(renameat(stand->scratch.root, "etc/new", stand->scratch.root, CONF), 0);
    timers_pass(GATHER + 15 * S);
    assert_int_equal(told(stand, FACT_RESOLVER), 2); /* it is read again with the second question */
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_USER);
    assert_string_equal(dns_probes.order, "u" A " u" B " t" A " t" B " u" A " u" B " t" A " t" B);
    assert_server(stand, B, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_DEGRADED);
    scratch_unlink(&stand->scratch, CONF);
    timers_pass(GATHER + S);
    assert_int_equal(stand->node.resolver.kind, RESOLVER_MISSING);
    assert_int_equal(dns_state(&stand->node), DNS_STATE_FAILED);
    assert_null(server_of(stand, B)); /* it is no candidate any more */
    assert_non_null(server_of(stand, A));
}

/* What is no news asks nobody. */
static void test_the_same_resolv_conf(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, WSL_FILE, WSL_A "# and a comment\n");
    timers_pass(GATHER + S);
    assert_int_equal(told(stand, FACT_RESOLVER), 1);
    assert_int_equal(dns_probes.total, 0);
    scratch_write(&stand->scratch, "etc/wsl.conf", "[network]\ngenerateResolvConf=false\n");
    timers_pass(GATHER + S);
    assert_int_equal(dns_probes.total, 2);
    assert_false(stand->node.resolver.wsl_generates || stand->node.resolver.wsl_conf_missing);
    assert_string_equal(stand->node.resolver.generate, "false");
}

static void test_doubt(void **state)
{
    struct stand *stand = *state;

    for (int i = 0; i < 5; i++) {
        sense_dns_doubt(stand->dns);
        timers_pass(DOUBT / 10);
    }
    assert_int_equal(dns_probes.total, 0);
    timers_pass(DOUBT / 2);
    assert_int_equal(dns_probes.total, 2);
    sense_dns_doubt(stand->dns); /* what is being asked may be from before */
    timers_pass(DOUBT + S);
    assert_int_equal(dns_probes.total, 4);
    assert_int_equal(timers_next(), -1);
}

static void test_doubt_while_it_asks(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT + S);
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT);
    assert_int_equal(dns_probes.total, 2);
    dns_probes_answer(A, DNS_ANSWER_OK);
    timers_pass(S);
    assert_int_equal(dns_probes.total, 4);
    assert_server(stand, A, DNS_ANSWER_OK, DNS_ANSWER_OK);
    assert_int_equal(timers_next(), -1);
}

/* The platform may be told late. */
static void test_the_platform_comes_later(void **state)
{
    struct stand *stand = prepare(state, NULL);

    start(stand);
    timers_pass(10 * S);
    assert_int_equal(dns_probes.total, 0);
    assert_int_equal(timers_next(), -1);
    assert_false(stand->node.resolver.wsl_conf_missing);
    tell(&stand->node, platform_of("wsl2", ""));
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT + S);
    assert_int_equal(dns_probes.total, 2);
    assert_true(stand->node.resolver.wsl_conf_missing);
}

static void test_off_wsl(void **state)
{
    struct stand *stand = *state;

    timers_pass(DOUBT);
    scratch_write(&stand->scratch, WSL_FILE, "nameserver " B "\n");
    timers_pass(1000 * S);
    sense_dns_doubt(stand->dns);
    timers_pass(1000 * S);
    assert_int_equal(stand->node.resolver.listed.servers[0].bytes[3], 2);
    assert_int_equal(dns_probes.total, 0);
    assert_false(node_dns_known(&stand->node));
    sense_dns_refresh(stand->dns);
    timers_pass(10 * S);
    assert_string_equal(dns_probes.order, "u" B " u" GATEWAY " t" B " t" GATEWAY);
    assert_int_equal(timers_next(), -1);
}

/* Whatever is under way. */
static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(sense_dns_free(NULL));
    beats(stand, QUIET);
    dns_probes_answer(A, DNS_ANSWER_TIMEOUT);
    sense_dns_doubt(stand->dns);
    timers_pass(DOUBT + S);
    assert_true(dns_probes.open > 0);
    scratch_write(&stand->scratch, WSL_FILE, "nameserver " B "\n");
    timers_run();
    forget(stand);
    stand->dns = sense_dns_free(stand->dns);
    assert_int_equal(stand->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_the_first_look),
        ASKED_TEST(test_all_is_well),
        ASKED_TEST(test_a_silent_one),
        ASKED_TEST(test_what_cannot_be_asked_quietly),
        ASKED_TEST(test_a_doubt_between),
        ASKED_TEST(test_beats_while_one_is_dead),
        ASKED_TEST(test_late_once),
        STAND_TEST(test_late_at_the_start),
        ASKED_TEST(test_late_for_whoever_waits),
        ASKED_TEST(test_without_tcp),
        ASKED_TEST(test_by_tcp_only),
        ASKED_TEST(test_a_beat_reads_the_file),
        ASKED_TEST(test_another_resolv_conf),
        ASKED_TEST(test_the_same_resolv_conf),
        ASKED_TEST(test_doubt),
        ASKED_TEST(test_doubt_while_it_asks),
        cmocka_unit_test_teardown(test_the_platform_comes_later, tear_down),
        OFF_WSL_TEST(test_off_wsl),
        ASKED_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
