/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer's address in the tunnel, as the kernel and wireguard-go tell it */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "../../service/sys/wireguard_message.h"
#include "../../service/sys/wireguard_text.h"
#include "wireguard_dump.h"

#define ALLOWED_MAX 4

static unsigned told;

static void tell(void *userdata, const struct peer_fact *peer)
{
    told++;
    *(struct peer_fact *)userdata = *peer;
}

/* Of a peer that these are allowed; a family of 0 ends them. */
struct allowed {
    uint16_t family;
    const char *address;
    uint8_t prefix;
};

static void put_list(struct nl_msg *message, const struct allowed *list)
{
    struct nlattr *all = nla_nest_start(message, WGPEER_A_ALLOWEDIPS);

    for (; list->family; list++)
        put_network(message, list->family, list->address, list->prefix);
    nla_nest_end(message, all);
}

/* A dump with one peer, with a list or these bytes in place of one. */
static int decode(const struct allowed *list, const void *bytes, int length, struct peer_fact *peer)
{
    struct nl_msg *message = device();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS), *nest = nla_nest_start(message, 0);
    struct tunnel_fact tunnel = {.ifindex = 7};
    int r;

    put(message, WGPEER_A_PUBLIC_KEY, public_key, WG_KEY_LEN);
    put_counters(message);
    if (list)
        put_list(message, list);
    else
        put(message, WGPEER_A_ALLOWEDIPS, bytes, length);
    nla_nest_end(message, nest);
    nla_nest_end(message, peers);
    told = 0;
    r = wireguard_message_decode(nlmsg_hdr(message), FAMILY, &tunnel, tell, peer);
    nlmsg_free(message);
    assert_int_equal(told, r == 1);
    return r;
}

static void assert_address(const struct peer_fact *peer, uint8_t family, const char *address)
{
    uint8_t bytes[16] = {0};

    if (family)
        assert_int_equal(inet_pton(family, address, bytes), 1);
    assert_int_equal(peer->address_family, family);
    assert_memory_equal(peer->address, bytes, 16);
}

/* The first that is no network. */
static void test_of_the_kernel(void **state)
{
    static const struct {
        struct allowed list[ALLOWED_MAX];
        uint8_t family;
        const char *address;
    } cases[] = {
        {{{AF_INET, "10.0.0.2", 32}}, AF_INET, "10.0.0.2"},
        {{{AF_INET6, "fd00::2", 128}}, AF_INET6, "fd00::2"},
        {{{AF_INET, "10.0.0.2", 31}, {AF_INET6, "fd00::2", 127}}, 0, NULL},
        {{{AF_INET, "0.0.0.0", 0}, {AF_INET6, "::", 0}, {AF_INET6, "fd00::2", 128}}, AF_INET6, "fd00::2"},
        {{{AF_INET6, "fd00::2", 32}, {AF_INET, "10.0.0.2", 32}, {AF_INET, "10.0.0.3", 32}},
         AF_INET,
         "10.0.0.2"},
        {{{0}}, 0, NULL},
    };
    struct peer_fact peer;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(decode(cases[i].list, NULL, 0, &peer), 1);
        assert_address(&peer, cases[i].family, cases[i].address);
    }
    assert_int_equal(decode(NULL, "", 0, &peer), 1);
    assert_address(&peer, 0, NULL);
}

static void test_none_of_the_kernel(void **state)
{
    static const struct allowed cases[][2] = {{{AF_INET, "10.0.0.2", 33}},
                                              {{AF_INET6, "fd00::2", 129}},
                                              {{AF_INET6, "10.0.0.2", 32}},
                                              {{AF_INET, "fd00::2", 32}},
                                              {{AF_UNIX, "10.0.0.2", 32}}};
    struct peer_fact peer;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(decode(cases[i], NULL, 0, &peer), -EBADMSG);
    /* One that has a family alone, of the wrong size, of the right one. */
    assert_int_equal(decode(NULL, "\x08\0\0\0\x08\0\x01\0", 8, &peer), -EBADMSG);
    assert_int_equal(decode(NULL, "\x0c\0\0\0\x06\0\x01\0\x02\0\0\0", 12, &peer), -EBADMSG);
    /* And one without family, and without prefix. */
    assert_int_equal(decode(NULL, "\x14\0\0\0\x08\0\x02\0\x0a\0\0\x02\x05\0\x03\0\x20\0\0\0", 20, &peer),
                     -EBADMSG);
    assert_int_equal(decode(NULL, "\x14\0\0\0\x06\0\x01\0\x02\0\0\0\x08\0\x02\0\x0a\0\0\x02", 20, &peer),
                     -EBADMSG);
}

/* What is allowed behind the first message's end is not looked at. */
static void test_the_rest_is_not_told(void **state)
{
    struct nl_msg *message = device();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS);
    struct tunnel_fact tunnel = {.ifindex = 7};
    struct peer_fact peer;

    put_rest_of_peer(message, public_key);
    nla_nest_end(message, peers);
    told = 0;
    assert_int_equal(wireguard_message_decode(nlmsg_hdr(message), FAMILY, &tunnel, tell, &peer), 1);
    assert_int_equal(told, 0);
    nlmsg_free(message);
}

static int take(const char *lines, struct peer_fact *peer)
{
    struct wireguard_text text;
    char answer[512];
    int r, length = snprintf(answer, sizeof(answer), "public_key=%064d\n%s\nerrno=0\n\n", 1, lines);

    memset(&text, 0, sizeof(text));
    text.peer = tell;
    text.userdata = peer;
    told = 0;
    r = wireguard_text_take(&text, answer, length);
    assert_int_equal(told, r == 1);
    return r;
}

static void test_of_wireguard_go(void **state)
{
    static const struct {
        const char *lines;
        uint8_t family;
        const char *address;
    } cases[] = {{"allowed_ip=10.0.0.2/32", AF_INET, "10.0.0.2"},
                 {"allowed_ip=fd00::2/128", AF_INET6, "fd00::2"},
                 {"allowed_ip=0.0.0.0/0\nallowed_ip=::/0\nallowed_ip=10.0.0.2/31", 0, NULL},
                 {"allowed_ip=fd00::2/32\nallowed_ip=10.0.0.2/32\nallowed_ip=10.0.0.3/32", AF_INET,
                  "10.0.0.2"},
                 {"rx_bytes=1", 0, NULL}};
    struct peer_fact peer;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(take(cases[i].lines, &peer), 1);
        assert_address(&peer, cases[i].family, cases[i].address);
    }
}

static void test_none_of_wireguard_go(void **state)
{
    static const char *const none[] = {"",
                                       "/",
                                       "10.0.0.2",
                                       "10.0.0.2/",
                                       "10.0.0.2/33",
                                       "10.0.0.2/-1",
                                       "10.0.0.2/32/32",
                                       "10.0.0/24",
                                       "fd00::2/129",
                                       "fd00::2%wg0/128",
                                       "[fd00::2]/128",
                                       "::ffff:/64",
                                       "-10.0.0.2/32",
                                       "/32"};
    struct peer_fact peer;
    char line[128];

    for (size_t i = 0; i < COUNT(none); i++) {
        snprintf(line, sizeof(line), "allowed_ip=%s", none[i]);
        assert_int_equal(take(line, &peer), -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_kernel),        cmocka_unit_test(test_none_of_the_kernel),
        cmocka_unit_test(test_the_rest_is_not_told), cmocka_unit_test(test_of_wireguard_go),
        cmocka_unit_test(test_none_of_wireguard_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
