/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the VPN's tunnels */
#include <string.h>

#include "scene.h"

#define S    INT64_C(1000000)
#define T    (1000 * S)
#define NONE (-1) /* no handshake */

static int set_up(void **state)
{
    struct fact fact = tunnel_of("wg0", WG0);
    int r = scene_set_up(state);

    name_tunnels(&((struct scene *)*state)->node, &fact, 1);
    return r;
}

static size_t evaluate(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_vpn_down(&scene->input, &scene->findings);
    check_vpn_no_keepalive(&scene->input, &scene->findings);
    return scene->findings.count;
}

static void set_link(struct scene *scene, bool up)
{
    tell(&scene->node, up ? tunnel_of("wg0", WG0) : tunnel_down("wg0", WG0));
}

static void set_answers(struct scene *scene, bool answers)
{
    struct fact fact = tunnel_of("wg0", WG0);

    fact.tunnel.answers = answers;
    tell(&scene->node, fact);
}

static const struct finding *only(struct scene *scene, const char *id, enum severity severity)
{
    const struct finding *finding;

    assert_int_equal(evaluate(scene), 1);
    finding = findings_find(&scene->findings, id, "wg0");
    assert_non_null(finding);
    assert_int_equal(finding->severity, severity);
    if (strcmp(id, "vpn-no-keepalive") != 0)
        assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    return finding;
}

/* All of it, for this reason: of its peers nothing is said. */
static void assert_whole(struct scene *scene, const char *reason)
{
    const struct finding *finding = only(scene, "vpn-down", SEVERITY_CRITICAL);

    assert_string_equal(finding->summary, "The VPN is down.");
    assert_string_equal(param_text(finding, "reason"), reason);
    assert_int_equal(finding->params_count, 1);
}

/* Peers 1 to `down` have waited too long, and so many more are up. */
static void read_some(struct scene *scene, uint32_t down, uint32_t up)
{
    struct fact peers[8];

    for (int64_t raw = T; raw <= T + 181 * S; raw += 181 * S) {
        for (uint32_t i = 0; i < down + up; i++)
            peers[i] = peer_of(WG0, i + 1, raw, i < down ? NONE : 0);
        read_peers(&scene->node, WG0, peers, down + up);
    }
    assert_int_equal(scene->node.tunnels.list[0].counts[PEER_DOWN], down);
    assert_int_equal(scene->node.tunnels.list[0].counts[PEER_UP], up);
}

/* The same peer in both readings, as it is in the second; it has no handshake. */
static const struct finding *down_after(struct scene *scene, struct fact peer)
{
    struct fact before = peer_of(WG0, 1, T, NONE);

    read_peers(&scene->node, WG0, NULL, 0);
    read_peers(&scene->node, WG0, &before, 1);
    peer.peer.raw_usec = T + 181 * S;
    read_peers(&scene->node, WG0, &peer, 1);
    return only(scene, "vpn-down", SEVERITY_CRITICAL);
}

static void test_all_is_well(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(evaluate(scene), 0); /* nothing was read yet */
    read_some(scene, 0, 3);
    assert_int_equal(evaluate(scene), 0);
    read_some(scene, 0, 0);
    assert_int_equal(evaluate(scene), 0);
}

static void test_the_whole_tunnel(void **state)
{
    struct scene *scene = *state;

    read_some(scene, 1, 1);
    set_link(scene, false);
    assert_whole(scene, "link-down");
    assert_non_null(strstr(scene->findings.list[0].remedy, "ip link set"));
    set_answers(scene, false);
    assert_whole(scene, "daemon-gone");
    assert_non_null(strstr(scene->findings.list[0].remedy, "wg-quick"));
    set_link(scene, true);
    assert_int_equal(evaluate(scene), 0);
}

/* Somebody keeps it for later. */
static void test_a_link_that_was_never_up(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, tunnel_down("wg1", 9));
    assert_int_equal(evaluate(scene), 0);
    tell(&scene->node, tunnel_of("wg1", 9));
    assert_int_equal(evaluate(scene), 0);
    tell(&scene->node, tunnel_down("wg1", 9));
    assert_int_equal(evaluate(scene), 1);
    assert_non_null(findings_find(&scene->findings, "vpn-down", "wg1"));
}

