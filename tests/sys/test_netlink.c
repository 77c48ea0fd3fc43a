/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rtnetlink socket, with a socketpair as the kernel */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../service/sys/link_message.h"
#include "../../service/sys/netlink.h"
#include "../unit.h"

struct wire {
    struct netlink netlink;
    int kernel;
    unsigned seen;
    uint32_t sequences[64];
};

static int set_up(void **state)
{
    static struct wire wire;
    int fds[2];

    memset(&wire, 0, sizeof(wire));
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(netlink_attach(&wire.netlink, fds[0]), 0);
    wire.kernel = fds[1];
    *state = &wire;
    return 0;
}

static int tear_down(void **state)
{
    struct wire *wire = *state;

    netlink_close(&wire->netlink);
    assert_int_equal(wire->netlink.fd, -1);
    netlink_close(&wire->netlink); /* twice does no harm */
    close(wire->kernel);
    return 0;
}

static void on_message(const struct nlmsghdr *header, void *userdata)
{
    struct wire *wire = userdata;

    wire->sequences[wire->seen++ % COUNT(wire->sequences)] = header->nlmsg_seq;
}

static int receive(struct wire *wire, unsigned limit)
{
    wire->seen = 0;
    return netlink_receive(&wire->netlink, limit, on_message, wire);
}

static void say(struct wire *wire, const void *bytes, size_t length)
{
    assert_int_equal(send(wire->kernel, bytes, length, 0), length);
}

static void test_nothing_there(void **state)
{
    assert_int_equal(receive(*state, 16), 0);
}

static void test_several_messages_in_a_datagram(void **state)
{
    struct wire *wire = *state;
    struct {
        struct nlmsghdr a;
        char payload[8]; /* 5, and padding */
        struct nlmsghdr b, c;
    } bytes = {.a = {.nlmsg_len = sizeof(struct nlmsghdr) + 5, .nlmsg_seq = 1},
               .b = {.nlmsg_len = sizeof(struct nlmsghdr), .nlmsg_seq = 2},
               .c = {.nlmsg_len = sizeof(struct nlmsghdr), .nlmsg_seq = 3}};

    say(wire, &bytes, sizeof(bytes));
    assert_int_equal(receive(wire, 16), 1);
    assert_int_equal(wire->seen, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(wire->sequences[i], i + 1);
}

static void test_bad_lengths_end_the_datagram(void **state)
{
    static const uint32_t lengths[] = {0, 1, sizeof(struct nlmsghdr) - 1, 2 * sizeof(struct nlmsghdr) + 1,
                                       UINT32_MAX};
    struct wire *wire = *state;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct nlmsghdr headers[3] = {{.nlmsg_len = sizeof(struct nlmsghdr)},
                                      {.nlmsg_len = lengths[i]},
                                      {.nlmsg_len = sizeof(struct nlmsghdr)}};

        say(wire, headers, sizeof(headers));
        assert_int_equal(receive(wire, 16), 1);
        assert_int_equal(wire->seen, 1);
    }
    say(wire, "short", 5);
    say(wire, "", 0);
    assert_int_equal(receive(wire, 16), 2);
    assert_int_equal(wire->seen, 0);
}

static void test_turns_are_bounded(void **state)
{
    struct wire *wire = *state;
    struct nlmsghdr header = {.nlmsg_len = sizeof(header)};

    for (header.nlmsg_seq = 1; header.nlmsg_seq <= 10; header.nlmsg_seq++)
        say(wire, &header, sizeof(header));
    assert_int_equal(receive(wire, 4), 4);
    assert_int_equal(wire->seen, 4);
    assert_int_equal(receive(wire, 16), 6);
    assert_int_equal(wire->sequences[0], 5);
    assert_int_equal(receive(wire, 16), 0);
}

static void test_a_datagram_that_does_not_fit_is_a_loss(void **state)
{
    static uint8_t bytes[40000];
    struct wire *wire = *state;
    struct nlmsghdr header = {.nlmsg_len = sizeof(header)};

    memcpy(bytes, &header, sizeof(header));
    say(wire, bytes, 32768);
    assert_int_equal(receive(wire, 16), 1);
    assert_int_equal(wire->seen, 1);
    say(wire, bytes, 32769);
    assert_int_equal(receive(wire, 16), -ENOBUFS);
    assert_int_equal(wire->seen, 0);
    say(wire, &header, sizeof(header)); /* and the next one comes through */
    assert_int_equal(receive(wire, 16), 1);
}

static void test_requests_are_numbered(void **state)
{
    struct wire *wire = *state;
    uint8_t bytes[512] __attribute__((aligned(8)));
    const struct nlmsghdr *header = (struct nlmsghdr *)bytes;

    for (uint32_t i = 1; i <= 3; i++) {
        ssize_t length;

        assert_int_equal(netlink_send(&wire->netlink, link_message_get(7)), 0);
        length = recv(wire->kernel, bytes, sizeof(bytes), 0);
        assert_int_equal(length, header->nlmsg_len);
        assert_int_equal(header->nlmsg_seq, i);
        assert_int_equal(wire->netlink.sequence, i);
        assert_int_equal(header->nlmsg_type, RTM_GETLINK);
    }
    assert_int_equal(netlink_send(&wire->netlink, NULL), -ENOMEM);
    close(wire->netlink.fd);
    wire->netlink.fd = -1;
    assert_int_equal(netlink_send(&wire->netlink, link_message_get(7)), -EBADF);
}

static void test_errors(void **state)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } message = {.header = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR}};

    assert_int_equal(netlink_error(&message.header), 0);
    message.error.error = -ENODEV;
    assert_int_equal(netlink_error(&message.header), -ENODEV);
    message.header.nlmsg_len = NLMSG_HDRLEN + 4; /* as NLMSG_DONE has it */
    assert_int_equal(netlink_error(&message.header), -ENODEV);
    message.header.nlmsg_len = NLMSG_HDRLEN + 3;
    assert_int_equal(netlink_error(&message.header), -EBADMSG);
    message.header.nlmsg_len = NLMSG_HDRLEN;
    assert_int_equal(netlink_error(&message.header), -EBADMSG);
}

/* Any process may send to a netlink socket that is known to it. */
static void test_only_the_kernel_is_believed(void **state)
{
    struct wire wire = {.kernel = -1};
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof(own);
    struct nlmsghdr header = {.nlmsg_len = sizeof(header), .nlmsg_type = RTM_NEWLINK};
    int stranger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    assert_true(stranger >= 0);
    assert_int_equal(netlink_open(&wire.netlink, NETLINK_ROUTE, 0), 0);
    assert_int_equal(getsockname(wire.netlink.fd, (struct sockaddr *)&own, &size), 0);
    assert_int_equal(sendto(stranger, &header, sizeof(header), 0, (struct sockaddr *)&own, sizeof(own)),
                     sizeof(header));
    assert_int_equal(receive(&wire, 16), 1);
    assert_int_equal(wire.seen, 0);
    /* Positive control: the kernel's answer. */
    assert_int_equal(netlink_send(&wire.netlink, link_message_get(1)), 0);
    assert_int_equal(receive(&wire, 16), 1);
    assert_int_equal(wire.seen, 1);
    netlink_close(&wire.netlink);
    close(stranger);
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(test_nothing_there),
        WIRE_TEST(test_several_messages_in_a_datagram),
        WIRE_TEST(test_bad_lengths_end_the_datagram),
        WIRE_TEST(test_turns_are_bounded),
        WIRE_TEST(test_a_datagram_that_does_not_fit_is_a_loss),
        WIRE_TEST(test_requests_are_numbered),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_only_the_kernel_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
