/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told, when, and in which order */
#include "peers.h"

#define CHANGED(values) "\"org.wslnode.Node1\", {" values "}, []"

static void assert_told(const struct peers *peers, size_t index, const char *member, const char *text)
{
    assert_true(index < peers->told_count);
    assert_string_equal(peers->told[index].member, member);
    assert_string_equal(peers->told[index].text, text);
}

static struct finding *found(struct peers *peers, const char *id, enum severity severity)
{
    struct finding *finding = findings_add(&peers->stand->findings, id, "wg0", severity);

    finding->summary = "Summary.";
    return finding;
}

static void change(struct peers *peers, int mask)
{
    publish_changed(&peers->bus.publish, mask);
}

static void test_the_first_change_leaves_at_once(void **state)
{
    struct peers *peers = *state;

    change(peers, NODE_UPLINK | NODE_UPLINK_MTU);
    peers_drain(peers);
    assert_int_equal(peers->told_count, 1);
    assert_told(peers, 0, "PropertiesChanged", CHANGED("\"Uplink\": \"eth0\", \"UplinkMTU\": 1500"));
}

static void test_further_ones_are_merged(void **state)
{
    struct peers *peers = *state;

    change(peers, NODE_UPLINK);
    for (int i = 0; i < 100; i++) {
        tell(&peers->stand->node, link_up(ETH0, "eth0", "", 1400 + i));
        change(peers, NODE_UPLINK_MTU);
    }
    change(peers, NODE_GATEWAY);
    peers_run(peers, 30000);
    assert_int_equal(peers->told_count, 2);
    assert_told(peers, 1, "PropertiesChanged", CHANGED("\"Gateway\": \"172.20.0.1\", \"UplinkMTU\": 1499"));
    peers_run(peers, 30000); /* nothing is held any more: at once again */
    change(peers, NODE_UPLINK);
    peers_drain(peers);
    assert_int_equal(peers->told_count, 3);
}

/* Each one that leaves begins another 20 ms. A slow machine makes this easier to pass, not harder. */
static void test_never_more_than_one_in_20_ms(void **state)
{
    struct peers *peers = *state;
    uint64_t start, now;

    sd_event_now(peers->stand->event, CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 100; i++) {
        change(peers, NODE_UPLINK);
        peers_run(peers, 1000);
    }
    peers_run(peers, 30000);
    sd_event_now(peers->stand->event, CLOCK_MONOTONIC, &now);
    assert_in_range(peers->told_count, 4, (now - start) / PUBLISH_USEC + 1);
}

static void test_every_bit_has_its_properties(void **state)
{
    static const struct {
        int bit;
        const char *properties[3];
    } expected[] = {
        {NODE_PLATFORM, {"Platform", "WSLVersion"}},
        {NODE_MODE, {"NetworkingMode"}},
        {NODE_INTEROP, {"Interop"}},
        {NODE_UPLINK, {"Uplink"}},
        {NODE_ADDRESS, {"Address"}},
        {NODE_ADDRESSES, {"Addresses"}},
        {NODE_GATEWAY, {"Gateway"}},
        {NODE_UPLINK_MTU, {"UplinkMTU"}},
        {NODE_CLOCK_STATE, {"ClockState"}},
        {NODE_CLOCK_REFERENCE, {"ClockReference"}},
        {NODE_DNS_STATE, {"DNSState"}},
        {NODE_DNS_OWNER, {"DNSOwner"}},
        {NODE_FINDINGS, {"Findings"}},
        {NODE_HEALTH, {"Health"}},
        {NODE_WANTED, {"Wanted"}},
    };
    struct peers *peers = *state;
    char quoted[64];

    for (size_t i = 0; i < COUNT(expected); i++) {
        unsigned count = 0;

        peers->told_count = 0;
        change(peers, expected[i].bit);
        peers_run(peers, 25000);
        assert_int_equal(peers->told_count, 1);
        assert_string_equal(peers->told[0].member, "PropertiesChanged");
        assert_non_null(strstr(peers->told[0].text, "}, []")); /* values, never an invalidation */
        for (size_t j = 0; expected[i].properties[j]; j++, count++) {
            snprintf(quoted, sizeof(quoted), "\"%s\": ", expected[i].properties[j]);
            assert_non_null(strstr(peers->told[0].text, quoted));
        }
        for (const char *c = peers->told[0].text; (c = strstr(c, "\": ")); c++)
            count--;
        assert_int_equal(count, 0);
    }
}

