/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VPN, as D-Bus values: keys and types as the introspection data has them */
#include "../../dbus/encode_vpn.h"
#include "tunnels.h"

#define KEY_OF_1 "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_OF_2 "AAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PATH     "\"path\": \"" WG0_AT "\", \"kind\": \"wireguard\", "

static char text[4096];

static sd_bus_message *begin(struct ends *ends)
{
    sd_bus_message *message = NULL;

    assert_true(sd_bus_message_new_signal(ends->client, &message, "/x", "x.y", "Z") >= 0);
    return message;
}

/* Ages are a moment longer than those that were told; each is replaced by its seconds. */
static void round_ages(void)
{
    static const char key[] = "\"handshake-age-usec\": ";
    char rest[sizeof(text)];

    for (char *at = text; (at = strstr(at, key));) {
        char *end;
        long usec;

        at += strlen(key);
        usec = strtol(at, &end, 10);
        snprintf(rest, sizeof(rest), "%s", end);
        snprintf(at, sizeof(text) - (at - text), "%ld s%s", usec / 1000000, rest);
    }
}

static void assert_encoded(sd_bus_message *message, int r, const char *signature, const char *expected)
{
    assert_true(r >= 0);
    assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
    assert_string_equal(sd_bus_message_get_signature(message, true), signature);
    ends_flatten(message, text, sizeof(text));
    round_ages();
    assert_string_equal(text, expected);
    sd_bus_message_unref(message);
}

static void assert_peers(struct ends *ends, uint32_t offset, uint32_t limit, const char *expected)
{
    const struct node *node = &ends->stand->node;
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_peers(message, node, &node->tunnels.list[0], offset, limit), "aa{sv}",
                   expected);
}

static void assert_drop(struct ends *ends, const struct drop *drop, bool down, const char *expected)
{
    sd_bus_message *message = begin(ends);

    assert_encoded(message, encode_drop(message, &ends->stand->node, drop, down), "a{sv}", expected);
}

static void test_peers(void **state)
{
    struct ends *ends = *state;
    struct fact peers[2] = {peer_now(1, 20 * S), peer_now(2, NEVER)};

    name_wg0(ends);
    assert_peers(ends, 0, 1000, "[]");
    peers[0].peer.rx_bytes = UINT64_MAX;
    peers[0].peer.tx_bytes = 1;
    peers[1].peer.endpoint = endpoint_of("2001:db8::1", 7);
    peers[1].peer.keepalive_sec = 0;
    read_peers(&ends->stand->node, WG0, peers, 2);
    assert_peers(ends, 0, 1000,
                 "[{\"key\": \"" KEY_OF_1 "\", \"endpoint\": \"198.51.100.1:51820\", \"state\": \"up\", "
                 "\"reason\": \"\", \"handshake-age-usec\": 20 s, \"rx\": 18446744073709551615, "
                 "\"tx\": 1, \"keepalive\": 25}, "
                 "{\"key\": \"" KEY_OF_2 "\", \"endpoint\": \"[2001:db8::1]:7\", \"state\": \"idle\", "
                 "\"reason\": \"\", \"rx\": 0, \"tx\": 0, \"keepalive\": 0}]");
    assert_peers(ends, 1, 1,
                 "[{\"key\": \"" KEY_OF_2 "\", \"endpoint\": \"[2001:db8::1]:7\", \"state\": \"idle\", "
                 "\"reason\": \"\", \"rx\": 0, \"tx\": 0, \"keepalive\": 0}]");
    assert_peers(ends, 2, 1, "[]");
}

static void test_why_a_peer_is_down(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    read_many(ends, 1, false);
    assert_peers(ends, 0, 1,
                 "[{\"key\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", "
                 "\"endpoint\": \"198.51.100.1:51820\", \"state\": \"down\", \"reason\": \"no-handshake\", "
                 "\"rx\": 0, \"tx\": 0, \"keepalive\": 25}]");
    tell(&ends->stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_peers(ends, 0, 1,
                 "[{\"key\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", "
                 "\"endpoint\": \"198.51.100.1:51820\", \"state\": \"down\", \"reason\": \"no-underlay\", "
                 "\"rx\": 0, \"tx\": 0, \"keepalive\": 25}]");
}

static void test_drops(void **state)
{
    struct drop whole = {.name = "wg0", .whole = true, .reason = TUNNEL_LINK_DOWN};
    struct drop gone_one = {.name = "wg0", .whole = true, .reason = TUNNEL_LINK_GONE};
    struct drop peer = {.name = "wg0", .reason = TUNNEL_NO_HANDSHAKE};
    struct fact peers[2] = {peer_now(1, 20 * S), peer_now(2, 50 * S)};
    struct ends *ends = *state;

    name_wg0(ends);
    read_peers(&ends->stand->node, WG0, peers, 2);
    peer.key[3] = 2;
    assert_drop(ends, &whole, true,
                "{\"finding\": \"vpn-down\", " PATH "\"link\": \"wg0\", \"endpoint\": \"\", "
                "\"handshake-age-usec\": 20 s}");
    assert_drop(ends, &whole, false, "{" PATH "\"link\": \"wg0\", \"endpoint\": \"\"}");
    assert_drop(ends, &peer, true,
                "{\"finding\": \"vpn-down\", " PATH
                "\"link\": \"wg0\", \"endpoint\": \"198.51.100.1:51820\", \"handshake-age-usec\": 50 s}");
    assert_drop(ends, &peer, false, "{" PATH "\"link\": \"wg0\", \"endpoint\": \"198.51.100.1:51820\"}");
    /* A peer that is not known any more has no age; the tunnel's is not its. */
    peer.key[3] = 9;
    assert_drop(ends, &peer, true,
                "{\"finding\": \"vpn-down\", " PATH "\"link\": \"wg0\", \"endpoint\": \"\"}");
    name_none(ends);
    assert_drop(ends, &gone_one, true, "{\"finding\": \"\", " PATH "\"link\": \"\", \"endpoint\": \"\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_peers),
        ENDS_TEST(test_why_a_peer_is_down),
        ENDS_TEST(test_drops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
