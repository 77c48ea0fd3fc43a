/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: endpoints beside files, and back where a tunnel does not take them */
#include "stand.h"

#define NEW "172.20.1.2"
#define OLD "10.0.0.1"

static struct endpoint_names names;

/* The name of peer 1 stands for another address than the tunnel has, and of peer 2 too. */
static void pose(struct stand *stand)
{
    static const char line[] = "192.0.2.9 STREAM\n";

    memset(&names, 0, sizeof(names));
    names.count = 2;
    for (size_t i = 0; i < names.count; i++) {
        names.list[i] = (struct endpoint_name){.link = "wg0", .key = {[3] = i + 1}, .port = 7};
        endpoint_name_answer(&names.list[i], 0, line, strlen(line));
    }
    stand_pose_tunnel(stand);
}

static int set_up(void **state)
{
    stand_endpoint_names = &names;
    names.count = 0;
    return stand_set_up(state);
}

static int tear_down(void **state)
{
    stand_endpoint_names = NULL;
    return stand_tear_down(state);
}

static void test_peers_are_told(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, refresh_ip(0))->change, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->go.sets, 2);
    assert_string_equal(stand->go.set,
                        "set=1\npublic_key=00000002000000000000000000000000000000000000000000000000"
                        "00000000\nupdate_only=true\nendpoint=192.0.2.9:7\n\n");
    stand_load(stand);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->steps.count, 2);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_DONE);
}

static void test_dry_run(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, refresh_ip(CALL_DRY_RUN))->change, 0);
    assert_int_equal(stand->outcome.plan.steps_count, 2);
    assert_int_equal(stand->go.sets, 0);
}

/* Nobody knows whether it was taken: it is set back as well, and the file before it is as it was. */
static void test_a_tunnel_does_not_take_it(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    stand_follow(stand, "/etc/a", OLD);
    stand->go.set_answer = "errno=-22\n\n";
    assert_int_equal(stand_run(stand, refresh_ip(0))->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_int_equal(stand->go.sets, 2);
    assert_non_null(strstr(stand->go.set, "endpoint=198.51.100.1:51820"));
    stand_assert_file(stand, "/etc/a", OLD);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_FAILED);
}

/* The daemon ended in the middle: the file is as before, and the tunnel, which came later, is left alone. */
static void test_what_was_not_finished(void **state)
{
    struct stand *stand = *state;
    struct change change;

    pose(stand);
    stand_follow(stand, "/etc/a", OLD);
    stand_run(stand, refresh_ip(0));
    stand_assert_file(stand, "/etc/a", NEW);
    change = *change_list_find(&stand->changes.list, 1);
    change.state = CHANGE_STARTED;
    assert_int_equal(changes_record(&stand->changes, &change, true), 0);
    stand->go.sets = 0;
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 1});
    stand_wait(stand, stand->done + 1);
    stand_assert_file(stand, "/etc/a", OLD);
    assert_int_equal(stand->go.sets, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_peers_are_told),
        TEST(test_dry_run),
        TEST(test_a_tunnel_does_not_take_it),
        TEST(test_what_was_not_finished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
