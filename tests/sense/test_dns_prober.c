/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to DNS servers: their order, two at once, and when they end */
#include "../../service/sense/dns_prober.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../timers.h"
#include "../unit.h"
#include "dns_probes.h"

#define S    INT64_C(1000000)
#define NAME "name.example"

struct stand {
    sd_event *event;
    struct dns_prober *prober;
    struct dns_candidates asked, answers;
    unsigned done;
    bool again; /* it is asked once more when it is told */
};

static void on_done(void *userdata, const struct dns_candidates *answers)
{
    struct stand *stand = userdata;

    assert_false(dns_prober_busy(stand->prober));
    stand->answers = *answers;
    stand->done++;
    if (!stand->again)
        return;
    stand->again = false;
    dns_prober_ask(stand->prober, NAME, &stand->asked);
    assert_memory_equal(&stand->answers, answers, sizeof(*answers)); /* what was told stays as it is */
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 100 * S);
    dns_probes_start(stand.event);
    assert_int_equal(dns_prober_new(stand.event, on_done, &stand, &stand.prober), 0);
    assert_false(dns_prober_busy(stand.prober));
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    dns_prober_free(stand->prober);
    dns_probes_stop();
    sd_event_unref(stand->event);
    return 0;
}

static struct dns_candidate *add(struct stand *stand, const char *address, unsigned roles, bool udp, bool tcp)
{
    struct dns_candidate *candidate = &stand->asked.list[stand->asked.count++];

    assert_int_equal(dns_address_parse(address, &candidate->server.address), 0);
    candidate->server.roles = roles;
    candidate->udp = udp;
    candidate->tcp = tcp;
    return candidate;
}

/* 192.0.2.1 and so on. */
static void add_listed(struct stand *stand, size_t count)
{
    char address[32];

    for (size_t i = 1; i <= count; i++) {
        snprintf(address, sizeof(address), "192.0.2.%zu", i);
        add(stand, address, DNS_ROLE_LISTED, true, true);
    }
}

static void ask(struct stand *stand)
{
    dns_probes_forget();
    dns_prober_ask(stand->prober, NAME, &stand->asked);
}

static void assert_answers(const struct stand *stand, size_t index, enum dns_answer udp, enum dns_answer tcp,
                           uint32_t latency)
{
    const struct server_fact *server = &stand->answers.list[index].server;

    assert_int_equal(server->udp, udp);
    assert_int_equal(server->tcp, tcp);
    assert_int_equal(server->latency_usec, latency);
}

static void test_by_udp_then_by_tcp(void **state)
{
    struct stand *stand = *state;

    add_listed(stand, 3);
    for (size_t i = 1; i <= 3; i++)
        dns_probes_answer(i == 1 ? "192.0.2.1" : i == 2 ? "192.0.2.2" : "192.0.2.3", DNS_ANSWER_OK);
    ask(stand);
    assert_true(dns_prober_busy(stand->prober));
    assert_int_equal(dns_probes.total, 2);
    timers_pass(3 * DNS_PROBES_USEC - 1);
    assert_int_equal(stand->done, 0);
    timers_pass(1);
    assert_int_equal(stand->done, 1);
    assert_false(dns_prober_busy(stand->prober));
    assert_int_equal(dns_probes.most, 2);
    assert_string_equal(dns_probes.order,
                        "u192.0.2.1 u192.0.2.2 u192.0.2.3 t192.0.2.1 t192.0.2.2 t192.0.2.3");
    assert_string_equal(dns_probes.name, NAME);
    for (size_t i = 0; i < 3; i++)
        assert_answers(stand, i, DNS_ANSWER_OK, DNS_ANSWER_OK, DNS_PROBES_USEC);
    assert_int_equal(timers_next(), -1); /* nor is a deadline left */
}

