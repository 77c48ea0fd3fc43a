/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of the clock: when it drifts, and every step once */
#include "peers.h"

#define S INT64_C(1000000)

static void change(struct peers *peers, int mask)
{
    publish_changed(&peers->bus.publish, mask);
    peers_run(peers, 25000);
}

static struct finding *found(struct peers *peers, const char *id, enum severity severity)
{
    return findings_add(&peers->stand->findings, id, "", severity);
}

/* All since the last time, in order; drifts by their state. */
static void assert_told(struct peers *peers, const char *expected)
{
    char text[1024] = "";

    for (size_t i = 0; i < peers->told_count; i++) {
        size_t length = strlen(text);
        const struct told *told = &peers->told[i];

        snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? " " : "", told->member,
                 strstr(told->text, "\"drifting\": true")    ? "+"
                 : strstr(told->text, "\"drifting\": false") ? "-"
                                                             : "");
    }
    assert_string_equal(text, expected);
    peers->told_count = 0;
}

static void test_a_drift_is_told_with_its_finding(void **state)
{
    struct peers *peers = *state;
    struct finding *finding;

    stand_look(peers->stand, REFERENCE_PTP, 3 * S);
    found(peers, "other", SEVERITY_WARNING);
    finding = found(peers, "clock-drift", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised FindingRaised ClockDrift+");
    finding_signed(finding, "offset-usec", 3 * S);
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL; /* it drifts as before */
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingRaised");
    findings_clear(&peers->stand->findings);
    found(peers, "other", SEVERITY_WARNING);
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingCleared ClockDrift-");
    findings_clear(&peers->stand->findings);
    change(peers, NODE_FINDINGS);
    assert_told(peers, "PropertiesChanged FindingCleared");
}

static void step(struct peers *peers, int64_t by_usec)
{
    struct fact fact = fact_of(FACT_STEP);

    fact.step.by_usec = by_usec;
    tell(&peers->stand->node, fact);
}

static void assert_step(const struct peers *peers, size_t index, int64_t by_usec)
{
    char begin[40];

    assert_true(index < peers->told_count);
    snprintf(begin, sizeof(begin), "%ld, {\"own\": ", (long)by_usec);
    assert_string_equal(peers->told[index].member, "ClockStepped");
    if (strncmp(peers->told[index].text, begin, strlen(begin)) != 0)
        fail_msg("%s: not %s", peers->told[index].text, begin);
}

static void test_each_step_is_told_once(void **state)
{
    struct peers *peers = *state;

    step(peers, 5 * S);
    change(peers, NODE_STEPPED | NODE_CLOCK);
    assert_step(peers, 0, 5 * S);
    assert_told(peers, "ClockStepped"); /* no property goes with it */
    change(peers, NODE_STEPPED);
    change(peers, NODE_UPLINK);
    assert_told(peers, "PropertiesChanged");
    step(peers, -S);
    step(peers, 2 * S);
    step(peers, 2 * S); /* the same again is another one */
    change(peers, NODE_STEPPED);
    assert_int_equal(peers->told_count, 3);
    assert_step(peers, 0, -S);
    assert_step(peers, 1, 2 * S);
    assert_step(peers, 2, 2 * S);
}

static void test_steps_within_the_20_ms_are_told_after_them(void **state)
{
    struct peers *peers = *state;

    publish_changed(&peers->bus.publish, NODE_UPLINK);
    for (int i = 1; i <= 3; i++) {
        step(peers, i * S);
        publish_changed(&peers->bus.publish, NODE_STEPPED);
    }
    peers_run(peers, 25000);
    for (int i = 1; i <= 3; i++)
        assert_step(peers, i, i * S);
    assert_told(peers, "PropertiesChanged ClockStepped ClockStepped ClockStepped");
}

static void test_less_than_a_millisecond_is_not_told(void **state)
{
    struct peers *peers = *state;

    step(peers, 999);
    step(peers, -999);
    step(peers, 0);
    change(peers, NODE_STEPPED);
    assert_told(peers, "");
    step(peers, 1000);
    step(peers, 1);
    step(peers, -1000);
    change(peers, NODE_STEPPED);
    assert_step(peers, 0, 1000);
    assert_step(peers, 1, -1000);
    assert_told(peers, "ClockStepped ClockStepped");
}

/* More than are remembered: the last ones. */
static void test_more_steps_than_the_ring_holds(void **state)
{
    struct peers *peers = *state;

    for (int round = 0; round < 3; round++) {
        int count = CLOCK_STEPS_MAX + round * 7 - 1;

        for (int i = 1; i <= count; i++)
            step(peers, i * S);
        change(peers, NODE_STEPPED);
        assert_int_equal(peers->told_count, round ? CLOCK_STEPS_MAX : count);
        for (size_t i = 0; i < peers->told_count; i++)
            assert_step(peers, i, (count - (int64_t)peers->told_count + 1 + (int64_t)i) * S);
        peers->told_count = 0;
    }
    step(peers, S);
    change(peers, NODE_STEPPED);
    assert_told(peers, "ClockStepped");
}

static void test_what_was_before_the_bus_is_not_told(void **state)
{
    struct peers *peers = *state;

    publish_stop(&peers->bus.publish);
    step(peers, S);
    change(peers, NODE_STEPPED);
    step(peers, 2 * S); /* nobody has said so yet */
    publish_start(&peers->bus.publish, peers->bus.connection);
    change(peers, NODE_STEPPED);
    assert_told(peers, "");
    step(peers, 3 * S);
    change(peers, NODE_STEPPED);
    assert_step(peers, 0, 3 * S);
    assert_told(peers, "ClockStepped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_a_drift_is_told_with_its_finding),
        PEERS_TEST(test_each_step_is_told_once),
        PEERS_TEST(test_steps_within_the_20_ms_are_told_after_them),
        PEERS_TEST(test_less_than_a_millisecond_is_not_told),
        PEERS_TEST(test_more_steps_than_the_ring_holds),
        PEERS_TEST(test_what_was_before_the_bus_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
