/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock, by itself: with a sensor that is the test's */
#include "../../service/sync.h"
#include "../../service/sys/clock_time.h"
#include "../state/clock_facts.h"

struct stand {
    struct node node;
    struct clock_config config;
    struct sync sync;
    unsigned measured;
    int again;
};

static struct {
    int64_t now_usec, fresh_since_usec, asked_for_usec;
    unsigned asked;
    struct sync *at_once; /* the PTP clock's way: its turn ends before the question does */
} sensor;

int64_t clock_time_raw(void)
{
    return sensor.now_usec;
}

bool sense_clock_fresh(struct sense_clock *clock, int64_t raw_usec)
{
    assert_ptr_equal(clock, &sensor);
    sensor.asked++;
    sensor.asked_for_usec = raw_usec;
    if (sensor.at_once && sensor.fresh_since_usec < raw_usec) {
        sensor.fresh_since_usec = raw_usec;
        sync_turn(sensor.at_once);
    }
    return sensor.fresh_since_usec >= raw_usec;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    memset(&sensor, 0, sizeof(sensor));
    sensor.now_usec = RAW;
    node_init(&stand.node);
    stand.config.auto_sync = AUTO_SYNC_ALWAYS;
    stand.sync =
        (struct sync){.node = &stand.node, .config = &stand.config, .clock = (struct sense_clock *)&sensor};
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    node_done(&((struct stand *)*state)->node);
    return 0;
}

static void on_measured(void *userdata)
{
    ((struct stand *)userdata)->measured++;
}

static void on_measured_again(void *userdata)
{
    struct stand *stand = userdata;

    stand->measured++;
    if (stand->again-- > 0)
        sync_measure(&stand->sync, on_measured_again, stand);
}

static void test_measured_at_once(void **state)
{
    struct stand *stand = *state;

    sensor.fresh_since_usec = RAW;
    sync_measure(&stand->sync, on_measured, stand);
    assert_int_equal(stand->measured, 1);
    assert_int_equal(sensor.asked_for_usec, RAW);
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 1);
    assert_int_equal(sensor.asked, 1); /* nobody waits: the sensor is left alone */
}

static void test_measured_while_it_is_asked_for(void **state)
{
    struct stand *stand = *state;

    sensor.at_once = &stand->sync;
    sync_measure(&stand->sync, on_measured, stand);
    assert_int_equal(stand->measured, 1);
}

/* What counts is when it was asked for, not when the sensor's turn ends. */
static void test_measured_in_a_later_turn(void **state)
{
    struct stand *stand = *state;

    sync_turn(&stand->sync);
    assert_int_equal(sensor.asked, 0);
    sync_measure(&stand->sync, on_measured, stand);
    sensor.now_usec += 5 * S;
    sensor.fresh_since_usec = RAW - 1;
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 0);
    assert_int_equal(sensor.asked_for_usec, RAW);
    sensor.fresh_since_usec = RAW;
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 1);
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 1);
}

static void test_who_was_answered_asks_again(void **state)
{
    struct stand *stand = *state;

    sensor.fresh_since_usec = RAW;
    stand->again = 2;
    sync_measure(&stand->sync, on_measured_again, stand);
    assert_int_equal(stand->measured, 3);
    stand->again = 1;
    sensor.fresh_since_usec = 0;
    sync_measure(&stand->sync, on_measured_again, stand);
    sensor.now_usec += S;
    sensor.fresh_since_usec = RAW;
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 4);
    sensor.fresh_since_usec = RAW + S; /* the second waits as the first did */
    sync_turn(&stand->sync);
    assert_int_equal(stand->measured, 5);
}

/* The clock is off by so much, at a time after the first look. */
static void look(struct stand *stand, int64_t offset_usec, int64_t later_usec)
{
    struct fact fact = clock_off(offset_usec);

    fact.clock.raw_usec += later_usec;
    tell(&stand->node, fact);
}

static const struct {
    int64_t offset_usec, bound_usec;
    bool right;
} right_rows[] = {
    {0, 0, true},          {999999, 100, true},    {S, 100, false},         {-999999, 100, true},
    {-S, 100, false},      {S, S, false},          {S, S + 1, true},        {5 * S - 1, 5 * S, true},
    {5 * S, 5 * S, false}, {-5 * S, 5 * S, false}, {86400 * S, 100, false},
};

