/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node's object: its properties, before and after the sensors have spoken */
#include "resolver.h"

static void get(struct ends *ends, const char *property)
{
    unsigned before = ends->replies;

    ends_send(ends, "org.freedesktop.DBus.Properties", "Get", "ss", BUS_INTERFACE, property);
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    assert_string_equal(ends->error, "");
}

static void assert_get(struct ends *ends, const char *property, const char *expected)
{
    get(ends, property);
    assert_string_equal(ends->reply, expected);
}

static int64_t get_number(struct ends *ends, const char *property)
{
    get(ends, property);
    return strtoll(ends->reply, NULL, 10);
}

static void test_properties_of_a_node(void **state)
{
    struct ends *ends = *state;
    struct fact fact = platform_of("wsl2", "nat");

    snprintf(fact.platform.version, sizeof(fact.platform.version), "2.3.26");
    snprintf(fact.platform.kernel, sizeof(fact.platform.kernel), "5.15.167.4-microsoft-standard-WSL2");
    snprintf(fact.platform.distribution, sizeof(fact.platform.distribution),
             "Debian GNU/Linux 12 (bookworm)");
    tell(&ends->stand->node, fact);
    tell(&ends->stand->node, address_of(ETH0, "fd00::2/64"));
    assert_get(ends, "Version", "\"" WSLNODE_VERSION "\"");
    assert_get(ends, "KernelRelease", "\"5.15.167.4-microsoft-standard-WSL2\"");
    assert_get(ends, "Distribution", "\"Debian GNU/Linux 12 (bookworm)\"");
    assert_get(ends, "WSLVersion", "\"2.3.26\"");
    assert_get(ends, "Platform", "\"wsl2\"");
    assert_get(ends, "NetworkingMode", "\"nat\"");
    assert_get(ends, "Interop", "\"usable\"");
    assert_get(ends, "WindowsTailscale", "\"unknown\"");
    tell(&ends->stand->node, fact_of(FACT_WINDOWS));
    assert_get(ends, "WindowsTailscale", "\"absent\"");
    assert_get(ends, "Uplink", "\"eth0\"");
    assert_get(ends, "Address", "\"172.20.1.2\"");
    assert_get(ends, "Addresses", "[\"172.20.1.2/20\", \"fd00::2/64\"]");
    assert_get(ends, "Gateway", "\"172.20.0.1\"");
    assert_get(ends, "UplinkMTU", "1500");
    assert_get(ends, "Health", "\"ok\"");
    assert_get(ends, "Findings", "[]");
    assert_get(ends, "Wanted", "[]");
}

static void test_before_a_sensor_has_spoken(void **state)
{
    struct ends *ends = *state;

    node_done(&ends->stand->node);
    node_init(&ends->stand->node);
    assert_get(ends, "Platform", "\"unknown\"");
    assert_get(ends, "Interop", "\"unknown\"");
    assert_get(ends, "NetworkingMode", "\"unknown\"");
    assert_get(ends, "Health", "\"unknown\"");
    assert_get(ends, "WSLVersion", "\"\"");
    assert_get(ends, "Uplink", "\"\"");
    assert_get(ends, "Address", "\"\"");
    assert_get(ends, "Addresses", "[]");
    assert_get(ends, "Gateway", "\"\"");
    assert_get(ends, "UplinkMTU", "0");
    assert_get(ends, "ClockState", "\"unknown\"");
    assert_get(ends, "ClockReference", "\"none\"");
    assert_get(ends, "ClockOffsetUSec", "0");
    assert_get(ends, "ClockErrorBoundUSec", "0");
    assert_get(ends, "DNSState", "\"unknown\"");
    assert_get(ends, "DNSOwner", "\"unknown\"");
    assert_get(ends, "DNSServers", "[]");
}

