/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink of WireGuard in the kernel: a dump, and that no key is left of it */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../service/sys/wireguard_message.h"
#include "wireguard_dump.h"

#define PEERS_MAX 4

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

/* Decodes it and frees the message. */
static int decode(struct nl_msg *message, struct tunnel_fact *tunnel, struct told *told)
{
    int r;

    memset(told, 0, sizeof(*told));
    r = wireguard_message_decode(nlmsg_hdr(message), FAMILY, tunnel, tell, told);
    nlmsg_free(message);
    return r;
}

static void test_a_tunnel(void **state)
{
    const uint8_t address[16] = {192, 0, 2, 1}, own[16] = {10, 0, 0, 2};
    struct tunnel_fact tunnel = {.user_space = true, .name = "stale"};
    struct peer_fact *peer;
    struct told told;

    assert_int_equal(decode(first(), &tunnel, &told), 1);
    assert_int_equal(tunnel.ifindex, 7);
    assert_string_equal(tunnel.name, "wg0");
    assert_true(tunnel.keyed);
    assert_false(tunnel.user_space);
    assert_int_equal(tunnel.port, 51820);
    assert_int_equal(tunnel.mark, 0xca6c);
    assert_int_equal(told.count, 1);
    peer = &told.peers[0];
    assert_int_equal(peer->ifindex, 7);
    assert_memory_equal(peer->key, public_key, WG_KEY_LEN);
    assert_int_equal(peer->keepalive_sec, 25);
    assert_int_equal(peer->handshake_usec, INT64_C(1700000000123456));
    assert_int_equal(peer->rx_bytes, 5000000000);
    assert_true(peer->tx_bytes == UINT64_MAX);
    assert_int_equal(peer->endpoint.family, AF_INET);
    assert_int_equal(peer->endpoint.port, 51821);
    assert_memory_equal(peer->endpoint.bytes, address, 16);
    assert_int_equal(peer->address_family, AF_INET);
    assert_memory_equal(peer->address, own, 16);
    assert_int_equal(peer->raw_usec, 0);
    assert_int_equal(peer->clock_usec, 0);
}

/* What is the same must compare as the same, whatever was in it and on the stack. */
static void test_facts_have_no_garbage(void **state)
{
    struct tunnel_fact a, b;
    struct told told, again;

    memset(&a, 0xaa, sizeof(a));
    memset(&b, 0x55, sizeof(b));
    decode(first(), &a, &told);
    decode(first(), &b, &again);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_memory_equal(&told, &again, sizeof(told));
}

static void assert_keyed(const uint8_t *key, bool keyed)
{
    struct nl_msg *message = device();
    struct tunnel_fact tunnel;
    struct told told;

    put_number(message, WGDEVICE_A_IFINDEX, 7);
    put(message, WGDEVICE_A_IFNAME, "wg0", 4);
    if (key)
        put(message, WGDEVICE_A_PRIVATE_KEY, key, WG_KEY_LEN);
    assert_int_equal(decode(message, &tunnel, &told), 1);
    assert_int_equal(tunnel.keyed, keyed);
    assert_int_equal(tunnel.port, 0);
    assert_int_equal(tunnel.mark, 0);
    assert_int_equal(told.count, 0);
}

static void test_a_tunnel_without_key(void **state)
{
    const uint8_t none[WG_KEY_LEN] = {0}, last[WG_KEY_LEN] = {[WG_KEY_LEN - 1] = 1};

    assert_keyed(NULL, false);
    assert_keyed(none, false);
    assert_keyed(last, true);
}

static void test_odd_names(void **state)
{
    static const char *const odd[] = {"w\xc3\xa9g0", "w g0", "wg\n0", "\xff", "\x7f"};
    struct tunnel_fact tunnel;
    struct nl_msg *message;
    struct told told;

    for (size_t i = 0; i < COUNT(odd); i++) {
        message = device();
        put_link(message, 7, odd[i]);
        assert_int_equal(decode(message, &tunnel, &told), 1);
        assert_string_equal(tunnel.name, "?7");
    }
    message = device();
    put_link(message, 7, "fifteen-letters");
    assert_int_equal(decode(message, &tunnel, &told), 1);
    assert_string_equal(tunnel.name, "fifteen-letters");
    message = device();
    put_link(message, 7, "seventeen-letters");
    assert_int_equal(decode(message, &tunnel, &told), -EBADMSG);
}

