/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of wireguard-go */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/sys/wireguard_text.h"
#include "../unit.h"

#define PEERS_MAX 4
#define PRIVATE   "58e1a09b7c3d46f25a8b0c9d1e2f3a4b5c6d7e8f9fabbc0d1e2f304152637480"
#define PRESHARED "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33"
#define KEY_1     "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52"
#define KEY_2     "662E14FD594556F522604703340351258903B64F35553763F19426AB2A515C58"
#define ZERO      "0000000000000000000000000000000000000000000000000000000000000000"
#define END       "errno=0\n\n"
#define PEER      "public_key=" KEY_1 "\n"

static const char whole[] =
    "private_key=" PRIVATE "\n"
    "listen_port=51820\nfwmark=51820\njc=3\n" PEER "preshared_key=" PRESHARED
    "\nprotocol_version=1\nendpoint=192.0.2.1:51821\n"
    "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=123456789\n"
    "tx_bytes=18446744073709551615\nrx_bytes=5000000000\n"
    "persistent_keepalive_interval=25\nallowed_ip=10.0.0.0/24\nallowed_ip=fd00::2/128\n"
    "public_key=" KEY_2 "\npreshared_key=" ZERO "\nlast_handshake_time_sec=0\n"
    "last_handshake_time_nsec=0\ntx_bytes=1\nrx_bytes=2\n" END;

struct told {
    struct peer_fact peers[PEERS_MAX];
    size_t count;
};

static void tell(void *userdata, const struct peer_fact *peer)
{
    struct told *told = userdata;

    assert_true(told->count < PEERS_MAX);
    told->peers[told->count++] = *peer;
}

static struct wireguard_text begin(struct told *told)
{
    struct wireguard_text text;

    memset(told, 0, sizeof(*told));
    memset(&text, 0, sizeof(text));
    text.peer = tell;
    text.userdata = told;
    text.tunnel.ifindex = 7;
    return text;
}

/* Any eight digits of a key are part of it. */
static void assert_no_key(const void *where, size_t size)
{
    static const char private[] = PRIVATE, preshared[] = PRESHARED;

    for (size_t i = 0; i + 8 < sizeof(private); i++) {
        assert_null(memmem(where, size, private + i, 8));
        assert_null(memmem(where, size, preshared + i, 8));
    }
}

/* In pieces of `size` bytes, each in a block of its own, so that a byte too far is seen. */
static int take(struct wireguard_text *text, const char *answer, size_t length, size_t size)
{
    int r = 0;

    for (size_t at = 0; at < length; at += size) {
        size_t part = length - at < size ? length - at : size;
        char *piece = malloc(part);

        memcpy(piece, answer + at, part);
        r = wireguard_text_take(text, piece, part);
        assert_no_key(piece, part);
        free(piece);
    }
    return r;
}

static int take_whole(const char *answer, struct wireguard_text *text, struct told *told)
{
    *text = begin(told);
    return take(text, answer, strlen(answer), strlen(answer));
}

static void assert_whole(const struct wireguard_text *text, const struct told *told)
{
    const uint8_t key_1[4] = {0x18, 0x85, 0x15, 0x09}, key_2[4] = {0x66, 0x2e, 0x14, 0xfd},
                  address[16] = {192, 0, 2, 1};
    const struct peer_fact *peer = &told->peers[0];

    assert_true(text->tunnel.keyed);
    assert_int_equal(text->tunnel.port, 51820);
    assert_int_equal(text->tunnel.mark, 51820);
    assert_int_equal(told->count, 2);
    assert_memory_equal(peer->key, key_1, 4);
    assert_int_equal(peer->key[31], 0x52);
    assert_int_equal(peer->ifindex, 7);
    assert_int_equal(peer->endpoint.family, AF_INET);
    assert_int_equal(peer->endpoint.port, 51821);
    assert_memory_equal(peer->endpoint.bytes, address, 16);
    assert_int_equal(peer->handshake_usec, INT64_C(1700000000123456));
    assert_true(peer->tx_bytes == UINT64_MAX);
    assert_int_equal(peer->rx_bytes, 5000000000);
    assert_int_equal(peer->keepalive_sec, 25);
    assert_int_equal(peer->address_family, AF_INET6);
    assert_int_equal(peer->address[15], 2);
    peer++;
    assert_memory_equal(peer->key, key_2, 4);
    assert_int_equal(peer->key[31], 0x58);
    assert_int_equal(peer->endpoint.family, 0);
    assert_int_equal(peer->address_family, 0);
    assert_int_equal(peer->handshake_usec, 0);
    assert_int_equal(peer->tx_bytes, 1);
    assert_int_equal(peer->rx_bytes, 2);
    assert_int_equal(peer->keepalive_sec, 0);
}

