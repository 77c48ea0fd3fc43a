/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS servers that were late: told the second time */
#include "../../service/sense/dns_late.h"

#include "../unit.h"

#define OK      DNS_ANSWER_OK
#define REFUSED DNS_ANSWER_REFUSED
#define TIMEOUT DNS_ANSWER_TIMEOUT
#define UNKNOWN DNS_ANSWER_UNKNOWN

static struct dns_address address(uint8_t last)
{
    return (struct dns_address){.family = 2, .bytes = {192, 0, 2, last}};
}

/* Asked by both. */
static struct dns_candidates answers(enum dns_answer udp, enum dns_answer tcp)
{
    struct dns_candidates candidates = {.count = 1};

    candidates.list[0].server.address = address(1);
    candidates.list[0].server.udp = udp;
    candidates.list[0].server.tcp = tcp;
    candidates.list[0].udp = candidates.list[0].tcp = true;
    return candidates;
}

static void assert_settles(struct dns_late *late, const struct dns_candidates *before, enum dns_answer udp,
                           enum dns_answer tcp, bool first, enum dns_answer told_udp,
                           enum dns_answer told_tcp)
{
    struct dns_candidates now = answers(udp, tcp);

    assert_int_equal(dns_late_settle(late, before, &now, false), first);
    assert_int_equal(now.list[0].server.udp, told_udp);
    assert_int_equal(now.list[0].server.tcp, told_tcp);
}

static void test_once_and_twice(void **state)
{
    struct dns_candidates well = answers(OK, OK), none = {.count = 0}, bad = answers(REFUSED, OK);
    struct dns_late late = {.count = 0};

    assert_settles(&late, &well, OK, OK, false, OK, OK);
    assert_settles(&late, &well, TIMEOUT, OK, true, OK, OK);
    assert_settles(&late, &well, TIMEOUT, OK, false, TIMEOUT, OK);
    assert_settles(&late, &well, TIMEOUT, TIMEOUT, false, TIMEOUT, TIMEOUT);
    assert_settles(&late, &well, OK, OK, false, OK, OK);
    assert_settles(&late, &none, TIMEOUT, TIMEOUT, true, UNKNOWN, UNKNOWN);
    assert_settles(&late, &none, REFUSED, OK, false, REFUSED, OK);
    assert_settles(&late, &bad, TIMEOUT, OK, true, REFUSED, OK);
    assert_settles(&late, &bad, REFUSED, REFUSED, false, REFUSED, REFUSED);
    assert_settles(&late, &well, OK, TIMEOUT, true, OK, OK);
}

static void test_told_at_once(void **state)
{
    struct dns_candidates well = answers(OK, OK), now = answers(TIMEOUT, OK);
    struct dns_late late = {.count = 0};

    assert_false(dns_late_settle(&late, &well, &now, true));
    assert_int_equal(now.list[0].server.udp, TIMEOUT);
    assert_settles(&late, &well, TIMEOUT, OK, false, TIMEOUT, OK);
}

static void test_late_when_nobody_waited(void **state)
{
    struct dns_candidates well = answers(OK, OK);
    struct dns_address first = address(1), other = address(2);
    struct dns_late late = {.count = 0};

    dns_late_add(&late, &other);
    assert_settles(&late, &well, TIMEOUT, OK, true, OK, OK);
    late.count = 0;
    dns_late_add(&late, &first);
    dns_late_add(&late, &first);
    assert_int_equal(late.count, 1);
    assert_settles(&late, &well, TIMEOUT, OK, false, TIMEOUT, OK);
    for (unsigned i = 0; i < 2 * NODE_SERVERS_MAX; i++) {
        other = address(10 + i);
        dns_late_add(&late, &other);
    }
    assert_int_equal(late.count, NODE_SERVERS_MAX);
}

/* With the answer it keeps what it had. */
static void test_who_has_the_name(void **state)
{
    struct dns_candidates before = answers(OK, OK), now = answers(TIMEOUT, OK);
    struct dns_late late = {.count = 0};

    before.list[0].server.found = true;
    assert_true(dns_late_settle(&late, &before, &now, false));
    assert_true(now.list[0].server.found);
    now = answers(OK, TIMEOUT); /* it was heard, and has it no more */
    late.count = 0;
    assert_true(dns_late_settle(&late, &before, &now, false));
    assert_false(now.list[0].server.found);
}

/* What it said some other time is not late now. */
static void test_not_asked(void **state)
{
    struct dns_candidates well = answers(OK, OK), now = answers(TIMEOUT, TIMEOUT);
    struct dns_late late = {.count = 0};

    now.list[0].udp = now.list[0].tcp = false;
    assert_false(dns_late_settle(&late, &well, &now, false));
    assert_int_equal(now.list[0].server.udp, TIMEOUT);
    assert_int_equal(late.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_and_twice),
        cmocka_unit_test(test_told_at_once),
        cmocka_unit_test(test_late_when_nobody_waited),
        cmocka_unit_test(test_who_has_the_name),
        cmocka_unit_test(test_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
