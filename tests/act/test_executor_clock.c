/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: a step of the clock, and what the log says of it */
#include <stdlib.h>

#include "../../service/sys/clock_time.h"
#include "../state/packed.h"
#include "stand.h"

#define S INT64_C(1000000)

/* What the next start reads of the first entry. */
static enum change_state state_on_disk(struct stand *stand, struct step *step)
{
    static struct wanted wanted;
    const struct change *change;
    struct changes changes;
    enum change_state state;

    changes_init(&changes);
    assert_int_equal(changes_load(&changes, stand->scratch.root, &wanted), 0);
    change = change_list_find(&changes.list, 1);
    assert_non_null(change);
    assert_int_equal(change->steps.count, 1);
    *step = steps_at(&change->steps, 0);
    state = change->state;
    changes_done(&changes);
    return state;
}

static uint64_t stamp_before; /* of the entry, when the clock was measured */

/* The entry is there before anything is done, and by then the clock is one second more off. */
static void look_again(struct stand *stand)
{
    struct step step;

    assert_int_equal(state_on_disk(stand, &step), CHANGE_DONE);
    assert_near(step.clock_by_usec, 100 * S);
    assert_int_equal(settime.calls, 0);
    stamp_before = change_list_find(&stand->changes.list, 1)->time_usec;
    stand_look(stand, REFERENCE_PTP, -101 * S);
    usleep(2000);
}

/* In all of these it is behind: a reference that is would tell a time before this was built. */
static void test_it_is_done_and_logged(void **state)
{
    struct stand *stand = *state;
    const struct change *change;
    struct step step;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->on_measure = look_again;
    assert_int_equal(stand_run(stand, sync_clock(0))->change, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->measures, 1);
    assert_int_equal(settime.calls, 1);
    assert_int_equal(stand->stepped, 1);
    assert_int_equal(stand->restarted, 0);
    assert_near(stand->outcome.plan.clock.offset_usec, -101 * S);
    change = change_list_find(&stand->changes.list, 1);
    assert_int_equal(change->verb, VERB_SYNC_CLOCK);
    assert_int_equal(change->uid, 1000);
    /* On disk is what was done, not what was planned. */
    assert_int_equal(state_on_disk(stand, &step), CHANGE_DONE);
    assert_int_equal(step.kind, STEP_CLOCK);
    assert_string_equal(step.target, "clock");
    assert_near(step.clock_by_usec, 101 * S);
    assert_true(step.clock_by_usec == stand->outcome.plan.steps[0].clock_by_usec);
    assert_false(step.clock_left);
}

/* Before it the clock was wrong. */
static void test_its_time_is_of_after_the_step(void **state)
{
    struct stand *stand = *state;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->on_measure = look_again;
    stand_run(stand, sync_clock(0));
    assert_true(change_list_find(&stand->changes.list, 1)->time_usec >= stamp_before + 2000);
    stand_load(stand);
    assert_true(change_list_find(&stand->changes.list, 1)->time_usec >= stamp_before + 2000);
}

static void right_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_PTP, 0);
}

static void test_one_that_was_left_says_so(void **state)
{
    struct stand *stand = *state;
    struct step step;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->on_measure = right_it;
    assert_int_equal(stand_run(stand, sync_clock(0))->change, 1);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(stand->stepped, 0);
    assert_int_equal(state_on_disk(stand, &step), CHANGE_DONE);
    assert_true(step.clock_left);
    assert_int_equal(step.clock_by_usec, 0);
}

static void lose_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_NONE, 0);
}

static void test_a_refusal_leaves_a_failed_entry(void **state)
{
    struct stand *stand = *state;
    struct step step;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->on_measure = lose_it;
    assert_int_equal(stand_run(stand, sync_clock(0))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(stand->stepped, 0);
    assert_int_equal(state_on_disk(stand, &step), CHANGE_FAILED);
    assert_near(step.clock_by_usec, 100 * S);
}

static void test_a_kernel_that_refuses_leaves_a_failed_entry(void **state)
{
    struct stand *stand = *state;
    struct step step;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    settime.error = EPERM;
    assert_int_equal(stand_run(stand, sync_clock(0))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->outcome.refusal.text, strerror(EPERM)));
    assert_int_equal(settime.calls, 1);
    assert_int_equal(stand->stepped, 0);
    assert_int_equal(state_on_disk(stand, &step), CHANGE_FAILED);
}

