/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: files and units, what the log says of them on disk, and what a crash leaves */
#include <stdlib.h>

#include "../state/packed.h"
#include "stand.h"

#define NEW "172.20.1.2"
#define OLD "10.0.0.1"

static void follow_two(struct stand *stand)
{
    stand_follow(stand, "/etc/a", OLD);
    stand_follow(stand, "/etc/b", OLD);
    stand_follow_unit(stand, "one.service");
}

static void assert_files(struct stand *stand, const char *value)
{
    stand_assert_file(stand, "/etc/a", value);
    stand_assert_file(stand, "/etc/b", value);
}

/* What the next start reads. */
static enum change_state state_on_disk(struct stand *stand, uint64_t id)
{
    static struct wanted wanted;
    struct changes changes;
    enum change_state state;

    changes_init(&changes);
    assert_int_equal(changes_load(&changes, stand->scratch.root, &wanted), 0);
    assert_non_null(change_list_find(&changes.list, id));
    state = change_list_find(&changes.list, id)->state;
    changes_done(&changes);
    return state;
}

static void expect_done_on_disk(struct stand *stand)
{
    assert_files(stand, NEW);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
    assert_int_equal(stand->restarted, 0);
}

/* Before the first file is written it says that it started, and after the last that it is done. */
static void test_the_log_is_ahead_of_the_files(void **state)
{
    struct stand *stand = *state;
    const struct change *change;

    follow_two(stand);
    stand->on_restart = expect_done_on_disk;
    stand_submit(stand, refresh_ip(0));
    assert_true(sd_event_run(stand->event, 0) >= 0); /* the first writer has begun, and is not heard yet */
    assert_int_equal(stand->done, 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_STARTED);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 1);
    assert_int_equal(stand->restarts, 1);
    assert_int_equal(stand->restarted, 1);
    change = change_list_find(&stand->changes.list, 1);
    assert_int_equal(change->verb, VERB_REFRESH_IP);
    assert_int_equal(change->uid, 1000);
    assert_int_equal(change->steps.count, 3);
    assert_string_equal(steps_at(&change->steps, 2).result, "done");
    assert_string_equal(stand->outcome.plan.steps[2].result, "done");
}

static void test_what_came_of_a_restart_is_on_disk(void **state)
{
    struct stand *stand = *state;
    char *log;

    follow_two(stand);
    stand->result = "timeout";
    assert_int_equal(stand_run(stand, refresh_ip(0))->change, 1); /* its files are as they should be */
    log = scratch_read(&stand->scratch, STAND_LOG);
    assert_non_null(strstr(log, "\"target\":\"one.service\",\"result\":\"timeout\""));
    free(log);
    stand_load(stand);
    assert_string_equal(steps_at(&change_list_find(&stand->changes.list, 1)->steps, 2).result, "timeout");
}

static void test_without_units_nobody_is_told_of_restarts(void **state)
{
    struct stand *stand = *state;

    stand_follow(stand, "/etc/a", OLD);
    assert_int_equal(stand_run(stand, refresh_ip(0))->change, 1);
    assert_int_equal(stand->restarts, 0);
    assert_int_equal(stand->restarted, 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
}

static void test_a_log_that_refuses_the_second_line(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    stand_submit(stand, refresh_ip(0));
    assert_true(sd_event_run(stand->event, 0) >= 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_STARTED);
    assert_int_equal(renameat(stand->scratch.root, STAND_LOG, stand->scratch.root, "kept"), 0);
    scratch_mkdir(&stand->scratch, STAND_LOG);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->outcome.refusal.text, "All files are as they were"));
    assert_int_equal(stand->outcome.change, 0);
    assert_files(stand, OLD);
    assert_int_equal(stand->restarts, 0);
    /* What is on disk is taken back once more at the next start, which finds nothing to do. */
    scratch_unlink(&stand->scratch, STAND_LOG);
    assert_int_equal(renameat(stand->scratch.root, "kept", stand->scratch.root, STAND_LOG), 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_STARTED);
}

static void test_a_log_that_refuses_the_first_line(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    scratch_mkdir(&stand->scratch, STAND_LOG);
    stand_run(stand, refresh_ip(0));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_int_equal(stand->outcome.change, 0);
    assert_files(stand, OLD);
    assert_int_equal(stand->restarts, 0);
}

static void test_a_file_that_fails_leaves_a_failed_entry(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    scratch_write(&stand->scratch, "etc/b", "WSL_IP=10.9.9.9\n"); /* not seen yet */
    stand_run(stand, refresh_ip(0));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(stand->outcome.change, 0);
    stand_assert_file(stand, "/etc/a", OLD);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_FAILED);
    assert_int_equal(stand->restarts, 0);
    assert_int_equal(stand->restarted, 0);
}

static void test_a_dry_run_writes_nothing(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    assert_int_equal(stand_run(stand, refresh_ip(CALL_DRY_RUN))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.plan.steps_count, 3);
    assert_files(stand, OLD);
    assert_int_equal(stand->restarts, 0);
    scratch_assert(&stand->scratch, STAND_LOG, NULL);
}

