/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether DNS servers that were well are so still */
#include "../../service/sense/dns_quiet.h"

#include <errno.h>
#include <string.h>

#include "../timers.h"
#include "../unit.h"
#include "dns_probes.h"

#define A    "192.0.2.1"
#define B    "192.0.2.2"
#define NAME "name.example"

struct desk {
    sd_event *event;
    struct dns_candidates candidates;
    struct dns_quiet quiet;
    struct dns_late late;
};

static void add(struct desk *desk, const char *address, bool asked)
{
    struct dns_candidate *candidate = &desk->candidates.list[desk->candidates.count++];

    assert_int_equal(dns_address_parse(address, &candidate->server.address), 0);
    candidate->udp = asked;
}

static int set_up(void **state)
{
    static struct desk desk;

    memset(&desk, 0, sizeof(desk));
    assert_true(sd_event_new(&desk.event) >= 0);
    timers_start(desk.event, 1000000);
    dns_probes_start(desk.event);
    add(&desk, A, true);
    add(&desk, "192.0.2.9", false);
    add(&desk, B, true);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;

    dns_quiet_stop(&desk->quiet);
    dns_probes_stop();
    sd_event_unref(desk->event);
    return 0;
}

static void test_all_answer(void **state)
{
    struct desk *desk = *state;

    dns_probes_set(A, DNS_UDP, DNS_ANSWER_OK);
    dns_probes_set(B, DNS_UDP, DNS_ANSWER_OK);
    assert_false(dns_quiet_open(&desk->quiet));
    assert_true(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
    assert_string_equal(dns_probes.order, "q" A " q" B);
    assert_true(dns_quiet_open(&desk->quiet));
    assert_true(dns_quiet_end(&desk->quiet, &desk->late));
    assert_false(dns_quiet_open(&desk->quiet));
    assert_int_equal(dns_probes.pings, 0);
    assert_int_equal(desk->late.count, 0);
}

static void test_one_does_not(void **state)
{
    struct desk *desk = *state;
    struct dns_address b;

    assert_int_equal(dns_address_parse(B, &b), 0);
    dns_probes_set(A, DNS_UDP, DNS_ANSWER_OK);
    assert_true(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
    assert_false(dns_quiet_end(&desk->quiet, &desk->late));
    assert_int_equal(dns_probes.pings, 0);
    assert_int_equal(desk->late.count, 1);
    assert_true(dns_address_equal(&desk->late.servers[0], &b));
}

static void test_asked_again(void **state)
{
    struct desk *desk = *state;

    assert_true(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
    assert_true(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
    assert_int_equal(dns_probes.pings, 2);
    dns_quiet_stop(&desk->quiet);
    assert_int_equal(dns_probes.pings, 0);
    assert_false(dns_quiet_open(&desk->quiet));
}

static void test_what_cannot_be_asked(void **state)
{
    struct desk *desk = *state;

    dns_probes.result = -ENETUNREACH;
    assert_false(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
    assert_false(dns_quiet_open(&desk->quiet));
    dns_probes.result = 0;
    desk->candidates.count = 0;
    assert_false(dns_quiet_ask(&desk->quiet, NAME, &desk->candidates));
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_all_answer),
        DESK_TEST(test_one_does_not),
        DESK_TEST(test_asked_again),
        DESK_TEST(test_what_cannot_be_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