static void test_the_messages_after_the_first(void **state)
{
    struct tunnel_fact tunnel = {.ifindex = 7, .keyed = true, .port = 51820, .name = "wg0"}, before = tunnel;
    struct nl_msg *message = device();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS);
    struct told told;

    put_rest_of_peer(message, public_key);
    put_peer(message, other_key);
    put_rest_of_peer(message, other_key);
    nla_nest_end(message, peers);
    assert_int_equal(decode(message, &tunnel, &told), 1);
    assert_memory_equal(&tunnel, &before, sizeof(tunnel));
    assert_int_equal(told.count, 1);
    assert_memory_equal(told.peers[0].key, other_key, WG_KEY_LEN);
    assert_int_equal(told.peers[0].ifindex, 7);
    /* The last one may have nothing. */
    assert_int_equal(decode(device(), &tunnel, &told), 1);
    assert_int_equal(told.count, 0);
}

static void test_several_peers_do_not_mix(void **state)
{
    struct nl_msg *message = device();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS), *peer;
    struct tunnel_fact tunnel = {.ifindex = 7};
    struct told told;

    put_peer(message, public_key);
    peer = nla_nest_start(message, 0);
    put(message, WGPEER_A_PUBLIC_KEY, other_key, WG_KEY_LEN);
    put_time(message, 0, 0);
    put_long(message, WGPEER_A_RX_BYTES, 1);
    put_long(message, WGPEER_A_TX_BYTES, 2);
    nla_nest_end(message, peer);
    nla_nest_end(message, peers);
    assert_int_equal(decode(message, &tunnel, &told), 1);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.peers[0].keepalive_sec, 25);
    assert_int_equal(told.peers[1].keepalive_sec, 0);
    assert_int_equal(told.peers[1].endpoint.family, 0);
    assert_int_equal(told.peers[1].handshake_usec, 0);
    assert_int_equal(told.peers[1].rx_bytes, 1);
    assert_int_equal(told.peers[1].tx_bytes, 2);
}

/* One peer that is whole without it, and one attribute. */
static int decode_one(int type, const void *value, int length, struct peer_fact *peer)
{
    struct nl_msg *message = device();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS), *nest = nla_nest_start(message, 0);
    struct tunnel_fact tunnel = {.ifindex = 7};
    struct told told;
    int r;

    if (type != WGPEER_A_PUBLIC_KEY)
        put(message, WGPEER_A_PUBLIC_KEY, public_key, WG_KEY_LEN);
    if (type != WGPEER_A_LAST_HANDSHAKE_TIME)
        put_time(message, 1, 0);
    if (type != WGPEER_A_RX_BYTES)
        put_long(message, WGPEER_A_RX_BYTES, 1);
    if (type != WGPEER_A_TX_BYTES)
        put_long(message, WGPEER_A_TX_BYTES, 1);
    if (value)
        put(message, type, value, length);
    nla_nest_end(message, nest);
    nla_nest_end(message, peers);
    r = decode(message, &tunnel, &told);
    assert_int_equal(told.count, r == 1);
    *peer = told.peers[0];
    return r;
}

static void test_endpoints(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(65535)};
    char larger[sizeof(in6) + 4];
    struct peer_fact peer;

    inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in6, sizeof(in6), &peer), 1);
    assert_int_equal(peer.endpoint.family, AF_INET6);
    assert_int_equal(peer.endpoint.port, 65535);
    assert_memory_equal(peer.endpoint.bytes, &in6.sin6_addr, 16);
    memset(larger, 0, sizeof(larger));
    memcpy(larger, &in6, sizeof(in6));
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, larger, sizeof(larger), &peer), -EBADMSG);
    for (size_t size = 0; size < sizeof(in6); size++)
        assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in6, size, &peer), -EBADMSG);
    for (size_t size = 0; size < sizeof(in); size++)
        assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in, size, &peer), -EBADMSG);
    in.sin_family = AF_INET6; /* as long as one of the other */
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in, sizeof(in), &peer), -EBADMSG);
    in6.sin6_family = AF_INET;
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in6, sizeof(in6), &peer), -EBADMSG);
    in6.sin6_family = AF_UNIX;
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in6, sizeof(in6), &peer), -EBADMSG);
}

static void test_an_endpoint_with_a_scope_is_none(void **state)
{
    const struct peer_endpoint none = {0};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_scope_id = 2};
    struct peer_fact peer;

    inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
    assert_int_equal(decode_one(WGPEER_A_ENDPOINT, &in6, sizeof(in6), &peer), 1);
    assert_memory_equal(&peer.endpoint, &none, sizeof(none));
}

static void test_times_that_no_clock_tells(void **state)
{
    static const struct {
        struct __kernel_timespec time;
        int64_t usec;
    } cases[] = {{{0, 0}, 0},
                 {{0, 999999999}, 0},
                 {{1, 999}, 1000000},
                 {{1, 999999999}, 1999999},
                 {{1, 1000000000}, 0},
                 {{1, -1}, 0},
                 {{-1, 0}, 0},
                 {{INT64_MIN, INT64_MIN}, 0},
                 {{INT64_MAX, INT64_MAX}, 0},
                 {{INT64_MAX / 1000000, 0}, 0},
                 {{CLOCK_TIME_MAX_USEC / 1000000, 0}, 0},
                 {{CLOCK_TIME_MAX_USEC / 1000000 - 1, 0}, CLOCK_TIME_MAX_USEC - 1000000}};
    struct peer_fact peer;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(decode_one(WGPEER_A_LAST_HANDSHAKE_TIME, &cases[i].time, sizeof(cases[i].time),
                                    &peer),
                         1);
        assert_int_equal(peer.handshake_usec, cases[i].usec);
    }
}

