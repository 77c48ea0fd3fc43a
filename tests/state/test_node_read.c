/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: what readers ask of it */
#include "facts.h"

static int set_up(void **state)
{
    static struct node node;

    node_init(&node);
    tell(&node, link_up(ETH0, "eth0", "", 1500));
    tell(&node, link_up(3, "eth1", "", 1500));
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

static void assert_uplink(const struct node *node, int32_t ifindex)
{
    assert_non_null(node_uplink(node));
    assert_int_equal(node_uplink(node)->ifindex, ifindex);
}

static void assert_address(const struct node *node, const char *expected)
{
    const struct address_fact *address = node_address(node);
    char text[ADDRESS_TEXT_SIZE] = "";

    if (address)
        address_text(address->family, address->bytes, address->prefix, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void test_no_route_no_uplink(void **state)
{
    tell(*state, address_of(ETH0, "10.0.0.2/8"));
    assert_null(node_default_route(*state));
    assert_null(node_uplink(*state));
    assert_null(node_address(*state));
}

static void test_the_lowest_metric_is_the_uplink(void **state)
{
    tell(*state, route_by(ETH0, "10.0.0.1", 100));
    assert_uplink(*state, ETH0);
    tell(*state, route_by(3, "10.1.0.1", 99));
    assert_uplink(*state, 3);
}

static void test_the_kernels_order_decides_on_equal_metrics(void **state)
{
    tell(*state, route_by(3, "10.1.0.1", 0));
    tell(*state, route_by(ETH0, "10.0.0.1", 0));
    assert_uplink(*state, 3);
}

static void test_ipv4_comes_before_ipv6(void **state)
{
    tell(*state, route_by(3, "fe80::1", 1));
    assert_uplink(*state, 3);
    tell(*state, route_by(ETH0, "10.0.0.1", 4000));
    assert_uplink(*state, ETH0);
}

static void test_a_route_by_an_unknown_link_has_no_uplink(void **state)
{
    tell(*state, route_by(77, "10.0.0.1", 0));
    assert_non_null(node_default_route(*state));
    assert_null(node_uplink(*state));
}

static void test_default_routes_of_a_link(void **state)
{
    tell(*state, route_by(ETH0, "10.0.0.1", 0));
    assert_true(node_has_default_route(*state, AF_INET, ETH0));
    assert_false(node_has_default_route(*state, AF_INET6, ETH0));
    assert_false(node_has_default_route(*state, AF_INET, 3));
}

static void test_the_primary_address(void **state)
{
    struct fact fact = address_of(ETH0, "10.0.0.9/8");

    tell(*state, route_by(ETH0, "10.0.0.1", 0));
    fact.address.secondary = true;
    tell(*state, fact);
    assert_address(*state, "");
    fact = address_of(ETH0, "10.0.0.8/8");
    fact.address.usable = false; /* tentative */
    tell(*state, fact);
    assert_address(*state, "");
    fact = address_of(ETH0, "169.254.1.1/16");
    fact.address.global = false; /* scope link */
    tell(*state, fact);
    assert_address(*state, "");
    tell(*state, address_of(3, "10.7.0.1/8")); /* another link's */
    assert_address(*state, "");
    tell(*state, address_of(ETH0, "fd00::2/64"));
    assert_address(*state, "fd00::2/64");
    tell(*state, address_of(ETH0, "10.0.0.2/8"));
    assert_address(*state, "10.0.0.2/8");
    tell(*state, address_of(ETH0, "10.0.0.3/8"));
    assert_address(*state, "10.0.0.2/8");
}

/* What IFA_F_SECONDARY says of IPv4 says "temporary" of IPv6, and such an address is one. */
static void test_a_temporary_ipv6_address_counts(void **state)
{
    struct fact fact = address_of(ETH0, "2001:db8::5/64");

    tell(*state, route_by(ETH0, "fe80::1", 0));
    fact.address.secondary = true;
    tell(*state, fact);
    assert_address(*state, "2001:db8::5/64");
}

static void test_links_by_index_and_name(void **state)
{
    assert_string_equal(node_link(*state, ETH0)->name, "eth0");
    assert_null(node_link(*state, 77));
    assert_int_equal(node_link_named(*state, "eth1")->ifindex, 3);
    assert_null(node_link_named(*state, "eth"));
}

static void test_what_is_a_tunnel(void **state)
{
    static const char *const tunnels[] = {"wireguard", "tun", "ppp", "ipip", "gre", "ip6gre",
                                          "ip6tnl",    "sit", "vti", "vti6", "xfrm"};
    static const char *const others[] = {"", "veth", "bridge", "dummy", "vlan", "wire"};
    struct fact fact;

    for (size_t i = 0; i < COUNT(tunnels); i++) {
        fact = link_up(5, "x0", tunnels[i], 1400);
        fact.link.hardware = ARPHRD_NONE;
        assert_true(link_is_tunnel(&fact.link));
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        fact = link_up(5, "x0", others[i], 1400);
        fact.link.hardware = ARPHRD_NONE;
        assert_false(link_is_tunnel(&fact.link));
    }
    fact = link_up(5, "tap0", "tun", 1500);
    fact.link.hardware = ARPHRD_ETHER;
    assert_false(link_is_tunnel(&fact.link));
}

static void assert_mode(const struct node *node, const char *mode)
{
    assert_string_equal(node_networking_mode(node), mode);
}

static void test_the_mode_by_wslinfo(void **state)
{
    assert_mode(*state, "unknown");
    tell(*state, platform_of("linux", "nat"));
    assert_mode(*state, "unknown");
    tell(*state, platform_of("wsl2", "bridged"));
    assert_mode(*state, "bridged");
}

static void test_the_mode_by_the_links(void **state)
{
    tell(*state, platform_of("wsl2", ""));
    assert_mode(*state, "unknown");
    tell(*state, address_of(ETH0, "172.31.255.2/20"));
    assert_mode(*state, "nat");
    tell(*state, gone(address_of(ETH0, "172.31.255.2/20")));
    tell(*state, address_of(ETH0, "172.32.0.2/20"));
    assert_mode(*state, "unknown");
    tell(*state, gone(address_of(ETH0, "172.32.0.2/20")));
    tell(*state, address_of(ETH0, "192.168.1.2/24"));
    assert_mode(*state, "unknown");
    tell(*state, link_up(9, "loopback0", "", 1500));
    assert_mode(*state, "mirrored");
}

static void test_without_links_the_mode_is_none(void **state)
{
    struct node *node = *state;

    tell(node, platform_of("wsl2", "mirrored"));
    tell(node, link_up(9, "loopback0", "", 1500));
    tell(node, gone(link_up(ETH0, "eth0", "", 1500)));
    tell(node, gone(link_up(3, "eth1", "", 1500)));
    assert_mode(node, "mirrored"); /* as long as the links have not been read */
    speak(node);
    assert_mode(node, "none");
    tell(node, link_up(4, "wifi", "", 1500)); /* renamed, but hardware */
    assert_mode(node, "mirrored");
}

static bool stranded(const struct node *node, const char *address)
{
    struct fact fact = socket_of(IPPROTO_TCP, address, 80);

    return socket_is_stranded(node, &fact.socket);
}

static void test_who_is_stranded(void **state)
{
    struct node *node = *state;
    struct fact fact = address_of(3, "fe80::1/64");

    tell(node, address_of(ETH0, "172.20.1.2/20"));
    speak(node);
    assert_false(stranded(node, "172.20.1.2"));
    assert_true(stranded(node, "172.20.1.3"));
    assert_true(stranded(node, "2001:db8::1"));
    assert_true(stranded(node, "ac14:102::")); /* the bytes of 172.20.1.2 */
    tell(node, address_of(3, "2001:db8::1/64"));
    assert_false(stranded(node, "2001:db8::1"));
    assert_true(stranded(node, "2001:db8::2"));
    assert_true(stranded(node, "2001:db8::"));
    /* Any scope, any link, even one that is not usable yet. */
    fact.address.global = fact.address.usable = false;
    assert_true(stranded(node, "fe80::1"));
    tell(node, fact);
    assert_false(stranded(node, "fe80::1"));
}

static void test_who_waits_at_a_broadcast_address(void **state)
{
    struct node *node = *state;

    tell(node, address_of(ETH0, "172.20.1.2/20"));
    speak(node);
    assert_false(stranded(node, "172.20.15.255"));
    assert_false(stranded(node, "172.20.0.0"));
    assert_true(stranded(node, "172.20.31.255"));
    assert_true(stranded(node, "172.20.16.0"));
    tell(node, address_of(3, "10.0.0.2/31"));
    assert_true(stranded(node, "10.0.0.3"));
    tell(node, address_of(3, "10.0.1.1/32"));
    assert_true(stranded(node, "10.0.1.0"));
}

/* All of its network is the node's. */
static void test_who_waits_at_a_loopback_link(void **state)
{
    struct node *node = *state;
    struct fact loopback = link_up(LO, "lo", "", 65536);

    tell(node, address_of(LO, "10.5.0.1/16"));
    speak(node);
    assert_true(stranded(node, "10.5.7.8"));
    loopback.link.loopback = true;
    tell(node, loopback);
    assert_false(stranded(node, "10.5.7.8"));
    assert_true(stranded(node, "10.6.7.8"));
}

static void test_nobody_is_stranded_where_addresses_are_unknown(void **state)
{
    struct node *node = *state;
    struct node silent;

    node_init(&silent);
    assert_false(stranded(&silent, "10.0.0.1"));
    dump(&silent, FACT_DUMP_END, FACT_ADDRESS, 0, 0);
    assert_true(stranded(&silent, "10.0.0.1"));
    node_done(&silent);
    tell(node, address_of(ETH0, "172.20.1.2/20"));
    speak(node);
    assert_true(stranded(node, "10.0.0.1"));
    node->addresses.truncated = true;
    assert_false(stranded(node, "10.0.0.1"));
    /* A new dump begins: what goes beyond the limit comes again only in its course. */
    node->addresses.limit = node->addresses.count;
    dump(node, FACT_DUMP_BEGIN, FACT_ADDRESS, 0, 0);
    assert_false(node->addresses.truncated);
    assert_false(stranded(node, "10.0.0.1"));
}

/* First and last of each, and their neighbours. */
static void test_private_addresses(void **state)
{
    static const struct {
        const char *first, *last, *before, *after;
    } rows[] = {{"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
                {"172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
                {"192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
                {"100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
                {"169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
                {"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const texts[] = {rows[i].first, rows[i].last, rows[i].before, rows[i].after};

        for (size_t j = 0; j < COUNT(texts); j++) {
            uint8_t bytes[4];

            assert_int_equal(inet_pton(AF_INET, texts[j], bytes), 1);
            if (ipv4_is_private(bytes) != (j < 2))
                fail_msg("%s", texts[j]);
        }
    }
}

static void test_addresses_as_text(void **state)
{
    uint8_t bytes[16] = {10, 0, 0, 1};
    char text[ADDRESS_TEXT_SIZE];

    assert_string_equal(address_text(AF_INET, bytes, -1, text, sizeof(text)), "10.0.0.1");
    assert_string_equal(address_text(AF_INET, bytes, 0, text, sizeof(text)), "10.0.0.1/0");
    assert_string_equal(address_text(0, bytes, 8, text, sizeof(text)), "");
    memset(bytes, 0xff, sizeof(bytes));
    assert_string_equal(address_text(AF_INET6, bytes, 128, text, sizeof(text)),
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(test_no_route_no_uplink),
        NODE_TEST(test_the_lowest_metric_is_the_uplink),
        NODE_TEST(test_the_kernels_order_decides_on_equal_metrics),
        NODE_TEST(test_ipv4_comes_before_ipv6),
        NODE_TEST(test_a_route_by_an_unknown_link_has_no_uplink),
        NODE_TEST(test_default_routes_of_a_link),
        NODE_TEST(test_the_primary_address),
        NODE_TEST(test_a_temporary_ipv6_address_counts),
        NODE_TEST(test_links_by_index_and_name),
        NODE_TEST(test_what_is_a_tunnel),
        NODE_TEST(test_the_mode_by_wslinfo),
        NODE_TEST(test_the_mode_by_the_links),
        NODE_TEST(test_without_links_the_mode_is_none),
        NODE_TEST(test_who_is_stranded),
        NODE_TEST(test_who_waits_at_a_broadcast_address),
        NODE_TEST(test_who_waits_at_a_loopback_link),
        NODE_TEST(test_nobody_is_stranded_where_addresses_are_unknown),
        cmocka_unit_test(test_private_addresses),
        cmocka_unit_test(test_addresses_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
