/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: masks, events, dumps and limits */
#include "facts.h"

static int set_up(void **state)
{
    static struct node node;

    node_with_tunnel(&node);
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

static void test_an_equal_fact_says_nothing(void **state)
{
    const struct fact facts[] = {link_up(ETH0, "eth0", "", 1500), address_of(ETH0, "172.20.1.2/20"),
                                 route_by(ETH0, "172.20.0.1", 0), platform_of("wsl2", "nat")};
    struct fact config = fact_of(FACT_CONFIG);
    struct events events = {.count = 0};

    tell(*state, facts[3]);
    for (size_t i = 0; i < COUNT(facts); i++)
        assert_int_equal(node_apply(*state, &facts[i], &events), 0);
    assert_int_equal(node_apply(*state, &config, &events), 0);
    assert_int_equal(events.count, 0);
}

static void test_each_bit_has_its_cause(void **state)
{
    struct node *node = *state;
    struct fact fact = platform_of("wsl2", "nat");

    assert_int_equal(tell(node, fact), NODE_PLATFORM | NODE_INTEROP | NODE_MODE);
    snprintf(fact.platform.version, sizeof(fact.platform.version), "2.3.26");
    assert_int_equal(tell(node, fact), NODE_PLATFORM);
    snprintf(fact.platform.interop, sizeof(fact.platform.interop), "broken");
    assert_int_equal(tell(node, fact), NODE_INTEROP);
    snprintf(fact.platform.mode, sizeof(fact.platform.mode), "virtioproxy");
    assert_int_equal(tell(node, fact), NODE_MODE);

    assert_int_equal(tell(node, link_up(ETH0, "eth0", "", 1400)), NODE_LINKS | NODE_UPLINK_MTU);
    assert_int_equal(tell(node, address_of(ETH0, "172.20.1.3/20")),
                     NODE_LINKS | NODE_ANY_ADDRESS | NODE_ADDRESSES);
    assert_int_equal(tell(node, gone(address_of(ETH0, "172.20.1.2/20"))),
                     NODE_LINKS | NODE_ANY_ADDRESS | NODE_ADDRESSES | NODE_ADDRESS);
    assert_int_equal(tell(node, link_up(WG0, "wg0", "wireguard", 1280)), NODE_LINKS);
    assert_int_equal(tell(node, address_of(WG0, "10.9.0.1/24")), NODE_LINKS | NODE_ANY_ADDRESS);
    fact = address_of(WG0, "10.9.0.1/24");
    fact.address.usable = false;
    assert_int_equal(tell(node, fact), NODE_LINKS); /* it neither came nor went */
    assert_int_equal(tell(node, socket_of(IPPROTO_TCP, "10.9.0.1", 80)), NODE_SOCKETS);
    assert_int_equal(tell(node, gone(socket_of(IPPROTO_TCP, "10.9.0.1", 80))), NODE_SOCKETS);

    fact = fact_of(FACT_CONFIG);
    snprintf(fact.config.path, sizeof(fact.config.path), "/etc/wslnode/wslnode.conf");
    assert_int_equal(tell(node, fact), NODE_CONFIG);
    assert_string_equal(node->config.path, "/etc/wslnode/wslnode.conf");
}

static void test_events_of_links(void **state)
{
    struct events events = {.count = 0};
    const struct fact facts[] = {link_up(8, "tun0", "tun", 1500), link_up(8, "tun0", "tun", 1400),
                                 link_up(8, "tun1", "tun", 1400), gone(link_up(8, "tun1", "tun", 1400))};
    const struct event expected[] = {{EVENT_LINK_ADDED, "tun0", "", ""},
                                     {EVENT_MTU, "tun0", "1500", "1400"},
                                     {EVENT_LINK_REMOVED, "tun0", "", ""},
                                     {EVENT_LINK_ADDED, "tun1", "", ""},
                                     {EVENT_LINK_REMOVED, "tun1", "", ""}};

    for (size_t i = 0; i < COUNT(facts); i++)
        assert_int_equal(node_apply(*state, &facts[i], &events), NODE_LINKS);
    assert_int_equal(events.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(events.list[i].kind, expected[i].kind);
        assert_string_equal(events.list[i].subject, expected[i].subject);
        assert_string_equal(events.list[i].before, expected[i].before);
        assert_string_equal(events.list[i].after, expected[i].after);
    }
}

static void test_links_of_the_first_dump_are_no_news(void **state)
{
    struct events events = {.count = 0};
    struct fact fact = link_up(ETH0, "eth0", "", 1500);
    struct node node;

    node_init(&node);
    assert_int_equal(node_apply(&node, &fact, &events), NODE_LINKS);
    assert_int_equal(events.count, 0);
    node_done(&node);
}

static void test_the_first_complete_dump_is_told_even_if_empty(void **state)
{
    struct node node;

    node_init(&node);
    assert_false(node_links_known(&node));
    assert_int_equal(dump(&node, FACT_DUMP_END, FACT_LINK, 0, 0), 0);
    assert_int_equal(dump(&node, FACT_DUMP_END, FACT_ADDRESS, 0, 0), 0);
    assert_int_equal(dump(&node, FACT_DUMP_END, FACT_ROUTE, AF_INET, 0), 0);
    assert_false(node_links_known(&node));
    assert_int_equal(dump(&node, FACT_DUMP_END, FACT_ROUTE, 0, 0), NODE_LINKS);
    assert_true(node_links_known(&node));
    assert_int_equal(dump(&node, FACT_DUMP_END, FACT_ROUTE, 0, 0), 0);
    node_done(&node);
}

static void test_a_dump_sweeps_what_it_does_not_repeat(void **state)
{
    struct node *node = *state;
    struct events events = {.count = 0};
    struct fact fact = fact_of(FACT_DUMP_END);

    assert_int_equal(dump(node, FACT_DUMP_BEGIN, FACT_LINK, 0, 0), 0);
    assert_int_equal(tell(node, link_up(ETH0, "eth0", "", 1500)), 0);
    assert_non_null(node_link(node, WG0)); /* until the dump has ended */
    fact.dump.of = FACT_LINK;
    assert_int_equal(node_apply(node, &fact, &events), NODE_LINKS);
    assert_null(node_link(node, WG0));
    assert_non_null(node_link(node, ETH0));
    assert_int_equal(events.count, 1);
    assert_int_equal(events.list[0].kind, EVENT_LINK_REMOVED);
    assert_string_equal(events.list[0].subject, "wg0");
}

static void test_a_dump_sweeps_no_other_family(void **state)
{
    struct node *node = *state;

    tell(node, route_by(ETH0, "fe80::1", 1024));
    dump(node, FACT_DUMP_BEGIN, FACT_ROUTE, AF_INET, 0);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_ROUTE, AF_INET, 0) & NODE_GATEWAY, NODE_GATEWAY);
    assert_false(node_has_default_route(node, AF_INET, ETH0));
    assert_true(node_has_default_route(node, AF_INET6, ETH0));
}