static void test_an_answer_in_pieces_of_any_size(void **state)
{
    const size_t length = sizeof(whole) - 1;

    for (size_t size = 1; size <= length; size++) {
        struct told told;
        struct wireguard_text text = begin(&told);

        assert_int_equal(take(&text, whole, length, size), 1);
        assert_whole(&text, &told);
        assert_no_key(&text, sizeof(text));
        assert_no_key(&told, sizeof(told));
    }
}

/* Where it is cut, a half line is left in it, and of no more than that. */
static void test_no_key_is_left(void **state)
{
    for (size_t length = 0; length < sizeof(whole); length++) {
        struct told told;
        struct wireguard_text text = begin(&told);

        take(&text, whole, length, length ? length : 1);
        assert_no_key(&text.line[text.length], sizeof(text.line) - text.length);
        assert_true(text.length == 0 || memcmp(text.line, whole + length - text.length, text.length) == 0);
        if (length && whole[length - 1] == '\n')
            assert_int_equal(text.length, 0);
        wireguard_text_done(&text);
        assert_int_equal(text.length, 0);
        assert_no_key(&text, sizeof(text));
    }
}

static void test_no_key_is_left_by_a_bad_answer(void **state)
{
    static const char *const bad[] = {"private_key=" PRIVATE "00\n", "private_key=" PRIVATE "x\n",
                                      "x\nprivate_key=" PRIVATE "\n",
                                      "private_key=" PRIVATE "\nlisten_port=x\npreshared_key=" PRESHARED,
                                      "errno=0\nprivate_key=" PRIVATE "\n"};
    char longest[WIREGUARD_TEXT_LINE_MAX + 100];

    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "private_key=" PRIVATE, sizeof("private_key=" PRIVATE) - 1);
    for (size_t i = 0; i <= COUNT(bad); i++) {
        struct told told;
        struct wireguard_text text = begin(&told);
        const char *answer = i < COUNT(bad) ? bad[i] : longest;

        assert_int_equal(take(&text, answer, i < COUNT(bad) ? strlen(answer) : sizeof(longest), 50),
                         -EBADMSG);
        assert_no_key(&text, sizeof(text));
        assert_false(text.tunnel.keyed && i != 3);
    }
}

