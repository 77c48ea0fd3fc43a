/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take a change back */
#include "packed.h"
#include "scene.h"

/* Puts it into the log, and makes the node as it would be afterwards. */
static void did(struct scene *scene, uint64_t id, uint32_t before, uint32_t after, uint32_t wish_before)
{
    struct step steps[] = {
        {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = before, .mtu_after = after},
        {.kind = STEP_WANTED,
         .target = "wg0",
         .wish_before = {.set = wish_before, .mtu = wish_before},
         .wish_after = {.set = true, .mtu = after}},
    };
    struct change change = {.id = id,
                            .verb = VERB_SET_MTU,
                            .state = CHANGE_DONE,
                            .steps = packed(steps, COUNT(steps))};

    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", after));
    wish(scene, "wg0", after);
}

static int undo(struct scene *scene, uint64_t id, uint64_t flags)
{
    memset(&scene->plan, 0, sizeof(scene->plan));
    return plan_undo(&scene->view, id, flags, &scene->plan, &scene->refusal);
}

static void assert_refused(struct scene *scene, uint64_t id, uint64_t flags, enum refusal_kind kind)
{
    assert_int_equal(undo(scene, id, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
}

static void test_both_sides_go_back(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, 1420, 1280, 0);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1280, 1420);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 1280, 0);
    assert_int_equal(scene->plan.undoes, 4);
    assert_int_equal(scene->plan.subject.ifindex, WG0);
    assert_int_equal(scene->plan.subject.mtu, 1420);
}

static void test_only_what_was_done_is_undone_and_once(void **state)
{
    struct scene *scene = *state;

    assert_refused(scene, 4, CALL_FORCE, REFUSAL_NO_SUCH_CHANGE);
    did(scene, 4, 1420, 1280, 0);
    assert_refused(scene, 4, CALL_PERSIST, REFUSAL_INVALID_ARGS);
    scene->changes.list[0].state = CHANGE_UNDONE;
    assert_refused(scene, 4, CALL_FORCE, REFUSAL_NOT_UNDOABLE);
    scene->changes.list[0].state = CHANGE_FAILED;
    assert_refused(scene, 4, CALL_FORCE, REFUSAL_NOT_UNDOABLE);
}

static void test_a_later_change_stands_on_it(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, 1420, 1280, 0);
    did(scene, 5, 1280, 1300, 1280);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE);
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1300, 1420);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 1300, 0);
    assert_int_equal(undo(scene, 5, 0), 0);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 1300, 1280);
}

/* It compares with the wish, or a fight would block it. */
static void test_others_do_not_block_it(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, 1420, 1280, 0);
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1500));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1500, 1420);
}

static void test_without_a_wish_the_kernel_tells(void **state)
{
    struct scene *scene = *state;
    struct wish none = {.set = false};

    did(scene, 4, 1420, 1280, 0);
    wanted_set(&scene->wanted, "wg0", &none); /* released */
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1280, 1420);
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1500));
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE);
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0);
}

static void test_a_link_that_is_gone_leaves_the_wish(void **state)
{
    struct scene *scene = *state;
    struct wish none = {.set = false};

    did(scene, 4, 1420, 1280, 0);
    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1280)));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_wanted_step(&scene->plan.steps[0], "wg0", 1280, 0);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_int_equal(scene->plan.subject.ifindex, 0);
    wanted_set(&scene->wanted, "wg0", &none);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.undoes, 4);
}

static void test_what_stood_there_needs_no_force(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, 900, 1280, 0);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1280, 900);
}

static void test_but_the_link_must_take_it(void **state)
{
    struct scene *scene = *state;
    struct fact fact = link_up(WG0, "wg0", "wireguard", 1280);

    did(scene, 4, 9000, 1280, 0);
    fact.link.mtu_max = 1500;
    tell(&scene->node, fact);
    assert_refused(scene, 4, 0, REFUSAL_INVALID_MTU);
}

static void test_a_release_is_undone_too(void **state)
{
    struct scene *scene = *state;
    struct step step = {.kind = STEP_WANTED,
                        .target = "wg0",
                        .wish_before = {.set = true, .mtu = 1280},
                        .wish_after = {.set = false}};
    struct change change = {.id = 9, .verb = VERB_RELEASE, .state = CHANGE_DONE, .steps = packed(&step, 1)};

    change_list_put(&scene->changes, &change);
    steps_done(&change.steps);
    assert_int_equal(undo(scene, 9, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_wanted_step(&scene->plan.steps[0], "wg0", 0, 1280);
    wish(scene, "wg0", 1300); /* a later wish */
    assert_refused(scene, 9, 0, REFUSAL_CHANGED_SINCE);
}

/* Time went on since: the former offset would be as wrong as any. */
static void test_a_step_of_the_clock_is_not_undone(void **state)
{
    struct scene *scene = *state;
    struct step step = {.kind = STEP_CLOCK, .target = "clock", .clock_by_usec = 7200000000};
    struct change change = {.id = 9,
                            .verb = VERB_SYNC_CLOCK,
                            .state = CHANGE_DONE,
                            .steps = packed(&step, 1)};

    change_list_put(&scene->changes, &change);
    steps_done(&change.steps);
    assert_refused(scene, 9, 0, REFUSAL_NOT_UNDOABLE);
    assert_non_null(strstr(scene->refusal.text, "it stepped the clock"));
    assert_refused(scene, 9, CALL_FORCE, REFUSAL_NOT_UNDOABLE);
    assert_refused(scene, 9, CALL_DRY_RUN, REFUSAL_NOT_UNDOABLE);
    assert_int_equal(scene->plan.undoes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_both_sides_go_back),
        SCENE_TEST(test_only_what_was_done_is_undone_and_once),
        SCENE_TEST(test_a_later_change_stands_on_it),
        SCENE_TEST(test_others_do_not_block_it),
        SCENE_TEST(test_without_a_wish_the_kernel_tells),
        SCENE_TEST(test_a_link_that_is_gone_leaves_the_wish),
        SCENE_TEST(test_what_stood_there_needs_no_force),
        SCENE_TEST(test_but_the_link_must_take_it),
        SCENE_TEST(test_a_release_is_undone_too),
        SCENE_TEST(test_a_step_of_the_clock_is_not_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
