/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of the clock: when it drifts, and every step once */
#include "ends.h"

#define S INT64_C(1000000)

static void change(struct ends *ends, int mask)
{
    publish_changed(&ends->bus.publish, mask);
    ends_run(ends, 25000);
}

static struct finding *found(struct ends *ends, const char *id, enum severity severity)
{
    return findings_add(&ends->stand->findings, id, "", severity);
}

/* All since the last time, in order; drifts by their state. */
static void assert_told(struct ends *ends, const char *expected)
{
    char text[1024] = "";

    for (size_t i = 0; i < ends->told_count; i++) {
        size_t length = strlen(text);
        const struct told *told = &ends->told[i];

        snprintf(text + length, sizeof(text) - length, "%s%s%s", i ? " " : "", told->member,
                 strstr(told->text, "\"drifting\": true")    ? "+"
                 : strstr(told->text, "\"drifting\": false") ? "-"
                                                             : "");
    }
    assert_string_equal(text, expected);
    ends->told_count = 0;
}

static void test_a_drift_is_told_with_its_finding(void **state)
{
    struct ends *ends = *state;
    struct finding *finding;

    stand_look(ends->stand, REFERENCE_PTP, 3 * S);
    found(ends, "other", SEVERITY_WARNING);
    finding = found(ends, "clock-drift", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised FindingRaised ClockDrift+");
    finding_signed(finding, "offset-usec", 3 * S);
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged");
    finding->severity = SEVERITY_CRITICAL; /* it drifts as before */
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingRaised");
    findings_clear(&ends->stand->findings);
    found(ends, "other", SEVERITY_WARNING);
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingCleared ClockDrift-");
    findings_clear(&ends->stand->findings);
    change(ends, NODE_FINDINGS);
    assert_told(ends, "PropertiesChanged FindingCleared");
}

static void step(struct ends *ends, int64_t by_usec)
{
    struct fact fact = fact_of(FACT_STEP);

    fact.step.by_usec = by_usec;
    tell(&ends->stand->node, fact);
}

static void assert_step(const struct ends *ends, size_t index, int64_t by_usec)
{
    char begin[40];

    assert_true(index < ends->told_count);
    snprintf(begin, sizeof(begin), "%ld, {\"own\": ", (long)by_usec);
    assert_string_equal(ends->told[index].member, "ClockStepped");
    if (strncmp(ends->told[index].text, begin, strlen(begin)) != 0)
        fail_msg("%s: not %s", ends->told[index].text, begin);
}

static void test_each_step_is_told_once(void **state)
{
    struct ends *ends = *state;

    step(ends, 5 * S);
    change(ends, NODE_STEPPED | NODE_CLOCK);
    assert_step(ends, 0, 5 * S);
    assert_told(ends, "ClockStepped"); /* no property goes with it */
    change(ends, NODE_STEPPED);
    change(ends, NODE_UPLINK);
    assert_told(ends, "PropertiesChanged");
    step(ends, -S);
    step(ends, 2 * S);
    step(ends, 2 * S); /* the same again is another one */
    change(ends, NODE_STEPPED);
    assert_int_equal(ends->told_count, 3);
    assert_step(ends, 0, -S);
    assert_step(ends, 1, 2 * S);
    assert_step(ends, 2, 2 * S);
}

static void test_steps_within_the_20_ms_are_told_after_them(void **state)
{
    struct ends *ends = *state;

    publish_changed(&ends->bus.publish, NODE_UPLINK);
    for (int i = 1; i <= 3; i++) {
        step(ends, i * S);
        publish_changed(&ends->bus.publish, NODE_STEPPED);
    }
    ends_run(ends, 25000);
    for (int i = 1; i <= 3; i++)
        assert_step(ends, i, i * S);
    assert_told(ends, "PropertiesChanged ClockStepped ClockStepped ClockStepped");
}

static void test_less_than_a_millisecond_is_not_told(void **state)
{
    struct ends *ends = *state;

    step(ends, 999);
    step(ends, -999);
    step(ends, 0);
    change(ends, NODE_STEPPED);
    assert_told(ends, "");
    step(ends, 1000);
    step(ends, 1);
    step(ends, -1000);
    change(ends, NODE_STEPPED);
    assert_step(ends, 0, 1000);
    assert_step(ends, 1, -1000);
    assert_told(ends, "ClockStepped ClockStepped");
}

/* More than are remembered: the last ones. */
static void test_more_steps_than_the_ring_holds(void **state)
{
    struct ends *ends = *state;

    for (int round = 0; round < 3; round++) {
        int count = CLOCK_STEPS_MAX + round * 7 - 1;

        for (int i = 1; i <= count; i++)
            step(ends, i * S);
        change(ends, NODE_STEPPED);
        assert_int_equal(ends->told_count, round ? CLOCK_STEPS_MAX : count);
        for (size_t i = 0; i < ends->told_count; i++)
            assert_step(ends, i, (count - (int64_t)ends->told_count + 1 + (int64_t)i) * S);
        ends->told_count = 0;
    }
    step(ends, S);
    change(ends, NODE_STEPPED);
    assert_told(ends, "ClockStepped");
}

static void test_what_was_before_the_bus_is_not_told(void **state)
{
    struct ends *ends = *state;

    publish_stop(&ends->bus.publish);
    step(ends, S);
    change(ends, NODE_STEPPED);
    step(ends, 2 * S); /* nobody has said so yet */
    publish_start(&ends->bus.publish, ends->bus.connection);
    change(ends, NODE_STEPPED);
    assert_told(ends, "");
    step(ends, 3 * S);
    change(ends, NODE_STEPPED);
    assert_step(ends, 0, 3 * S);
    assert_told(ends, "ClockStepped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_a_drift_is_told_with_its_finding),
        ENDS_TEST(test_each_step_is_told_once),
        ENDS_TEST(test_steps_within_the_20_ms_are_told_after_them),
        ENDS_TEST(test_less_than_a_millisecond_is_not_told),
        ENDS_TEST(test_more_steps_than_the_ring_holds),
        ENDS_TEST(test_what_was_before_the_bus_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