static void test_a_dump_sweeps_no_other_link(void **state)
{
    struct node *node = *state;

    tell(node, address_of(WG0, "10.9.0.1/24"));
    tell(node, address_of(WG0, "fd00::1/64"));
    dump(node, FACT_DUMP_BEGIN, FACT_ADDRESS, 0, WG0);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_ADDRESS, 0, WG0), NODE_LINKS | NODE_ANY_ADDRESS);
    assert_int_equal(node->addresses.count, 1);
    assert_int_equal(node->addresses.list[0].fact.address.ifindex, ETH0);
}

static void test_sockets(void **state)
{
    struct node *node = *state;
    const struct fact others[] = {socket_of(IPPROTO_UDP, "10.9.0.1", 80),
                                  socket_of(IPPROTO_TCP, "10.9.0.2", 80),
                                  socket_of(IPPROTO_TCP, "10.9.0.1", 81),
                                  socket_of(IPPROTO_TCP, "a09:1::", 80)};

    assert_false(node_sockets_known(node));
    /* Here too the first complete dump is news even if it brought nothing. */
    assert_int_equal(speak_of_sockets(node), NODE_SOCKETS);
    assert_true(node_sockets_known(node));
    assert_int_equal(speak_of_sockets(node), 0);
    assert_int_equal(tell(node, socket_of(IPPROTO_TCP, "10.9.0.1", 80)), NODE_SOCKETS);
    assert_int_equal(tell(node, socket_of(IPPROTO_TCP, "10.9.0.1", 80)), 0);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_equal(tell(node, others[i]), NODE_SOCKETS);
    assert_int_equal(node->sockets.count, 1 + COUNT(others));
    dump(node, FACT_DUMP_BEGIN, FACT_SOCKET, 0, 0);
    tell(node, others[2]);
    assert_int_equal(speak_of_sockets(node), NODE_SOCKETS);
    assert_int_equal(node->sockets.count, 1);
    assert_memory_equal(&node->sockets.list[0].fact, &others[2], sizeof(others[2]));
    assert_int_equal(node->addresses.count, 1);
    for (int port = 1; port <= NODE_SOCKETS_MAX + 1; port++)
        tell(node, socket_of(IPPROTO_UDP, "10.9.0.1", port));
    assert_int_equal(node->sockets.count, NODE_SOCKETS_MAX);
    assert_true(node->sockets.truncated);
}

