/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's object: its properties, before and after the sensors have spoken */
#include "peers.h"

static void assert_get(struct peers *peers, const char *property, const char *expected)
{
    unsigned before = peers->replies;

    peers_send(peers, "org.freedesktop.DBus.Properties", "Get", "ss", BUS_INTERFACE, property);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    assert_string_equal(peers->error, "");
    assert_string_equal(peers->reply, expected);
}

static void test_properties_of_a_node(void **state)
{
    struct peers *peers = *state;
    struct fact fact = platform_of("wsl2", "nat");

    snprintf(fact.platform.version, sizeof(fact.platform.version), "2.3.26");
    snprintf(fact.platform.kernel, sizeof(fact.platform.kernel), "5.15.167.4-microsoft-standard-WSL2");
    snprintf(fact.platform.distribution, sizeof(fact.platform.distribution),
             "Debian GNU/Linux 12 (bookworm)");
    tell(&peers->stand->node, fact);
    tell(&peers->stand->node, address_of(ETH0, "fd00::2/64"));
    assert_get(peers, "Version", "\"" WSLNODE_VERSION "\"");
    assert_get(peers, "KernelRelease", "\"5.15.167.4-microsoft-standard-WSL2\"");
    assert_get(peers, "Distribution", "\"Debian GNU/Linux 12 (bookworm)\"");
    assert_get(peers, "WSLVersion", "\"2.3.26\"");
    assert_get(peers, "Platform", "\"wsl2\"");
    assert_get(peers, "NetworkingMode", "\"nat\"");
    assert_get(peers, "Interop", "\"usable\"");
    assert_get(peers, "Uplink", "\"eth0\"");
    assert_get(peers, "Address", "\"172.20.1.2\"");
    assert_get(peers, "Addresses", "[\"172.20.1.2/20\", \"fd00::2/64\"]");
    assert_get(peers, "Gateway", "\"172.20.0.1\"");
    assert_get(peers, "UplinkMTU", "1500");
    assert_get(peers, "Health", "\"ok\"");
    assert_get(peers, "Findings", "[]");
    assert_get(peers, "Wanted", "[]");
}

static void test_before_a_sensor_has_spoken(void **state)
{
    struct peers *peers = *state;

    node_done(&peers->stand->node);
    node_init(&peers->stand->node);
    assert_get(peers, "Platform", "\"unknown\"");
    assert_get(peers, "Interop", "\"unknown\"");
    assert_get(peers, "NetworkingMode", "\"unknown\"");
    assert_get(peers, "Health", "\"unknown\"");
    assert_get(peers, "WSLVersion", "\"\"");
    assert_get(peers, "Uplink", "\"\"");
    assert_get(peers, "Address", "\"\"");
    assert_get(peers, "Addresses", "[]");
    assert_get(peers, "Gateway", "\"\"");
    assert_get(peers, "UplinkMTU", "0");
}

static void test_nothing_can_be_set(void **state)
{
    struct peers *peers = *state;
    unsigned before = peers->replies;

    peers_send(peers, "org.freedesktop.DBus.Properties", "Set", "ssv", BUS_INTERFACE, "UplinkMTU", "u", 1400);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    assert_string_equal(peers->error, SD_BUS_ERROR_PROPERTY_READ_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_properties_of_a_node),
        PEERS_TEST(test_before_a_sensor_has_spoken),
        PEERS_TEST(test_nothing_can_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
