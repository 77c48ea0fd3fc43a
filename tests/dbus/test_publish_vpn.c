/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of a tunnel, and in which order */
#include "tunnels.h"

#define AT " PropertiesChanged/vpn/wireguard_3awg0"

static const struct resumed nothing = {.clock = "ok", .vpn = "ok"};

static void assert_text(const struct ends *ends, size_t index, const char *text)
{
    assert_true(index < ends->told_count);
    assert_string_equal(ends->told[index].text, text);
}

/* wg0 is there and was told; its one peer is up. */
static void watch(struct ends *ends)
{
    name_wg0(ends);
    read_many(ends, 1, true);
    change(ends, BOTH);
    assert_told(ends, "InterfacesAdded");
}

static void found(struct ends *ends, const char *id)
{
    findings_add(&ends->stand->findings, id, "wg0", SEVERITY_WARNING);
}

static void test_a_tunnel_comes_with_all_it_has(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    change(ends, BOTH);
    assert_non_null(strstr(ends->told[0].text,
                           "\"" VPN_INTERFACE "\": {\"Name\": \"wg0\", \"Kind\": \"wireguard\", "
                           "\"Link\": \"wg0\", \"State\": \"unknown\", \"MTU\": 1420, \"PathMTU\": 0, "
                           "\"PeerCount\": 0, \"PeersUp\": 0, \"PeersDown\": 0, \"LastHandshakeUSec\": 0, "
                           "\"LastHandshakeUSecMonotonic\": 0}"));
    assert_told(ends, "InterfacesAdded");
    change(ends, BOTH);
    assert_told(ends, "");
}

static void test_exactly_what_changed(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    change(ends, set_wg0(ends, true, 1280));
    assert_text(ends, 0, "\"" VPN_INTERFACE "\", {\"MTU\": 1280}, []");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0");
    change(ends, set_wg0(ends, false, 1300));
    assert_text(ends, 0, "\"" VPN_INTERFACE "\", {\"State\": \"down\", \"MTU\": 1300}, []");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNDown");
    change(ends, tell(&ends->stand->node, path_of(WG0, 1300, 1360, 1300)));
    assert_text(ends, 0, "\"" VPN_INTERFACE "\", {\"PathMTU\": 1300}, []");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0");
    change(ends, tell(&ends->stand->node, path_of(WG0, 1300, 1500, 1300)));
    assert_told(ends, ""); /* it carries the same */
    change(ends, tell(&ends->stand->node, gone(path_of(WG0, 1300, 0, 0))));
    assert_text(ends, 0, "\"" VPN_INTERFACE "\", {\"PathMTU\": 0}, []");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0");
    /* Another peer with a session is no news to anybody. */
    change(ends, set_wg0(ends, true, 1300));
    read_many(ends, 1, true);
    change(ends, BOTH);
    ends->told_count = 0;
    read_many(ends, 2, true);
    change(ends, BOTH);
    change(ends, NODE_LINKS | NODE_ANY_ADDRESS);
    assert_told(ends, "");
}

/* Its link is gone, and nobody answers: it is still there, and says so. */
static void test_its_daemon_goes(void **state)
{
    struct fact fact = tunnel_of("wg0", 0);
    struct ends *ends = *state;

    watch(ends);
    fact.tunnel.answers = false;
    name_tunnels(&ends->stand->node, &fact, 1);
    change(ends, BOTH);
    assert_text(ends, 0, "\"" VPN_INTERFACE "\", {\"Link\": \"\", \"State\": \"down\", \"MTU\": 0}, []");
    assert_text(ends, 1,
                "\"wg0\", \"\", \"daemon-gone\", {\"finding\": \"vpn-down\", \"path\": \"" WG0_AT
                "\", \"kind\": \"wireguard\", \"link\": \"\", \"endpoint\": \"\"}");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNDown");
}

static void test_what_was_up_is_missed_before_it_goes(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    name_none(ends);
    change(ends, BOTH);
    assert_text(ends, 0,
                "\"wg0\", \"\", \"link-gone\", {\"finding\": \"\", \"path\": \"" WG0_AT
                "\", \"kind\": \"wireguard\", \"link\": \"\", \"endpoint\": \"\"}");
    assert_told(ends, "VPNDown InterfacesRemoved");
    change(ends, BOTH);
    assert_told(ends, "");
    /* And it may come again. */
    name_wg0(ends);
    change(ends, BOTH);
    assert_told(ends, "InterfacesAdded");
}

static void test_what_was_told_down_goes_silently(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    change(ends, set_wg0(ends, false, 1420));
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNDown");
    name_none(ends);
    change(ends, BOTH);
    assert_told(ends, "InterfacesRemoved");
}

