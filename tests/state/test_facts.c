/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of one kind: who is who, dumps, the limit */
#include "../../service/state/facts.h"
#include "dns_facts.h"
#include "facts.h"
#include "memory.h"

#include <errno.h>

#define LIMIT 40

static int set_up(void **state)
{
    static struct facts facts;

    facts = (struct facts){.limit = LIMIT};
    *state = &facts;
    return 0;
}

static int tear_down(void **state)
{
    memory_left = MEMORY_ENOUGH;
    facts_done(*state);
    return 0;
}

/* Throws its events away. */
static int take(struct facts *facts, struct fact fact)
{
    struct events events = {.count = 0};

    return facts_take(facts, &fact, &events);
}

static void begin(struct facts *facts, uint8_t family, int32_t ifindex)
{
    struct dump_fact covered = {.family = family, .ifindex = ifindex};

    facts_dump_begin(facts, &covered);
}

static int end(struct facts *facts, uint8_t family, int32_t ifindex)
{
    struct dump_fact covered = {.family = family, .ifindex = ifindex};
    struct events events = {.count = 0};

    return facts_dump_end(facts, &covered, &events);
}

/* Two facts of a kind are one, or they are not. */
static void assert_one(struct fact a, struct fact b, bool one)
{
    struct facts facts = {.limit = LIMIT};

    assert_int_equal(take(&facts, a), 1);
    assert_int_equal(take(&facts, a), 0);
    assert_int_equal(take(&facts, b), 1);
    assert_int_equal(facts.count, one ? 1 : 2);
    assert_memory_equal(&facts.list[facts.count - 1].fact, &b, sizeof(b));
    assert_int_equal(take(&facts, gone(a)), 1);
    assert_int_equal(facts.count, one ? 0 : 1);
    assert_int_equal(take(&facts, gone(a)), 0);
    facts_done(&facts);
}

static void test_who_is_who(void **state)
{
    struct fact link = link_up(8, "tun0", "tun", 1500), address = address_of(8, "10.0.0.1/24"),
                place = place_of("/etc/a", 1, ""), other;

    assert_one(link, link_up(8, "tun1", "tun", 1400), true);
    assert_one(link, link_up(9, "tun0", "tun", 1500), false);
    other = address;
    other.address.usable = false;
    assert_one(address, other, true);
    assert_one(address, address_of(8, "10.0.0.1/16"), false);
    assert_one(address, address_of(8, "10.0.0.2/24"), false);
    assert_one(address, address_of(9, "10.0.0.1/24"), false);
    assert_one(address_of(8, "a00:1::/24"), address, false);
    assert_one(route_by(8, "10.0.0.1", 5), route_by(8, "10.0.0.1", 6), false);
    assert_one(route_by(8, "10.0.0.1", 5), route_by(8, "10.0.0.2", 5), false);
    assert_one(socket_of(IPPROTO_TCP, "10.0.0.1", 1), socket_of(IPPROTO_TCP, "10.0.0.1", 2), false);
    assert_one(file_of("/etc/a", NULL), file_of("/etc/a", "larger"), true);
    assert_one(file_of("/etc/a", NULL), file_of("/etc/b", NULL), false);
    assert_one(place, place_of("/etc/a", 1, "10.0.0.1"), true);
    assert_one(place, place_of("/etc/a", 2, ""), false);
    assert_one(place, place_of("/etc/b", 1, ""), false);
    other = place;
    strcpy(other.place.variable, "NODE_IP");
    assert_one(place, other, false);
    assert_one(server_of("10.0.0.1", 0, OK, OK), server_of("10.0.0.1", 0, OK, SILENT), true);
    assert_one(server_of("10.0.0.1", 0, OK, OK), server_of("10.0.0.2", 0, OK, OK), false);
}

