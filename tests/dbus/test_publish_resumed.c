/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of a resume: nothing while it is seen to, then all at once */
#include "ends.h"

#define S INT64_C(1000000)

static const struct resumed nothing = {.clock = "ok", .vpn = "ok"};

static void change(struct ends *ends, int mask)
{
    publish_changed(&ends->bus.publish, mask);
    ends_run(ends, 25000);
}

static struct finding *found(struct ends *ends, const char *id, const char *subject)
{
    return findings_add(&ends->stand->findings, id, subject, SEVERITY_WARNING);
}

static void step(struct ends *ends, int64_t by_usec)
{
    struct fact fact = fact_of(FACT_STEP);

    fact.step.by_usec = by_usec;
    tell(&ends->stand->node, fact);
}

/* All since the last time, in order: findings by their id, drifts by their state. */
static void assert_told(struct ends *ends, const char *expected)
{
    char text[1024] = "";

    for (size_t i = 0; i < ends->told_count; i++) {
        size_t length = strlen(text);
        const struct told *told = &ends->told[i];
        const char *mark = strstr(told->text, "\"drifting\": true")    ? "+"
                           : strstr(told->text, "\"drifting\": false") ? "-"
                                                                       : "";

        snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? " " : "", told->member, mark);
        if (strncmp(told->member, "Finding", strlen("Finding")) == 0)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), " %.*s",
                     (int)strcspn(told->text + 1, "\""), told->text + 1);
    }
    assert_string_equal(text, expected);
    ends->told_count = 0;
}

static void hold(struct ends *ends)
{
    publish_hold(&ends->bus.publish);
}

static void end(struct ends *ends, const struct resumed *resumed)
{
    publish_resumed(&ends->bus.publish, resumed);
    ends_drain(ends);
}

static void test_one_report_at_the_end(void **state)
{
    struct resumed resumed = {.asleep_usec = 28800 * S,
                              .mended = {"clock", "mtu wg0", "address"},
                              .mended_count = 3,
                              .clock = "stepped",
                              .offset_usec = -28800 * S,
                              .vpn = "down"};
    struct ends *ends = *state;

    found(ends, "before", "");
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised before");
    hold(ends);
    findings_clear(&ends->stand->findings);
    found(ends, "clock-drift", "");
    found(ends, "wanted-mtu-lost", "wg0");
    step(ends, 28800 * S);
    change(ends, NODE_FINDINGS | NODE_STEPPED | NODE_HEALTH | NODE_CLOCK_STATE);
    assert_told(ends, "PropertiesChanged");
    change(ends, NODE_FINDINGS);
    change(ends, NODE_STEPPED);
    assert_told(ends, "PropertiesChanged");
    end(ends, &resumed);
    assert_string_equal(ends->told[0].text,
                        "28800000000, {\"mended\": [\"clock\", \"mtu wg0\", \"address\"], "
                        "\"findings\": [\"clock-drift\", \"wanted-mtu-lost wg0\"], \"clock\": \"stepped\", "
                        "\"offset-usec\": -28800000000, \"network\": \"ok\", \"vpn\": \"down\"}");
    /* Cleared is what was raised before; nothing is raised, and no drift is told. */
    assert_told(ends, "Resumed FindingCleared before");
}

static void test_what_changed_last_comes_before_the_report(void **state)
{
    struct ends *ends = *state;

    hold(ends);
    publish_changed(&ends->bus.publish, NODE_UPLINK);
    publish_changed(&ends->bus.publish, NODE_ADDRESS); /* within the 20 ms */
    end(ends, &nothing);
    assert_string_equal(ends->told[1].text, "\"org.wslnode.Node1\", {\"Address\": \"172.20.1.2\"}, []");
    assert_told(ends, "PropertiesChanged PropertiesChanged Resumed");
    ends_run(ends, 50000);
    assert_told(ends, "");
}

static void test_afterwards_all_is_told_again(void **state)
{
    struct ends *ends = *state;
    struct finding *finding;

    hold(ends);
    finding = found(ends, "held", "");
    step(ends, S);
    end(ends, &nothing);
    assert_told(ends, "Resumed");
    change(ends, NODE_FINDINGS | NODE_STEPPED); /* what came in the same turn */
    assert_told(ends, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL;
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised held");
    step(ends, 2 * S);
    change(ends, NODE_STEPPED);
    assert_told(ends, "ClockStepped");
    /* Though it was never raised. */
    findings_clear(&ends->stand->findings);
    found(ends, "new", "");
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingCleared held FindingRaised new");
}

static void test_a_drift_that_ended_meanwhile(void **state)
{
    struct ends *ends = *state;

    found(ends, "clock-drift", "");
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised clock-drift ClockDrift+");
    hold(ends);
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged");
    end(ends, &nothing);
    assert_told(ends, "Resumed FindingCleared clock-drift ClockDrift-");
}

static void test_what_came_and_went_meanwhile(void **state)
{
    struct ends *ends = *state;

    found(ends, "stays", "");
    change(ends, NODE_FINDINGS);
    ends->told_count = 0;
    hold(ends);
    found(ends, "came", "");
    change(ends, NODE_FINDINGS);
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    found(ends, "stays", "");
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged PropertiesChanged PropertiesChanged");
    end(ends, &nothing);
    assert_string_equal(ends->told[0].text,
                        "0, {\"mended\": [], \"findings\": [\"stays\"], \"clock\": \"ok\", "
                        "\"offset-usec\": 0, \"network\": \"ok\", \"vpn\": \"ok\"}");
    assert_told(ends, "Resumed");
}

/* The bus is lost and comes back meanwhile: it is held as before, and ends once. */
static void test_a_bus_that_was_lost_meanwhile(void **state)
{
    struct ends *ends = *state;

    hold(ends);
    publish_stop(&ends->bus.publish);
    found(ends, "held", "");
    change(ends, NODE_FINDINGS);
    publish_start(&ends->bus.publish, ends->bus.connection);
    step(ends, S);
    change(ends, NODE_FINDINGS | NODE_STEPPED);
    assert_told(ends, "PropertiesChanged");
    end(ends, &nothing);
    assert_told(ends, "Resumed");
    /* And without a bus nothing is sent, and it is over. */
    hold(ends);
    publish_stop(&ends->bus.publish);
    end(ends, &nothing);
    publish_start(&ends->bus.publish, ends->bus.connection);
    found(ends, "new", "");
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_one_report_at_the_end),
        ENDS_TEST(test_what_changed_last_comes_before_the_report),
        ENDS_TEST(test_afterwards_all_is_told_again),
        ENDS_TEST(test_a_drift_that_ended_meanwhile),
        ENDS_TEST(test_what_came_and_went_meanwhile),
        ENDS_TEST(test_a_bus_that_was_lost_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