static void test_without_a_log_it_is_not_stepped(void **state)
{
    struct stand *stand = *state;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    scratch_mkdir(&stand->scratch, STAND_LOG);
    stand_run(stand, sync_clock(0));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_int_equal(stand->measures, 0);
    assert_int_equal(settime.calls, 0);
}

static void test_it_cannot_be_undone(void **state)
{
    struct stand *stand = *state;
    struct call call = undo(1);
    struct refusal refusal;
    struct plan plan;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand_run(stand, sync_clock(0));
    call.flags = CALL_FORCE;
    assert_int_equal(plan_make(&stand->view, &call, &plan, &refusal), -1);
    assert_int_equal(refusal.kind, REFUSAL_NOT_UNDOABLE);
}

static void test_a_clock_that_is_right_is_not_measured_again(void **state)
{
    struct stand *stand = *state;

    stand_look(stand, REFERENCE_PTP, 0);
    assert_int_equal(stand_run(stand, sync_clock(0))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.plan.steps_count, 0);
    assert_int_equal(stand->outcome.plan.clock.reference, REFERENCE_PTP);
    assert_int_equal(stand->measures, 0);
    assert_int_equal(stand->changes.list.count, 0);
}

static void assert_waits(struct stand *stand)
{
    unsigned done = stand->done;

    for (int i = 0; i < 5; i++)
        assert_true(sd_event_run(stand->event, 1000) >= 0);
    assert_int_equal(stand->done, done);
}

/* It waits until the clock was measured, and says what was measured then. */
static void test_a_dry_run_measures_and_does_nothing(void **state)
{
    struct stand *stand = *state;
    int64_t before = clock_time_raw();

    stand->unready = true;
    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand_submit(stand, sync_clock(CALL_DRY_RUN));
    assert_int_equal(stand->next.call.verb, VERB_SYNC_CLOCK);
    assert_int_equal(stand->next.call.flags, CALL_DRY_RUN);
    /* By when it was submitted it is known which look is of after that. */
    assert_in_range(stand->next.raw_usec, before, clock_time_raw());
    assert_waits(stand);
    executor_resume(stand->executor); /* a turn of another sensor */
    assert_waits(stand);
    stand_look(stand, REFERENCE_RTC, -50 * S);
    stand->unready = false;
    executor_resume(stand->executor);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->outcome.plan.clock.reference, REFERENCE_RTC);
    assert_near(stand->outcome.plan.clock.offset_usec, -50 * S);
    assert_int_equal(stand->outcome.plan.steps_count, 1);
    assert_near(stand->outcome.plan.steps[0].clock_by_usec, 50 * S);
    assert_int_equal(stand->measures, 0);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(stand->stepped, 0);
    scratch_assert(&stand->scratch, STAND_LOG, NULL);
}

/* Of now, not of when it was called: a call may wait for a person's password. */
static void test_it_is_planned_by_the_clocks_of_now(void **state)
{
    struct stand *stand = *state;
    struct call call = sync_clock(CALL_DRY_RUN);

    stand_look(stand, REFERENCE_PTP, -100 * S);
    call.raw_usec = 5;
    call.clock_usec = 7;
    stand_submit_job(stand, JOB_OWN, call);
    stand_wait(stand, 1);
    assert_near(stand->outcome.plan.clock.offset_usec, -100 * S);
    assert_in_range(stand->outcome.plan.clock.bound_usec, 1000, 101000);
}

static void test_by_itself_nobody_authorised_it(void **state)
{
    struct stand *stand = *state;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand_submit_job(stand, JOB_CALL, (struct call){.verb = VERB_SYNC_CLOCK}); /* nor was this */
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(settime.calls, 0);
    stand_submit_job(stand, JOB_OWN, (struct call){.verb = VERB_SYNC_CLOCK});
    stand_wait(stand, 2);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 1);
    assert_int_equal(settime.calls, 1);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->uid, 0);
}

