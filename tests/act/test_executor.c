/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: the order of effects, and what it leaves when one fails */
#include "stand.h"

#include <stdlib.h>

static void assert_wish(const struct stand *stand, uint32_t mtu)
{
    assert_int_equal(wanted_wish(wanted_find(&stand->wanted, "wg0")).mtu, mtu);
}

/* What the next start reads. */
static enum change_state state_on_disk(struct stand *stand, uint64_t id)
{
    struct changes changes;
    static struct wanted wanted;
    enum change_state done;

    memset(&wanted, 0, sizeof(wanted));
    changes_init(&changes);
    assert_int_equal(changes_load(&changes, stand->scratch.root, &wanted), 0);
    assert_non_null(change_list_find(&changes.list, id));
    done = change_list_find(&changes.list, id)->state;
    changes_done(&changes);
    return done;
}

static void test_all_is_done_and_logged(void **state)
{
    struct stand *stand = *state;
    const struct outcome *outcome = stand_run(stand, set_mtu("wg0", 1280, 0));
    const struct change *change;

    assert_int_equal(outcome->refusal.kind, REFUSAL_NONE);
    assert_int_equal(outcome->change, 1);
    assert_int_equal(outcome->plan.steps_count, 2);
    assert_int_equal(stand->kernel.mtu, 1280);
    assert_wish(stand, 1280);
    change = change_list_find(&stand->changes.list, 1);
    assert_int_equal(change->uid, 1000);
    assert_int_equal(change->verb, VERB_SET_MTU);
    assert_int_equal(change->steps.count, 2);
    assert_true(change->time_usec > UINT64_C(1000000000) * 1000000);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
    assert_int_equal(stand->ran, 1);
}

/* Log, then the wish's file, then the kernel: looked at whenever the kernel is asked anything. */
static void look_at_the_files(struct kernel *kernel)
{
    struct stand *stand = kernel->userdata;
    char *log = scratch_read(&stand->scratch, STAND_LOG),
         *wanted = scratch_read(&stand->scratch, STAND_STATE);

    assert_non_null(log);
    assert_non_null(strstr(log, "\"SetMTU\""));
    assert_non_null(wanted);
    assert_non_null(strstr(wanted, "1280"));
    free(log);
    free(wanted);
}

static void test_files_come_before_the_kernel(void **state)
{
    struct stand *stand = *state;

    stand->kernel.on_request = look_at_the_files;
    assert_int_equal(stand_run(stand, set_mtu("wg0", 1280, CALL_PERSIST))->change, 1);
    assert_int_equal(stand->kernel.sets, 1);
}

static void assert_nothing_changed(struct stand *stand)
{
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->changes.list.count, 0);
    assert_int_equal(stand->wanted.count, 0);
    assert_int_equal(stand->kernel.gets, 0);
    scratch_assert(&stand->scratch, STAND_RUN, NULL);
}

static void test_without_a_log_nothing_is_done(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, STAND_LOG);
    stand_run(stand, set_mtu("wg0", 1280, 0));
    assert_nothing_changed(stand);
    scratch_unlink(&stand->scratch, STAND_LOG);
    changes_done(&stand->changes); /* the directory could not be had */
    stand_run(stand, set_mtu("wg0", 1280, 0));
    assert_nothing_changed(stand);
}

static void test_a_wish_that_cannot_be_written(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, "run/wslnode/wanted/in-the-way");
    stand_run(stand, set_mtu("wg0", 1280, 0));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->outcome.refusal.text, "wg0"));
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->kernel.gets, 0);
    assert_int_equal(stand->wanted.count, 0);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_FAILED);
    scratch_unlink(&stand->scratch, "run/wslnode/wanted/in-the-way");
    scratch_unlink(&stand->scratch, STAND_RUN);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_FAILED);
}

