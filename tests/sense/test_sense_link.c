/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of links, addresses and default routes, against a real kernel
 *
 * The test lives in a network namespace of its own, so that nothing here reaches the machine's network.
 */
#include <sched.h>
#include <stdlib.h>

#include "../../service/sense/sense.h"
#include "../state/facts.h"

struct watch {
    sd_event *event;
    struct node node;
    struct sense_link *sensor;
    int mask;
    unsigned ends, turns; /* dumps that ended */
};

/* Runs ip(8); fails if it does. */
static void ip(const char *arguments)
{
    char command[256];

    snprintf(command, sizeof(command), "ip %s", arguments);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct watch *watch = userdata;
    struct events events = {.count = 0};
    int mask = node_apply(&watch->node, fact, &events);

    assert_true(mask >= 0);
    watch->mask |= mask;
    watch->ends += fact->kind == FACT_DUMP_END;
}

static void on_turn(void *userdata)
{
    ((struct watch *)userdata)->turns++;
}

static bool same(const struct watch *watch, const char *state);

/* Until it is as expected; a second at most for what takes milliseconds. */
static void assert_becomes(struct watch *watch, const char *state)
{
    for (int i = 0; i < 400 && !same(watch, state); i++)
        assert_true(sd_event_run(watch->event, 10000) >= 0);
    if (!same(watch, state))
        fail_msg("never: %s", state);
}

static void settle(struct watch *watch)
{
    for (int i = 0; i < 1000 && sense_link_busy(watch->sensor); i++)
        assert_true(sd_event_run(watch->event, 10000) >= 0);
    assert_false(sense_link_busy(watch->sensor));
    while (sd_event_run(watch->event, 20000) > 0)
        ;
}

/* "va up 1500 10.0.0.2/24 10.0.0.1": link, whether up, MTU, address, gateway; "-" where there is none. */
static bool same(const struct watch *watch, const char *state)
{
    const struct link_fact *link = node_link_named(&watch->node, "va");
    const struct route_fact *route = node_default_route(&watch->node);
    char text[256], address[ADDRESS_TEXT_SIZE] = "-", gateway[ADDRESS_TEXT_SIZE] = "-";

    if (!link)
        return strcmp(state, "-") == 0;
    for (size_t i = 0; i < watch->node.addresses.count; i++) {
        const struct address_fact *fact = &watch->node.addresses.list[i].fact.address;

        if (fact->ifindex == link->ifindex && address_counts(fact))
            address_text(fact->family, fact->bytes, fact->prefix, address, sizeof(address));
    }
    if (route)
        address_text(route->gateway_family, route->gateway, -1, gateway, sizeof(gateway));
    snprintf(text, sizeof(text), "va %s %u %s %s", link->up ? "up" : "down", link->mtu, address, gateway);
    return strcmp(text, state) == 0;
}

static int set_up(void **state)
{
    static struct watch watch;
    struct sense sense;

    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    memset(&watch, 0, sizeof(watch));
    node_init(&watch.node);
    assert_true(sd_event_new(&watch.event) >= 0);
    ip("link add va address 02:00:00:00:00:01 type veth peer name vb");
    /* Or an address of the kernel's own becomes usable while nothing is meant to happen. */
    ip("link set va addrgenmode none");
    ip("link set vb addrgenmode none");
    /* No link-local addresses: that they go would tell of what the kernel else says nothing of. */
    ip("link set va addrgenmode none");
    ip("link set vb addrgenmode none");
    ip("link set vb up");
    ip("link set va up");
    ip("address add 10.0.0.2/24 dev va");
    ip("route add default via 10.0.0.1 dev va");
    sense = (struct sense){.event = watch.event,
                           .root = -1,
                           .node = &watch.node,
                           .emit = on_fact,
                           .turn = on_turn,
                           .userdata = &watch};
    assert_int_equal(sense_link_new(&sense, &watch.sensor), 0);
    assert_true(sense_link_busy(watch.sensor));
    assert_false(node_links_known(&watch.node));
    settle(&watch);
    assert_true(node_links_known(&watch.node));
    *state = &watch;
    return 0;
}

static int tear_down(void **state)
{
    struct watch *watch = *state;

    sense_link_free(watch->sensor);
    sd_event_unref(watch->event);
    node_done(&watch->node);
    return 0;
}

static void test_the_first_dump_is_complete(void **state)
{
    struct watch *watch = *state;

    assert_true(same(watch, "va up 1500 10.0.0.2/24 10.0.0.1"));
    assert_non_null(node_link_named(&watch->node, "lo"));
    assert_string_equal(node_link_named(&watch->node, "va")->kind, "veth");
    assert_int_equal(node_link_named(&watch->node, "va")->mtu_max, 65535);
    assert_int_equal(watch->ends, 3);
    assert_true(watch->turns >= 1);
}

static void test_every_change_is_told(void **state)
{
    struct watch *watch = *state;

    ip("link set va mtu 1400");
    assert_becomes(watch, "va up 1400 10.0.0.2/24 10.0.0.1");
    ip("route add default via 10.0.0.3 dev va metric 5");
    settle(watch);
    assert_int_equal(watch->node.routes.count, 2);
    ip("route del default via 10.0.0.3 dev va metric 5");
    settle(watch);
    assert_int_equal(watch->node.routes.count, 1);
    ip("link add vc type veth peer name vz");
    settle(watch);
    assert_non_null(node_link_named(&watch->node, "vc"));
    ip("link set vc name vd");
    settle(watch);
    assert_null(node_link_named(&watch->node, "vc"));
    assert_non_null(node_link_named(&watch->node, "vd"));
    ip("link del vd");
    settle(watch);
    assert_null(node_link_named(&watch->node, "vd"));
}

