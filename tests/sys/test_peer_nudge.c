/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet to a peer: on the loopback link */
#include "../../service/sys/peer_nudge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"

static int listen_at(const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PEER_NUDGE_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
    if (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
        return fd;
    close(fd);
    return -1; /* the port is root's, or taken */
}

static void test_it_comes(void **state)
{
    const uint8_t address[16] = {127, 9, 9, 9};
    char buffer[8];
    int fd = listen_at("127.9.9.9");

    if (fd < 0)
        skip();
    assert_int_equal(peer_nudge(if_nametoindex("lo"), AF_INET, address), 0);
    assert_int_equal(recv(fd, buffer, sizeof(buffer), 0), 0);
    assert_int_equal(recv(fd, buffer, sizeof(buffer), 0), -1);
    close(fd);
}

static void test_by_this_link_or_not_at_all(void **state)
{
    const uint8_t address[16] = {127, 9, 9, 9};

    assert_true(peer_nudge(INT32_MAX, AF_INET, address) < 0);
    assert_int_equal(peer_nudge(1, AF_UNSPEC, address), -EAFNOSUPPORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_comes),
        cmocka_unit_test(test_by_this_link_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
