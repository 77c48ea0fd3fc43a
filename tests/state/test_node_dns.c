/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: what it says of resolv.conf and of DNS servers */
#include "dns_facts.h"

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

/* DNS has no events: state and owner are properties. */
static int tell_silently(struct node *node, struct fact fact)
{
    struct events events = {.count = 0};
    int mask = node_apply(node, &fact, &events);

    assert_int_equal(events.count, 0);
    return mask;
}

static struct fact listed(const char *address, enum dns_answer answer)
{
    return server_of(address, DNS_ROLE_WSL | DNS_ROLE_LISTED, answer, answer);
}

static void test_bits(void **state)
{
    struct node *node = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, "10.0.0.1");

    assert_int_equal(tell_silently(node, fact), NODE_DNS | NODE_DNS_OWNER);
    assert_int_equal(tell_silently(node, fact), 0);
    assert_int_equal(tell_silently(node, listed("10.0.0.1", SILENT)), NODE_DNS | NODE_DNS_STATE);
    assert_int_equal(tell_silently(node, listed("10.0.0.1", SILENT)), 0);
    assert_int_equal(tell_silently(node, listed("10.0.0.1", CLOSED)), NODE_DNS); /* failed as before */
    assert_int_equal(tell_silently(node, listed("10.0.0.1", OK)), NODE_DNS | NODE_DNS_STATE);
    assert_int_equal(tell_silently(node, listed("10.0.0.9", OK)), NODE_DNS);
    fact.resolver.lost = 1;
    assert_int_equal(tell_silently(node, fact), NODE_DNS);
    fact.resolver.owner = DNS_OWNER_WSLNODE;
    assert_int_equal(tell_silently(node, fact), NODE_DNS | NODE_DNS_OWNER);
    fact.resolver.use_vc = true;
    fact.resolver.listed = dns_list_of("10.0.0.7");
    fact.resolver.owner = DNS_OWNER_NONE;
    assert_int_equal(tell_silently(node, fact), NODE_DNS | NODE_DNS_OWNER | NODE_DNS_STATE);
    assert_int_equal(tell_silently(node, gone(listed("10.0.0.9", OK))), NODE_DNS);
    assert_int_equal(tell_silently(node, gone(listed("10.0.0.9", OK))), 0);
}

/* That nobody owns it is not the same as that nobody has looked; and of no servers none answers. */
static void test_the_first_look_is_news(void **state)
{
    struct node *node = *state;
    struct fact fact = fact_of(FACT_RESOLVER);

    assert_false(node_resolver_known(node) || node_dns_known(node));
    assert_int_equal(tell_silently(node, fact), NODE_DNS | NODE_DNS_STATE | NODE_DNS_OWNER);
    assert_true(node_resolver_known(node));
    assert_false(node_dns_known(node));
    assert_int_equal(speak_servers(node), NODE_DNS); /* even if there are none */
    assert_true(node_dns_known(node));
    assert_int_equal(speak_servers(node), 0);
}

static void test_servers_that_were_heard_first(void **state)
{
    struct node *node = *state;

    tell(node, listed("10.0.0.1", OK));
    assert_int_equal(speak_servers(node), 0);
    assert_false(node_dns_known(node));
    assert_int_equal(dns_state(node), DNS_STATE_UNKNOWN);
    assert_int_equal(tell_silently(node, resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, "10.0.0.1")),
                     NODE_DNS | NODE_DNS_STATE | NODE_DNS_OWNER);
    assert_true(node_dns_known(node));
}

static void test_a_dump_sweeps_servers_alone(void **state)
{
    struct node *node = *state;

    wsl_lists(node, "10.0.0.1 10.0.0.2 fd00::1", DNS_ANSWER_OK);
    assert_int_equal(dump(node, FACT_DUMP_BEGIN, FACT_SERVER, 0, 0), 0);
    assert_int_equal(tell_silently(node, listed("10.0.0.1", OK)), 0);
    assert_int_equal(tell_silently(node, listed("fd00::1", OK)), 0);
    assert_int_equal(speak_servers(node), NODE_DNS | NODE_DNS_STATE); /* one is listed, and not asked */
    assert_int_equal(node->servers.count, 2);
    assert_int_equal(node->links.count, 2);
    assert_int_equal(node->addresses.count, 1);
    assert_int_equal(node->routes.count, 1);
    dump(node, FACT_DUMP_BEGIN, FACT_LINK, 0, 0);
    dump(node, FACT_DUMP_END, FACT_LINK, 0, 0);
    assert_int_equal(node->servers.count, 2);
}

/* The address is the identity, whatever else is said of it. */
static void test_a_server_is_its_address(void **state)
{
    struct node *node = *state;

    tell(node, server_of("10.0.0.1", DNS_ROLE_WSL, OK, OK));
    tell(node, server_of("10.0.0.1", DNS_ROLE_GATEWAY, SILENT, BAD));
    tell(node, server_of("::ffff:10.0.0.1", DNS_ROLE_GATEWAY, SILENT, BAD));
    assert_int_equal(node->servers.count, 2);
    assert_int_equal(node->servers.list[0].fact.server.roles, DNS_ROLE_GATEWAY);
}

static void test_memory_is_bounded(void **state)
{
    struct node *node = *state;
    char address[32];

    for (int round = 0; round < 2; round++) {
        dump(node, FACT_DUMP_BEGIN, FACT_SERVER, 0, 0);
        for (int i = 0; i < NODE_SERVERS_MAX; i++) {
            snprintf(address, sizeof(address), "10.0.%d.%d", round, i);
            tell(node, listed(address, OK));
        }
        speak_servers(node);
        assert_int_equal(node->servers.count, NODE_SERVERS_MAX);
        assert_false(node->servers.truncated);
    }
    for (int i = 0; i < 3 * NODE_SERVERS_MAX; i++) {
        snprintf(address, sizeof(address), "10.9.0.%d", i);
        tell(node, listed(address, OK));
    }
    assert_int_equal(node->servers.count, 2 * NODE_SERVERS_MAX);
    assert_true(node->servers.truncated);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(test_bits),
        NODE_TEST(test_the_first_look_is_news),
        NODE_TEST(test_servers_that_were_heard_first),
        NODE_TEST(test_a_dump_sweeps_servers_alone),
        NODE_TEST(test_a_server_is_its_address),
        NODE_TEST(test_memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