static void test_peers_are_told_when_they_are_whole(void **state)
{
    struct told told;
    struct wireguard_text text = begin(&told);

    assert_int_equal(take(&text, PEER "rx_bytes=1\n", strlen(PEER "rx_bytes=1\n"), 200), 0);
    assert_int_equal(told.count, 0);
    assert_int_equal(take(&text, PEER, strlen(PEER), 200), 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(take(&text, "errno=0\n", 8, 8), 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(take(&text, "\n", 1, 1), 1);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.peers[0].rx_bytes, 1);
    assert_int_equal(told.peers[1].rx_bytes, 0);
    /* What follows is not looked at. */
    assert_int_equal(take(&text, PEER PEER "x\n", strlen(PEER PEER "x\n"), 200), 1);
    assert_int_equal(told.count, 2);
}

static void test_after_an_error_nothing_is_told(void **state)
{
    struct wireguard_text text;
    struct told told;

    assert_int_equal(take_whole(PEER "rx_bytes=x\n" PEER PEER END, &text, &told), -EBADMSG);
    assert_int_equal(take(&text, PEER PEER END, strlen(PEER PEER END), 9), -EBADMSG);
    assert_int_equal(told.count, 0);
    assert_int_equal(take_whole(PEER PEER "errno=5\n\n", &text, &told), -EIO);
    assert_int_equal(told.count, 1);
    assert_int_equal(take(&text, PEER PEER END, strlen(PEER PEER END), 9), -EIO);
    assert_int_equal(told.count, 1);
}

static void test_the_end(void **state)
{
    static const struct {
        const char *answer;
        int expected;
    } cases[] = {{END, 1},
                 {"errno=0\n", 0},
                 {"errno=-22\n\n", -EINVAL}, /* as wireguard-go has them */
                 {"errno=22\n\n", -EINVAL},
                 {"errno=22\n", 0},
                 {"errno=2147483647\n\n", -INT_MAX},
                 {"errno=2147483648\n\n", -EBADMSG},
                 {"errno=\n\n", -EBADMSG},
                 {"errno=-\n\n", -EBADMSG},
                 {"errno=--1\n\n", -EBADMSG},
                 {"errno=+1\n\n", -EBADMSG},
                 {"errno=0\nerrno=0\n\n", -EBADMSG},
                 {"errno=0\nrx_bytes=1\n", -EBADMSG},
                 {"\n", -EBADMSG},
                 {PEER "\n", -EBADMSG}};
    struct wireguard_text text;
    struct told told;
    char nothing = 0;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(take_whole(cases[i].answer, &text, &told), cases[i].expected);
    assert_int_equal(wireguard_text_take(&text, &nothing, 0), -EBADMSG);
}

/* A peer with one more line: -EBADMSG, or 1 and what was told. */
static int take_line(const char *line, struct peer_fact *peer)
{
    struct wireguard_text text;
    struct told told;
    char answer[1024];
    int r;

    snprintf(answer, sizeof(answer), PEER "%s\n" END, line);
    r = take_whole(answer, &text, &told);
    assert_int_equal(told.count, r == 1);
    *peer = told.peers[0];
    return r;
}

static void test_numbers_that_are_none(void **state)
{
    static const char *const keys[] = {"rx_bytes=", "tx_bytes=", "persistent_keepalive_interval=",
                                       "last_handshake_time_sec=", "last_handshake_time_nsec="};
    static const char *const values[] = {"",
                                         "-1",
                                         "+1",
                                         " 1",
                                         "1 ",
                                         "1x",
                                         "0x1",
                                         "1.0",
                                         "\xb2",
                                         "1=1",
                                         "18446744073709551616",
                                         "99999999999999999999999999999999"};
    static const char *const outside[] = {"persistent_keepalive_interval=65536",
                                          "last_handshake_time_nsec=1000000000",
                                          "last_handshake_time_sec=1",
                                          "last_handshake_time_sec=1420070399",
                                          "last_handshake_time_sec=8000000000",
                                          "last_handshake_time_sec=9223372036854775807",
                                          "last_handshake_time_sec=18446744073709551615"};
    struct peer_fact peer;
    char line[128];

    for (size_t i = 0; i < COUNT(keys); i++)
        for (size_t k = 0; k < COUNT(values); k++) {
            snprintf(line, sizeof(line), "%s%s", keys[i], values[k]);
            assert_int_equal(take_line(line, &peer), -EBADMSG);
        }
    for (size_t i = 0; i < COUNT(outside); i++)
        assert_int_equal(take_line(outside[i], &peer), -EBADMSG);
    assert_int_equal(take_line("last_handshake_time_sec=7999999999", &peer), 1);
    assert_int_equal(peer.handshake_usec, INT64_C(7999999999000000));
    assert_int_equal(take_line("persistent_keepalive_interval=65535", &peer), 1);
    assert_int_equal(peer.keepalive_sec, 65535);
}

static void test_the_handshake_is_two_lines(void **state)
{
    struct peer_fact peer;

    assert_int_equal(take_line("last_handshake_time_nsec=999999999\nlast_handshake_time_sec=1700000005",
                               &peer),
                     1);
    assert_int_equal(peer.handshake_usec, INT64_C(1700000005999999));
    assert_int_equal(take_line("last_handshake_time_sec=1700000005\nlast_handshake_time_nsec=1000\n"
                               "last_handshake_time_sec=1700000006\nlast_handshake_time_nsec=2000",
                               &peer),
                     1);
    assert_int_equal(peer.handshake_usec, INT64_C(1700000006000002));
    assert_int_equal(take_line("last_handshake_time_sec=0\nlast_handshake_time_nsec=5000", &peer), 1);
    assert_int_equal(peer.handshake_usec, 0);
}

static void test_endpoints(void **state)
{
    static const char *const none[] = {"",
                                       ":",
                                       "192.0.2.1",
                                       "192.0.2.1:",
                                       "192.0.2.1:x",
                                       "192.0.2.1:65536",
                                       "192.0.2.1:-1",
                                       "192.0.2:1",
                                       "2001:db8::1:51820",
                                       "[2001:db8::1]",
                                       "[2001:db8::1]51820",
                                       "[2001:db8::1]:",
                                       "[2001:db8::1:51820",
                                       "[192.0.2.1]:51820",
                                       "[]:1",
                                       "[",
                                       "]:1",
                                       "[x%eth0]:51820",
                                       "[fe80::1%eth0]:x",
                                       "192.0.2.1%eth0:1",
                                       "name:1"};
    const struct peer_endpoint nowhere = {0};
    struct peer_fact peer;
    uint8_t bytes[16];
    char line[128];

    inet_pton(AF_INET6, "2001:db8::1", bytes);
    assert_int_equal(take_line("endpoint=[2001:db8::1]:51820", &peer), 1);
    assert_int_equal(peer.endpoint.family, AF_INET6);
    assert_int_equal(peer.endpoint.port, 51820);
    assert_memory_equal(peer.endpoint.bytes, bytes, 16);
    assert_int_equal(take_line("endpoint=[fe80::1%eth0]:51820", &peer), 1);
    assert_memory_equal(&peer.endpoint, &nowhere, sizeof(nowhere));
    assert_int_equal(take_line("endpoint=[2001:db8:ffff::1]:2\nendpoint=192.0.2.1:65535", &peer), 1);
    assert_int_equal(peer.endpoint.family, AF_INET);
    assert_int_equal(peer.endpoint.port, 65535);
    assert_int_equal(peer.endpoint.bytes[4], 0); /* nothing of the other is left */
    for (size_t i = 0; i < COUNT(none); i++) {
        snprintf(line, sizeof(line), "endpoint=%s", none[i]);
        assert_int_equal(take_line(line, &peer), -EBADMSG);
    }
}

static void test_keys(void **state)
{
    static const struct {
        const char *answer;
        int expected;
        bool keyed;
    } cases[] = {{END, 1, false},
                 {"private_key=" ZERO "\n" END, 1, false},
                 {"private_key=" PRIVATE "\n" END, 1, true},
                 {"private_key=" PRIVATE "\nprivate_key=" ZERO "\n" END, 1, false},
                 {PEER "private_key=" PRIVATE "\n" END, 1, false}, /* no key of a peer */
                 {"private_key=\n" END, -EBADMSG, false},
                 {"private_key=1" PRIVATE "\n" END, -EBADMSG, false},
                 {"public_key=\n" END, -EBADMSG, false},
                 {"public_key=0" KEY_1 "\n" END, -EBADMSG, false},
                 {"public_key=g88515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52\n" END,
                  -EBADMSG, false},
                 {"public_key=188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf5\n" END,
                  -EBADMSG, false}};
    struct wireguard_text text;
    struct told told;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(take_whole(cases[i].answer, &text, &told), cases[i].expected);
        assert_int_equal(text.tunnel.keyed, cases[i].keyed);
    }
}

