/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's object: its properties, before and after the sensors have spoken */
#include "resolver.h"

static void get(struct peers *peers, const char *property)
{
    unsigned before = peers->replies;

    peers_send(peers, "org.freedesktop.DBus.Properties", "Get", "ss", BUS_INTERFACE, property);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    assert_string_equal(peers->error, "");
}

static void assert_get(struct peers *peers, const char *property, const char *expected)
{
    get(peers, property);
    assert_string_equal(peers->reply, expected);
}

static int64_t get_number(struct peers *peers, const char *property)
{
    get(peers, property);
    return strtoll(peers->reply, NULL, 10);
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
    assert_get(peers, "ClockState", "\"unknown\"");
    assert_get(peers, "ClockReference", "\"none\"");
    assert_get(peers, "ClockOffsetUSec", "0");
    assert_get(peers, "ClockErrorBoundUSec", "0");
    assert_get(peers, "DNSState", "\"unknown\"");
    assert_get(peers, "DNSOwner", "\"unknown\"");
    assert_get(peers, "DNSServers", "[]");
}

static void test_dns(void **state)
{
    struct peers *peers = *state;
    struct node *node = &peers->stand->node;

    resolver_read(node, DNS_OWNER_USER, RESOLVER_TUNNEL);
    assert_get(peers, "DNSOwner", "\"user\"");
    assert_get(peers, "DNSState", "\"unknown\""); /* nobody was asked yet */
    resolver_of_wsl(node, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT);
    assert_get(peers, "DNSOwner", "\"wsl\"");
    assert_get(peers, "DNSState", "\"ok\"");
    assert_get(peers, "DNSServers",
               "[{\"address\": \"10.255.255.254\", \"udp\": \"ok\", \"tcp\": \"ok\", "
               "\"latency-usec\": 12345, \"roles\": [\"wsl\", \"listed\", \"tunnel\"]}, "
               "{\"address\": \"172.20.0.1\", \"udp\": \"timeout\", \"tcp\": \"timeout\", "
               "\"latency-usec\": 0, \"roles\": [\"gateway\"]}]");
    resolver_of_wsl(node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
    assert_get(peers, "DNSState", "\"failed\"");
    resolver_read(node, DNS_OWNER_WSLNODE, RESOLVER_GATEWAY " " RESOLVER_TUNNEL);
    assert_get(peers, "DNSOwner", "\"wslnode\"");
    assert_get(peers, "DNSState", "\"degraded\"");
    resolver_read(node, DNS_OWNER_NONE, "");
    assert_get(peers, "DNSOwner", "\"none\"");
    assert_get(peers, "DNSState", "\"failed\"");
}

/* From unknown to "nothing is there" is news as well. */
static void test_the_owner_is_read_for_the_first_time(void **state)
{
    struct peers *peers = *state;
    struct fact fact = fact_of(FACT_RESOLVER);

    assert_true(tell(&peers->stand->node, fact) & NODE_DNS_OWNER);
    assert_get(peers, "DNSOwner", "\"none\"");
    assert_false(tell(&peers->stand->node, fact) & NODE_DNS_OWNER);
}

static void test_the_clock_after_a_look(void **state)
{
    struct peers *peers = *state;

    stand_look(peers->stand, REFERENCE_PTP, -7200000000);
    assert_get(peers, "ClockState", "\"ok\""); /* one look is none */
    assert_get(peers, "ClockReference", "\"ptp\"");
    assert_near(get_number(peers, "ClockOffsetUSec"), -7200000000);
    assert_near(get_number(peers, "ClockErrorBoundUSec"), 1000);
    peers->stand->node.clock.drifting = true;
    assert_get(peers, "ClockState", "\"drifting\"");
    /* Looked at, and nothing tells the time any more. */
    stand_look(peers->stand, REFERENCE_NONE, -7200000000);
    assert_get(peers, "ClockState", "\"unknown\"");
    assert_get(peers, "ClockReference", "\"none\"");
    assert_get(peers, "ClockOffsetUSec", "0");
    assert_get(peers, "ClockErrorBoundUSec", "0");
}

/* At the moment of the call: no look came in between. */
static void test_the_clock_of_now(void **state)
{
    struct peers *peers = *state;
    struct clock_fact *seen = &peers->stand->node.clock.seen;
    int64_t before;

    stand_look(peers->stand, REFERENCE_RTC, 1000000);
    before = get_number(peers, "ClockErrorBoundUSec");
    seen->raw_usec -= INT64_C(10000000000); /* looked at so long ago: that the clock was so far off is old */
    seen->clock_usec += 500000000;
    assert_near(get_number(peers, "ClockErrorBoundUSec") - before, 2000000);
    assert_near(get_number(peers, "ClockOffsetUSec"), 1000000);
}

static void fight_against(struct stand *stand)
{
    for (int i = 0; i < CLOCK_FIGHT_STEPS; i++) {
        struct fact fact = fact_of(FACT_STEP);

        fact.step.raw_usec = stand->node.clock.seen.raw_usec;
        fact.step.clock_usec = stand->node.clock.seen.clock_usec;
        tell(&stand->node, fact);
    }
}

static void test_a_clock_that_others_set(void **state)
{
    struct peers *peers = *state;

    stand_look(peers->stand, REFERENCE_NTP, 60000000);
    fight_against(peers->stand);
    assert_get(peers, "ClockState", "\"fighting\"");
    assert_get(peers, "ClockReference", "\"ntp\"");
}

static char introspection[65536];

static int on_introspection(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const char *xml;

    assert_true(sd_bus_message_read(reply, "s", &xml) > 0);
    snprintf(introspection, sizeof(introspection), "%s", xml);
    return 1;
}

/* Those that change all the time are announced by nobody; every other one is. */
static void test_what_is_announced(void **state)
{
    static const char *const silent[] = {"\"ClockOffsetUSec\" type=\"x\"",
                                         "\"ClockErrorBoundUSec\" type=\"t\"",
                                         "\"DNSServers\" type=\"aa{sv}\""};
    static const char annotation[] =
        "<annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\" value=\"false\"/>";
    struct peers *peers = *state;
    unsigned found = 0, count = 0;
    const char *property;

    assert_true(sd_bus_call_method_async(peers->client, NULL, NULL, BUS_PATH,
                                         "org.freedesktop.DBus.Introspectable", "Introspect",
                                         on_introspection, peers, "") >= 0);
    for (int i = 0; i < 500 && !introspection[0]; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    property = strstr(introspection, "<interface name=\"" BUS_INTERFACE);
    assert_non_null(property);
    for (; (property = strstr(property, "<property name=")); count++) {
        const char *what = property += strlen("<property name="), *inside = strchr(what, '>') + 1;
        bool is_silent = false;

        for (size_t i = 0; i < COUNT(silent); i++)
            is_silent |= strncmp(what, silent[i], strlen(silent[i])) == 0;
        inside += strspn(inside, " \n");
        if (is_silent != (strncmp(inside, annotation, strlen(annotation)) == 0))
            fail_msg("%.120s", what);
        found += is_silent;
    }
    assert_int_equal(found, COUNT(silent));
    assert_in_range(count, 15, 30);
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
        PEERS_TEST(test_the_clock_after_a_look),
        PEERS_TEST(test_the_clock_of_now),
        PEERS_TEST(test_a_clock_that_others_set),
        PEERS_TEST(test_what_is_announced),
        PEERS_TEST(test_dns),
        PEERS_TEST(test_the_owner_is_read_for_the_first_time),
        PEERS_TEST(test_nothing_can_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