static void test_what_the_kernel_refuses_takes_the_wish_back(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(stand_run(stand, set_mtu("wg0", 1300, 0))->change, 1);
    stand_hear(stand);
    stand->kernel.set_error = -EINVAL;
    stand_run(stand, set_mtu("wg0", 1280, CALL_PERSIST));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_INVALID_MTU);
    assert_int_equal(stand->outcome.change, 0);
    assert_wish(stand, 1300);
    assert_false(wanted_find(&stand->wanted, "wg0")->by_verb.persist);
    assert_int_equal(state_on_disk(stand, 2), CHANGE_FAILED);
    stand_load(stand);
    assert_wish(stand, 1300);
    assert_int_equal(stand->changes.list.last_id, 2);
}

static void test_an_undo_marks_what_it_undoes(void **state)
{
    struct stand *stand = *state;

    stand_run(stand, set_mtu("wg0", 1280, 0));
    stand_hear(stand);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    assert_int_equal(stand->kernel.mtu, 1420);
    assert_int_equal(stand->wanted.count, 0);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_UNDONE);
    assert_int_equal(change_list_find(&stand->changes.list, 2)->state, CHANGE_DONE);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->undoes, 0);
    assert_int_equal(change_list_find(&stand->changes.list, 2)->undoes, 1);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_UNDONE);
}

static void test_an_undo_that_fails_marks_nothing(void **state)
{
    struct stand *stand = *state;

    stand_run(stand, set_mtu("wg0", 1280, 0));
    stand_hear(stand);
    stand->kernel.set_error = -EPERM;
    stand_run(stand, undo(1));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
    assert_int_equal(state_on_disk(stand, 2), CHANGE_FAILED);
    assert_wish(stand, 1280);
}

static void test_an_undo_with_nothing_left_to_do(void **state)
{
    struct stand *stand = *state;
    struct wish none = {.set = false};

    stand_run(stand, set_mtu("wg0", 1280, 0));
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1280)));
    wanted_set(&stand->wanted, "wg0", &none);
    assert_int_equal(stand_run(stand, undo(1))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_UNDONE);
}

static void test_nothing_to_do_is_a_success(void **state)
{
    struct stand *stand = *state;

    stand_run(stand, set_mtu("wg0", 1280, 0));
    stand_hear(stand);
    stand->kernel.gets = 0;
    assert_int_equal(stand_run(stand, set_mtu("wg0", 1280, 0))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.plan.steps_count, 0);
    assert_int_equal(stand->outcome.plan.subject.mtu, 1280);
    assert_int_equal(stand->changes.list.count, 1);
    assert_int_equal(stand->kernel.gets, 0);
}

static void test_a_dry_run_changes_nothing(void **state)
{
    struct stand *stand = *state;

    stand_run(stand, set_mtu("wg0", 1280, CALL_DRY_RUN | CALL_PERSIST));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.change, 0);
    assert_int_equal(stand->outcome.plan.steps_count, 2);
    assert_int_equal(stand->kernel.gets, 0);
    assert_int_equal(stand->wanted.count, 0);
    assert_int_equal(stand->changes.list.count, 0);
    scratch_assert(&stand->scratch, STAND_LOG, NULL);
    scratch_assert(&stand->scratch, STAND_STATE, NULL);
}

static void test_a_dry_run_of_an_undo_marks_nothing(void **state)
{
    struct stand *stand = *state;
    struct call call = undo(1);

    stand_run(stand, set_mtu("wg0", 1280, 0));
    stand_hear(stand);
    call.flags = CALL_DRY_RUN;
    assert_int_equal(stand_run(stand, call)->change, 0);
    assert_int_equal(stand->outcome.plan.steps_count, 2);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
    assert_int_equal(stand->kernel.mtu, 1280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_all_is_done_and_logged),
        STAND_TEST(test_files_come_before_the_kernel),
        STAND_TEST(test_without_a_log_nothing_is_done),
        STAND_TEST(test_a_wish_that_cannot_be_written),
        STAND_TEST(test_what_the_kernel_refuses_takes_the_wish_back),
        STAND_TEST(test_an_undo_marks_what_it_undoes),
        STAND_TEST(test_an_undo_that_fails_marks_nothing),
        STAND_TEST(test_an_undo_with_nothing_left_to_do),
        STAND_TEST(test_nothing_to_do_is_a_success),
        STAND_TEST(test_a_dry_run_changes_nothing),
        STAND_TEST(test_a_dry_run_of_an_undo_marks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