static void test_what_only_the_checks_look_at_is_not_told(void **state)
{
    struct peers *peers = *state;

    change(peers, NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_CONFIG | NODE_FILES);
    change(peers, NODE_CLOCK | NODE_RESUMED | NODE_LOOPBACK | NODE_DNS);
    change(peers, 0);
    peers_run(peers, 30000);
    assert_int_equal(peers->told_count, 0);
    change(peers, NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_CLOCK | NODE_DNS);
    change(peers, NODE_UPLINK | NODE_LINKS); /* nor did it begin the 20 ms */
    peers_drain(peers);
    assert_int_equal(peers->told_count, 1);
}

static void test_properties_come_before_signals(void **state)
{
    struct peers *peers = *state;

    found(peers, "some-finding", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS | NODE_HEALTH);
    peers_drain(peers);
    assert_int_equal(peers->told_count, 2);
    assert_string_equal(peers->told[0].member, "PropertiesChanged");
    assert_told(peers, 1, "FindingRaised",
                "\"some-finding\", \"wg0\", \"warning\", \"Summary.\", "
                "{\"cause\": \"\", \"remedy\": \"\", \"verb\": \"\", \"params\": {}}");
    findings_clear(&peers->stand->findings);
    peers_run(peers, 25000);
    change(peers, NODE_FINDINGS | NODE_HEALTH);
    peers_drain(peers);
    assert_int_equal(peers->told_count, 4);
    assert_string_equal(peers->told[2].member, "PropertiesChanged");
    assert_told(peers, 3, "FindingCleared", "\"some-finding\", \"wg0\", {}");
}

static void test_what_came_and_went_in_between_is_not_told(void **state)
{
    struct peers *peers = *state;

    change(peers, NODE_UPLINK);
    found(peers, "some-finding", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS);
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    peers_run(peers, 50000);
    assert_int_equal(peers->told_count, 2);
    assert_told(peers, 1, "PropertiesChanged", CHANGED("\"Findings\": []"));
}

static void test_what_went_and_came_again_is_not_told(void **state)
{
    struct peers *peers = *state;

    found(peers, "some-finding", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS);
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    found(peers, "some-finding", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS);
    peers_run(peers, 50000);
    assert_int_equal(peers->told_count, 3);
    assert_string_equal(peers->told[2].member, "PropertiesChanged");
}

static void test_numbers_raise_nothing_and_severity_does(void **state)
{
    struct peers *peers = *state;
    struct finding *finding = found(peers, "some-finding", SEVERITY_INFO);

    change(peers, NODE_FINDINGS);
    peers_run(peers, 25000);
    finding_number(finding, "mtu", 1280);
    change(peers, NODE_FINDINGS);
    peers_run(peers, 25000);
    assert_int_equal(peers->told_count, 3);
    assert_string_equal(peers->told[2].member, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL;
    change(peers, NODE_FINDINGS);
    peers_run(peers, 25000);
    assert_int_equal(peers->told_count, 5);
    assert_told(peers, 4, "FindingRaised",
                "\"some-finding\", \"wg0\", \"critical\", \"Summary.\", "
                "{\"cause\": \"\", \"remedy\": \"\", \"verb\": \"\", \"params\": {\"mtu\": 1280}}");
}

static void test_without_a_bus_nothing_is_sent_and_nothing_kept_for_it(void **state)
{
    struct peers *peers = *state;

    publish_stop(&peers->bus.publish);
    found(peers, "first", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS | NODE_UPLINK);
    found(peers, "second", SEVERITY_WARNING); /* within the 20 ms */
    change(peers, NODE_FINDINGS | NODE_UPLINK);
    /* Clients read first, so what was before they could is not told. */
    publish_start(&peers->bus.publish, peers->bus.connection);
    peers_run(peers, 50000);
    assert_int_equal(peers->told_count, 0);
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    peers_run(peers, 25000);
    assert_int_equal(peers->told_count, 3);
    assert_string_equal(peers->told[1].member, "FindingCleared");
    assert_string_equal(peers->told[2].member, "FindingCleared");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_the_first_change_leaves_at_once),
        PEERS_TEST(test_further_ones_are_merged),
        PEERS_TEST(test_never_more_than_one_in_20_ms),
        PEERS_TEST(test_every_bit_has_its_properties),
        PEERS_TEST(test_what_only_the_checks_look_at_is_not_told),
        PEERS_TEST(test_properties_come_before_signals),
        PEERS_TEST(test_what_came_and_went_in_between_is_not_told),
        PEERS_TEST(test_what_went_and_came_again_is_not_told),
        PEERS_TEST(test_numbers_raise_nothing_and_severity_does),
        PEERS_TEST(test_without_a_bus_nothing_is_sent_and_nothing_kept_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
