/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told, when, and in which order */
#include "ends.h"

#define CHANGED(values) "\"org.wslnode.Node1\", {" values "}, []"

static void assert_told(const struct ends *ends, size_t index, const char *member, const char *text)
{
    assert_true(index < ends->told_count);
    assert_string_equal(ends->told[index].member, member);
    assert_string_equal(ends->told[index].text, text);
}

static struct finding *found(struct ends *ends, const char *id, enum severity severity)
{
    struct finding *finding = findings_add(&ends->stand->findings, id, "wg0", severity);

    finding->summary = "Summary.";
    return finding;
}

static void change(struct ends *ends, int mask)
{
    publish_changed(&ends->bus.publish, mask);
}

static void test_the_first_change_leaves_at_once(void **state)
{
    struct ends *ends = *state;

    change(ends, NODE_UPLINK | NODE_UPLINK_MTU);
    ends_drain(ends);
    assert_int_equal(ends->told_count, 1);
    assert_told(ends, 0, "PropertiesChanged", CHANGED("\"Uplink\": \"eth0\", \"UplinkMTU\": 1500"));
}

static void test_further_ones_are_merged(void **state)
{
    struct ends *ends = *state;

    change(ends, NODE_UPLINK);
    for (int i = 0; i < 100; i++) {
        tell(&ends->stand->node, link_up(ETH0, "eth0", "", 1400 + i));
        change(ends, NODE_UPLINK_MTU);
    }
    change(ends, NODE_GATEWAY);
    ends_run(ends, 30000);
    assert_int_equal(ends->told_count, 2);
    assert_told(ends, 1, "PropertiesChanged", CHANGED("\"Gateway\": \"172.20.0.1\", \"UplinkMTU\": 1499"));
    ends_run(ends, 30000); /* nothing is held any more: at once again */
    change(ends, NODE_UPLINK);
    ends_drain(ends);
    assert_int_equal(ends->told_count, 3);
}

/* Each one that leaves begins another 20 ms. A slow machine makes this easier to pass, not harder. */
static void test_never_more_than_one_in_20_ms(void **state)
{
    struct ends *ends = *state;
    uint64_t start, now;

    sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 100; i++) {
        change(ends, NODE_UPLINK);
        ends_run(ends, 1000);
    }
    ends_run(ends, 30000);
    sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &now);
    assert_in_range(ends->told_count, 4, (now - start) / PUBLISH_USEC + 1);
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
        {NODE_WINDOWS, {"WindowsTailscale"}},
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
    struct ends *ends = *state;
    char quoted[64];

    for (size_t i = 0; i < COUNT(expected); i++) {
        unsigned count = 0;

        ends->told_count = 0;
        change(ends, expected[i].bit);
        ends_run(ends, 25000);
        assert_int_equal(ends->told_count, 1);
        assert_string_equal(ends->told[0].member, "PropertiesChanged");
        assert_non_null(strstr(ends->told[0].text, "}, []")); /* values, never an invalidation */
        for (size_t j = 0; expected[i].properties[j]; j++, count++) {
            snprintf(quoted, sizeof(quoted), "\"%s\": ", expected[i].properties[j]);
            assert_non_null(strstr(ends->told[0].text, quoted));
        }
        for (const char *c = ends->told[0].text; (c = strstr(c, "\": ")); c++)
            count--;
        assert_int_equal(count, 0);
    }
}

static void test_what_only_the_checks_look_at_is_not_told(void **state)
{
    struct ends *ends = *state;

    change(ends, NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_CONFIG | NODE_FILES);
    change(ends, NODE_CLOCK | NODE_RESUMED | NODE_LOOPBACK | NODE_DNS);
    change(ends, 0);
    ends_run(ends, 30000);
    assert_int_equal(ends->told_count, 0);
    change(ends, NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_CLOCK | NODE_DNS);
    change(ends, NODE_UPLINK | NODE_LINKS); /* nor did it begin the 20 ms */
    ends_drain(ends);
    assert_int_equal(ends->told_count, 1);
}

