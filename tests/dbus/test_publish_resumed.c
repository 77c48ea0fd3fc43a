/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of a resume: nothing while it is seen to, then all at once */
#include "peers.h"

#define S INT64_C(1000000)

static const struct resumed nothing = {.clock = "ok"};

static void change(struct peers *peers, int mask)
{
    publish_changed(&peers->bus.publish, mask);
    peers_run(peers, 25000);
}

static struct finding *found(struct peers *peers, const char *id, const char *subject)
{
    return findings_add(&peers->stand->findings, id, subject, SEVERITY_WARNING);
}

static void step(struct peers *peers, int64_t by_usec)
{
    struct fact fact = fact_of(FACT_STEP);

    fact.step.by_usec = by_usec;
    tell(&peers->stand->node, fact);
}

/* All since the last time, in order: findings by their id, drifts by their state. */
static void assert_told(struct peers *peers, const char *expected)
{
    char text[1024] = "";

    for (size_t i = 0; i < peers->told_count; i++) {
        size_t length = strlen(text);
        const struct told *told = &peers->told[i];
        const char *mark = strstr(told->text, "\"drifting\": true")    ? "+"
                           : strstr(told->text, "\"drifting\": false") ? "-"
                                                                       : "";

        snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? " " : "", told->member, mark);
        if (strncmp(told->member, "Finding", strlen("Finding")) == 0)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), " %.*s",
                     (int)strcspn(told->text + 1, "\""), told->text + 1);
    }
    assert_string_equal(text, expected);
    peers->told_count = 0;
}

static void hold(struct peers *peers)
{
    publish_hold(&peers->bus.publish);
}

static void end(struct peers *peers, const struct resumed *resumed)
{
    publish_resumed(&peers->bus.publish, resumed);
    peers_drain(peers);
}

static void test_one_report_at_the_end(void **state)
{
    struct resumed resumed = {.asleep_usec = 28800 * S,
                              .mended = {"clock", "mtu wg0", "address"},
                              .mended_count = 3,
                              .clock = "stepped",
                              .offset_usec = -28800 * S};
    struct peers *peers = *state;

    found(peers, "before", "");
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised before");
    hold(peers);
    findings_clear(&peers->stand->findings);
    found(peers, "clock-drift", "");
    found(peers, "wanted-mtu-lost", "wg0");
    step(peers, 28800 * S);
    change(peers, NODE_FINDINGS | NODE_STEPPED | NODE_HEALTH | NODE_CLOCK_STATE);
    assert_told(peers, "PropertiesChanged");
    change(peers, NODE_FINDINGS);
    change(peers, NODE_STEPPED);
    assert_told(peers, "PropertiesChanged");
    end(peers, &resumed);
    assert_string_equal(peers->told[0].text,
                        "28800000000, {\"mended\": [\"clock\", \"mtu wg0\", \"address\"], "
                        "\"findings\": [\"clock-drift\", \"wanted-mtu-lost wg0\"], \"clock\": \"stepped\", "
                        "\"offset-usec\": -28800000000, \"network\": \"ok\"}");
    /* Cleared is what was raised before; nothing is raised, and no drift is told. */
    assert_told(peers, "Resumed FindingCleared before");
}

static void test_what_changed_last_comes_before_the_report(void **state)
{
    struct peers *peers = *state;

    hold(peers);
    publish_changed(&peers->bus.publish, NODE_UPLINK);
    publish_changed(&peers->bus.publish, NODE_ADDRESS); /* within the 20 ms */
    end(peers, &nothing);
    assert_string_equal(peers->told[1].text, "\"org.wslnode.Node1\", {\"Address\": \"172.20.1.2\"}, []");
    assert_told(peers, "PropertiesChanged PropertiesChanged Resumed");
    peers_run(peers, 50000);
    assert_told(peers, "");
}

static void test_afterwards_all_is_told_again(void **state)
{
    struct peers *peers = *state;
    struct finding *finding;

    hold(peers);
    finding = found(peers, "held", "");
    step(peers, S);
    end(peers, &nothing);
    assert_told(peers, "Resumed");
    change(peers, NODE_FINDINGS | NODE_STEPPED); /* what came in the same turn */
    assert_told(peers, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL;
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised held");
    step(peers, 2 * S);
    change(peers, NODE_STEPPED);
    assert_told(peers, "ClockStepped");
    /* Though it was never raised. */
    findings_clear(&peers->stand->findings);
    found(peers, "new", "");
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingCleared held FindingRaised new");
}

static void test_a_drift_that_ended_meanwhile(void **state)
{
    struct peers *peers = *state;

    found(peers, "clock-drift", "");
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised clock-drift ClockDrift+");
    hold(peers);
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged");
    end(peers, &nothing);
    assert_told(peers, "Resumed FindingCleared clock-drift ClockDrift-");
}

static void test_what_came_and_went_meanwhile(void **state)
{
    struct peers *peers = *state;

    found(peers, "stays", "");
    change(peers, NODE_FINDINGS);
    peers->told_count = 0;
    hold(peers);
    found(peers, "came", "");
    change(peers, NODE_FINDINGS);
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    found(peers, "stays", "");
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged PropertiesChanged PropertiesChanged");
    end(peers, &nothing);
    assert_string_equal(peers->told[0].text,
                        "0, {\"mended\": [], \"findings\": [\"stays\"], \"clock\": \"ok\", "
                        "\"offset-usec\": 0, \"network\": \"ok\"}");
    assert_told(peers, "Resumed");
}

/* The bus is lost and comes back meanwhile: it is held as before, and ends once. */
static void test_a_bus_that_was_lost_meanwhile(void **state)
{
    struct peers *peers = *state;

    hold(peers);
    publish_stop(&peers->bus.publish);
    found(peers, "held", "");
    change(peers, NODE_FINDINGS);
    publish_start(&peers->bus.publish, peers->bus.connection);
    step(peers, S);
    change(peers, NODE_FINDINGS | NODE_STEPPED);
    assert_told(peers, "PropertiesChanged");
    end(peers, &nothing);
    assert_told(peers, "Resumed");
    /* And without a bus nothing is sent, and it is over. */
    hold(peers);
    publish_stop(&peers->bus.publish);
    end(peers, &nothing);
    publish_start(&peers->bus.publish, peers->bus.connection);
    found(peers, "new", "");
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_one_report_at_the_end),
        PEERS_TEST(test_what_changed_last_comes_before_the_report),
        PEERS_TEST(test_afterwards_all_is_told_again),
        PEERS_TEST(test_a_drift_that_ended_meanwhile),
        PEERS_TEST(test_what_came_and_went_meanwhile),
        PEERS_TEST(test_a_bus_that_was_lost_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