static void test_every_answer(void **state)
{
    struct stand *stand = *state;

    add_listed(stand, 4);
    dns_probes_set("192.0.2.1", DNS_UDP, DNS_ANSWER_OK);
    dns_probes_set("192.0.2.2", DNS_TCP, DNS_ANSWER_OK);
    dns_probes_answer("192.0.2.3", DNS_ANSWER_REFUSED);
    dns_probes_set("192.0.2.4", DNS_UDP, DNS_ANSWER_DEGRADED);
    ask(stand);
    timers_pass(8 * S);
    assert_int_equal(stand->done, 1);
    assert_answers(stand, 0, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT, DNS_PROBES_USEC);
    assert_answers(stand, 1, DNS_ANSWER_TIMEOUT, DNS_ANSWER_OK, DNS_PROBES_TCP_USEC);
    assert_answers(stand, 2, DNS_ANSWER_REFUSED, DNS_ANSWER_REFUSED, 0);
    assert_answers(stand, 3, DNS_ANSWER_DEGRADED, DNS_ANSWER_TIMEOUT, DNS_PROBES_USEC);
}

/* By UDP, else by TCP, as the latency. */
static void test_who_has_the_name(void **state)
{
    struct stand *stand = *state;
    static const bool found[] = {true, false, true, false, false, true};

    add_listed(stand, COUNT(found));
    dns_probes_answer("192.0.2.1", DNS_ANSWER_OK);
    dns_probes_answer("192.0.2.2", DNS_ANSWER_OK);
    dns_probes_empty("192.0.2.2", DNS_UDP);
    dns_probes_set("192.0.2.3", DNS_TCP, DNS_ANSWER_OK);
    dns_probes_set("192.0.2.4", DNS_UDP, DNS_ANSWER_OK);
    dns_probes_empty("192.0.2.4", DNS_UDP);
    dns_probes_answer("192.0.2.6", DNS_ANSWER_OK);
    dns_probes_empty("192.0.2.6", DNS_TCP);
    for (size_t i = 0; i < COUNT(found); i++)
        stand->asked.list[i].server.found = !found[i]; /* it was otherwise before */
    ask(stand);
    timers_pass(9 * S);
    assert_int_equal(stand->done, 1);
    for (size_t i = 0; i < COUNT(found); i++)
        assert_int_equal(stand->answers.list[i].server.found, found[i]);
    /* Who is not asked is as before. */
    stand->asked.list[0].udp = stand->asked.list[0].tcp = false;
    stand->asked.list[0].server.found = true;
    ask(stand);
    timers_pass(9 * S);
    assert_true(stand->answers.list[0].server.found);
}

/* What was known of others stays, and of those that are asked by one way only. */
static void test_what_is_not_asked_stays(void **state)
{
    struct stand *stand = *state;
    struct dns_candidate *other;

    add(stand, "192.0.2.1", DNS_ROLE_LISTED, true, false)->server.tcp = DNS_ANSWER_DEGRADED;
    stand->asked.list[0].server.udp = DNS_ANSWER_OK;
    stand->asked.list[0].server.latency_usec = 7;
    other = add(stand, "192.0.2.2", DNS_ROLE_GATEWAY, false, false);
    other->server.udp = DNS_ANSWER_REFUSED;
    other->server.tcp = DNS_ANSWER_OK;
    other->server.latency_usec = 9;
    other = add(stand, "192.0.2.3", DNS_ROLE_LISTED, false, true);
    other->server.udp = DNS_ANSWER_OK;
    other->server.latency_usec = 11;
    ask(stand);
    timers_pass(3 * S);
    assert_string_equal(dns_probes.order, "u192.0.2.1 t192.0.2.3");
    assert_answers(stand, 0, DNS_ANSWER_TIMEOUT, DNS_ANSWER_DEGRADED, 0);
    assert_answers(stand, 1, DNS_ANSWER_REFUSED, DNS_ANSWER_OK, 9);
    assert_answers(stand, 2, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT, 11);
}