static bool is_stranded(const struct node *node)
{
    assert_int_equal(node->sockets.count, 1);
    return node->sockets.list[0].stranded;
}

/* A service may have ended long before its address went: only a dump after that tells. */
static void test_sockets_are_stranded_when_dumped(void **state)
{
    struct node *node = *state;

    tell(node, socket_of(IPPROTO_TCP, "10.9.0.1", 80));
    assert_false(is_stranded(node));
    assert_int_equal(speak_of_sockets(node), NODE_SOCKETS);
    assert_true(is_stranded(node));
    assert_int_equal(speak_of_sockets(node), 0);
    /* Others come and go, and a dump that has just begun takes nothing back. */
    tell(node, address_of(WG0, "10.9.0.2/32"));
    dump(node, FACT_DUMP_BEGIN, FACT_SOCKET, 0, 0);
    assert_true(is_stranded(node));
    tell(node, socket_of(IPPROTO_TCP, "10.9.0.1", 80));
    assert_true(is_stranded(node));
    tell(node, address_of(WG0, "10.9.0.1/32"));
    assert_false(is_stranded(node));
    tell(node, gone(address_of(WG0, "10.9.0.1/32")));
    assert_false(is_stranded(node));
    assert_int_equal(speak_of_sockets(node), NODE_SOCKETS);
    assert_true(is_stranded(node));
}

static void test_what_came_during_a_dump_stays(void **state)
{
    struct node *node = *state;

    dump(node, FACT_DUMP_BEGIN, FACT_ROUTE, 0, 0);
    tell(node, route_by(WG0, "10.9.0.254", 5));
    tell(node, route_by(ETH0, "172.20.0.1", 0));
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_ROUTE, 0, 0), 0);
    assert_int_equal(node->routes.count, 2);
}

static void fill_routes(struct node *node)
{
    for (uint32_t i = 1; node->routes.count < NODE_ROUTES_MAX; i++)
        tell(node, route_by(ETH0, "172.20.0.1", i));
}

static void test_memory_is_bounded(void **state)
{
    struct node *node = *state;

    fill_routes(node);
    assert_false(node->routes.truncated);
    assert_true(tell(node, route_by(ETH0, "172.20.0.1", 5000)) >= 0);
    assert_int_equal(node->routes.count, NODE_ROUTES_MAX);
    assert_true(node->routes.truncated);
    dump(node, FACT_DUMP_BEGIN, FACT_ROUTE, AF_INET, ETH0);
    assert_true(node->routes.truncated); /* a part cannot tell */
    dump(node, FACT_DUMP_BEGIN, FACT_ROUTE, 0, 0);
    assert_false(node->routes.truncated);
}

/* Otherwise the check that speaks of it is not asked. */
static void test_reaching_the_limit_is_a_change(void **state)
{
    fill_routes(*state);
    assert_int_equal(tell(*state, route_by(ETH0, "172.20.0.1", 5000)), NODE_LINKS);
    assert_int_equal(tell(*state, route_by(ETH0, "172.20.0.1", 5001)), 0);
}

static void test_files_and_their_places(void **state)
{
    const struct fact file = file_of("/etc/a", NULL), refused = file_of("/etc/a", "larger"),
                      place = place_of("/etc/a", 1, "10.0.0.1"), moved = place_of("/etc/a", 2, "10.0.0.1");
    struct node *node = *state;
    struct fact other = place;

    strcpy(other.place.variable, "NODE_IP");
    assert_int_equal(tell(node, file), NODE_FILES);
    assert_int_equal(tell(node, file), 0);
    assert_int_equal(tell(node, refused), NODE_FILES);
    assert_int_equal(node->files.count, 1);
    assert_int_equal(tell(node, place), NODE_FILES);
    assert_int_equal(tell(node, place), 0);
    assert_int_equal(tell(node, moved), NODE_FILES);
    assert_int_equal(tell(node, other), NODE_FILES);
    assert_int_equal(tell(node, place_of("/etc/b", 1, "10.0.0.1")), NODE_FILES);
    assert_int_equal(node->places.count, 4);
    assert_int_equal(tell(node, place_of("/etc/a", 1, "10.0.0.2")), NODE_FILES);
    assert_int_equal(node->places.count, 4);
    assert_string_equal(node->places.list[0].fact.place.text, "10.0.0.2");
}