static void test_peers_that_are_none(void **state)
{
    static const struct {
        int type, length;
    } cases[] = {{WGPEER_A_PUBLIC_KEY, 31},
                 {WGPEER_A_PUBLIC_KEY, 33},
                 {WGPEER_A_PUBLIC_KEY, 0},
                 {WGPEER_A_PRESHARED_KEY, 31},
                 {WGPEER_A_PRESHARED_KEY, 33},
                 {WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 1},
                 {WGPEER_A_LAST_HANDSHAKE_TIME, 15},
                 {WGPEER_A_LAST_HANDSHAKE_TIME, 17},
                 {WGPEER_A_RX_BYTES, 7},
                 {WGPEER_A_TX_BYTES, 7}};
    static const int missing[] = {WGPEER_A_PUBLIC_KEY, WGPEER_A_LAST_HANDSHAKE_TIME, WGPEER_A_RX_BYTES,
                                  WGPEER_A_TX_BYTES};
    const uint8_t bytes[33] = {1};
    struct peer_fact peer;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(decode_one(cases[i].type, bytes, cases[i].length, &peer), -EBADMSG);
    for (size_t i = 0; i < COUNT(missing); i++)
        assert_int_equal(decode_one(missing[i], NULL, 0, &peer), -EBADMSG);
    assert_int_equal(decode_one(99, bytes, 3, &peer), 1); /* of a newer kernel */
}

static void test_tunnels_that_are_none(void **state)
{
    static const struct {
        int type, length;
    } cases[] = {{WGDEVICE_A_IFINDEX, 3},     {WGDEVICE_A_PRIVATE_KEY, 31}, {WGDEVICE_A_PRIVATE_KEY, 33},
                 {WGDEVICE_A_LISTEN_PORT, 1}, {WGDEVICE_A_FWMARK, 3},       {WGDEVICE_A_PEERS, 3},
                 {WGDEVICE_A_PEERS, 31}};
    static const int32_t indices[] = {0, -1, INT32_MIN};
    const uint8_t bytes[33] = {1};
    struct tunnel_fact tunnel = {.ifindex = 3}, before = tunnel;
    struct nl_msg *message;
    struct told told;

    for (size_t i = 0; i < COUNT(cases); i++) {
        message = device();
        put_number(message, WGDEVICE_A_IFINDEX, 7);
        put(message, WGDEVICE_A_IFNAME, "wg0", 4);
        put(message, cases[i].type, bytes, cases[i].length);
        assert_int_equal(decode(message, &tunnel, &told), -EBADMSG);
    }
    for (size_t i = 0; i < COUNT(indices); i++) {
        message = device();
        put_link(message, indices[i], "wg0");
        assert_int_equal(decode(message, &tunnel, &told), -EBADMSG);
    }
    message = device();
    put_number(message, WGDEVICE_A_IFINDEX, 7);
    assert_int_equal(decode(message, &tunnel, &told), -EBADMSG); /* no name */
    assert_memory_equal(&tunnel, &before, sizeof(tunnel));
    message = first();
    put(message, 99, bytes, 3); /* of a newer kernel */
    assert_int_equal(decode(message, &tunnel, &told), 1);
}

static void test_other_messages(void **state)
{
    static const int types[] = {NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, GENL_ID_CTRL, FAMILY + 1, 0xffff};
    struct tunnel_fact tunnel = {.ifindex = 3}, before = tunnel;
    struct nl_msg *message;
    struct told told;

    for (size_t i = 0; i < COUNT(types); i++) {
        message = of_command(types[i], WG_CMD_GET_DEVICE);
        put_link(message, 7, "wg0");
        assert_int_equal(decode(message, &tunnel, &told), 0);
    }
    message = of_command(FAMILY, WG_CMD_SET_DEVICE);
    put_link(message, 7, "wg0");
    assert_int_equal(decode(message, &tunnel, &told), 0);
    assert_memory_equal(&tunnel, &before, sizeof(tunnel));
}

/* Any eight bytes of a key are part of it. */
static void assert_wiped(const void *where, size_t size, const char *what)
{
    for (size_t i = 0; i + 8 <= WG_KEY_LEN; i++)
        if (memmem(where, size, private_key + i, 8) || memmem(where, size, preshared_key + i, 8))
            fail_msg("a key is left: %s", what);
}