static void test_keys_of_the_tunnel_and_of_peers(void **state)
{
    struct wireguard_text text;
    struct told told;

    assert_int_equal(take_whole("rx_bytes=x\nendpoint=x\nunknown=\n=\nlisten_port=0\n" PEER
                                "listen_port=1\nfwmark=x\nnews=now\n" END,
                                &text, &told),
                     1);
    assert_int_equal(text.tunnel.port, 0);
    assert_int_equal(text.tunnel.mark, 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(take_whole("listen_port=65536\n" END, &text, &told), -EBADMSG);
    assert_int_equal(take_whole("fwmark=4294967296\n" END, &text, &told), -EBADMSG);
    assert_int_equal(take_whole("fwmark=4294967295\n" END, &text, &told), 1);
    assert_true(text.tunnel.mark == UINT32_MAX);
}

static void test_lines_that_are_none(void **state)
{
    struct told told;
    struct wireguard_text text = begin(&told);
    char line[WIREGUARD_TEXT_LINE_MAX + 1];

    assert_int_equal(take(&text, "rx_bytes\n", 9, 9), -EBADMSG);
    text = begin(&told);
    assert_int_equal(take(&text, "unknown=\0\n", 10, 10), -EBADMSG);
    text = begin(&told);
    assert_int_equal(take(&text, "errno=0\n\0\n", 10, 10), -EBADMSG);
    memset(line, '=', sizeof(line));
    line[WIREGUARD_TEXT_LINE_MAX - 1] = '\n';
    text = begin(&told);
    assert_int_equal(take(&text, line, WIREGUARD_TEXT_LINE_MAX, 100), 0);
    line[WIREGUARD_TEXT_LINE_MAX - 1] = '=';
    line[WIREGUARD_TEXT_LINE_MAX] = '\n';
    assert_int_equal(take(&text, line, sizeof(line), 100), -EBADMSG);
}

static void test_what_is_set(void **state)
{
    struct peer_endpoint endpoint = {.family = AF_INET, .port = 51820, .bytes = {192, 0, 2, 1, 9}};
    char buffer[WIREGUARD_TEXT_SET_SIZE];
    uint8_t key[PEER_KEY_SIZE] = {0x00, 0x01, 0xfe, [31] = 0xaf};
    const char *hex = "0001fe00000000000000000000000000000000000000000000000000000000af";
    char expected[256];

    snprintf(expected, sizeof(expected), "set=1\npublic_key=%s\nupdate_only=true\n%s\n\n", hex,
             "persistent_keepalive_interval=25");
    assert_int_equal(wireguard_text_set_keepalive(key, 25, buffer, sizeof(buffer)), strlen(expected));
    assert_string_equal(buffer, expected);
    snprintf(expected, sizeof(expected), "set=1\npublic_key=%s\nupdate_only=true\n%s\n\n", hex,
             "endpoint=192.0.2.1:51820");
    assert_int_equal(wireguard_text_set_endpoint(key, &endpoint, buffer, sizeof(buffer)), strlen(expected));
    assert_string_equal(buffer, expected);
    endpoint.family = AF_INET6;
    inet_pton(AF_INET6, "2001:db8::1", endpoint.bytes);
    snprintf(expected, sizeof(expected), "set=1\npublic_key=%s\nupdate_only=true\n%s\n\n", hex,
             "endpoint=[2001:db8::1]:51820");
    assert_int_equal(wireguard_text_set_endpoint(key, &endpoint, buffer, sizeof(buffer)), strlen(expected));
    assert_string_equal(buffer, expected);
    memset(endpoint.bytes, 0xff, 16); /* as long as any */
    endpoint.port = 65535;
    assert_true(wireguard_text_set_endpoint(key, &endpoint, buffer, sizeof(buffer)) < sizeof(buffer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_in_pieces_of_any_size),
        cmocka_unit_test(test_no_key_is_left),
        cmocka_unit_test(test_no_key_is_left_by_a_bad_answer),
        cmocka_unit_test(test_peers_are_told_when_they_are_whole),
        cmocka_unit_test(test_after_an_error_nothing_is_told),
        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_the_handshake_is_two_lines),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_of_the_tunnel_and_of_peers),
        cmocka_unit_test(test_lines_that_are_none),
        cmocka_unit_test(test_what_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
