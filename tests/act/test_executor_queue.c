/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: its queue, its second plan, and what it puts back */
#include "stand.h"

static void assert_changed_since(struct stand *stand)
{
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->kernel.gets, 0);
    assert_int_equal(stand->kernel.sets, 0);
    assert_int_equal(stand->wanted.count, 0);
    assert_int_equal(stand->changes.list.count, 0);
}

static void test_another_link_of_that_name(void **state)
{
    struct stand *stand = *state;

    stand_submit(stand, set_mtu("wg0", 1280, 0));
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    tell(&stand->node, link_up(WG0 + 1, "wg0", "wireguard", 1420));
    assert_changed_since(stand);
}

static void test_another_kind_of_link(void **state)
{
    struct stand *stand = *state;

    stand_submit(stand, set_mtu("wg0", 1280, 0));
    tell(&stand->node, link_up(WG0, "wg0", "tun", 1420));
    assert_changed_since(stand);
}

static void test_a_finding_that_asks_for_another_value(void **state)
{
    struct stand *stand = *state;
    struct call call = {.verb = VERB_MEND, .word = "some-finding", .target = "wg0"};
    struct finding *finding = findings_add(&stand->findings, "some-finding", "wg0", SEVERITY_WARNING);

    finding->mend = (struct mend){.verb = MEND_SET_MTU, .link = "wg0", .mtu = 1300};
    stand_submit(stand, call);
    finding->mend.mtu = 1290;
    assert_changed_since(stand);
}

static void test_a_link_that_is_gone_meanwhile(void **state)
{
    struct stand *stand = *state;

    stand_submit(stand, set_mtu("wg0", 1280, 0));
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NO_SUCH_LINK);
    assert_int_equal(stand->kernel.gets, 0);
}

/* Its MTU is not what was authorised: the plan is made from what is there now. */
static void test_another_mtu_meanwhile(void **state)
{
    struct stand *stand = *state;

    stand_submit(stand, set_mtu("wg0", 1280, 0));
    stand->kernel.mtu = 1400;
    stand_hear(stand);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.plan.steps[0].mtu_before, 1400);
    assert_int_equal(stand->kernel.mtu, 1280);
}

static void test_the_queue_is_bounded(void **state)
{
    struct stand *stand = *state;
    struct job job = {.call = set_mtu("wg0", 1280, 0)};
    struct refusal refusal;

    assert_true(executor_idle(stand->executor));
    for (int i = 0; i < EXECUTOR_QUEUE_MAX; i++)
        stand_submit(stand, set_mtu("wg0", 1280 + i, 0));
    assert_false(executor_idle(stand->executor));
    assert_int_equal(executor_submit(stand->executor, &job, &refusal), -1);
    assert_int_equal(refusal.kind, REFUSAL_BUSY);
    stand_wait(stand, EXECUTOR_QUEUE_MAX);
    assert_true(executor_idle(stand->executor));
    /* All ran, in turn: the last one stands. */
    assert_int_equal(stand->kernel.mtu, 1280 + EXECUTOR_QUEUE_MAX - 1);
    assert_int_equal(stand->changes.list.last_id, EXECUTOR_QUEUE_MAX);
    stand_submit(stand, set_mtu("wg0", 1300, 0));
    stand_wait(stand, EXECUTOR_QUEUE_MAX + 1);
}

static void test_one_at_a_time_in_turn(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, link_up(8, "tun1", "tun", 1420));
    stand_submit(stand, set_mtu("wg0", 1280, 0));
    sd_event_run(stand->event, 0);                 /* waits for the kernel */
    stand_submit(stand, set_mtu("tun1", 1420, 0)); /* only a wish: would need no answer of the kernel */
    stand_wait(stand, 2);
    assert_int_equal(stand->kernel.sets, 1);
    assert_int_equal(stand->changes.list.count, 2);
    assert_string_equal(stand->order, "0n");
}

static void test_put_back_is_not_logged(void **state)
{
    struct stand *stand = *state;
    struct wish wish = {.set = true, .mtu = 1280};

    wanted_set(&stand->wanted, "wg0", &wish);
    stand_submit_put_back(stand, "wg0");
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->kernel.mtu, 1280);
    assert_int_equal(stand->changes.list.count, 0);
    scratch_assert(&stand->scratch, STAND_LOG, NULL);
    stand_hear(stand);
    stand->kernel.gets = 0;
    stand_submit_put_back(stand, "wg0"); /* right by now */
    stand_wait(stand, 2);
    assert_int_equal(stand->outcome.plan.steps_count, 0);
    assert_int_equal(stand->kernel.gets, 0);
}

static void test_put_back_that_fails_keeps_the_wish(void **state)
{
    struct stand *stand = *state;
    struct wish wish = {.set = true, .mtu = 1280};

    wanted_set(&stand->wanted, "wg0", &wish);
    stand->kernel.set_error = -EINVAL;
    stand_submit_put_back(stand, "wg0");
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_INVALID_MTU);
    assert_int_equal(wanted_wish(wanted_find(&stand->wanted, "wg0")).mtu, 1280);
    assert_int_equal(stand->changes.list.count, 0);
    scratch_assert(&stand->scratch, STAND_LOG, NULL);
}

static void test_freed_with_calls_that_wait(void **state)
{
    struct stand *stand = *state;

    for (int i = 0; i < 3; i++)
        stand_submit(stand, set_mtu("wg0", 1280, 0));
    sd_event_run(stand->event, 0); /* the first one waits for the kernel */
    stand->executor = executor_free(stand->executor);
    assert_null(stand->executor);
    assert_int_equal(stand->done, 0);
    assert_int_equal(stand->ended, 3); /* each one is told, once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_another_link_of_that_name),
        STAND_TEST(test_another_kind_of_link),
        STAND_TEST(test_a_finding_that_asks_for_another_value),
        STAND_TEST(test_a_link_that_is_gone_meanwhile),
        STAND_TEST(test_another_mtu_meanwhile),
        STAND_TEST(test_the_queue_is_bounded),
        STAND_TEST(test_one_at_a_time_in_turn),
        STAND_TEST(test_put_back_is_not_logged),
        STAND_TEST(test_put_back_that_fails_keeps_the_wish),
        STAND_TEST(test_freed_with_calls_that_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
