/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sock_diag messages */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "../../service/sys/socket_message.h"
#include "kernel_message.h"

/* A socket that waits at "10.0.0.2" or "fd00::2". */
static struct inet_diag_msg socket_at(uint8_t protocol, const char *address, uint16_t port)
{
    struct inet_diag_msg info = {.idiag_family = strchr(address, ':') ? AF_INET6 : AF_INET,
                                 .idiag_state = protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE,
                                 .id.idiag_sport = htons(port),
                                 .id.idiag_if = 7,
                                 .idiag_inode = 4711};

    assert_int_equal(inet_pton(info.idiag_family, address, info.id.idiag_src), 1);
    return info;
}

static int decode(const struct inet_diag_msg *info, uint8_t protocol, struct fact *fact)
{
    struct nl_msg *message = message_of(SOCK_DIAG_BY_FAMILY, info, sizeof(*info));
    int r = socket_message_decode(nlmsg_hdr(message), protocol, fact);

    nlmsg_free(message);
    return r;
}

static int decode_at(uint8_t protocol, const char *address, uint16_t port, struct fact *fact)
{
    struct inet_diag_msg info = socket_at(protocol, address, port);

    return decode(&info, protocol, fact);
}

static void test_what_waits(void **state)
{
    const uint8_t ipv4[16] = {172, 17, 1, 2}, ipv6[16] = {0xfd, [15] = 1};
    struct fact fact;

    assert_int_equal(decode_at(IPPROTO_TCP, "172.17.1.2", 51820, &fact), 1);
    assert_int_equal(fact.kind, FACT_SOCKET);
    assert_false(fact.gone);
    assert_int_equal(fact.socket.family, AF_INET);
    assert_int_equal(fact.socket.protocol, IPPROTO_TCP);
    assert_int_equal(fact.socket.port, 51820);
    assert_memory_equal(fact.socket.bytes, ipv4, 16);
    assert_int_equal(decode_at(IPPROTO_UDP, "fd00::1", 53, &fact), 1);
    assert_int_equal(fact.socket.family, AF_INET6);
    assert_int_equal(fact.socket.protocol, IPPROTO_UDP);
    assert_int_equal(fact.socket.port, 53);
    assert_memory_equal(fact.socket.bytes, ipv6, 16);
}

static void test_a_mapped_address_is_ipv4(void **state)
{
    struct fact plain, mapped;

    memset(&plain, 0xaa, sizeof(plain));
    memset(&mapped, 0x55, sizeof(mapped));
    assert_int_equal(decode_at(IPPROTO_TCP, "172.17.1.2", 80, &plain), 1);
    assert_int_equal(decode_at(IPPROTO_TCP, "::ffff:172.17.1.2", 80, &mapped), 1);
    assert_memory_equal(&plain, &mapped, sizeof(plain)); /* nor any garbage */
}

static void test_addresses_of_no_one_link(void **state)
{
    static const char *const none[] = {"0.0.0.0",   "127.0.0.1", "127.8.9.1",        "224.0.0.251",
                                       "239.1.2.3", "::",        "255.255.255.255",  "::1",
                                       "ff02::fb",  "ff05::2",   "::ffff:127.0.0.1", "::ffff:0.0.0.0"};
    static const char *const one[] = {"0.0.0.1",         "126.0.0.1",   "128.0.0.1", "223.0.0.1",
                                      "240.0.0.1",       "10.0.0.255",  "::2",       "fe80::1",
                                      "fe00::1",         "2001:db8::1", "::1.2.3.4", "fd00::",
                                      "64:ff9b::1.2.3.4"};
    struct fact fact;

    for (size_t i = 0; i < COUNT(none); i++) {
        assert_int_equal(decode_at(IPPROTO_TCP, none[i], 80, &fact), 0);
        assert_int_equal(decode_at(IPPROTO_UDP, none[i], 80, &fact), 0);
    }
    for (size_t i = 0; i < COUNT(one); i++)
        assert_int_equal(decode_at(IPPROTO_UDP, one[i], 80, &fact), 1);
}

static void test_what_does_not_wait(void **state)
{
    struct inet_diag_msg info = socket_at(IPPROTO_TCP, "172.17.1.2", 80);
    struct fact fact;

    info.idiag_state = TCP_ESTABLISHED;
    assert_int_equal(decode(&info, IPPROTO_TCP, &fact), 0);
    assert_int_equal(decode(&info, IPPROTO_UDP, &fact), 0);
    info.idiag_state = TCP_CLOSE;
    assert_int_equal(decode(&info, IPPROTO_TCP, &fact), 0);
    assert_int_equal(decode(&info, IPPROTO_UDP, &fact), 1);
    info.id.idiag_dport = htons(1024); /* connected */
    assert_int_equal(decode(&info, IPPROTO_UDP, &fact), 0);
    info.id.idiag_dport = info.id.idiag_sport = 0;
    assert_int_equal(decode(&info, IPPROTO_UDP, &fact), 0);
}

