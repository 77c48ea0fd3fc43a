/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tailscale as a tunnel of the VPN: how it is, and what is told of it */
#include "../../service/state/tailscale_tunnel.h"

#include <errno.h>

#include "../../service/state/drop.h"
#include "memory.h"
#include "tailscale_facts.h"

static struct node node;
static struct drops told;
static char text[256]; /* what was told: "-login-needed", "+" */

static int set_up(void **state)
{
    node_with_tunnel(&node);
    tell(&node, link_up(TS, "ts-own", "tun", 1280));
    tell(&node, address_of(TS, "100.64.0.1/32"));
    name_tunnels(&node, NULL, 0);
    text[0] = 0;
    return 0;
}

static int tear_down(void **state)
{
    memory_left = MEMORY_ENOUGH;
    drops_done(&told);
    node_done(&node);
    return 0;
}

static const struct tunnel *tailscale(void)
{
    return tunnels_find(&node.tunnels, TUNNEL_TAILSCALE, "tailscale");
}

static void on_edge(void *userdata, const struct drop *drop, bool down)
{
    assert_int_equal(drop->kind, TUNNEL_TAILSCALE);
    assert_string_equal(drop->name, "tailscale");
    assert_true(drop->whole);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c%s", down ? '-' : '+',
             down ? tunnel_reason_name(drop->reason) : "");
}

/* This comes of it, and nothing more later. */
static void assert_drop(struct fact fact, const char *expected)
{
    tell(&node, fact);
    assert_int_equal(drops_tell(&told, &node, true, on_edge, NULL), 0);
    assert_int_equal(drops_tell(&told, &node, true, on_edge, NULL), 0);
    assert_string_equal(text, expected);
    text[0] = 0;
}

static struct fact expired(void)
{
    struct fact fact = tailscale_in(TAILSCALE_NEEDS_LOGIN);

    fact.tailscale.key_expiry_usec = 1;
    return fact;
}

static void test_states(void **state)
{
    static const struct {
        enum tailscale_state state;
        const char *shown, *reason;
    } rows[] = {
        {TAILSCALE_NO_STATE, "unknown", ""},
        {TAILSCALE_IN_USE_OTHER_USER, "unknown", ""},
        {TAILSCALE_NEEDS_LOGIN, "down", "login-needed"},
        {TAILSCALE_NEEDS_MACHINE_AUTH, "down", "not-authorised"},
        {TAILSCALE_STOPPED, "idle", ""},
        {TAILSCALE_STARTING, "unknown", ""},
        {TAILSCALE_RUNNING, "up", ""},
    };

    assert_int_equal(COUNT(rows), TAILSCALE_STATES);
    for (size_t i = 0; i < COUNT(rows); i++) {
        tell(&node, tailscale_in(rows[i].state));
        assert_string_equal(tunnel_state_name(tunnel_state(tailscale())), rows[i].shown);
        assert_string_equal(tunnel_reason_name(tunnel_reason(tailscale())), rows[i].reason);
    }
    for (enum tailscale_daemon daemon = TAILSCALE_GONE; daemon < TAILSCALE_ANSWERS; daemon++) {
        tell(&node, tailscale_not(daemon));
        assert_string_equal(tunnel_state_name(tunnel_state(tailscale())), "down");
        assert_string_equal(tunnel_reason_name(tunnel_reason(tailscale())), "daemon-gone");
    }
    assert_string_equal(tunnel_kind_name(TUNNEL_TAILSCALE), "tailscale");
}

/* A socket that is left over is none; what hangs from the beginning is. */
static void test_whether_it_is_there(void **state)
{
    assert_false(node_tailscale_known(&node));
    assert_int_equal(tell(&node, tailscale_not(TAILSCALE_ABSENT)), NODE_TAILSCALE);
    assert_true(node_tailscale_known(&node));
    assert_int_equal(tell(&node, tailscale_not(TAILSCALE_ABSENT)), 0);
    assert_null(tailscale());
    assert_int_equal(tell(&node, tailscale_not(TAILSCALE_GONE)), NODE_TAILSCALE);
    assert_null(tailscale());
    assert_int_equal(tell(&node, tailscale_not(TAILSCALE_SILENT)), NODE_TAILSCALE | NODE_TUNNELS);
    assert_non_null(tailscale());
    assert_int_equal(tell(&node, tailscale_running()), NODE_TAILSCALE | NODE_TUNNELS);
    tell(&node, tailscale_not(TAILSCALE_GONE));
    assert_non_null(tailscale());
    assert_int_equal(tell(&node, tailscale_not(TAILSCALE_ABSENT)), NODE_TAILSCALE | NODE_TUNNELS);
    assert_null(tailscale());
    assert_int_equal(node.tunnels.count, 0);
}

