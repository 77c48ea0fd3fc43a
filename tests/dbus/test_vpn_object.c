/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of the VPN's tunnels: where they are, and their properties */
#include "tunnels.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define MANAGER_INTERFACE    "org.freedesktop.DBus.ObjectManager"

static void assert_get(struct ends *ends, const char *property, const char *expected)
{
    ends_call_at(ends, WG0_AT, PROPERTIES_INTERFACE, "Get", "ss", VPN_INTERFACE, property);
    assert_string_equal(ends->error, "");
    assert_string_equal(ends->reply, expected);
}

static int64_t get_number(struct ends *ends, const char *property)
{
    ends_call_at(ends, WG0_AT, PROPERTIES_INTERFACE, "Get", "ss", VPN_INTERFACE, property);
    assert_string_equal(ends->error, "");
    return strtoll(ends->reply, NULL, 10);
}

static void assert_unknown(struct ends *ends, const char *path)
{
    ends_call_at(ends, path, PROPERTIES_INTERFACE, "Get", "ss", VPN_INTERFACE, "Name");
    assert_string_equal(ends->error, SD_BUS_ERROR_UNKNOWN_OBJECT);
    ends_call_at(ends, path, VPN_INTERFACE, "ListPeers", "uu", 0, 0);
    assert_string_equal(ends->error, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

static void test_before_its_peers_were_read(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    ends_call_at(ends, WG0_AT, PROPERTIES_INTERFACE, "GetAll", "s", VPN_INTERFACE);
    assert_string_equal(
        ends->reply,
        "{\"Name\": \"wg0\", \"Kind\": \"wireguard\", \"Link\": \"wg0\", "
        "\"State\": \"unknown\", \"MTU\": 1420, \"PathMTU\": 0, \"PeerCount\": 0, \"PeersUp\": 0, "
        "\"PeersDown\": 0, \"LastHandshakeUSec\": 0, \"LastHandshakeUSecMonotonic\": 0}");
}

static void test_peers_are_counted(void **state)
{
    struct ends *ends = *state;
    struct fact peers[3];

    name_wg0(ends);
    read_many(ends, 3, false);
    assert_get(ends, "State", "\"down\"");
    assert_get(ends, "PeerCount", "3");
    assert_get(ends, "PeersUp", "0");
    assert_get(ends, "PeersDown", "3");
    for (unsigned i = 0; i < 3; i++)
        peers[i] = peer_now(i, i == 1 ? S : NEVER);
    read_peers(&ends->stand->node, WG0, peers, 3);
    assert_get(ends, "State", "\"up\"");
    assert_get(ends, "PeerCount", "3");
    assert_get(ends, "PeersUp", "1");
    assert_get(ends, "PeersDown", "2");
    /* While they are read again, it is as it was. */
    dump(&ends->stand->node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    tell(&ends->stand->node, peer_now(9, S));
    assert_get(ends, "PeerCount", "3");
    dump(&ends->stand->node, FACT_DUMP_END, FACT_PEER, 0, WG0);
    assert_get(ends, "PeerCount", "1");
}

static void test_a_link_that_is_down(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    set_wg0(ends, false, 1280);
    assert_get(ends, "State", "\"down\"");
    assert_get(ends, "Link", "\"wg0\"");
    assert_get(ends, "MTU", "1280");
}

static void test_what_its_way_carries(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    tell(&ends->stand->node, path_of(WG0, 1420, 1400, 1328));
    assert_get(ends, "PathMTU", "1328");
    assert_get(ends, "MTU", "1420");
}

static void test_a_daemon_that_is_gone(void **state)
{
    struct ends *ends = *state;
    struct fact fact = tunnel_of("wg0", 0);

    name_wg0(ends);
    fact.tunnel.answers = false;
    name_tunnels(&ends->stand->node, &fact, 1);
    assert_get(ends, "State", "\"down\"");
    assert_get(ends, "Link", "\"\"");
    assert_get(ends, "MTU", "0");
}

/* As of now, and the newest of all. */
static void test_the_last_handshake(void **state)
{
    struct ends *ends = *state;
    struct fact peers[3];
    int64_t raw, clock;

    name_wg0(ends);
    for (unsigned i = 0; i < 3; i++)
        peers[i] = peer_now(i, i == 1 ? 50 * S : 90 * S);
    read_peers(&ends->stand->node, WG0, peers, 3);
    clock_time_read(&raw, &clock);
    assert_near(get_number(ends, "LastHandshakeUSec"), raw + clock - 50 * S);
    assert_near(get_number(ends, "LastHandshakeUSecMonotonic"), clock_time_monotonic() - 50 * S);
}

/* Its stamp is all that is known. */
static void test_a_handshake_that_was_there_before(void **state)
{
    struct ends *ends = *state;
    struct fact peers[3];

    name_wg0(ends);
    for (unsigned i = 0; i < 3; i++)
        peers[i] = peer_now(i, i == 1 ? 3600 * S : i == 2 ? 7200 * S : NEVER);
    read_peers(&ends->stand->node, WG0, peers, 3);
    assert_int_equal(get_number(ends, "LastHandshakeUSec"), peers[1].peer.handshake_usec);
    assert_int_equal(get_number(ends, "LastHandshakeUSecMonotonic"), 0);
    read_peers(&ends->stand->node, WG0, peers, 1);
    assert_int_equal(get_number(ends, "LastHandshakeUSec"), 0);
    peers[1].peer.handshake_usec = -1;
    read_peers(&ends->stand->node, WG0, peers, 2);
    assert_int_equal(get_number(ends, "LastHandshakeUSec"), 0);
}

/* More than a machine has: with an age, it began before its clock did. */
static void test_a_handshake_before_the_machine_started(void **state)
{
    struct ends *ends = *state;
    struct tunnel *tunnel;

    name_wg0(ends);
    read_one(ends, peer_now(1, S));
    tunnel = &ends->stand->node.tunnels.list[0];
    tunnel->peers.list[0].handshake_usec = INT64_MIN / 4;
    assert_int_equal(get_number(ends, "LastHandshakeUSec"), 0);
    assert_int_equal(get_number(ends, "LastHandshakeUSecMonotonic"), 0);
}

static void test_no_peer_is_looked_at(void **state)
{
    struct ends *ends = *state;
    struct tunnel *tunnel;
    struct peers peers;

    name_wg0(ends);
    read_one(ends, peer_now(1, S));
    tunnel = &ends->stand->node.tunnels.list[0];
    peers = tunnel->peers;
    tunnel->peers = (struct peers){.count = 1000000}; /* whoever walks them falls */
    tunnel->handshakes = 0;
    ends_call_at(ends, WG0_AT, PROPERTIES_INTERFACE, "GetAll", "s", VPN_INTERFACE);
    assert_non_null(strstr(ends->reply, "\"PeerCount\": 1"));
    change(ends, NODE_UPLINK | NODE_LINKS);
    change(ends, BOTH);
    tunnel->peers = peers;
}

static void test_other_paths_are_unknown(void **state)
{
    struct ends *ends = *state;

    assert_unknown(ends, WG0_AT);
    name_wg0(ends);
    assert_get(ends, "Name", "\"wg0\"");
    assert_unknown(ends, VPN_PREFIX "/wireguard_3awg1");
    assert_unknown(ends, VPN_PREFIX "/wg0");
    assert_unknown(ends, VPN_PREFIX "/tailscale_3awg0");
    assert_unknown(ends, WG0_AT "/peers");
    /* Others that decode to the same. */
    assert_unknown(ends, VPN_PREFIX "/wireguard_3a_77g0");
    assert_unknown(ends, VPN_PREFIX "/wireguard_3Awg0");
    name_none(ends);
    assert_unknown(ends, WG0_AT);
}

static void test_a_name_that_is_no_path(void **state)
{
    struct fact facts[] = {tunnel_of("wg-a.1", 0), tunnel_of("?7", 0)};
    struct ends *ends = *state;

    name_tunnels(&ends->stand->node, facts, 2);
    ends_call_at(ends, VPN_PREFIX "/wireguard_3awg_2da_2e1", PROPERTIES_INTERFACE, "Get", "ss", VPN_INTERFACE,
                 "Name");
    assert_string_equal(ends->reply, "\"wg-a.1\"");
    ends_call_at(ends, VPN_PREFIX "/wireguard_3a_3f7", PROPERTIES_INTERFACE, "Get", "ss", VPN_INTERFACE,
                 "Name");
    assert_string_equal(ends->reply, "\"?7\"");
}

static void test_the_node_lists_its_tunnels(void **state)
{
    struct fact facts[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 0)};
    struct ends *ends = *state;

    ends_call_at(ends, BUS_PATH, MANAGER_INTERFACE, "GetManagedObjects", "");
    assert_string_equal(ends->reply, "{}");
    name_tunnels(&ends->stand->node, facts, 2);
    ends_call_at(ends, BUS_PATH, MANAGER_INTERFACE, "GetManagedObjects", "");
    assert_non_null(strstr(ends->reply, "\"" WG0_AT "\": {"));
    assert_non_null(strstr(ends->reply, "\"" VPN_PREFIX "/wireguard_3awg1\": {"));
    assert_non_null(strstr(ends->reply, "\"" VPN_INTERFACE "\": {\"Name\": \"wg0\", \"Kind\": \"wireguard\", "
                                        "\"Link\": \"wg0\", \"State\": \"unknown\", \"MTU\": 1420, \"PathMTU\": 0, "
                                        "\"PeerCount\": 0, "));
    assert_non_null(strstr(ends->reply, "{\"Name\": \"wg1\", "));
}

/* Which interfaces `text` names: those of D-Bus, then ours. */
static void names_in(const char *text, char *names, size_t size)
{
    static const char *const known[] = {"Peer", "Introspectable", "Properties", "ObjectManager"};
    char quoted[64];

    names[0] = 0;
    for (size_t i = 0; i < COUNT(known); i++) {
        snprintf(quoted, sizeof(quoted), "\"org.freedesktop.DBus.%s\"", known[i]);
        if (strstr(text, quoted))
            snprintf(names + strlen(names), size - strlen(names), "%s ", known[i]);
    }
    if (strstr(text, "\"" VPN_INTERFACE "\""))
        snprintf(names + strlen(names), size - strlen(names), "VPN");
}

/* Else GDBusObjectManagerClient keeps the object. */
static void test_all_name_the_same_interfaces(void **state)
{
    char listed[128], added[128], removed[128];
    struct ends *ends = *state;

    name_wg0(ends);
    change(ends, BOTH);
    ends_call_at(ends, BUS_PATH, MANAGER_INTERFACE, "GetManagedObjects", "");
    names_in(ends->reply, listed, sizeof(listed));
    names_in(ends->told[0].text, added, sizeof(added));
    assert_told(ends, "InterfacesAdded");
    name_none(ends);
    publish_changed(&ends->bus.publish, BOTH);
    ends_drain(ends);
    names_in(ends->told[ends->told_count - 1].text, removed, sizeof(removed));
    assert_non_null(strstr(listed, "Properties"));
    assert_non_null(strstr(listed, "VPN"));
    assert_string_equal(listed, added);
    assert_string_equal(listed, removed);
}

static void test_they_can_be_found_by_introspection(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    ends_call_at(ends, BUS_PATH, "org.freedesktop.DBus.Introspectable", "Introspect", "");
    assert_non_null(strstr(ends->reply, "<node name=\"vpn"));
    ends_call_at(ends, VPN_PREFIX, "org.freedesktop.DBus.Introspectable", "Introspect", "");
    assert_non_null(strstr(ends->reply, "<node name=\"wireguard_3awg0\"/>"));
    ends_call_at(ends, WG0_AT, "org.freedesktop.DBus.Introspectable", "Introspect", "");
    assert_non_null(strstr(ends->reply, "<interface name=\"" VPN_INTERFACE "\">"));
}

static void test_nothing_can_be_set(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    ends_call_at(ends, WG0_AT, PROPERTIES_INTERFACE, "Set", "ssv", VPN_INTERFACE, "MTU", "u", 1400);
    assert_string_equal(ends->error, SD_BUS_ERROR_PROPERTY_READ_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_before_its_peers_were_read),
        ENDS_TEST(test_peers_are_counted),
        ENDS_TEST(test_a_link_that_is_down),
        ENDS_TEST(test_what_its_way_carries),
        ENDS_TEST(test_a_daemon_that_is_gone),
        ENDS_TEST(test_the_last_handshake),
        ENDS_TEST(test_a_handshake_that_was_there_before),
        ENDS_TEST(test_a_handshake_before_the_machine_started),
        ENDS_TEST(test_no_peer_is_looked_at),
        ENDS_TEST(test_other_paths_are_unknown),
        ENDS_TEST(test_a_name_that_is_no_path),
        ENDS_TEST(test_the_node_lists_its_tunnels),
        ENDS_TEST(test_all_name_the_same_interfaces),
        ENDS_TEST(test_they_can_be_found_by_introspection),
        ENDS_TEST(test_nothing_can_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