static void test_messages_that_are_none(void **state)
{
    struct inet_diag_msg info = socket_at(IPPROTO_TCP, "172.17.1.2", 80);
    struct nl_msg *message = message_of(RTM_NEWLINK, &info, sizeof(info));
    struct fact fact;

    assert_int_equal(socket_message_decode(nlmsg_hdr(message), IPPROTO_TCP, &fact), 0);
    nlmsg_free(message);
    for (size_t size = 0; size < sizeof(info); size++) {
        struct nlmsghdr *header = malloc(NLMSG_HDRLEN + size); /* of that size: a byte too far is seen */

        *header = (struct nlmsghdr){.nlmsg_len = NLMSG_HDRLEN + size, .nlmsg_type = SOCK_DIAG_BY_FAMILY};
        memcpy(header + 1, &info, size);
        assert_int_equal(socket_message_decode(header, IPPROTO_TCP, &fact), -EBADMSG);
        free(header);
    }
    info.idiag_family = AF_UNIX;
    assert_int_equal(decode(&info, IPPROTO_TCP, &fact), -EBADMSG);
    info.idiag_family = AF_UNSPEC;
    assert_int_equal(decode(&info, IPPROTO_TCP, &fact), -EBADMSG);
}

/* The kernel adds attributes of its own. */
static void test_attributes_are_ignored(void **state)
{
    struct inet_diag_msg info = socket_at(IPPROTO_TCP, "172.17.1.2", 80);
    struct nl_msg *message = message_of(SOCK_DIAG_BY_FAMILY, &info, sizeof(info));
    struct fact fact;

    put(message, INET_DIAG_SHUTDOWN, "", 1);
    put(message, INET_DIAG_SOCKOPT, "\x04", 1); /* too short */
    assert_int_equal(socket_message_decode(nlmsg_hdr(message), IPPROTO_TCP, &fact), 1);
    nlmsg_free(message);
}

static void test_who_may_bind_foreign_addresses(void **state)
{
    static const struct {
        struct inet_diag_sockopt options;
        int wanted;
    } cases[] = {{{.freebind = 1}, 0},
                 {{.transparent = 1}, 0},
                 {{.recverr = 1, .is_icsk = 1, .mc_loop = 1}, 1}};
    struct inet_diag_msg info = socket_at(IPPROTO_TCP, "172.17.1.2", 80);
    struct fact fact;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct nl_msg *message = message_of(SOCK_DIAG_BY_FAMILY, &info, sizeof(info));

        put(message, INET_DIAG_SHUTDOWN, "", 1);
        put(message, INET_DIAG_SOCKOPT, &cases[i].options, sizeof(cases[i].options));
        assert_int_equal(socket_message_decode(nlmsg_hdr(message), IPPROTO_TCP, &fact), cases[i].wanted);
        nlmsg_free(message);
    }
}

static void test_requests(void **state)
{
    static const uint8_t families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

    for (size_t i = 0; i < 4; i++) {
        struct nl_msg *message = socket_message_dump(families[i & 1], protocols[i / 2]);
        const struct nlmsghdr *header = nlmsg_hdr(message);
        const struct inet_diag_req_v2 *request = nlmsg_data(header);

        assert_int_equal(header->nlmsg_type, SOCK_DIAG_BY_FAMILY);
        assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
        assert_int_equal(header->nlmsg_len, NLMSG_HDRLEN + sizeof(*request));
        assert_int_equal(request->sdiag_family, families[i & 1]);
        assert_int_equal(request->sdiag_protocol, protocols[i / 2]);
        assert_int_equal(request->idiag_states, 1 << (i / 2 ? TCP_CLOSE : TCP_LISTEN));
        assert_int_equal(request->idiag_ext, 0);
        nlmsg_free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_waits),
        cmocka_unit_test(test_a_mapped_address_is_ipv4),
        cmocka_unit_test(test_addresses_of_no_one_link),
        cmocka_unit_test(test_what_does_not_wait),
        cmocka_unit_test(test_messages_that_are_none),
        cmocka_unit_test(test_attributes_are_ignored),
        cmocka_unit_test(test_who_may_bind_foreign_addresses),
        cmocka_unit_test(test_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
