/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink messages: links and addresses */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../service/sys/link_message.h"
#include "kernel_message.h"

/* Decodes it and frees the message. */
static int decode(struct nl_msg *message, struct fact *fact)
{
    int r = link_message_decode(nlmsg_hdr(message), fact);

    nlmsg_free(message);
    return r;
}

static void test_a_link(void **state)
{
    struct fact fact;

    assert_int_equal(decode(link_message(7, "wg0", "wireguard", 1420), &fact), 1);
    assert_int_equal(fact.kind, FACT_LINK);
    assert_false(fact.gone);
    assert_int_equal(fact.link.ifindex, 7);
    assert_string_equal(fact.link.name, "wg0");
    assert_string_equal(fact.link.kind, "wireguard");
    assert_int_equal(fact.link.mtu, 1420);
    assert_int_equal(fact.link.mtu_min, 68);
    assert_int_equal(fact.link.mtu_max, 9000);
    assert_int_equal(fact.link.hardware, ARPHRD_NONE);
    assert_true(fact.link.up);
    assert_false(fact.link.loopback);
}

static void test_a_link_without_kind_and_limits(void **state)
{
    struct nl_msg *message = link_header(RTM_NEWLINK, 1, IFF_LOOPBACK);
    struct fact fact;

    put(message, IFLA_IFNAME, "lo", 3);
    assert_int_equal(decode(message, &fact), 1);
    assert_string_equal(fact.link.kind, "");
    assert_int_equal(fact.link.mtu, 0);
    assert_int_equal(fact.link.mtu_max, 0);
    assert_false(fact.link.up);
    assert_true(fact.link.loopback);
}

static void test_a_deleted_link(void **state)
{
    struct nl_msg *message = link_header(RTM_DELLINK, 7, 0);
    struct fact fact;

    put(message, IFLA_IFNAME, "wg0", 4);
    assert_int_equal(decode(message, &fact), 1);
    assert_true(fact.gone);
    assert_int_equal(fact.link.ifindex, 7);
}

/* What is the same must compare as the same, whatever was on the stack. */
static void test_facts_have_no_garbage(void **state)
{
    struct fact a, b;

    memset(&a, 0xaa, sizeof(a));
    memset(&b, 0x55, sizeof(b));
    decode(link_message(7, "wg0", "wireguard", 1420), &a);
    decode(link_message(7, "wg0", "wireguard", 1420), &b);
    assert_memory_equal(&a, &b, sizeof(a));
}

static void test_odd_names(void **state)
{
    static const char *const odd[] = {"w\xc3\xa9g0", "w g0", "wg\n0", "\xff", "\x7f"};
    struct nl_msg *message;
    struct fact fact;

    for (size_t i = 0; i < COUNT(odd); i++) {
        assert_int_equal(decode(link_message(7, odd[i], "x\n", 1420), &fact), 1);
        assert_string_equal(fact.link.name, "?7");
        assert_string_equal(fact.link.kind, "");
    }
    assert_int_equal(decode(link_message(7, "fifteen-letters", "sixteen-letters+more", 1420), &fact), 1);
    assert_string_equal(fact.link.name, "fifteen-letters");
    assert_string_equal(fact.link.kind, "sixteen-letters");
    /* A name without its NUL, or longer than any. */
    message = link_header(RTM_NEWLINK, 7, 0);
    put(message, IFLA_IFNAME, "0123456789abcdef", 16);
    assert_true(decode(message, &fact) <= 1);
    message = link_header(RTM_NEWLINK, 7, 0);
    put(message, IFLA_IFNAME, "0123456789abcdef0", 18);
    assert_int_equal(decode(message, &fact), -EBADMSG);
}

static void test_links_that_are_none(void **state)
{
    struct nl_msg *message = link_header(RTM_NEWLINK, 7, 0);
    struct ifinfomsg bridge = {.ifi_family = AF_BRIDGE, .ifi_index = 7};
    struct fact fact;

    assert_int_equal(decode(message, &fact), -EBADMSG); /* no name */
    assert_int_equal(decode(link_message(0, "wg0", NULL, 1420), &fact), -EBADMSG);
    assert_int_equal(decode(link_message(-1, "wg0", NULL, 1420), &fact), -EBADMSG);
    message = message_of(RTM_NEWLINK, &bridge, sizeof(bridge));
    put(message, IFLA_IFNAME, "wg0", 4);
    assert_int_equal(decode(message, &fact), 0);
    message = link_header(RTM_NEWLINK, 7, 0);
    put(message, IFLA_IFNAME, "wg0", 4);
    put(message, IFLA_MTU, "x", 1);
    assert_int_equal(decode(message, &fact), -EBADMSG);
}

