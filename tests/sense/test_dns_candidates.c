/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS servers that come into question: roles, order, and what they had answered */
#include "../../service/sense/dns_candidates.h"

#include <stdio.h>
#include <string.h>

#include "../state/facts.h"

struct desk {
    struct node node;
    struct resolver_fact resolver;
    struct dns_config config;
    struct dns_candidates candidates;
};

static int set_up(void **state)
{
    static struct desk desk;

    memset(&desk, 0, sizeof(desk));
    memset(&desk.candidates, 0xaa, sizeof(desk.candidates));
    node_init(&desk.node);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    node_done(&((struct desk *)*state)->node);
    return 0;
}

static void list(struct dns_list *list, const char *text)
{
    struct dns_address address;

    assert_int_equal(dns_address_parse(text, &address), 0);
    dns_list_add(list, &address);
}

/* "192.0.2.1:3 1.1.1.1:32": with the roles. */
static void assert_found(struct desk *desk, const char *expected)
{
    char text[1024] = "", address[DNS_ADDRESS_SIZE];

    dns_candidates_find(&desk->node, &desk->resolver, &desk->config, &desk->candidates);
    for (size_t i = 0; i < desk->candidates.count; i++) {
        const struct dns_candidate *candidate = &desk->candidates.list[i];
        size_t length = strlen(text);

        assert_false(candidate->udp || candidate->tcp);
        assert_int_equal(candidate->server.udp, DNS_ANSWER_UNKNOWN);
        assert_int_equal(candidate->server.tcp, DNS_ANSWER_UNKNOWN);
        snprintf(text + length, sizeof(text) - length, "%s%s:%u", i ? " " : "",
                 dns_address_text(&candidate->server.address, address, sizeof(address)),
                 candidate->server.roles);
    }
    assert_string_equal(text, expected);
}

static void test_none(void **state)
{
    assert_found(*state, "");
}

static void test_all_in_order(void **state)
{
    struct desk *desk = *state;

    tell(&desk->node, platform_of("wsl2", "nat"));
    tell(&desk->node, link_up(2, "eth0", "", 1500));
    tell(&desk->node, route_by(2, "172.20.0.1", 0));
    list(&desk->config.servers, "2001:db8::53");
    list(&desk->resolver.listed, "192.0.2.1");
    list(&desk->resolver.listed, "192.0.2.2");
    list(&desk->resolver.wsl, "192.0.2.9");
    desk->config.public_fallback = true;
    assert_found(desk, "192.0.2.9:1 192.0.2.1:2 192.0.2.2:2 10.255.255.254:4 172.20.0.1:8 2001:db8::53:16 "
                       "1.1.1.1:32 9.9.9.9:32");
}

static void test_one_address_in_many_roles(void **state)
{
    struct desk *desk = *state;

    tell(&desk->node, platform_of("wsl2", "nat"));
    tell(&desk->node, link_up(2, "eth0", "", 1500));
    tell(&desk->node, route_by(2, "172.20.0.1", 0));
    desk->config.public_fallback = true;
    list(&desk->config.servers, "172.20.0.1");
    list(&desk->resolver.listed, "10.255.255.254");
    list(&desk->resolver.listed, "9.9.9.9");
    list(&desk->resolver.wsl, "10.255.255.254");
    assert_found(desk, "10.255.255.254:7 9.9.9.9:34 172.20.0.1:24 1.1.1.1:32");
}

/* The tunnel is WSL's. */
static void test_off_wsl(void **state)
{
    struct desk *desk = *state;

    tell(&desk->node, platform_of("linux", ""));
    list(&desk->resolver.listed, "127.0.0.53");
    assert_found(desk, "127.0.0.53:2");
    tell(&desk->node, platform_of("wsl2-container", ""));
    assert_found(desk, "127.0.0.53:2");
}

static void test_gateways(void **state)
{
    static const struct {
        const char *gateway, *found;
    } cases[] = {{"2001:db8::1", "2001:db8::1:8"}, {"fe80::1", ""}, {"169.254.1.1", ""}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct desk *desk;

        set_up(state);
        desk = *state;
        tell(&desk->node, link_up(2, "eth0", "", 1500));
        tell(&desk->node, route_by(2, cases[i].gateway, 0));
        assert_found(desk, cases[i].found);
        tear_down(state);
    }
    set_up(state);
}

static void test_a_route_without_a_gateway(void **state)
{
    struct desk *desk = *state;
    struct fact route = route_by(2, "192.0.2.1", 0);

    route.route.gateway_family = 0;
    memset(route.route.gateway, 0, sizeof(route.route.gateway));
    tell(&desk->node, link_up(2, "eth0", "", 1500));
    tell(&desk->node, route);
    assert_found(desk, "");
}

static void test_what_they_had_answered(void **state)
{
    struct desk *desk = *state;
    struct dns_candidates before;

    list(&desk->resolver.listed, "192.0.2.1");
    list(&desk->resolver.listed, "192.0.2.2");
    assert_found(desk, "192.0.2.1:2 192.0.2.2:2");
    before = desk->candidates;
    before.list[0].server.roles = DNS_ROLE_GATEWAY;
    before.list[0].server.udp = DNS_ANSWER_OK;
    before.list[0].server.tcp = DNS_ANSWER_TIMEOUT;
    before.list[0].server.latency_usec = 77;
    before.list[0].server.found = true;
    before.list[0].udp = true;
    before.list[1].server.address.bytes[3] = 3; /* one that is no candidate any more */
    before.list[1].server.udp = DNS_ANSWER_OK;
    dns_candidates_recall(&desk->candidates, &before);
    assert_int_equal(desk->candidates.count, 2);
    assert_int_equal(desk->candidates.list[0].server.udp, DNS_ANSWER_OK);
    assert_int_equal(desk->candidates.list[0].server.tcp, DNS_ANSWER_TIMEOUT);
    assert_int_equal(desk->candidates.list[0].server.latency_usec, 77);
    assert_true(desk->candidates.list[0].server.found);
    assert_int_equal(desk->candidates.list[0].server.roles, DNS_ROLE_LISTED);
    assert_false(desk->candidates.list[0].udp);
    assert_int_equal(desk->candidates.list[1].server.udp, DNS_ANSWER_UNKNOWN);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_none),
        DESK_TEST(test_all_in_order),
        DESK_TEST(test_one_address_in_many_roles),
        DESK_TEST(test_off_wsl),
        DESK_TEST(test_gateways),
        DESK_TEST(test_a_route_without_a_gateway),
        DESK_TEST(test_what_they_had_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