static void assert_leaves_no_key(struct nl_msg *message, int expected, const char *what)
{
    struct nlmsghdr *header = nlmsg_hdr(message);
    struct tunnel_fact tunnel = {.ifindex = 7};
    struct told told = {.count = 0};

    assert_int_equal(wireguard_message_decode(header, FAMILY, &tunnel, tell, &told), expected);
    assert_wiped(header, header->nlmsg_len, what);
    assert_wiped(&tunnel, sizeof(tunnel), what);
    assert_wiped(&told, sizeof(told), what);
    nlmsg_free(message);
}

static void test_no_key_is_left(void **state)
{
    struct nl_msg *message = first();
    struct nlattr *peers = nla_nest_start(message, WGDEVICE_A_PEERS); /* once more */

    assert_leaves_no_key(first(), 1, "a sound message");
    put_peer(message, other_key);
    put_peer(message, other_key);
    nla_nest_end(message, peers);
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    assert_leaves_no_key(message, 1, "attributes twice");
    message = of_command(FAMILY, WG_CMD_SET_DEVICE);
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    assert_leaves_no_key(message, 0, "another command");
    message = device();
    put(message, WGDEVICE_A_PRIVATE_KEY | NLA_F_NESTED, private_key, WG_KEY_LEN);
    assert_leaves_no_key(message, 1, "a flag on the type");
}

static void test_no_key_is_left_by_a_bad_message(void **state)
{
    struct nl_msg *message = first();
    struct nlattr *peers, *peer, *preshared;

    put(message, WGDEVICE_A_FWMARK, "x", 1);
    assert_leaves_no_key(message, -EBADMSG, "a short mark behind them");
    message = device();
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN - 1);
    assert_leaves_no_key(message, -EBADMSG, "a short key");
    message = device();
    put(message, WGDEVICE_A_PEERS, preshared_key, WG_KEY_LEN);
    assert_leaves_no_key(message, -EBADMSG, "peers that are none");
    message = device();
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    ((struct nlattr *)nlmsg_attrdata(nlmsg_hdr(message), GENL_HDRLEN))->nla_len++;
    assert_leaves_no_key(message, -EBADMSG, "a key longer than the message");
    message = device();
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    ((struct nlattr *)nlmsg_attrdata(nlmsg_hdr(message), GENL_HDRLEN))->nla_len = 0;
    assert_leaves_no_key(message, -EBADMSG, "a key without length");
    message = device();
    peers = nla_nest_start(message, WGDEVICE_A_PEERS);
    peer = nla_nest_start(message, 0);
    put(message, WGPEER_A_PUBLIC_KEY, public_key, WG_KEY_LEN);
    preshared = nlmsg_tail(nlmsg_hdr(message));
    put(message, WGPEER_A_PRESHARED_KEY, preshared_key, WG_KEY_LEN);
    preshared->nla_len = 3;
    nla_nest_end(message, peer);
    nla_nest_end(message, peers);
    assert_leaves_no_key(message, -EBADMSG, "the same in a peer");
}

/* Each in a block of its own size, so that a byte too far is seen. */
static void test_cut_messages_leave_no_key(void **state)
{
    struct nl_msg *message = first();
    const struct nlmsghdr *header = nlmsg_hdr(message);
    struct tunnel_fact tunnel = {.ifindex = 7};
    struct told told;
    int r;

    for (uint32_t length = NLMSG_HDRLEN; length < header->nlmsg_len; length++) {
        struct nlmsghdr *cut = malloc(length);

        memcpy(cut, header, length);
        cut->nlmsg_len = length;
        told.count = 0;
        r = wireguard_message_decode(cut, FAMILY, &tunnel, tell, &told);
        assert_true(r == 1 || r == -EBADMSG);
        assert_true(length >= NLMSG_HDRLEN + GENL_HDRLEN || r == -EBADMSG);
        assert_int_equal(told.count, 0); /* their nest is cut, so nothing in it counts */
        assert_wiped(cut, length, "a cut message");
        free(cut);
    }
    nlmsg_free(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tunnel),
        cmocka_unit_test(test_facts_have_no_garbage),
        cmocka_unit_test(test_a_tunnel_without_key),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_the_messages_after_the_first),
        cmocka_unit_test(test_several_peers_do_not_mix),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_an_endpoint_with_a_scope_is_none),
        cmocka_unit_test(test_times_that_no_clock_tells),
        cmocka_unit_test(test_peers_that_are_none),
        cmocka_unit_test(test_tunnels_that_are_none),
        cmocka_unit_test(test_other_messages),
        cmocka_unit_test(test_no_key_is_left),
        cmocka_unit_test(test_no_key_is_left_by_a_bad_message),
        cmocka_unit_test(test_cut_messages_leave_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