static void test_properties_come_before_signals(void **state)
{
    struct ends *ends = *state;

    found(ends, "some-finding", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS | NODE_HEALTH);
    ends_drain(ends);
    assert_int_equal(ends->told_count, 2);
    assert_string_equal(ends->told[0].member, "PropertiesChanged");
    assert_told(ends, 1, "FindingRaised",
                "\"some-finding\", \"wg0\", \"warning\", \"Summary.\", "
                "{\"cause\": \"\", \"remedy\": \"\", \"verb\": \"\", \"params\": {}}");
    findings_clear(&ends->stand->findings);
    ends_run(ends, 25000);
    change(ends, NODE_FINDINGS | NODE_HEALTH);
    ends_drain(ends);
    assert_int_equal(ends->told_count, 4);
    assert_string_equal(ends->told[2].member, "PropertiesChanged");
    assert_told(ends, 3, "FindingCleared", "\"some-finding\", \"wg0\", {}");
}

static void test_what_came_and_went_in_between_is_not_told(void **state)
{
    struct ends *ends = *state;

    change(ends, NODE_UPLINK);
    found(ends, "some-finding", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS);
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    ends_run(ends, 50000);
    assert_int_equal(ends->told_count, 2);
    assert_told(ends, 1, "PropertiesChanged", CHANGED("\"Findings\": []"));
}

static void test_what_went_and_came_again_is_not_told(void **state)
{
    struct ends *ends = *state;

    found(ends, "some-finding", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS);
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    found(ends, "some-finding", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS);
    ends_run(ends, 50000);
    assert_int_equal(ends->told_count, 3);
    assert_string_equal(ends->told[2].member, "PropertiesChanged");
}

static void test_numbers_raise_nothing_and_severity_does(void **state)
{
    struct ends *ends = *state;
    struct finding *finding = found(ends, "some-finding", SEVERITY_INFO);

    change(ends, NODE_FINDINGS);
    ends_run(ends, 25000);
    finding_number(finding, "mtu", 1280);
    change(ends, NODE_FINDINGS);
    ends_run(ends, 25000);
    assert_int_equal(ends->told_count, 3);
    assert_string_equal(ends->told[2].member, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL;
    change(ends, NODE_FINDINGS);
    ends_run(ends, 25000);
    assert_int_equal(ends->told_count, 5);
    assert_told(ends, 4, "FindingRaised",
                "\"some-finding\", \"wg0\", \"critical\", \"Summary.\", "
                "{\"cause\": \"\", \"remedy\": \"\", \"verb\": \"\", \"params\": {\"mtu\": 1280}}");
}

static void test_without_a_bus_nothing_is_sent_and_nothing_kept_for_it(void **state)
{
    struct ends *ends = *state;

    publish_stop(&ends->bus.publish);
    found(ends, "first", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS | NODE_UPLINK);
    found(ends, "second", SEVERITY_WARNING); /* within the 20 ms */
    change(ends, NODE_FINDINGS | NODE_UPLINK);
    /* Clients read first, so what was before they could is not told. */
    publish_start(&ends->bus.publish, ends->bus.connection);
    ends_run(ends, 50000);
    assert_int_equal(ends->told_count, 0);
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    ends_run(ends, 25000);
    assert_int_equal(ends->told_count, 3);
    assert_string_equal(ends->told[1].member, "FindingCleared");
    assert_string_equal(ends->told[2].member, "FindingCleared");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_the_first_change_leaves_at_once),
        ENDS_TEST(test_further_ones_are_merged),
        ENDS_TEST(test_never_more_than_one_in_20_ms),
        ENDS_TEST(test_every_bit_has_its_properties),
        ENDS_TEST(test_what_only_the_checks_look_at_is_not_told),
        ENDS_TEST(test_properties_come_before_signals),
        ENDS_TEST(test_what_came_and_went_in_between_is_not_told),
        ENDS_TEST(test_what_went_and_came_again_is_not_told),
        ENDS_TEST(test_numbers_raise_nothing_and_severity_does),
        ENDS_TEST(test_without_a_bus_nothing_is_sent_and_nothing_kept_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