static void test_a_peer_is_down_and_back(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    read_many(ends, 1, false);
    change(ends, BOTH);
    assert_non_null(strstr(ends->told[1].text,
                           "\"wg0\", \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", \"no-handshake\", {"));
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNDown");
    read_many(ends, 1, true);
    change(ends, BOTH);
    assert_text(ends, 1,
                "\"wg0\", \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", {\"path\": \"" WG0_AT
                "\", \"kind\": \"wireguard\", \"link\": \"wg0\", \"endpoint\": \"198.51.100.1:51820\"}");
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNUp");
}

static void test_properties_then_drops_then_findings(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    found(ends, "vpn-down");
    change(ends, set_wg0(ends, false, 1420) | NODE_FINDINGS | NODE_HEALTH);
    assert_told(ends, "PropertiesChanged" AT " VPNDown FindingRaised");
}

/* Within the 20 ms: it came and went, or went and came. */
static void test_what_happened_in_between_is_not_told(void **state)
{
    struct ends *ends = *state;

    publish_changed(&ends->bus.publish, NODE_UPLINK);
    name_wg0(ends);
    publish_changed(&ends->bus.publish, BOTH);
    name_none(ends);
    change(ends, BOTH);
    assert_told(ends, "PropertiesChanged");
    watch(ends);
    publish_changed(&ends->bus.publish, NODE_UPLINK);
    publish_changed(&ends->bus.publish, set_wg0(ends, false, 1420));
    set_wg0(ends, true, 1420);
    read_many(ends, 1, true);
    change(ends, BOTH);
    assert_told(ends, "PropertiesChanged");
}

static void test_during_a_resume_only_properties_are_told(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    publish_hold(&ends->bus.publish);
    change(ends, set_wg0(ends, false, 1420));
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0");
    publish_changed(&ends->bus.publish, set_wg0(ends, false, 1280));
    ends_drain(ends);
    publish_changed(&ends->bus.publish, set_wg0(ends, false, 1300)); /* within the 20 ms */
    publish_resumed(&ends->bus.publish, &nothing);
    ends_run(ends, 50000);
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0" AT " Resumed VPNDown");
    change(ends, BOTH);
    assert_told(ends, "");
}

static void test_what_goes_during_a_resume(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    publish_hold(&ends->bus.publish);
    change(ends, set_wg0(ends, false, 1420));
    name_none(ends);
    change(ends, BOTH);
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0");
    publish_resumed(&ends->bus.publish, &nothing);
    ends_drain(ends);
    assert_non_null(strstr(ends->told[1].text, "\"link-gone\""));
    assert_told(ends, "Resumed VPNDown InterfacesRemoved");
    /* What went and is back was never away. */
    watch(ends);
    publish_hold(&ends->bus.publish);
    name_none(ends);
    change(ends, BOTH);
    name_wg0(ends);
    read_many(ends, 1, true);
    change(ends, BOTH);
    publish_resumed(&ends->bus.publish, &nothing);
    ends_run(ends, 50000);
    assert_told(ends, "Resumed");
}

/* Clients read first. */
static void test_what_was_before_the_bus_is_not_told(void **state)
{
    struct fact facts[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 0)};
    struct ends *ends = *state;

    watch(ends);
    publish_stop(&ends->bus.publish);
    name_none(ends);
    change(ends, BOTH);
    name_tunnels(&ends->stand->node, facts, 2);
    read_many(ends, 1, false);
    change(ends, BOTH);
    publish_changed(&ends->bus.publish, NODE_UPLINK);
    publish_changed(&ends->bus.publish, set_wg0(ends, false, 1280)); /* within the 20 ms */
    publish_start(&ends->bus.publish, ends->bus.connection);
    ends_run(ends, 50000);
    change(ends, BOTH);
    assert_told(ends, "");
    change(ends, set_wg0(ends, true, 1280));
    assert_told(ends, "PropertiesChanged/vpn/wireguard_3awg0 VPNUp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_a_tunnel_comes_with_all_it_has),
        ENDS_TEST(test_exactly_what_changed),
        ENDS_TEST(test_its_daemon_goes),
        ENDS_TEST(test_what_was_up_is_missed_before_it_goes),
        ENDS_TEST(test_what_was_told_down_goes_silently),
        ENDS_TEST(test_a_peer_is_down_and_back),
        ENDS_TEST(test_properties_then_drops_then_findings),
        ENDS_TEST(test_what_happened_in_between_is_not_told),
        ENDS_TEST(test_during_a_resume_only_properties_are_told),
        ENDS_TEST(test_what_goes_during_a_resume),
        ENDS_TEST(test_what_was_before_the_bus_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