/* A finding that another verb mends meanwhile: that one was not authorised. */
static void test_a_finding_that_asks_for_the_clock_meanwhile(void **state)
{
    struct stand *stand = *state;
    struct call call = {.verb = VERB_MEND, .word = "some-finding", .target = ""};
    struct finding *finding = findings_add(&stand->findings, "some-finding", "", SEVERITY_WARNING);

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand_follow_unit(stand, "one.service");
    finding->mend.verb = MEND_REFRESH_IP;
    stand_submit(stand, call);
    finding->mend.verb = MEND_SYNC_CLOCK;
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(stand_run(stand, call)->change, 1);
    assert_int_equal(stand->outcome.plan.subject.verb, VERB_SYNC_CLOCK);
    assert_int_equal(settime.calls, 1);
}

/* The reference may be far away: the next one waits for it. */
static void test_the_queue_waits_for_the_measurement(void **state)
{
    struct stand *stand = *state;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->measures_later = true;
    stand->unready = true;
    stand_submit(stand, sync_clock(0));
    stand_submit(stand, set_mtu("wg0", 1280, 0));
    assert_int_equal(stand->next.call.verb, VERB_SYNC_CLOCK); /* asked about is the first */
    stand->unready = false;
    executor_resume(stand->executor);
    assert_waits(stand);
    assert_int_equal(stand->measures, 1);
    assert_int_equal(stand->kernel.gets, 0);
    stand->measured(stand->measured_userdata);
    stand_wait(stand, 2);
    assert_int_equal(settime.calls, 1);
    assert_string_equal(stand->order, "-0");
}

static void test_freed_while_it_is_measured(void **state)
{
    struct stand *stand = *state;
    struct step step;

    stand_look(stand, REFERENCE_PTP, -100 * S);
    stand->measures_later = true;
    stand_submit(stand, sync_clock(0));
    assert_waits(stand);
    stand->executor = executor_free(stand->executor);
    assert_int_equal(stand->ended, 1);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(state_on_disk(stand, &step), CHANGE_DONE);
}

/* An entry that was not finished: only files are taken back. */
static void test_a_roll_back_steps_nothing(void **state)
{
    struct stand *stand = *state;
    struct step steps[2] = {
        {.kind = STEP_FILE,
         .target = "/etc/a",
         .file = {.variable = "WSL_IP", .before = "10.0.0.1", .after = "172.20.1.2", .line = 2}},
        {.kind = STEP_CLOCK, .target = "clock", .clock_by_usec = -100 * S},
    };
    struct change change = {.id = 7,
                            .verb = VERB_SYNC_CLOCK,
                            .state = CHANGE_STARTED,
                            .steps = packed(steps, COUNT(steps))};

    stand_follow(stand, "/etc/a", "172.20.1.2");
    assert_int_equal(changes_record(&stand->changes, &change, true), 0);
    steps_done(&change.steps);
    stand_load(stand);
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 7});
    stand_wait(stand, 1);
    stand_assert_file(stand, "/etc/a", "10.0.0.1");
    assert_int_equal(stand->measures, 0);
    assert_int_equal(settime.calls, 0);
    assert_int_equal(change_list_find(&stand->changes.list, 7)->state, CHANGE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_it_is_done_and_logged),
        STAND_TEST(test_its_time_is_of_after_the_step),
        STAND_TEST(test_one_that_was_left_says_so),
        STAND_TEST(test_a_refusal_leaves_a_failed_entry),
        STAND_TEST(test_a_kernel_that_refuses_leaves_a_failed_entry),
        STAND_TEST(test_without_a_log_it_is_not_stepped),
        STAND_TEST(test_it_cannot_be_undone),
        STAND_TEST(test_a_clock_that_is_right_is_not_measured_again),
        STAND_TEST(test_a_dry_run_measures_and_does_nothing),
        STAND_TEST(test_it_is_planned_by_the_clocks_of_now),
        STAND_TEST(test_by_itself_nobody_authorised_it),
        STAND_TEST(test_a_finding_that_asks_for_the_clock_meanwhile),
        STAND_TEST(test_the_queue_waits_for_the_measurement),
        STAND_TEST(test_freed_while_it_is_measured),
        STAND_TEST(test_a_roll_back_steps_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