static void test_an_address(void **state)
{
    struct nl_msg *message = address_header(RTM_NEWADDR, AF_INET, 7, RT_SCOPE_UNIVERSE, IFA_F_PERMANENT);
    const uint8_t local[16] = {10, 0, 0, 1}, v6[16] = {0xfd, [15] = 1};
    struct fact fact;

    put_address(message, IFA_ADDRESS, "10.0.0.2"); /* the other end */
    put_address(message, IFA_LOCAL, "10.0.0.1");
    assert_int_equal(decode(message, &fact), 1);
    assert_int_equal(fact.kind, FACT_ADDRESS);
    assert_int_equal(fact.address.ifindex, 7);
    assert_int_equal(fact.address.family, AF_INET);
    assert_int_equal(fact.address.prefix, 24);
    assert_memory_equal(fact.address.bytes, local, 16);
    assert_true(fact.address.global);
    assert_true(fact.address.usable);
    assert_false(fact.address.secondary);
    message = address_header(RTM_DELADDR, AF_INET6, 7, RT_SCOPE_LINK, 0);
    put_address(message, IFA_ADDRESS, "fd00::1");
    assert_int_equal(decode(message, &fact), 1);
    assert_true(fact.gone);
    assert_false(fact.address.global);
    assert_memory_equal(fact.address.bytes, v6, 16);
}

static void test_flags_of_addresses(void **state)
{
    static const struct {
        unsigned flags;
        bool usable, secondary;
    } cases[] = {{0, true, false},
                 {IFA_F_TENTATIVE, false, false},
                 {IFA_F_DADFAILED, false, false},
                 {IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, true, false},
                 {IFA_F_SECONDARY, true, true}};
    struct fact fact;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct nl_msg *message = address_header(RTM_NEWADDR, AF_INET, 7, 0, cases[i].flags);

        put_address(message, IFA_LOCAL, "10.0.0.1");
        assert_int_equal(decode(message, &fact), 1);
        assert_int_equal(fact.address.usable, cases[i].usable);
        assert_int_equal(fact.address.secondary, cases[i].secondary);
        /* The attribute is the whole of them; the header has only eight bits. */
        message = address_header(RTM_NEWADDR, AF_INET, 7, 0, 0xff);
        put_number(message, IFA_FLAGS, cases[i].flags);
        put_address(message, IFA_LOCAL, "10.0.0.1");
        assert_int_equal(decode(message, &fact), 1);
        assert_int_equal(fact.address.usable, cases[i].usable);
    }
}

static void test_addresses_that_are_none(void **state)
{
    struct nl_msg *message = address_header(RTM_NEWADDR, AF_INET, 7, 0, 0);
    struct fact fact;

    assert_int_equal(decode(message, &fact), -EBADMSG);
    message = address_header(RTM_NEWADDR, AF_INET, 7, 0, 0);
    put_address(message, IFA_ADDRESS, "fd00::1");
    assert_int_equal(decode(message, &fact), -EBADMSG);
    message = address_header(RTM_NEWADDR, AF_INET6, 7, 0, 0);
    put_address(message, IFA_ADDRESS, "10.0.0.1");
    assert_int_equal(decode(message, &fact), -EBADMSG);
    message = address_header(RTM_NEWADDR, AF_PACKET, 7, 0, 0);
    assert_int_equal(decode(message, &fact), 0);
}

static void test_other_messages(void **state)
{
    static const int types[] = {NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, RTM_NEWNEIGH, RTM_GETLINK, 0xffff};
    struct fact fact;

    for (size_t i = 0; i < COUNT(types); i++)
        assert_int_equal(decode(link_header(types[i], 7, 0), &fact), 0);
}