static void test_dns(void **state)
{
    struct ends *ends = *state;
    struct node *node = &ends->stand->node;

    resolver_read(node, DNS_OWNER_USER, RESOLVER_TUNNEL);
    assert_get(ends, "DNSOwner", "\"user\"");
    assert_get(ends, "DNSState", "\"unknown\""); /* nobody was asked yet */
    resolver_of_wsl(node, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT);
    assert_get(ends, "DNSOwner", "\"wsl\"");
    assert_get(ends, "DNSState", "\"ok\"");
    assert_get(ends, "DNSServers",
               "[{\"address\": \"10.255.255.254\", \"udp\": \"ok\", \"tcp\": \"ok\", "
               "\"latency-usec\": 12345, \"roles\": [\"wsl\", \"listed\", \"tunnel\"]}, "
               "{\"address\": \"172.20.0.1\", \"udp\": \"timeout\", \"tcp\": \"timeout\", "
               "\"latency-usec\": 0, \"roles\": [\"gateway\"]}]");
    resolver_of_wsl(node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
    assert_get(ends, "DNSState", "\"failed\"");
    resolver_read(node, DNS_OWNER_WSLNODE, RESOLVER_GATEWAY " " RESOLVER_TUNNEL);
    assert_get(ends, "DNSOwner", "\"wslnode\"");
    assert_get(ends, "DNSState", "\"degraded\"");
    resolver_read(node, DNS_OWNER_NONE, "");
    assert_get(ends, "DNSOwner", "\"none\"");
    assert_get(ends, "DNSState", "\"failed\"");
}

/* From unknown to "nothing is there" is news as well. */
static void test_the_owner_is_read_for_the_first_time(void **state)
{
    struct ends *ends = *state;
    struct fact fact = fact_of(FACT_RESOLVER);

    assert_true(tell(&ends->stand->node, fact) & NODE_DNS_OWNER);
    assert_get(ends, "DNSOwner", "\"none\"");
    assert_false(tell(&ends->stand->node, fact) & NODE_DNS_OWNER);
}

static void test_the_clock_after_a_look(void **state)
{
    struct ends *ends = *state;

    stand_look(ends->stand, REFERENCE_PTP, -7200000000);
    assert_get(ends, "ClockState", "\"ok\""); /* one look is none */
    assert_get(ends, "ClockReference", "\"ptp\"");
    assert_near(get_number(ends, "ClockOffsetUSec"), -7200000000);
    assert_near(get_number(ends, "ClockErrorBoundUSec"), 1000);
    ends->stand->node.clock.drifting = true;
    assert_get(ends, "ClockState", "\"drifting\"");
    /* Looked at, and nothing tells the time any more. */
    stand_look(ends->stand, REFERENCE_NONE, -7200000000);
    assert_get(ends, "ClockState", "\"unknown\"");
    assert_get(ends, "ClockReference", "\"none\"");
    assert_get(ends, "ClockOffsetUSec", "0");
    assert_get(ends, "ClockErrorBoundUSec", "0");
}

/* At the moment of the call: no look came in between. */
static void test_the_clock_of_now(void **state)
{
    struct ends *ends = *state;
    struct clock_fact *seen = &ends->stand->node.clock.seen;
    int64_t before;

    stand_look(ends->stand, REFERENCE_RTC, 1000000);
    before = get_number(ends, "ClockErrorBoundUSec");
    seen->raw_usec -= INT64_C(10000000000); /* looked at so long ago: that the clock was so far off is old */
    seen->clock_usec += 500000000;
    assert_near(get_number(ends, "ClockErrorBoundUSec") - before, 2000000);
    assert_near(get_number(ends, "ClockOffsetUSec"), 1000000);
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
    struct ends *ends = *state;

    stand_look(ends->stand, REFERENCE_NTP, 60000000);
    fight_against(ends->stand);
    assert_get(ends, "ClockState", "\"fighting\"");
    assert_get(ends, "ClockReference", "\"ntp\"");
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
    struct ends *ends = *state;
    unsigned found = 0, count = 0;
    const char *property;

    assert_true(sd_bus_call_method_async(ends->client, NULL, NULL, BUS_PATH,
                                         "org.freedesktop.DBus.Introspectable", "Introspect",
                                         on_introspection, ends, "") >= 0);
    for (int i = 0; i < 500 && !introspection[0]; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
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
    struct ends *ends = *state;
    unsigned before = ends->replies;

    ends_send(ends, "org.freedesktop.DBus.Properties", "Set", "ssv", BUS_INTERFACE, "UplinkMTU", "u", 1400);
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    assert_string_equal(ends->error, SD_BUS_ERROR_PROPERTY_READ_ONLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_properties_of_a_node),
        ENDS_TEST(test_before_a_sensor_has_spoken),
        ENDS_TEST(test_the_clock_after_a_look),
        ENDS_TEST(test_the_clock_of_now),
        ENDS_TEST(test_a_clock_that_others_set),
        ENDS_TEST(test_what_is_announced),
        ENDS_TEST(test_dns),
        ENDS_TEST(test_the_owner_is_read_for_the_first_time),
        ENDS_TEST(test_nothing_can_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
