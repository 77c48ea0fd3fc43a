/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tailscale as an object of the VPN: its properties, what is told of it, and why its peers are not listed */
#include "../state/tailscale_facts.h"
#include "tunnels.h"

#define AT VPN_PREFIX "/tailscale_3atailscale"

static void say(struct ends *ends, struct fact fact)
{
    change(ends, tell(&ends->stand->node, fact));
}

static void test_properties(void **state)
{
    struct ends *ends = *state;

    name_none(ends);
    tell(&ends->stand->node, link_up(TS, "ts-own", "tun", 1280));
    tell(&ends->stand->node, address_of(TS, "100.64.0.1/32"));
    tell(&ends->stand->node, tailscale_running());
    ends_call_at(ends, AT, "org.freedesktop.DBus.Properties", "GetAll", "s", VPN_INTERFACE);
    assert_string_equal(ends->reply,
                        "{\"Name\": \"tailscale\", \"Kind\": \"tailscale\", \"Link\": \"ts-own\", "
                        "\"State\": \"up\", \"MTU\": 1280, \"PathMTU\": 0, \"PeerCount\": 5, \"PeersUp\": 3, "
                        "\"PeersDown\": 0, \"LastHandshakeUSec\": 0, \"LastHandshakeUSecMonotonic\": 0}");
    tell(&ends->stand->node, tailscale_not(TAILSCALE_ABSENT));
    ends_call_at(ends, AT, "org.freedesktop.DBus.Properties", "GetAll", "s", VPN_INTERFACE);
    assert_string_equal(ends->error, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

static void test_what_is_told(void **state)
{
    struct ends *ends = *state;

    name_none(ends);
    say(ends, tailscale_running());
    assert_told(ends, "InterfacesAdded");
    say(ends, tailscale_in(TAILSCALE_NEEDS_LOGIN));
    assert_string_equal(ends->told[0].text, "\"" VPN_INTERFACE "\", {\"State\": \"down\"}, []");
    assert_string_equal(ends->told[1].text,
                        "\"tailscale\", \"\", \"login-needed\", {\"finding\": \"vpn-down\", \"path\": \"" AT
                        "\", \"kind\": \"tailscale\", \"link\": \"\", \"endpoint\": \"\"}");
    assert_told(ends, "PropertiesChanged/vpn/tailscale_3atailscale VPNDown");
    say(ends, tailscale_in(TAILSCALE_STARTING));
    assert_told(ends, "PropertiesChanged/vpn/tailscale_3atailscale");
    say(ends, tailscale_running());
    assert_told(ends, "PropertiesChanged/vpn/tailscale_3atailscale VPNUp");
    say(ends, tailscale_in(TAILSCALE_STOPPED));
    assert_told(ends, "PropertiesChanged/vpn/tailscale_3atailscale");
    say(ends, tailscale_not(TAILSCALE_ABSENT));
    assert_told(ends, "InterfacesRemoved");
}

/* What was told gone is no reason to keep its object, and is told back. */
static void test_it_goes_and_comes_back(void **state)
{
    struct ends *ends = *state;

    name_none(ends);
    say(ends, tailscale_running());
    assert_told(ends, "InterfacesAdded");
    say(ends, tailscale_not(TAILSCALE_ABSENT));
    assert_string_equal(ends->told[0].text,
                        "\"tailscale\", \"\", \"link-gone\", {\"finding\": \"\", \"path\": \"" AT
                        "\", \"kind\": \"tailscale\", \"link\": \"\", \"endpoint\": \"\"}");
    assert_told(ends, "VPNDown InterfacesRemoved");
    say(ends, tailscale_running());
    assert_told(ends, "InterfacesAdded VPNUp");
}

/* No peer's coming is news to those who listen. */
static void test_peers_are_no_news(void **state)
{
    struct ends *ends = *state;
    struct fact fact = tailscale_running();

    name_none(ends);
    say(ends, fact);
    ends->told_count = 0;
    fact.tailscale.peers_online = 4;
    say(ends, fact);
    assert_told(ends, "");
}

static void test_peers_are_not_listed(void **state)
{
    struct ends *ends = *state;

    name_none(ends);
    tell(&ends->stand->node, tailscale_running());
    ends->uid = 1000;
    ends_call_at(ends, AT, VPN_INTERFACE, "ListPeers", "uu", 0, 0);
    assert_string_equal(ends->error, "org.wslnode.Node1.Error.Unsupported");
    assert_non_null(strstr(ends->reply, "tailscale status"));
    assert_int_equal(ends->lookups + ends->checks, 0); /* nobody is asked */
    assert_int_equal(ends->bus.pending, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_properties),
        ENDS_TEST(test_what_is_told),
        ENDS_TEST(test_it_goes_and_comes_back),
        ENDS_TEST(test_peers_are_no_news),
        ENDS_TEST(test_peers_are_not_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