static void test_public_ones_when_nobody_answers(void **state)
{
    struct stand *stand = *state;

    add(stand, "1.1.1.1", DNS_ROLE_PUBLIC, true, true);
    add(stand, "192.0.2.1", DNS_ROLE_LISTED, true, true);
    dns_probes_answer("1.1.1.1", DNS_ANSWER_OK);
    dns_probes_set("192.0.2.1", DNS_UDP, DNS_ANSWER_DEGRADED); /* that is no help */
    ask(stand);
    timers_pass(4 * S);
    assert_int_equal(stand->done, 1);
    assert_string_equal(dns_probes.order, "u192.0.2.1 t192.0.2.1 u1.1.1.1 t1.1.1.1");
    assert_answers(stand, 0, DNS_ANSWER_OK, DNS_ANSWER_OK, DNS_PROBES_USEC);
}

static void test_no_public_ones_when_somebody_answers(void **state)
{
    struct stand *stand = *state;
    struct dns_candidate *public = add(stand, "1.1.1.1", DNS_ROLE_PUBLIC, true, true);

    public->server.udp = public->server.tcp = DNS_ANSWER_OK; /* once */
    add(stand, "192.0.2.1", DNS_ROLE_LISTED, true, true);
    add(stand, "192.0.2.2", DNS_ROLE_LISTED, true, true);
    dns_probes_set("192.0.2.2", DNS_TCP, DNS_ANSWER_OK);
    ask(stand);
    timers_pass(4 * S);
    assert_int_equal(stand->done, 1);
    assert_int_equal(dns_probes.total, 4);
    assert_answers(stand, 0, DNS_ANSWER_UNKNOWN, DNS_ANSWER_UNKNOWN, 0);
}

/* It is not a public one alone. */
static void test_a_public_one_that_is_listed(void **state)
{
    struct stand *stand = *state;

    add(stand, "9.9.9.9", DNS_ROLE_PUBLIC, false, false);
    add(stand, "1.1.1.1", DNS_ROLE_PUBLIC | DNS_ROLE_LISTED, true, false);
    ask(stand);
    timers_pass(4 * S);
    assert_int_equal(stand->done, 1);
    assert_string_equal(dns_probes.order, "u1.1.1.1"); /* and the other was not to be asked */
}

/* What somebody answered who is not asked now does not count. */
static void test_an_answer_of_before_is_none(void **state)
{
    struct stand *stand = *state;

    add(stand, "192.0.2.1", DNS_ROLE_GATEWAY, false, false)->server.udp = DNS_ANSWER_OK;
    add(stand, "192.0.2.2", DNS_ROLE_LISTED, true, false);
    add(stand, "1.1.1.1", DNS_ROLE_PUBLIC, true, false);
    ask(stand);
    timers_pass(4 * S);
    assert_string_equal(dns_probes.order, "u192.0.2.2 u1.1.1.1");
}

static void test_nothing_to_ask(void **state)
{
    struct stand *stand = *state;

    ask(stand);
    assert_int_equal(stand->done, 1); /* at once */
    add(stand, "192.0.2.1", DNS_ROLE_GATEWAY, false, false)->server.udp = DNS_ANSWER_OK;
    ask(stand);
    assert_int_equal(stand->done, 2);
    assert_int_equal(dns_probes.total, 0);
    assert_answers(stand, 0, DNS_ANSWER_OK, DNS_ANSWER_UNKNOWN, 0);
    assert_int_equal(timers_next(), -1);
}