/* The kernel drops the route without RTM_DELROUTE. */
static void test_a_link_that_goes_down(void **state)
{
    struct watch *watch = *state;

    ip("link set va down");
    assert_becomes(watch, "va down 1500 10.0.0.2/24 -");
    ip("link set va up");
    ip("route add default via 10.0.0.1 dev va");
    assert_becomes(watch, "va up 1500 10.0.0.2/24 10.0.0.1");
}

static void test_an_address_that_goes(void **state)
{
    struct watch *watch = *state;

    ip("address del 10.0.0.2/24 dev va");
    assert_becomes(watch, "va up 1500 - -");
    ip("address add 10.0.0.9/24 dev va");
    assert_becomes(watch, "va up 1500 10.0.0.9/24 -");
}

static void test_a_link_that_is_deleted(void **state)
{
    struct watch *watch = *state;

    ip("link del va");
    assert_becomes(watch, "-");
    settle(watch);
    assert_int_equal(watch->node.addresses.count, 0);
    assert_int_equal(watch->node.routes.count, 0);
}

/* Only the successor is announced. */
static void test_a_replaced_route(void **state)
{
    struct watch *watch = *state;

    ip("route replace default via 10.0.0.7 dev va");
    assert_becomes(watch, "va up 1500 10.0.0.2/24 10.0.0.7");
    settle(watch);
    assert_int_equal(watch->node.routes.count, 1);
}

static void test_routes_of_no_interest(void **state)
{
    struct watch *watch = *state;

    ip("route add default via 10.0.0.5 dev va table 100");
    ip("route add blackhole default metric 900");
    ip("route add 10.9.0.0/16 via 10.0.0.1 dev va");
    settle(watch);
    assert_int_equal(watch->node.routes.count, 1);
}

static void test_ipv6(void **state)
{
    struct watch *watch = *state;
    unsigned count;

    settle(watch);
    count = watch->node.addresses.count;
    ip("-6 address add 2001:db8::2/64 dev va nodad");
    ip("-6 route add default via fe80::1 dev va metric 7");
    settle(watch);
    assert_true(watch->node.addresses.count > count);
    assert_true(node_has_default_route(&watch->node, AF_INET6, node_link_named(&watch->node, "va")->ifindex));
    ip("link set va down");
    settle(watch);
    assert_false(
        node_has_default_route(&watch->node, AF_INET6, node_link_named(&watch->node, "va")->ifindex));
}

static void test_a_refresh_reads_everything_again(void **state)
{
    struct watch *watch = *state;
    unsigned before = watch->ends;

    watch->mask = 0;
    sense_link_refresh(watch->sensor);
    assert_true(sense_link_busy(watch->sensor));
    /* While it is under way: once more, for the first may miss something. */
    sense_link_refresh(watch->sensor);
    settle(watch);
    assert_true(watch->ends >= before + 3);
    assert_int_equal(watch->mask, 0);
    assert_true(same(watch, "va up 1500 10.0.0.2/24 10.0.0.1"));
}

static unsigned addresses_of_the_kernel(void)
{
    FILE *list = popen("ip -oneline address show", "r");
    unsigned count = 0;
    int c;

    assert_non_null(list);
    while ((c = fgetc(list)) != EOF)
        count += c == '\n';
    assert_int_equal(pclose(list), 0);
    return count;
}

/* More changes than the socket's buffer holds: the end is right nevertheless. */
static void test_a_flood(void **state)
{
    struct watch *watch = *state;
    FILE *batch = popen("ip -batch -", "w");

    assert_non_null(batch);
    for (int i = 0; i < 8000; i++)
        fprintf(batch, "address add 10.1.%d.%d/32 dev va\naddress del 10.1.%d.%d/32 dev va\n", i / 250,
                i % 250 + 1, i / 250, i % 250 + 1);
    fprintf(batch, "link set va mtu 1300\naddress add 10.0.0.66/24 dev va\n");
    assert_int_equal(pclose(batch), 0); /* nobody has read meanwhile */
    for (int i = 0; i < 500 && node_link_named(&watch->node, "va")->mtu != 1300; i++)
        assert_true(sd_event_run(watch->event, 10000) >= 0);
    settle(watch);
    assert_int_equal(node_link_named(&watch->node, "va")->mtu, 1300);
    assert_true(same(watch, "va up 1300 10.0.0.66/24 10.0.0.1"));
    assert_int_equal(watch->node.addresses.count, addresses_of_the_kernel());
}

#define WATCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(test_the_first_dump_is_complete),
        WATCH_TEST(test_every_change_is_told),
        WATCH_TEST(test_a_link_that_goes_down),
        WATCH_TEST(test_an_address_that_goes),
        WATCH_TEST(test_a_link_that_is_deleted),
        WATCH_TEST(test_a_replaced_route),
        WATCH_TEST(test_routes_of_no_interest),
        WATCH_TEST(test_ipv6),
        WATCH_TEST(test_a_refresh_reads_everything_again),
        WATCH_TEST(test_a_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
