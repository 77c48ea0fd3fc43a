/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink messages: default routes */
#include <errno.h>
#include <sys/socket.h>

#include "../../service/sys/link_message.h"
#include "kernel_message.h"

static int decode(struct nl_msg *message, struct fact *fact)
{
    int r = link_message_decode(nlmsg_hdr(message), fact);

    nlmsg_free(message);
    return r;
}

static struct rtmsg *info_of(struct nl_msg *message)
{
    return nlmsg_data(nlmsg_hdr(message));
}

/* An IPv4 default route by link 2. */
static struct nl_msg *route(void)
{
    struct nl_msg *message = route_header(RTM_NEWROUTE, AF_INET);

    put_number(message, RTA_OIF, 2);
    put_address(message, RTA_GATEWAY, "10.0.0.1");
    return message;
}

static void assert_gateway(const struct fact *fact, int family, const char *text)
{
    uint8_t bytes[16] = {0};

    assert_int_equal(fact->route.gateway_family, family);
    if (family)
        inet_pton(family, text, bytes);
    assert_memory_equal(fact->route.gateway, bytes, 16);
}

static void test_a_default_route(void **state)
{
    struct nl_msg *message = route();
    struct fact fact;

    put_number(message, RTA_PRIORITY, 100);
    assert_int_equal(decode(message, &fact), 1);
    assert_int_equal(fact.kind, FACT_ROUTE);
    assert_false(fact.gone);
    assert_int_equal(fact.route.family, AF_INET);
    assert_int_equal(fact.route.ifindex, 2);
    assert_int_equal(fact.route.metric, 100);
    assert_gateway(&fact, AF_INET, "10.0.0.1");
}

static void test_a_route_without_a_gateway(void **state)
{
    struct nl_msg *message = route_header(RTM_DELROUTE, AF_INET6);
    struct fact fact;

    put_number(message, RTA_OIF, 2);
    assert_int_equal(decode(message, &fact), 1);
    assert_true(fact.gone);
    assert_int_equal(fact.route.metric, 0);
    assert_gateway(&fact, 0, NULL);
}

static void test_routes_of_no_interest(void **state)
{
    struct nl_msg *message;
    struct fact fact;

#define IGNORED(change)                                                                                      \
    do {                                                                                                     \
        message = route();                                                                                   \
        change;                                                                                              \
        assert_int_equal(decode(message, &fact), 0);                                                         \
    } while (0)
    IGNORED(info_of(message)->rtm_dst_len = 8);
    IGNORED(info_of(message)->rtm_src_len = 8);
    IGNORED(info_of(message)->rtm_type = RTN_BLACKHOLE);
    IGNORED(info_of(message)->rtm_type = RTN_UNREACHABLE);
    IGNORED(info_of(message)->rtm_flags = RTM_F_CLONED);
    IGNORED(info_of(message)->rtm_table = RT_TABLE_LOCAL);
    IGNORED(put_number(message, RTA_TABLE, 51820)); /* wg-quick's, which the header calls main or compat */
    IGNORED(info_of(message)->rtm_family = AF_MPLS);
    message = route_header(RTM_NEWROUTE, AF_INET); /* nowhere */
    assert_int_equal(decode(message, &fact), 0);
    message = route();
    info_of(message)->rtm_table = RT_TABLE_COMPAT;
    put_number(message, RTA_TABLE, RT_TABLE_MAIN);
    assert_int_equal(decode(message, &fact), 1);
}

static void test_an_ipv4_route_by_an_ipv6_gateway(void **state)
{
    struct nl_msg *message = route_header(RTM_NEWROUTE, AF_INET);
    uint8_t via[18] = {AF_INET6, 0, 0xfe, 0x80, [17] = 1};
    struct fact fact;

    put_number(message, RTA_OIF, 2);
    put(message, RTA_VIA, via, sizeof(via));
    assert_int_equal(decode(message, &fact), 1);
    assert_gateway(&fact, AF_INET6, "fe80::1");
    /* One that says less than it should. */
    message = route_header(RTM_NEWROUTE, AF_INET);
    put_number(message, RTA_OIF, 2);
    put(message, RTA_VIA, via, sizeof(via) - 1);
    assert_int_equal(decode(message, &fact), 1);
    assert_gateway(&fact, 0, NULL);
    via[0] = AF_PACKET;
    message = route_header(RTM_NEWROUTE, AF_INET);
    put_number(message, RTA_OIF, 2);
    put(message, RTA_VIA, via, sizeof(via));
    assert_int_equal(decode(message, &fact), 1);
    assert_gateway(&fact, 0, NULL);
}