static void test_a_dump_of_files_sweeps_them_alone(void **state)
{
    struct node *node = *state;

    tell(node, file_of("/etc/a", NULL));
    tell(node, file_of("/etc/b", NULL));
    tell(node, place_of("/etc/a", 1, ""));
    tell(node, place_of("/etc/b", 1, ""));
    dump(node, FACT_DUMP_BEGIN, FACT_FILE, 0, 0);
    dump(node, FACT_DUMP_BEGIN, FACT_PLACE, 0, 0);
    tell(node, file_of("/etc/b", NULL));
    tell(node, place_of("/etc/b", 1, ""));
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_FILE, 0, 0), NODE_FILES);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PLACE, 0, 0), NODE_FILES);
    assert_int_equal(node->files.count, 1);
    assert_int_equal(node->places.count, 1);
    assert_string_equal(node->places.list[0].fact.place.path, "/etc/b");
    assert_int_equal(node->links.count, 2);
    assert_int_equal(dump(node, FACT_DUMP_END, FACT_PLACE, 0, 0), 0);
}

/* All files are others after a reload, and all places after a line more at the top of a file. */
static void test_a_dump_has_room_beside_what_was_there(void **state)
{
    struct node *node = *state;
    char path[32];

    for (int round = 0; round < 2; round++) {
        dump(node, FACT_DUMP_BEGIN, FACT_FILE, 0, 0);
        dump(node, FACT_DUMP_BEGIN, FACT_PLACE, 0, 0);
        for (int i = 0; i < NODE_FILES_MAX; i++) {
            snprintf(path, sizeof(path), "/etc/%d-%d", round, i);
            tell(node, file_of(path, NULL));
        }
        for (uint32_t line = 1; line <= NODE_PLACES_MAX; line++)
            tell(node, place_of("/etc/a", round * NODE_PLACES_MAX + line, ""));
        dump(node, FACT_DUMP_END, FACT_FILE, 0, 0);
        dump(node, FACT_DUMP_END, FACT_PLACE, 0, 0);
        assert_int_equal(node->files.count, NODE_FILES_MAX);
        assert_int_equal(node->places.count, NODE_PLACES_MAX);
        assert_false(node->files.truncated || node->places.truncated);
    }
}

static void test_files_are_known_when_both_dumps_ended(void **state)
{
    struct node node;

    node_init(&node);
    assert_false(node_files_known(&node));
    dump(&node, FACT_DUMP_END, FACT_FILE, 0, 0);
    assert_false(node_files_known(&node));
    dump(&node, FACT_DUMP_END, FACT_PLACE, 0, 0);
    assert_true(node_files_known(&node));
    assert_false(node_links_known(&node));
    node_done(&node);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(test_an_equal_fact_says_nothing),
        NODE_TEST(test_each_bit_has_its_cause),
        NODE_TEST(test_events_of_links),
        cmocka_unit_test(test_links_of_the_first_dump_are_no_news),
        cmocka_unit_test(test_the_first_complete_dump_is_told_even_if_empty),
        NODE_TEST(test_a_dump_sweeps_what_it_does_not_repeat),
        NODE_TEST(test_a_dump_sweeps_no_other_family),
        NODE_TEST(test_a_dump_sweeps_no_other_link),
        NODE_TEST(test_sockets),
        NODE_TEST(test_sockets_are_stranded_when_dumped),
        NODE_TEST(test_what_came_during_a_dump_stays),
        NODE_TEST(test_memory_is_bounded),
        NODE_TEST(test_reaching_the_limit_is_a_change),
        NODE_TEST(test_files_and_their_places),
        NODE_TEST(test_a_dump_of_files_sweeps_them_alone),
        NODE_TEST(test_a_dump_has_room_beside_what_was_there),
        cmocka_unit_test(test_files_are_known_when_both_dumps_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