/* Other files are meant than those that were authorised. */
static void test_another_configuration_meanwhile(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    stand_submit(stand, refresh_ip(0));
    stand_follow(stand, "/etc/c", OLD);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_files(stand, OLD);
    stand_assert_file(stand, "/etc/c", OLD);
    assert_int_equal(stand->changes.list.count, 0);
    /* By itself there is nobody who authorised anything. */
    stand_submit_job(stand, JOB_OWN, (struct call){.verb = VERB_REFRESH_IP});
    stand_wait(stand, 2);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 1);
    stand_assert_file(stand, "/etc/c", NEW);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->uid, 0);
}

static void test_an_undo_restarts_nothing(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    stand_run(stand, refresh_ip(0));
    assert_files(stand, NEW);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    assert_files(stand, OLD);
    assert_int_equal(stand->restarts, 1);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_UNDONE);
    assert_int_equal(state_on_disk(stand, 2), CHANGE_DONE);
}

/* The daemon ends when the first file is written: the next start finds the entry and takes it back. */
static void leave_it_started(struct stand *stand)
{
    struct step steps[3] = {
        {.kind = STEP_FILE,
         .target = "/etc/a",
         .file = {.variable = "WSL_IP", .before = OLD, .after = NEW, .line = 2}},
        {.kind = STEP_FILE,
         .target = "/etc/b",
         .file = {.variable = "WSL_IP", .before = OLD, .after = NEW, .line = 2}},
        {.kind = STEP_EFFECT, .target = "one.service"},
    };
    struct change change = {.id = 7,
                            .verb = VERB_REFRESH_IP,
                            .state = CHANGE_STARTED,
                            .steps = packed(steps, COUNT(steps))};

    stand_follow(stand, "/etc/a", NEW);
    stand_follow(stand, "/etc/b", OLD);
    assert_int_equal(changes_record(&stand->changes, &change, true), 0);
    steps_done(&change.steps);
    stand_load(stand);
}

static void test_what_a_crash_left_is_taken_back(void **state)
{
    struct stand *stand = *state;

    leave_it_started(stand);
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 7});
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->outcome.refusal.text, "change 7"));
    assert_null(strstr(stand->outcome.refusal.text, "Taking it back"));
    assert_int_equal(stand->outcome.change, 0);
    assert_files(stand, OLD);
    assert_int_equal(stand->restarts, 0);
    assert_int_equal(state_on_disk(stand, 7), CHANGE_FAILED);
    assert_int_equal(change_list_find(&stand->changes.list, 7)->steps.count, 3);
}

static void test_only_what_was_started_is_rolled_back(void **state)
{
    struct stand *stand = *state;

    stand_follow(stand, "/etc/a", OLD);
    stand_run(stand, refresh_ip(0));
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 1});
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 9});
    stand_wait(stand, 3);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    stand_assert_file(stand, "/etc/a", NEW);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
}

/* Even if a file cannot be: by the next start others may stand on it. */
static void test_a_roll_back_is_tried_once(void **state)
{
    struct stand *stand = *state;

    leave_it_started(stand);
    scratch_unlink(&stand->scratch, "etc/a");
    scratch_link(&stand->scratch, "etc/a", "b");
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 7});
    stand_wait(stand, 1);
    assert_non_null(strstr(stand->outcome.refusal.text, "Taking it back: /etc/a is not touched"));
    assert_int_equal(state_on_disk(stand, 7), CHANGE_FAILED);
}

static void test_freed_while_a_file_is_written(void **state)
{
    struct stand *stand = *state;

    follow_two(stand);
    stand_submit(stand, refresh_ip(0));
    assert_true(sd_event_run(stand->event, 0) >= 0);
    stand->executor = executor_free(stand->executor);
    stand->apply_file = apply_file_free(stand->apply_file);
    assert_int_equal(stand->ended, 1);
    while (sd_event_run(stand->event, 50000) > 0) /* its writer is killed */
        continue;
    assert_int_equal(stand->done, 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_STARTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_the_log_is_ahead_of_the_files),
        STAND_TEST(test_what_came_of_a_restart_is_on_disk),
        STAND_TEST(test_without_units_nobody_is_told_of_restarts),
        STAND_TEST(test_a_log_that_refuses_the_second_line),
        STAND_TEST(test_a_log_that_refuses_the_first_line),
        STAND_TEST(test_a_file_that_fails_leaves_a_failed_entry),
        STAND_TEST(test_a_dry_run_writes_nothing),
        STAND_TEST(test_another_configuration_meanwhile),
        STAND_TEST(test_an_undo_restarts_nothing),
        STAND_TEST(test_what_a_crash_left_is_taken_back),
        STAND_TEST(test_only_what_was_started_is_rolled_back),
        STAND_TEST(test_a_roll_back_is_tried_once),
        STAND_TEST(test_freed_while_a_file_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