static void test_peers(void **state)
{
    struct fact fact = tailscale_running();

    tell(&node, fact);
    assert_int_equal(tailscale()->counts[PEER_UP], 3);
    assert_int_equal(tailscale()->counts[PEER_IDLE], 2);
    assert_int_equal(tailscale()->counts[PEER_DOWN] + tailscale()->counts[PEER_UNKNOWN], 0);
    fact.tailscale.peers = fact.tailscale.peers_online = 0; /* a tailnet of one is as well as any */
    tell(&node, fact);
    assert_int_equal(tunnel_state(tailscale()), TUNNEL_UP);
    assert_int_equal(tailscale()->counts[PEER_IDLE], 0);
    fact.tailscale.peers_online = 1; /* which cannot be, and would be four billion */
    tell(&node, fact);
    assert_int_equal(tailscale()->counts[PEER_IDLE], 0);
    assert_int_equal(tunnel_age(tailscale(), 1), -1);
}

static void test_link(void **state)
{
    struct fact fact = tailscale_running(), address = address_of(TS, "100.64.0.1/32");

    tell(&node, fact);
    assert_string_equal(tunnel_link(&node, tailscale()), "ts-own");
    assert_int_equal(tunnel_mtu(&node, tailscale()), 1280);
    assert_true(tell(&node, link_up(TS, "ts-own", "tun", 1200)) & NODE_TUNNELS);
    assert_int_equal(tunnel_mtu(&node, tailscale()), 1200);
    assert_true(tell(&node, gone(address)) & NODE_TUNNELS);
    assert_string_equal(tunnel_link(&node, tailscale()), "");
    assert_int_equal(tunnel_mtu(&node, tailscale()), 0);
    assert_true(tell(&node, address) & NODE_TUNNELS);
    assert_string_equal(tunnel_link(&node, tailscale()), "ts-own");
    assert_false(tell(&node, address_of(ETH0, "172.20.1.3/20")) & NODE_TUNNELS);
    fact.tailscale.tun = TAILSCALE_TUN_USER_SPACE;
    tell(&node, fact);
    assert_string_equal(tunnel_link(&node, tailscale()), "");
    assert_int_equal(tunnel_mtu(&node, tailscale()), 0);
}

/* A dump of WireGuard's tunnels says nothing of it, and the other way round. */
static void test_others(void **state)
{
    struct fact wg0 = tunnel_of("wg0", WG0), wg1 = tunnel_of("wg1", 9);
    struct fact peer = peer_of(9, 1, 1, 0);

    tell(&node, wg0);
    tell(&node, tailscale_running());
    tell(&node, wg1);
    read_peers(&node, 9, &peer, 1);
    assert_int_equal(name_tunnels(&node, &wg1, 1), NODE_TUNNELS);
    assert_int_equal(node.tunnels.count, 2);
    assert_int_equal(tunnel_state(tailscale()), TUNNEL_UP);
    tell(&node, tailscale_not(TAILSCALE_ABSENT));
    assert_int_equal(node.tunnels.count, 1);
    assert_int_equal(tunnels_find(&node.tunnels, TUNNEL_WIREGUARD, "wg1")->peers.count, 1);
}

static void test_no_memory(void **state)
{
    struct fact wg0 = tunnel_of("wg0", WG0);

    memory_left = 0;
    assert_int_equal(tell(&node, tailscale_running()), -ENOMEM);
    memory_left = MEMORY_ENOUGH;
    assert_int_equal(node.tailscale.daemon, TAILSCALE_ABSENT);
    assert_false(node_tailscale_known(&node));
    assert_null(tailscale());
    assert_int_equal(tell(&node, tailscale_running()), NODE_TAILSCALE | NODE_TUNNELS);
    tell(&node, wg0);
    assert_int_equal(node.tunnels.count, 2);
}