/* Each in a block of its own size, so that a byte too far is seen. */
static void test_cut_messages_never_crash(void **state)
{
    struct nl_msg *messages[] = {link_message(7, "wg0", "wireguard", 1420),
                                 address_header(RTM_NEWADDR, AF_INET, 7, 0, 0),
                                 route_header(RTM_NEWROUTE, AF_INET)};
    struct fact fact;

    put_address(messages[1], IFA_LOCAL, "10.0.0.1");
    put_number(messages[2], RTA_OIF, 7);
    for (size_t i = 0; i < COUNT(messages); i++) {
        const struct nlmsghdr *whole = nlmsg_hdr(messages[i]);
        size_t fixed = i == 0   ? sizeof(struct ifinfomsg)
                       : i == 1 ? sizeof(struct ifaddrmsg)
                                : sizeof(struct rtmsg);

        assert_int_equal(link_message_decode(whole, &fact), 1);
        for (uint32_t length = NLMSG_HDRLEN; length < whole->nlmsg_len; length++) {
            struct nlmsghdr *cut = malloc(length);
            int r;

            memcpy(cut, whole, length);
            cut->nlmsg_len = length;
            r = link_message_decode(cut, &fact);
            if (length < NLMSG_HDRLEN + fixed)
                assert_int_equal(r, -EBADMSG);
            free(cut);
        }
        nlmsg_free(messages[i]);
    }
}

static void test_requests(void **state)
{
    struct nl_msg *message = link_message_set_mtu(7, 1280);
    struct nlmsghdr *header = nlmsg_hdr(message);
    struct ifinfomsg *info = nlmsg_data(header);
    struct nlattr *mtu = nlmsg_find_attr(header, sizeof(*info), IFLA_MTU);

    assert_int_equal(header->nlmsg_type, RTM_SETLINK);
    assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    assert_int_equal(info->ifi_index, 7);
    assert_int_equal(info->ifi_change, 0); /* no flag of the link is touched */
    assert_int_equal(nla_get_u32(mtu), 1280);
    assert_int_equal(header->nlmsg_len, NLMSG_HDRLEN + sizeof(*info) + 8);
    nlmsg_free(message);
    message = link_message_get(7);
    header = nlmsg_hdr(message);
    info = nlmsg_data(header);
    assert_int_equal(header->nlmsg_type, RTM_GETLINK);
    assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST);
    assert_int_equal(info->ifi_index, 7);
    nlmsg_free(message);
}

static void assert_dump(struct dump_fact dump, int type, size_t size)
{
    struct nl_msg *message = link_message_dump(&dump);
    struct nlmsghdr *header = nlmsg_hdr(message);
    struct nlattr *oif = NULL;

    assert_int_equal(header->nlmsg_type, type);
    assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
    assert_true(nlmsg_datalen(header) >= (int)size); /* strict checking wants it whole */
    assert_int_equal(*(uint8_t *)nlmsg_data(header), dump.of == FACT_LINK ? AF_UNSPEC : dump.family);
    if (dump.of == FACT_ROUTE) {
        oif = nlmsg_find_attr(header, size, RTA_OIF);
        assert_int_equal(nla_get_u32(nlmsg_find_attr(header, size, RTA_TABLE)), RT_TABLE_MAIN);
        assert_int_equal(oif ? nla_get_u32(oif) : 0, dump.ifindex);
    }
    nlmsg_free(message);
}

static void test_dumps(void **state)
{
    assert_dump((struct dump_fact){.of = FACT_LINK}, RTM_GETLINK, sizeof(struct ifinfomsg));
    assert_dump((struct dump_fact){.of = FACT_ADDRESS, .family = AF_INET6}, RTM_GETADDR,
                sizeof(struct ifaddrmsg));
    assert_dump((struct dump_fact){.of = FACT_ROUTE}, RTM_GETROUTE, sizeof(struct rtmsg));
    assert_dump((struct dump_fact){.of = FACT_ROUTE, .family = AF_INET, .ifindex = 7}, RTM_GETROUTE,
                sizeof(struct rtmsg));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_link),
        cmocka_unit_test(test_a_link_without_kind_and_limits),
        cmocka_unit_test(test_a_deleted_link),
        cmocka_unit_test(test_facts_have_no_garbage),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_links_that_are_none),
        cmocka_unit_test(test_an_address),
        cmocka_unit_test(test_flags_of_addresses),
        cmocka_unit_test(test_addresses_that_are_none),
        cmocka_unit_test(test_other_messages),
        cmocka_unit_test(test_cut_messages_never_crash),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_dumps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
