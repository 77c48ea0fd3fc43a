/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of DNS: ours in the place of WSL's, and what is lost of it */
#include "dns_stand.h"

/* WSL's own server is asked too, and when it has answered twice in a row that is told. */
static void test_ours_stands_in(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(A, DNS_ANSWER_REFUSED);
    dns_probes_answer(B, DNS_ANSWER_OK);
    put_ours(stand);
    timers_pass(GATHER + S);
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_WSLNODE);
    assert_string_equal(dns_probes.order, "u" A " u" B " t" A " t" B);
    assert_int_equal(stand->node.resolver.wsl_good, 0);
    assert_int_equal(server_of(stand, A)->roles, DNS_ROLE_WSL);
    assert_int_equal(timers_next(), -1);
    dns_probes_answer(A, DNS_ANSWER_OK);
    beats(stand, 1);
    timers_pass(S);
    assert_int_equal(stand->node.resolver.wsl_good, 1);
    assert_true(dns_wsl_answers(&stand->node));
    assert_in_range(timers_next(), S, 2 * S);
    timers_pass(2 * S);
    assert_int_equal(stand->node.resolver.wsl_good, 2);
    assert_int_equal(timers_next(), -1);
    forget(stand);
    beats(stand, 1);
    timers_pass(S);
    assert_string_equal(dns_probes.order, "u" A " u" B " t" A " t" B);
    assert_int_equal(stand->node.resolver.wsl_good, 2);
    put_link(stand, "/" WSL_FILE);
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.wsl_good, 0);
    timers_pass(S);
    assert_int_equal(timers_next(), -1);
}

static void test_once_is_not_twice_in_a_row(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(B, DNS_ANSWER_OK);
    put_ours(stand);
    timers_pass(GATHER + S);
    assert_int_equal(stand->node.resolver.wsl_good, 1);
    dns_probes_answer(A, DNS_ANSWER_DEGRADED);
    timers_pass(5 * S);
    assert_int_equal(stand->node.resolver.wsl_good, 0);
    dns_probes_answer(A, DNS_ANSWER_OK);
    beats(stand, 1);
    timers_pass(S);
    assert_int_equal(stand->node.resolver.wsl_good, 1);
    scratch_write(&stand->scratch, WSL_FILE, "nameserver 192.0.2.7\n"); /* that is another */
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.wsl_good, 0);
}

/* A file of ours is there for good, and no stand-in. */
static void test_ours_for_good(void **state)
{
    struct stand *stand = *state;

    dns_probes_answer(B, DNS_ANSWER_OK);
    scratch_write(&stand->scratch, "etc/new", OURS_B);
    assert_int_equal(renameat(stand->scratch.root, "etc/new", stand->scratch.root, CONF), 0);
    timers_pass(GATHER + S);
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_WSLNODE);
    assert_string_equal(dns_probes.order, "u" B " t" B);
    assert_int_equal(stand->node.resolver.wsl_good, 0);
    assert_int_equal(timers_next(), -1);
}

static void lose(struct stand *stand)
{
    put_ours(stand);
    timers_pass(GATHER);
    put_link(stand, "/" WSL_FILE);
    timers_pass(GATHER);
}

static void test_lost(void **state)
{
    struct stand *stand = *state;

    lose(stand);
    assert_int_equal(stand->node.resolver.lost, 1);
    timers_pass(300 * S);
    lose(stand);
    put_ours(stand);
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.lost, 2);
    scratch_unlink(&stand->scratch, OURS);
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.kind, RESOLVER_DANGLING);
    assert_int_equal(stand->node.resolver.lost, 3);
    timers_pass(300 * S);
    sense_dns_refresh(stand->dns);
    assert_int_equal(stand->node.resolver.lost, 2);
    timers_pass(600 * S);
    sense_dns_refresh(stand->dns);
    assert_int_equal(stand->node.resolver.lost, 0);
    timers_pass(20 * S);
    for (int i = 0; i < 20; i++)
        lose(stand);
    assert_int_equal(stand->node.resolver.lost, 16); /* so many are remembered */
}

static void test_given_up_is_not_lost(void **state)
{
    struct stand *stand = *state;

    put_ours(stand);
    timers_pass(GATHER);
    sense_dns_own(stand->dns);
    put_link(stand, "/" WSL_FILE);
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.lost, 0);
    lose(stand); /* it was for one change */
    assert_int_equal(stand->node.resolver.lost, 1);
    put_ours(stand);
    timers_pass(GATHER);
    sense_dns_own(stand->dns);
    timers_pass(2 * S + 1); /* and not for ever */
    put_link(stand, "/" WSL_FILE);
    timers_pass(GATHER);
    assert_int_equal(stand->node.resolver.lost, 2);
}

/* Whoever called is answered with what is now there. */
static void test_reread(void **state)
{
    struct stand *stand = *state;
    unsigned turns = stand->turns;

    dns_probes_answer(A, DNS_ANSWER_REFUSED);
    dns_probes_answer(B, DNS_ANSWER_OK);
    sense_dns_own(stand->dns);
    put_ours(stand);
    sense_dns_reread(stand->dns);
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_WSLNODE);
    assert_int_equal(stand->turns, turns + 1);
    assert_true(sense_dns_busy(stand->dns));
    timers_pass(5 * S);
    assert_int_equal(dns_probes.total, 4); /* and not again when the kernel tells of it */
    sense_dns_own(stand->dns);
    put_link(stand, "/" WSL_FILE);
    sense_dns_reread(stand->dns);
    assert_int_equal(stand->node.resolver.owner, DNS_OWNER_WSL);
    assert_int_equal(stand->node.resolver.lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKED_TEST(test_ours_stands_in),       ASKED_TEST(test_once_is_not_twice_in_a_row),
        ASKED_TEST(test_ours_for_good),        ASKED_TEST(test_lost),
        ASKED_TEST(test_given_up_is_not_lost), ASKED_TEST(test_reread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