static void test_wanted_when_it_is_wrong(void **state)
{
    for (size_t i = 0; i < COUNT(right_rows); i++) {
        struct fact fact = clock_off(right_rows[i].offset_usec);
        struct stand *stand;

        set_up(state);
        stand = *state;
        fact.clock.bound_usec = right_rows[i].bound_usec;
        tell(&stand->node, fact);
        assert_int_equal(clock_is_right(&stand->node.clock), right_rows[i].right);
        assert_int_equal(clock_may_be_stepped(&stand->node.clock), !right_rows[i].right);
        assert_int_equal(sync_wanted(&stand->sync), !right_rows[i].right);
    }
}

static void test_wanted_only_where_configured(void **state)
{
    struct stand *stand = *state;

    look(stand, 60 * S, 0);
    stand->config.auto_sync = AUTO_SYNC_RESUME;
    assert_false(sync_wanted(&stand->sync));
    stand->config.auto_sync = AUTO_SYNC_NO;
    assert_false(sync_wanted(&stand->sync));
    stand->config.auto_sync = AUTO_SYNC_ALWAYS;
    assert_true(sync_wanted(&stand->sync));
}

/* What one would have to ask for with FORCE is not done by itself. */
static void test_what_may_not_be_stepped(void **state)
{
    struct stand *stand = *state;
    struct fact fact = clock_alone();

    assert_false(sync_wanted(&stand->sync));
    tell(&stand->node, fact);
    assert_false(sync_wanted(&stand->sync));
    fact = clock_off(60 * S);
    fact.clock.settable = false;
    tell(&stand->node, fact);
    assert_false(sync_wanted(&stand->sync));
    look(stand, 86400 * S + 1, 0);
    assert_false(sync_wanted(&stand->sync));
    look(stand, -86400 * S - 1, 0);
    assert_false(sync_wanted(&stand->sync));
    look(stand, -86400 * S, 0);
    assert_true(sync_wanted(&stand->sync));
}

static void test_not_in_a_fight(void **state)
{
    struct stand *stand = *state;

    clock_fought(&stand->node);
    look(stand, 10 * S, 61 * S); /* the last of their steps is long ago enough */
    assert_true(clock_fights(&stand->node.clock));
    assert_false(sync_wanted(&stand->sync));
    assert_false(sync_allowed(&stand->sync));
}

/* Once a minute, whether it helped or not. */
static void test_a_minute_between_two(void **state)
{
    struct stand *stand = *state;

    look(stand, 10 * S, 0);
    assert_true(sync_wanted(&stand->sync));
    assert_false(sync_wanted(&stand->sync));
    look(stand, 10 * S, 60 * S - 1);
    assert_false(sync_wanted(&stand->sync));
    look(stand, 10 * S, 60 * S);
    assert_true(sync_wanted(&stand->sync));
    look(stand, 10 * S, 61 * S);
    assert_false(sync_wanted(&stand->sync));
}

static void test_a_minute_after_somebody_elses(void **state)
{
    struct stand *stand = *state;

    look(stand, 10 * S, 0);
    clock_stepped(&stand->node, 0, 10 * S, 10 * S);
    assert_false(sync_wanted(&stand->sync));
    look(stand, 10 * S, 60 * S);
    assert_false(sync_wanted(&stand->sync));
    look(stand, 10 * S, 60 * S + 1);
    assert_true(sync_wanted(&stand->sync));
}

/* A step of ours keeps nobody from the next. */
static void test_after_a_step_of_ours(void **state)
{
    struct stand *stand = *state;
    struct fact fact = fact_of(FACT_STEP);

    look(stand, 10 * S, 0);
    fact.step.raw_usec = RAW;
    fact.step.own = true;
    tell(&stand->node, fact);
    assert_true(sync_wanted(&stand->sync));
}

static void test_after_the_machine_stood_still(void **state)
{
    struct stand *stand = *state;

    assert_true(sync_allowed(&stand->sync));
    stand->config.auto_sync = AUTO_SYNC_RESUME;
    assert_true(sync_allowed(&stand->sync));
    stand->config.auto_sync = AUTO_SYNC_NO;
    assert_false(sync_allowed(&stand->sync));
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_measured_at_once),
        STAND_TEST(test_measured_while_it_is_asked_for),
        STAND_TEST(test_measured_in_a_later_turn),
        STAND_TEST(test_who_was_answered_asks_again),
        cmocka_unit_test_teardown(test_wanted_when_it_is_wrong, tear_down),
        STAND_TEST(test_wanted_only_where_configured),
        STAND_TEST(test_what_may_not_be_stepped),
        STAND_TEST(test_not_in_a_fight),
        STAND_TEST(test_a_minute_between_two),
        STAND_TEST(test_a_minute_after_somebody_elses),
        STAND_TEST(test_after_a_step_of_ours),
        STAND_TEST(test_after_the_machine_stood_still),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
