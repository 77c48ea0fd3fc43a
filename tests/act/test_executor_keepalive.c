/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: keepalive in a tunnel and in its file, and back where one of them fails */
#include <fcntl.h>

#include "../../service/act/apply_keepalive_file.h"
#include "stand.h"

#define PATH "etc/wireguard/wg0.conf"
#define TEXT                                                                                                 \
    "[Interface]\n[Peer]\nPublicKey = AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"                        \
    "[Peer]\nPublicKey = AAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nPersistentKeepalive = 10\n"
#define TEXT_AFTER                                                                                           \
    "[Interface]\n[Peer]\nPublicKey = AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"                        \
    "PersistentKeepalive = 25\n"                                                                             \
    "[Peer]\nPublicKey = AAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nPersistentKeepalive = 25\n"

/* As the daemon does it before it plans. */
static void pose_file(struct stand *stand)
{
    scratch_write(&stand->scratch, PATH, TEXT);
    apply_keepalive_file_read(stand->scratch.root, "wg0", 25, &stand->keepalive_file);
    assert_string_equal(stand->keepalive_file.problem, "");
}

static void assert_state(struct stand *stand, uint64_t id, enum change_state state)
{
    assert_int_equal(change_list_find(&stand->changes.list, id)->state, state);
}

static void test_all_peers_and_undo(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    assert_int_equal(stand_run(stand, set_keepalive("wg0", 25, 0))->change, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->outcome.plan.peers, 2);
    assert_int_equal(stand->go.sets, 2);
    assert_int_equal(stand->keepalive[0], 25);
    assert_int_equal(stand->keepalive[1], 25);
    assert_state(stand, 1, CHANGE_DONE);
    assert_int_equal(stand_run(stand, set_keepalive("wg0", 25, 0))->change, 0);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    assert_int_equal(stand->keepalive[0], 0);
    assert_int_equal(stand->keepalive[1], 0);
    assert_state(stand, 1, CHANGE_UNDONE);
}

/* The second peer does not take it: the first one, and the file, are as they were. */
static void test_one_fails(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    pose_file(stand);
    stand->keepalive_fails = 2;
    assert_int_equal(stand_run(stand, set_keepalive("wg0", 25, CALL_PERSIST))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FIGHTING);
    assert_non_null(strstr(stand->outcome.refusal.text, "right afterwards it is 0 s"));
    assert_null(strstr(stand->outcome.refusal.text, "Taking it back"));
    assert_int_equal(stand->keepalive[0], 0);
    assert_int_equal(stand->go.sets, 3);
    scratch_assert(&stand->scratch, PATH, TEXT);
    assert_state(stand, 1, CHANGE_FAILED);
}

/* Nobody knows whether it was taken: it is set back as well, and that that fails is told. */
static void test_it_does_not_answer(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    stand->go.set_answer = NULL;
    stand->go.hangs_up = true;
    stand_run(stand, set_keepalive("wg0", 25, 0));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->outcome.refusal.text, "Taking it back"));
    assert_int_equal(stand->go.sets, 2);
    assert_non_null(strstr(stand->go.set, "interval=0\n"));
}

static void test_for_good(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    pose_file(stand);
    assert_int_equal(stand_run(stand, set_keepalive("wg0", 25, CALL_PERSIST))->change, 1);
    assert_int_equal(stand->outcome.plan.steps_count, 4);
    scratch_assert(&stand->scratch, PATH, TEXT_AFTER);
    /* The next start reads it. */
    stand_load(stand);
    assert_state(stand, 1, CHANGE_DONE);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    scratch_assert(&stand->scratch, PATH, TEXT);
    assert_int_equal(stand_run(stand, undo(2))->change, 3);
    scratch_assert(&stand->scratch, PATH, TEXT_AFTER);
    assert_int_equal(stand->keepalive[0], 25);
}

static void test_the_file_changed_since(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    pose_file(stand);
    scratch_write(&stand->scratch, PATH, TEXT_AFTER);
    stand_run(stand, set_keepalive("wg0", 25, CALL_PERSIST));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_int_equal(stand->go.sets, 0);
    scratch_assert(&stand->scratch, PATH, TEXT_AFTER);
}

/* The daemon ended in the middle: the file is as before, and the tunnel, which came later, is left alone. */
static void test_what_was_not_finished(void **state)
{
    struct stand *stand = *state;
    struct change change;

    stand_pose_tunnel(stand);
    pose_file(stand);
    stand_run(stand, set_keepalive("wg0", 25, CALL_PERSIST));
    change = *change_list_find(&stand->changes.list, 1);
    change.state = CHANGE_STARTED;
    assert_int_equal(changes_record(&stand->changes, &change, true), 0);
    stand->go.sets = 0;
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 1});
    stand_wait(stand, stand->done + 1);
    scratch_assert(&stand->scratch, PATH, TEXT);
    assert_int_equal(stand->go.sets, 0);
    assert_state(stand, 1, CHANGE_FAILED);
}

static void test_dry_run(void **state)
{
    struct stand *stand = *state;

    stand_pose_tunnel(stand);
    pose_file(stand);
    assert_int_equal(stand_run(stand, set_keepalive("wg0", 25, CALL_PERSIST | CALL_DRY_RUN))->change, 0);
    assert_int_equal(stand->outcome.plan.steps_count, 4);
    assert_int_equal(stand->go.sets, 0);
    scratch_assert(&stand->scratch, PATH, TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_all_peers_and_undo),
        STAND_TEST(test_one_fails),
        STAND_TEST(test_it_does_not_answer),
        STAND_TEST(test_for_good),
        STAND_TEST(test_the_file_changed_since),
        STAND_TEST(test_what_was_not_finished),
        STAND_TEST(test_dry_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