/* A round has ended in time, whoever was not heard by then. */
static void test_the_deadline(void **state)
{
    struct stand *stand = *state;

    add_listed(stand, 11);
    ask(stand);
    timers_pass(DNS_PROBER_USEC - 1);
    assert_int_equal(stand->done, 0);
    timers_pass(1);
    assert_int_equal(stand->done, 1);
    assert_answers(stand, 0, DNS_ANSWER_TIMEOUT, DNS_ANSWER_UNKNOWN, 0);
    assert_answers(stand, 7, DNS_ANSWER_TIMEOUT, DNS_ANSWER_UNKNOWN, 0);
    assert_answers(stand, 10, DNS_ANSWER_UNKNOWN, DNS_ANSWER_UNKNOWN, 0);
    assert_int_equal(dns_probes.open, 0);
}

static void test_the_deadline_with_public_ones(void **state)
{
    struct stand *stand = *state;

    add_listed(stand, 11);
    add(stand, "1.1.1.1", DNS_ROLE_PUBLIC, true, true);
    add(stand, "9.9.9.9", DNS_ROLE_PUBLIC, true, true);
    dns_probes_set("9.9.9.9", DNS_TCP, DNS_ANSWER_OK);
    ask(stand);
    timers_pass(14 * S);
    assert_int_equal(stand->done, 1);
    assert_answers(stand, 11, DNS_ANSWER_TIMEOUT, stand->answers.list[11].server.tcp, 0);
    assert_answers(stand, 12, DNS_ANSWER_TIMEOUT, DNS_ANSWER_OK, DNS_PROBES_TCP_USEC);
}

static void test_what_cannot_be_asked(void **state)
{
    struct stand *stand = *state;

    dns_probes.result = -ENOMEM;
    add_listed(stand, 3);
    add(stand, "1.1.1.1", DNS_ROLE_PUBLIC, true, true);
    stand->asked.list[0].server.udp = DNS_ANSWER_OK;
    ask(stand);
    assert_int_equal(stand->done, 1);
    assert_int_equal(dns_probes.total, 8);
    for (size_t i = 0; i < 4; i++)
        assert_answers(stand, i, DNS_ANSWER_UNKNOWN, DNS_ANSWER_UNKNOWN, 0);
}

static void test_asked_again_when_told(void **state)
{
    struct stand *stand = *state;

    stand->again = true;
    add_listed(stand, 1);
    dns_probes_answer("192.0.2.1", DNS_ANSWER_OK);
    ask(stand);
    timers_pass(S);
    assert_int_equal(stand->done, 2);
    assert_int_equal(dns_probes.total, 4);
    assert_false(dns_prober_busy(stand->prober));
}

static void test_stopped(void **state)
{
    struct stand *stand = *state;

    add_listed(stand, 2);
    ask(stand);
    timers_pass(S);
    dns_prober_stop(stand->prober);
    assert_false(dns_prober_busy(stand->prober));
    assert_int_equal(dns_probes.open, 0);
    timers_pass(20 * S);
    assert_int_equal(stand->done, 0);
    ask(stand);
    timers_pass(20 * S);
    assert_int_equal(stand->done, 1);
    assert_answers(stand, 1, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT, 0);
}

/* Whatever is under way. */
static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(dns_prober_free(NULL));
    add_listed(stand, 2);
    ask(stand);
    stand->prober = dns_prober_free(stand->prober);
    assert_int_equal(dns_probes.open, 0);
    assert_int_equal(stand->done, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_by_udp_then_by_tcp),
        STAND_TEST(test_every_answer),
        STAND_TEST(test_who_has_the_name),
        STAND_TEST(test_what_is_not_asked_stays),
        STAND_TEST(test_public_ones_when_nobody_answers),
        STAND_TEST(test_no_public_ones_when_somebody_answers),
        STAND_TEST(test_a_public_one_that_is_listed),
        STAND_TEST(test_an_answer_of_before_is_none),
        STAND_TEST(test_nothing_to_ask),
        STAND_TEST(test_the_deadline),
        STAND_TEST(test_the_deadline_with_public_ones),
        STAND_TEST(test_what_cannot_be_asked),
        STAND_TEST(test_asked_again_when_told),
        STAND_TEST(test_stopped),
        STAND_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