static void test_whoever_goes_leaves_the_order(void **state)
{
    struct facts *facts = *state;
    const int32_t left[] = {1, 2, 4, 5};

    for (int32_t i = 1; i <= 5; i++)
        take(facts, link_up(i, "", "", 1500));
    assert_int_equal(take(facts, gone(link_up(3, "", "", 1500))), 1);
    assert_int_equal(facts->count, COUNT(left));
    for (size_t i = 0; i < COUNT(left); i++)
        assert_int_equal(facts->list[i].fact.link.ifindex, left[i]);
    assert_int_equal(take(facts, link_up(2, "", "", 1400)), 1);
    assert_int_equal(facts->list[1].fact.link.ifindex, 2);
    assert_int_equal(facts->list[1].fact.link.mtu, 1400);
}

static void test_a_dump_sweeps_what_it_does_not_repeat(void **state)
{
    struct facts *facts = *state;

    for (uint32_t i = 1; i <= 5; i++)
        take(facts, route_by(8, "10.0.0.1", i));
    begin(facts, 0, 0);
    for (uint32_t i = 2; i <= 6; i += 2)
        take(facts, route_by(8, "10.0.0.1", i));
    assert_int_equal(facts->count, 6); /* until it has ended */
    assert_int_equal(end(facts, 0, 0), 1);
    assert_int_equal(facts->count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(facts->list[i].fact.route.metric, 2 + 2 * i);
    assert_int_equal(end(facts, 0, 0), 0);
}

static void test_a_dump_of_a_family_sweeps_no_other(void **state)
{
    struct facts *facts = *state;

    take(facts, route_by(8, "10.0.0.1", 1));
    take(facts, route_by(8, "fe80::1", 1));
    begin(facts, AF_INET, 0);
    assert_int_equal(end(facts, AF_INET, 0), 1);
    assert_int_equal(facts->count, 1);
    assert_int_equal(facts->list[0].fact.route.family, AF_INET6);
}

static void test_a_dump_of_a_link_sweeps_no_other(void **state)
{
    struct facts *facts = *state;

    take(facts, address_of(8, "10.0.0.1/24"));
    take(facts, address_of(8, "fd00::1/64"));
    take(facts, address_of(9, "10.0.0.1/24"));
    begin(facts, 0, 8);
    assert_int_equal(end(facts, 0, 8), 1);
    assert_int_equal(facts->count, 1);
    assert_int_equal(facts->list[0].fact.address.ifindex, 9);
    begin(facts, AF_INET6, 9);
    assert_int_equal(end(facts, AF_INET6, 9), 0);
}

/* A dump of everything that began before a part of it was dumped. */
static void test_dumps_within_dumps(void **state)
{
    struct facts *facts = *state;

    take(facts, address_of(8, "10.0.0.1/24"));
    take(facts, address_of(9, "10.0.0.1/24"));
    begin(facts, 0, 0);
    begin(facts, 0, 8);
    assert_int_equal(end(facts, 0, 8), 1);
    assert_int_equal(facts->count, 1);
    take(facts, address_of(9, "10.0.0.1/24"));
    assert_int_equal(end(facts, 0, 0), 0);
}

static void test_only_a_whole_dump_has_spoken(void **state)
{
    struct facts *facts = *state;

    end(facts, AF_INET, 0);
    end(facts, 0, 8);
    assert_false(facts->spoken);
    end(facts, 0, 0);
    assert_true(facts->spoken);
}

static void fill(struct facts *facts)
{
    for (uint32_t i = 0; i < LIMIT; i++)
        assert_int_equal(take(facts, route_by(8, "10.0.0.1", i)), 1);
}

static void test_the_limit(void **state)
{
    struct facts *facts = *state;

    fill(facts);
    assert_false(facts->truncated);
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", LIMIT)), 1); /* the check of it is to speak */
    assert_true(facts->truncated);
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", LIMIT + 1)), 0);
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", 5)), 0);
    assert_int_equal(facts->count, LIMIT);
    begin(facts, AF_INET, 0);
    begin(facts, 0, 8);
    assert_true(facts->truncated); /* a part cannot tell */
    begin(facts, 0, 0);
    assert_false(facts->truncated);
}

static void test_whoever_is_known_passes_the_limit(void **state)
{
    struct facts *facts = *state;

    fill(facts);
    assert_int_equal(take(facts, gone(route_by(8, "10.0.0.1", 5))), 1);
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", LIMIT)), 1);
    assert_false(facts->truncated);
}

static void assert_event(const struct event *event, enum event_kind kind, const char *subject,
                         const char *before, const char *after)
{
    assert_int_equal(event->kind, kind);
    assert_string_equal(event->subject, subject);
    assert_string_equal(event->before, before);
    assert_string_equal(event->after, after);
}

static void test_events_of_links(void **state)
{
    struct facts *facts = *state;
    struct events events = {.count = 0};
    struct fact link = link_up(8, "tun0", "tun", 1500);
    struct dump_fact all = {.of = FACT_LINK};

    facts_take(facts, &link, &events);
    assert_int_equal(events.count, 0); /* what was there at first is no news */
    end(facts, 0, 0);
    link.link.mtu = 1400;
    facts_take(facts, &link, &events);
    link.link.up = false;
    facts_take(facts, &link, &events);
    assert_int_equal(events.count, 1);
    assert_event(&events.list[0], EVENT_MTU, "tun0", "1500", "1400");
    link = link_up(9, "tun1", "tun", 1500);
    facts_take(facts, &link, &events);
    assert_event(&events.list[1], EVENT_LINK_ADDED, "tun1", "", "");
    strcpy(link.link.name, "tun2");
    facts_take(facts, &link, &events);
    assert_event(&events.list[2], EVENT_LINK_REMOVED, "tun1", "", "");
    assert_event(&events.list[3], EVENT_LINK_ADDED, "tun2", "", "");
    events_clear(&events);
    begin(facts, 0, 0);
    facts_take(facts, &link, &events);
    assert_int_equal(facts_dump_end(facts, &all, &events), 1);
    link.gone = true;
    facts_take(facts, &link, &events);
    assert_int_equal(events.count, 2);
    assert_event(&events.list[0], EVENT_LINK_REMOVED, "tun0", "", "");
    assert_event(&events.list[1], EVENT_LINK_REMOVED, "tun2", "", "");
}

/* One that does not fit was not added. */
static void test_no_event_beyond_the_limit(void **state)
{
    struct facts *facts = *state;
    struct events events = {.count = 0};
    struct fact link = link_up(8, "tun0", "tun", 1500);

    facts->limit = 0;
    end(facts, 0, 0);
    assert_int_equal(facts_take(facts, &link, &events), 1);
    assert_int_equal(events.count, 0);
}

static void test_without_memory(void **state)
{
    struct facts *facts = *state;
    uint32_t i = 0;

    for (; facts->count < facts->allocated || !facts->count; i++)
        take(facts, route_by(8, "10.0.0.1", i));
    memory_left = 0;
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", i)), -ENOMEM);
    assert_int_equal(facts->count, i);
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", 0)), 0);
    memory_left = MEMORY_ENOUGH;
    assert_int_equal(take(facts, route_by(8, "10.0.0.1", i)), 1);
    assert_int_equal(facts->count, i + 1);
}

#define FACTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_who),
        FACTS_TEST(test_whoever_goes_leaves_the_order),
        FACTS_TEST(test_a_dump_sweeps_what_it_does_not_repeat),
        FACTS_TEST(test_a_dump_of_a_family_sweeps_no_other),
        FACTS_TEST(test_a_dump_of_a_link_sweeps_no_other),
        FACTS_TEST(test_dumps_within_dumps),
        FACTS_TEST(test_only_a_whole_dump_has_spoken),
        FACTS_TEST(test_the_limit),
        FACTS_TEST(test_whoever_is_known_passes_the_limit),
        FACTS_TEST(test_events_of_links),
        FACTS_TEST(test_no_event_beyond_the_limit),
        FACTS_TEST(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
