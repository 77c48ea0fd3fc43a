/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The outlook: what of the uplink differs, and the events of that */
#include "../../service/state/outlook.h"
#include "facts.h"

static int set_up(void **state)
{
    static struct node node;

    node_with_tunnel(&node);
    tell(&node, address_of(WG0, "10.9.0.1/24"));
    tell(&node, platform_of("wsl2", "nat"));
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

/* The mask of what differs after these facts. */
static int compare(struct node *node, const struct fact *facts, size_t count, struct events *events)
{
    struct outlook before, after;

    outlook_look(&before, node);
    for (size_t i = 0; i < count; i++)
        tell(node, facts[i]);
    outlook_look(&after, node);
    return outlook_compare(&before, &after, events);
}

static int compare_one(struct node *node, struct fact fact)
{
    struct events events = {.count = 0};

    return compare(node, &fact, 1, &events);
}

static void assert_event(const struct event *event, enum event_kind kind, const char *subject,
                         const char *before, const char *after)
{
    assert_int_equal(event->kind, kind);
    assert_string_equal(event->subject, subject);
    assert_string_equal(event->before, before);
    assert_string_equal(event->after, after);
}

static void test_nothing_differs(void **state)
{
    struct node *node = *state, empty;
    struct events events = {.count = 0};

    node_init(&empty);
    assert_int_equal(compare(&empty, NULL, 0, &events), 0);
    assert_int_equal(compare(node, NULL, 0, &events), 0);
    assert_int_equal(events.count, 0);
    assert_int_equal(compare_one(node, link_up(WG0, "wg0", "wireguard", 1280)), 0);
    assert_int_equal(compare_one(node, address_of(WG0, "10.9.0.2/24")), 0);
    assert_int_equal(compare_one(node, route_by(WG0, "10.9.0.254", 5)), 0);
}

static void test_each_bit_has_its_cause(void **state)
{
    struct node *node = *state;
    struct fact tentative = address_of(ETH0, "172.20.1.4/20");

    tentative.address.usable = false;
    assert_int_equal(compare_one(node, link_up(ETH0, "eth0", "", 1400)), NODE_UPLINK_MTU);
    assert_int_equal(compare_one(node, address_of(ETH0, "172.20.1.3/20")), NODE_ADDRESSES);
    assert_int_equal(compare_one(node, tentative), 0);
    assert_int_equal(compare_one(node, gone(address_of(ETH0, "172.20.1.2/20"))),
                     NODE_ADDRESSES | NODE_ADDRESS);
    assert_int_equal(compare(node,
                             (struct fact[]){gone(address_of(ETH0, "172.20.1.3/20")),
                                             address_of(ETH0, "172.20.1.3/16")},
                             2, &(struct events){.count = 0}),
                     NODE_ADDRESSES);
    assert_int_equal(compare_one(node, link_up(ETH0, "lan", "", 1400)), NODE_UPLINK);
    tell(node, platform_of("wsl2", ""));
    assert_int_equal(compare_one(node, link_up(50, "loopback0", "", 1500)), NODE_MODE);
}

static void test_another_gateway(void **state)
{
    /* The replacing route is announced; the old one goes with the dump that follows. */
    assert_int_equal(compare_one(*state, route_by(ETH0, "172.20.0.9", 0)), 0);
    assert_int_equal(compare_one(*state, gone(route_by(ETH0, "172.20.0.1", 0))), NODE_GATEWAY);
}

/* Of another family it may be the same bytes. */
static void test_a_gateway_of_another_family(void **state)
{
    struct node *node = *state;
    struct fact route = route_by(ETH0, "172.20.0.1", 0), wide = route_by(ETH0, "ac14:1::", 0);

    wide.route.family = AF_INET;
    assert_memory_equal(route.route.gateway, wide.route.gateway, 4);
    assert_int_equal(compare(node, (struct fact[]){gone(route), wide}, 2, &(struct events){.count = 0}),
                     NODE_GATEWAY);
}

static void test_it_moves_with_the_uplink(void **state)
{
    struct events events = {.count = 0};
    const struct fact facts[] = {route_by(WG0, "10.9.0.254", 0), gone(route_by(ETH0, "172.20.0.1", 0))};

    assert_int_equal(compare(*state, facts, COUNT(facts), &events),
                     NODE_UPLINK | NODE_UPLINK_MTU | NODE_ADDRESS | NODE_ADDRESSES | NODE_GATEWAY);
    assert_int_equal(events.count, 2);
    assert_event(&events.list[0], EVENT_UPLINK, "", "eth0", "wg0");
    assert_event(&events.list[1], EVENT_ADDRESS, "wg0", "172.20.1.2", "10.9.0.1");
}

/* The address that is lost was the old uplink's. */
static void test_the_uplink_goes(void **state)
{
    struct events events = {.count = 0};
    const struct fact route = route_by(ETH0, "172.20.0.1", 0), lost = gone(route);

    assert_int_equal(compare(*state, &lost, 1, &events),
                     NODE_UPLINK | NODE_UPLINK_MTU | NODE_ADDRESS | NODE_ADDRESSES | NODE_GATEWAY);
    assert_int_equal(events.count, 2);
    assert_event(&events.list[0], EVENT_UPLINK, "", "eth0", "");
    assert_event(&events.list[1], EVENT_ADDRESS, "eth0", "172.20.1.2", "");
    events_clear(&events);
    compare(*state, &route, 1, &events);
    assert_int_equal(events.count, 2);
    assert_event(&events.list[0], EVENT_UPLINK, "", "", "eth0");
    assert_event(&events.list[1], EVENT_ADDRESS, "eth0", "", "172.20.1.2");
}

/* There and back within a turn is nothing. */
static void test_what_comes_back(void **state)
{
    struct events events = {.count = 0};
    const struct fact address = address_of(ETH0, "172.20.1.2/20"), facts[] = {gone(address), address};

    assert_int_equal(compare(*state, facts, COUNT(facts), &events), 0);
    assert_int_equal(events.count, 0);
}

/* IPv4 comes first: another IPv6 address beside it is one of the list only. */
static void test_addresses_of_both_families(void **state)
{
    struct events events = {.count = 0};
    const struct fact lost = gone(address_of(ETH0, "172.20.1.2/20"));

    assert_int_equal(compare_one(*state, address_of(ETH0, "2001:db8::1/64")), NODE_ADDRESSES);
    tell(*state, route_by(ETH0, "fe80::1", 1));
    assert_int_equal(compare(*state, &lost, 1, &events), NODE_ADDRESSES | NODE_ADDRESS);
    assert_int_equal(events.count, 1);
    assert_event(&events.list[0], EVENT_ADDRESS, "eth0", "172.20.1.2", "2001:db8::1");
}

#define OUTLOOK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTLOOK_TEST(test_nothing_differs),          OUTLOOK_TEST(test_each_bit_has_its_cause),
        OUTLOOK_TEST(test_another_gateway),          OUTLOOK_TEST(test_a_gateway_of_another_family),
        OUTLOOK_TEST(test_it_moves_with_the_uplink), OUTLOOK_TEST(test_the_uplink_goes),
        OUTLOOK_TEST(test_what_comes_back),          OUTLOOK_TEST(test_addresses_of_both_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