static void test_some_peers(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    read_some(scene, 2, 3);
    finding = only(scene, "vpn-down", SEVERITY_WARNING);
    assert_string_not_equal(finding->summary, "The VPN is down.");
    assert_string_equal(param_text(finding, "reason"), "no-handshake");
    assert_int_equal(param_number(finding, "peers-down"), 2);
    assert_int_equal(param_number(finding, "peers"), 5);
    assert_string_equal(param_text(finding, "peer"), "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_string_equal(param_text(finding, "endpoint"), "198.51.100.1:51820");
    read_some(scene, 0, 5);
    assert_int_equal(evaluate(scene), 0);
}

static void test_all_peers(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    read_some(scene, 2, 0);
    finding = only(scene, "vpn-down", SEVERITY_CRITICAL);
    assert_string_equal(finding->summary, "The VPN is down.");
    assert_int_equal(param_number(finding, "peers-down"), 2);
    assert_int_equal(param_number(finding, "peers"), 2);
}

static void test_why_a_peer_is_down(void **state)
{
    struct scene *scene = *state;
    struct fact peer = peer_of(WG0, 1, T, NONE), address = address_of(ETH0, "172.20.1.2/20");
    const char *causes[4];

    causes[0] = down_after(scene, peer)->cause;
    assert_string_equal(param_text(&scene->findings.list[0], "reason"), "no-handshake");
    memset(&peer.peer.endpoint, 0, sizeof(peer.peer.endpoint));
    causes[1] = down_after(scene, peer)->cause;
    assert_string_equal(param_text(&scene->findings.list[0], "reason"), "no-endpoint");
    assert_string_equal(param_text(&scene->findings.list[0], "endpoint"), "");
    tell(&scene->node, gone(address));
    causes[2] = down_after(scene, peer_of(WG0, 1, T, NONE))->cause;
    assert_string_equal(param_text(&scene->findings.list[0], "reason"), "no-underlay");
    tell(&scene->node, address);
    read_peers(&scene->node, WG0, NULL, 0);
    peer = peer_of(WG0, 1, T, 0);
    for (int i = 0; i < 3; i++) {
        read_peers(&scene->node, WG0, &peer, 1);
        peer.peer.raw_usec += 20 * S;
        peer.peer.tx_bytes += 5000;
    }
    causes[3] = only(scene, "vpn-down", SEVERITY_CRITICAL)->cause;
    assert_string_equal(param_text(&scene->findings.list[0], "reason"), "no-reply");
    for (size_t i = 0; i < COUNT(causes); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(causes[i], causes[j]);
}

/* One is heard of in the midst of a reading, which does not change a word until its end. */
static void test_while_peers_are_read(void **state)
{
    struct scene *scene = *state;

    read_some(scene, 1, 1);
    dump(&scene->node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    tell(&scene->node, peer_of(WG0, 1, T + 200 * S, 0));
    assert_string_equal(param_text(only(scene, "vpn-down", SEVERITY_WARNING), "reason"), "no-handshake");
    tell(&scene->node, peer_of(WG0, 2, T + 200 * S, 0));
    dump(&scene->node, FACT_DUMP_END, FACT_PEER, 0, WG0);
    assert_int_equal(evaluate(scene), 0);
}

static void test_a_finding_for_each_tunnel(void **state)
{
    struct scene *scene = *state;
    const struct fact both[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 9)};

    tell(&scene->node, link_up(9, "wg1", "wireguard", 1420));
    name_tunnels(&scene->node, both, 2);
    read_some(scene, 1, 0);
    for (int64_t raw = T; raw <= T + 181 * S; raw += 181 * S) {
        const struct fact peers[] = {peer_of(9, 1, raw, NONE), peer_of(9, 2, raw, 0)};

        read_peers(&scene->node, 9, peers, 2);
    }
    assert_int_equal(evaluate(scene), 2);
    assert_int_equal(findings_find(&scene->findings, "vpn-down", "wg0")->severity, SEVERITY_CRITICAL);
    assert_int_equal(findings_find(&scene->findings, "vpn-down", "wg1")->severity, SEVERITY_WARNING);
}

static void test_keepalive_behind_nat(void **state)
{
    static const struct {
        const char *address, *endpoint; /* of the node, of the peer: NULL: none */
        bool expected;
    } rows[] = {
        {"172.20.1.2/20", "198.51.100.1", true},
        {"192.168.1.2/24", "198.51.100.1", true},
        {"10.0.0.2/8", "8.8.8.8", true},
        {"100.64.0.2/10", "198.51.100.1", true},
        {"203.0.113.2/24", "198.51.100.1", false},
        {"172.32.0.2/16", "198.51.100.1", false},
        {"172.20.1.2/20", "192.168.1.1", false},
        {"172.20.1.2/20", "10.255.255.254", false},
        {"172.20.1.2/20", "172.31.255.255", false},
        {"172.20.1.2/20", "100.127.255.255", false},
        {"172.20.1.2/20", "127.0.0.1", false},
        {"172.20.1.2/20", "169.254.0.1", false},
        {"172.20.1.2/20", "172.15.0.1", true},
        {"172.20.1.2/20", "100.128.0.1", true},
        {"172.20.1.2/20", "192.169.0.1", true},
        {"172.20.1.2/20", "2001:db8::1", false},
        {"a14:1::2/64", "198.51.100.1", false},
        {"fd00::2/64", "198.51.100.1", false},
        {"fd00::2/64", "2001:db8::1", false},
        {"172.20.1.2/20", NULL, false},
        {NULL, "198.51.100.1", false},
    };
    struct scene *scene = *state;

    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(&scene->node, route_by(ETH0, "fe80::1", 0));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact peer = peer_of(WG0, 1, T, NONE), address;

        peer.peer.keepalive_sec = 0;
        memset(&peer.peer.endpoint, 0, sizeof(peer.peer.endpoint));
        if (rows[i].endpoint)
            peer.peer.endpoint = endpoint_of(rows[i].endpoint, 51820);
        if (rows[i].address) {
            address = address_of(ETH0, rows[i].address);
            tell(&scene->node, address);
        }
        read_peers(&scene->node, WG0, &peer, 1);
        if ((evaluate(scene) == 1) != rows[i].expected)
            fail_msg("%s, peer at %s", rows[i].address, rows[i].endpoint);
        if (rows[i].expected)
            only(scene, "vpn-no-keepalive", SEVERITY_INFO);
        if (rows[i].address)
            tell(&scene->node, gone(address));
    }
}

/* Those that are at home come first and hide nobody. */
static void test_who_has_no_keepalive(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;
    struct fact peers[5];

    for (uint32_t i = 0; i < COUNT(peers); i++) {
        peers[i] = peer_of(WG0, i, T, NONE);
        peers[i].peer.keepalive_sec = 0;
    }
    peers[0].peer.endpoint = endpoint_of("192.168.1.7", 51820);
    peers[1].peer.endpoint = endpoint_of("2001:db8::1", 51820);
    peers[2].peer.keepalive_sec = 25;
    peers[3].peer.endpoint = endpoint_of("203.0.113.9", 7);
    read_peers(&scene->node, WG0, peers, COUNT(peers));
    finding = only(scene, "vpn-no-keepalive", SEVERITY_INFO);
    assert_int_equal(param_number(finding, "peers"), 2);
    assert_string_equal(param_text(finding, "peer"), "AAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_string_equal(param_text(finding, "endpoint"), "203.0.113.9:7");
    assert_int_equal(finding->mend.verb, MEND_SET_KEEPALIVE);
    assert_string_equal(finding->mend.link, "wg0");
    assert_int_equal(finding->mend.seconds, 25);
    read_peers(&scene->node, WG0, peers, 3);
    assert_int_equal(evaluate(scene), 0);
    read_peers(&scene->node, WG0, peers, COUNT(peers));
    set_link(scene, false);
    only(scene, "vpn-down", SEVERITY_CRITICAL); /* of what is down nobody asks for keepalive */
}

#define VPN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VPN_TEST(test_all_is_well),
        VPN_TEST(test_the_whole_tunnel),
        VPN_TEST(test_a_link_that_was_never_up),
        VPN_TEST(test_some_peers),
        VPN_TEST(test_all_peers),
        VPN_TEST(test_why_a_peer_is_down),
        VPN_TEST(test_while_peers_are_read),
        VPN_TEST(test_a_finding_for_each_tunnel),
        VPN_TEST(test_keepalive_behind_nat),
        VPN_TEST(test_who_has_no_keepalive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