static void test_a_login_that_ends(void **state)
{
    assert_drop(tailscale_running(), "");
    assert_drop(expired(), "-login-needed");
    assert_drop(tailscale_not(TAILSCALE_GONE), ""); /* why does not matter any more */
    assert_drop(tailscale_in(TAILSCALE_STARTING), "");
    assert_drop(tailscale_running(), "+");
    assert_drop(tailscale_in(TAILSCALE_NEEDS_MACHINE_AUTH), "-not-authorised");
    assert_drop(tailscale_running(), "+");
}

static void test_a_daemon_that_ends(void **state)
{
    assert_drop(tailscale_running(), "");
    assert_drop(tailscale_not(TAILSCALE_GONE), "-daemon-gone");
    assert_drop(tailscale_in(TAILSCALE_NO_STATE), "");
    assert_drop(tailscale_not(TAILSCALE_SILENT), "");
    assert_drop(tailscale_running(), "+");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "-link-gone");
    assert_drop(tailscale_running(), "+");
    assert_drop(tailscale_in(TAILSCALE_STARTING), ""); /* nobody can tell, and then it is clear */
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "-link-gone");
}

/* There is only one: told gone, or down and then gone, it is told back, once and not before it is up. */
static void test_what_was_told_gone_comes_back(void **state)
{
    assert_drop(tailscale_running(), "");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "-link-gone");
    assert_drop(tailscale_in(TAILSCALE_STARTING), "");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "");
    assert_drop(tailscale_in(TAILSCALE_NEEDS_LOGIN), "");
    assert_drop(expired(), "");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_drop(tailscale_running(), "+");
    assert_drop(tailscale_not(TAILSCALE_GONE), "-daemon-gone");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "");
    assert_drop(tailscale_running(), "+");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "");
    assert_drop(tailscale_running(), "");
    assert_int_equal(told.count, 1);
}

/* It had a login, or never one. */
static void test_what_was_not_up_before(void **state)
{
    assert_drop(tailscale_in(TAILSCALE_NEEDS_LOGIN), "");
    assert_drop(tailscale_in(TAILSCALE_NEEDS_MACHINE_AUTH), "");
    assert_drop(tailscale_in(TAILSCALE_STARTING), "");
    assert_drop(tailscale_not(TAILSCALE_SILENT), "");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "");
    assert_drop(expired(), "-login-needed");
    assert_drop(tailscale_running(), "+");
}

static void test_a_person_stops_it(void **state)
{
    assert_drop(tailscale_running(), "");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_int_equal(told.count, 0);
    assert_drop(tailscale_not(TAILSCALE_GONE), "");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_drop(tailscale_not(TAILSCALE_ABSENT), "");
    assert_drop(tailscale_running(), "");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_drop(tailscale_running(), "");
    assert_drop(tailscale_not(TAILSCALE_GONE), "-daemon-gone");
}

/* What was told is over when it is up again, not when nobody minds. */
static void test_a_person_stops_what_is_down(void **state)
{
    assert_drop(tailscale_running(), "");
    assert_drop(expired(), "-login-needed");
    assert_drop(tailscale_in(TAILSCALE_STOPPED), "");
    assert_drop(tailscale_running(), "+");
}

#define TAILSCALE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TAILSCALE_TEST(test_states),
        TAILSCALE_TEST(test_whether_it_is_there),
        TAILSCALE_TEST(test_peers),
        TAILSCALE_TEST(test_link),
        TAILSCALE_TEST(test_others),
        TAILSCALE_TEST(test_no_memory),
        TAILSCALE_TEST(test_a_login_that_ends),
        TAILSCALE_TEST(test_a_daemon_that_ends),
        TAILSCALE_TEST(test_what_was_told_gone_comes_back),
        TAILSCALE_TEST(test_what_was_not_up_before),
        TAILSCALE_TEST(test_a_person_stops_it),
        TAILSCALE_TEST(test_a_person_stops_what_is_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
