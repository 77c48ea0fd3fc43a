/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: what it says of the clock, of resumes and of loopback */
#include "clock_facts.h"

static int set_up(void **state)
{
    static struct node node;

    node_with_tunnel(&node);
    *state = &node;
    return 0;
}

static int tear_down(void **state)
{
    node_done(*state);
    return 0;
}

/* The clock has no events: what is told of it are signals of its own. */
static int tell_silently(struct node *node, struct fact fact)
{
    struct events events = {.count = 0};
    int mask = node_apply(node, &fact, &events);

    assert_int_equal(events.count, 0);
    return mask;
}

static void test_bits_of_the_clock(void **state)
{
    struct node *node = *state;
    struct fact look = clock_off(3 * S), writers = fact_of(FACT_WRITERS);

    assert_int_equal(tell_silently(node, look), NODE_CLOCK | NODE_CLOCK_STATE | NODE_CLOCK_REFERENCE);
    assert_int_equal(tell_silently(node, look), 0);
    look.clock.raw_usec += CLOCK_HOLD_USEC / 2;
    assert_int_equal(tell_silently(node, look), NODE_CLOCK);
    look.clock.raw_usec += CLOCK_HOLD_USEC / 2;
    assert_int_equal(tell_silently(node, look), NODE_CLOCK | NODE_CLOCK_STATE); /* it drifts */
    look.clock.reference = REFERENCE_NTP;
    assert_int_equal(tell_silently(node, look), NODE_CLOCK | NODE_CLOCK_REFERENCE);
    assert_int_equal(tell_silently(node, clock_alone()),
                     NODE_CLOCK | NODE_CLOCK_STATE | NODE_CLOCK_REFERENCE);
    assert_int_equal(tell_silently(node, writers), 0); /* nobody is known to be there, as before */
    writers.writers.chronyd = true;
    assert_int_equal(tell_silently(node, writers), NODE_CLOCK);
    assert_int_equal(tell_silently(node, writers), 0);
}

static void test_steps_and_resumes_are_each_news(void **state)
{
    struct node *node = *state;
    struct fact step = fact_of(FACT_STEP), resume = fact_of(FACT_RESUME);

    tell(node, clock_off(10 * S));
    step.step.raw_usec = RAW;
    step.step.clock_usec = BASE + 10 * S;
    for (int i = 1; i < CLOCK_FIGHT_STEPS; i++)
        assert_int_equal(tell_silently(node, step), NODE_CLOCK | NODE_STEPPED);
    assert_int_equal(tell_silently(node, step), NODE_CLOCK | NODE_STEPPED | NODE_CLOCK_STATE); /* a fight */
    assert_int_equal(node->clock.steps_total, CLOCK_FIGHT_STEPS);
    resume.resume.asleep_usec = 7 * S;
    assert_int_equal(tell_silently(node, resume), NODE_RESUMED);
    assert_int_equal(tell_silently(node, resume), NODE_RESUMED);
    assert_int_equal(node->clock.resumes_total, 2);
    assert_int_equal(node->clock.asleep_usec, 7 * S);
}

static void test_loopback(void **state)
{
    struct node *node = *state;
    struct fact fact = fact_of(FACT_LOOPBACK);

    assert_false(node_loopback_known(node));
    assert_int_equal(tell_silently(node, fact), NODE_LOOPBACK); /* that it was asked is news to Diagnose */
    assert_true(node_loopback_known(node));
    assert_int_equal(tell_silently(node, fact), 0);
    fact.loopback.dead = true;
    assert_int_equal(tell_silently(node, fact), NODE_LOOPBACK);
    assert_int_equal(tell_silently(node, fact), 0);
    fact.loopback.dead = false;
    assert_int_equal(tell_silently(node, fact), NODE_LOOPBACK);
}

static void test_the_clock_is_known_with_its_platform(void **state)
{
    struct node node;

    node_init(&node);
    assert_false(node_clock_known(&node));
    tell(&node, clock_alone()); /* a look without a reference is one */
    assert_false(node_clock_known(&node));
    tell(&node, platform_of("wsl2", "nat"));
    assert_true(node_clock_known(&node));
    node_done(&node);
    node_init(&node);
    tell(&node, platform_of("wsl2", "nat"));
    assert_false(node_clock_known(&node));
    node_done(&node);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(test_bits_of_the_clock),
        NODE_TEST(test_steps_and_resumes_are_each_news),
        NODE_TEST(test_loopback),
        cmocka_unit_test(test_the_clock_is_known_with_its_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