struct hop {
    struct rtnexthop hop;
    struct rtattr attribute;
    uint8_t bytes[20];
};

static struct hop hop_of(int ifindex, int type, const void *bytes, size_t length)
{
    struct hop hop = {.hop = {.rtnh_ifindex = ifindex,
                              .rtnh_len = sizeof(hop.hop) + sizeof(hop.attribute) + length},
                      .attribute = {.rta_type = type, .rta_len = sizeof(hop.attribute) + length}};

    memcpy(hop.bytes, bytes, length);
    return hop;
}

static void test_the_first_hop_stands_for_several(void **state)
{
    struct nl_msg *message = route_header(RTM_NEWROUTE, AF_INET);
    const uint8_t gateways[2][4] = {{10, 0, 0, 1}, {10, 1, 0, 1}};
    struct hop hops[2] = {hop_of(3, RTA_GATEWAY, gateways[0], 4), hop_of(4, RTA_GATEWAY, gateways[1], 4)};
    uint8_t bytes[2 * 16];
    struct fact fact;

    memcpy(bytes, &hops[0], 16);
    memcpy(bytes + 16, &hops[1], 16);
    put(message, RTA_MULTIPATH, bytes, sizeof(bytes));
    assert_int_equal(decode(message, &fact), 1);
    assert_int_equal(fact.route.ifindex, 3);
    assert_gateway(&fact, AF_INET, "10.0.0.1");
}

static void test_a_hop_by_an_ipv6_gateway(void **state)
{
    struct nl_msg *message = route_header(RTM_NEWROUTE, AF_INET);
    const uint8_t via[18] = {AF_INET6, 0, 0xfe, 0x80, [17] = 1};
    struct hop hop = hop_of(3, RTA_VIA, via, sizeof(via));
    struct fact fact;

    put(message, RTA_MULTIPATH, &hop, hop.hop.rtnh_len);
    assert_int_equal(decode(message, &fact), 1);
    assert_int_equal(fact.route.ifindex, 3);
    assert_gateway(&fact, AF_INET6, "fe80::1");
}

static void test_bad_hops(void **state)
{
    static const uint16_t lengths[] = {0,  1,     sizeof(struct rtnexthop) - 1, sizeof(struct rtnexthop) + 1,
                                       17, 0xffff};
    const uint8_t gateway[4] = {10, 0, 0, 1};
    struct nl_msg *message;
    struct fact fact;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct hop hop = hop_of(3, RTA_GATEWAY, gateway, 4);

        hop.hop.rtnh_len = lengths[i];
        message = route_header(RTM_NEWROUTE, AF_INET);
        put(message, RTA_MULTIPATH, &hop, 16);
        assert_in_range(decode(message, &fact), 0, 1);
        assert_gateway(&fact, 0, NULL);
    }
    message = route_header(RTM_NEWROUTE, AF_INET);
    put(message, RTA_MULTIPATH, gateway, 4);
    assert_int_equal(decode(message, &fact), 0);
}

static void test_a_gateway_of_another_length(void **state)
{
    struct nl_msg *message = route_header(RTM_NEWROUTE, AF_INET6);
    struct fact fact;

    put_number(message, RTA_OIF, 2);
    put_address(message, RTA_GATEWAY, "10.0.0.1");
    assert_int_equal(decode(message, &fact), 1);
    assert_gateway(&fact, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_default_route),
        cmocka_unit_test(test_a_route_without_a_gateway),
        cmocka_unit_test(test_routes_of_no_interest),
        cmocka_unit_test(test_an_ipv4_route_by_an_ipv6_gateway),
        cmocka_unit_test(test_the_first_hop_stands_for_several),
        cmocka_unit_test(test_a_hop_by_an_ipv6_gateway),
        cmocka_unit_test(test_bad_hops),
        cmocka_unit_test(test_a_gateway_of_another_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
