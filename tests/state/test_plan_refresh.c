/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that put the node's address into files, and take it out again */
#include "packed.h"
#include "scene.h"

static void follow(struct scene *scene, const char *path)
{
    struct target_file *file = &scene->targets.files[scene->targets.files_count++];

    *file = (struct target_file){.variables = {"WSL_IP"}, .variables_count = 1};
    strcpy(file->path, path);
}

static void follow_unit(struct scene *scene, const char *name)
{
    strcpy(scene->targets.units[scene->targets.units_count++], name);
}

static int refresh(struct scene *scene, uint64_t flags)
{
    struct call call = {.verb = VERB_REFRESH_IP, .flags = flags};

    memset(&scene->plan, 0, sizeof(scene->plan));
    return plan_refresh(&scene->view, &call, &scene->plan, &scene->refusal);
}

static void assert_refused(struct scene *scene, uint64_t flags, enum refusal_kind kind, const char *part)
{
    assert_int_equal(refresh(scene, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
    assert_non_null(strstr(scene->refusal.text, part));
}

static void assert_file_step(const struct step *step, const char *path, const char *before, const char *after)
{
    assert_int_equal(step->kind, STEP_FILE);
    assert_string_equal(step->target, path);
    assert_string_equal(step->file.variable, "WSL_IP");
    assert_string_equal(step->file.before, before);
    assert_string_equal(step->file.after, after);
}

static void test_stale_places_of_files_that_follow(void **state)
{
    struct scene *scene = *state;
    const struct step *steps = scene->plan.steps;

    follow(scene, "/etc/a");
    scene->targets.files[0].uid = 1000;
    follow(scene, "/etc/b");
    tell(&scene->node, place_of("/etc/a", 1, "172.20.9.9"));
    tell(&scene->node, place_of("/etc/a", 2, "172.20.1.2")); /* right already */
    tell(&scene->node, place_of("/etc/a", 3, ""));
    tell(&scene->node, place_of("/etc/a", 4, NULL));
    tell(&scene->node, place_of("/etc/not-ours", 1, "172.20.9.9")); /* left out by a reload just now */
    tell(&scene->node, place_of("/etc/b", 7, "10.0.0.1"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 3);
    assert_file_step(&steps[0], "/etc/a", "172.20.9.9", "172.20.1.2");
    assert_int_equal(steps[0].file.line, 1);
    assert_int_equal(steps[0].file.offset, 7);
    assert_int_equal(steps[0].file.uid, 1000);
    assert_false(steps[0].file.create || steps[0].file.remove);
    assert_file_step(&steps[1], "/etc/a", "", "172.20.1.2");
    assert_int_equal(steps[1].file.line, 3);
    assert_file_step(&steps[2], "/etc/b", "10.0.0.1", "172.20.1.2");
    assert_int_equal(steps[2].file.line, 7);
    assert_int_equal(steps[2].file.uid, 0);
    assert_int_equal(scene->plan.undoes, 0);
    assert_true(scene->plan.subject.targets == targets_digest(&scene->targets));
    assert_string_equal(scene->plan.subject.link, "");
}

static void test_each_family_by_itself(void **state)
{
    struct scene *scene = *state;

    follow(scene, "/etc/a");
    tell(&scene->node, place_of("/etc/a", 1, "fd00::9"));
    tell(&scene->node, place_of("/etc/a", 2, "10.0.0.1"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1); /* there is no IPv6 address to put there */
    tell(&scene->node, address_of(ETH0, "fd00::2/64"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_file_step(&scene->plan.steps[0], "/etc/a", "fd00::9", "fd00::2");
    assert_file_step(&scene->plan.steps[1], "/etc/a", "10.0.0.1", "172.20.1.2");
}

static void test_a_bare_port_gets_no_ipv6(void **state)
{
    struct scene *scene = *state;
    struct fact fact = place_of("/etc/a", 1, "");

    follow(scene, "/etc/a");
    fact.place.port = true;
    tell(&scene->node, fact);
    tell(&scene->node, address_of(ETH0, "fd00::2/64"));
    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static struct fact missing(const char *path)
{
    struct fact fact = file_of(path, NULL);

    fact.file.state = FILE_MISSING;
    return fact;
}

static void test_a_missing_file_is_made_if_asked(void **state)
{
    struct scene *scene = *state;
    const struct step *step = &scene->plan.steps[0];

    follow(scene, "/etc/a");
    strcpy(scene->targets.files[0].variables[0], "NODE_IP");
    scene->targets.files[0].uid = 1000;
    tell(&scene->node, missing("/etc/a"));
    tell(&scene->node, missing("/etc/not-ours"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    scene->targets.files[0].create = true;
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(step->kind, STEP_FILE);
    assert_true(step->file.create);
    assert_false(step->file.remove);
    assert_string_equal(step->target, "/etc/a");
    assert_string_equal(step->file.variable, "NODE_IP");
    assert_string_equal(step->file.before, "");
    assert_string_equal(step->file.after, "172.20.1.2");
    assert_int_equal(step->file.uid, 1000);
    assert_int_equal(step->file.line, 1);
    tell(&scene->node, file_of("/etc/a", NULL)); /* it is there */
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_units_restart_when_a_file_changes(void **state)
{
    struct scene *scene = *state;

    follow(scene, "/etc/a");
    follow_unit(scene, "one.service");
    follow_unit(scene, "two.service");
    scene->view.refreshed = "172.20.1.2";
    tell(&scene->node, place_of("/etc/a", 1, "172.20.1.2"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_true(scene->plan.subject.targets);
    tell(&scene->node, place_of("/etc/a", 1, "172.20.1.3"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 3);
    assert_int_equal(scene->plan.steps[1].kind, STEP_EFFECT);
    assert_string_equal(scene->plan.steps[1].target, "one.service");
    assert_string_equal(scene->plan.steps[1].result, "");
    assert_string_equal(scene->plan.steps[2].target, "two.service");
}

static void test_units_restart_when_they_had_another_address(void **state)
{
    struct scene *scene = *state;

    follow_unit(scene, "one.service");
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0); /* nobody knows which one they had */
    scene->view.refreshed = "172.20.1.2";
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    scene->view.refreshed = "172.20.1.20";
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(scene->plan.steps[0].kind, STEP_EFFECT);
}

static void test_refusals(void **state)
{
    struct scene *scene = *state;

    assert_refused(scene, 0, REFUSAL_UNSUPPORTED, "/etc/wslnode/wslnode.conf");
    follow_unit(scene, "one.service");
    assert_int_equal(refresh(scene, CALL_DRY_RUN | CALL_FORCE), 0);
    assert_refused(scene, CALL_PERSIST, REFUSAL_INVALID_ARGS, "PERSIST");
    scene->targets.units_count = 0;
    follow(scene, "/etc/a");
    assert_int_equal(refresh(scene, 0), 0);
    scene->node.places.spoken = false;
    assert_refused(scene, 0, REFUSAL_BUSY, "still being read");
    scene->node.places.spoken = true;
    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_refused(scene, 0, REFUSAL_NO_UPLINK, "no address");
}

static void test_there_are_only_so_many_steps(void **state)
{
    struct scene *scene = *state;

    follow(scene, "/etc/a");
    for (uint32_t line = 1; line <= STEPS_MAX; line++)
        tell(&scene->node, place_of("/etc/a", line, "10.0.0.1"));
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, STEPS_MAX);
    follow_unit(scene, "one.service");
    assert_refused(scene, 0, REFUSAL_LIMITS_EXCEEDED, "48");
    scene->targets.units_count = 0;
    tell(&scene->node, place_of("/etc/a", STEPS_MAX + 1, "10.0.0.1"));
    assert_refused(scene, 0, REFUSAL_LIMITS_EXCEEDED, "48");
    tell(&scene->node, gone(place_of("/etc/a", STEPS_MAX + 1, "10.0.0.1")));
    follow(scene, "/etc/b");
    scene->targets.files[1].create = true;
    tell(&scene->node, missing("/etc/b"));
    assert_refused(scene, 0, REFUSAL_LIMITS_EXCEEDED, "48");
}

/* Puts what was planned last into the log, as done. */
static void did(struct scene *scene, uint64_t id)
{
    struct change change = {.id = id,
                            .verb = VERB_REFRESH_IP,
                            .steps = packed(scene->plan.steps, scene->plan.steps_count)};

    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
}

static int undo(struct scene *scene, uint64_t id)
{
    memset(&scene->plan, 0, sizeof(scene->plan));
    return plan_undo(&scene->view, id, 0, &scene->plan, &scene->refusal);
}

static void test_undo_is_the_inverse_without_restarts(void **state)
{
    struct scene *scene = *state;
    const struct step *steps = scene->plan.steps;

    follow(scene, "/etc/a");
    scene->targets.files[0].uid = 1000;
    follow_unit(scene, "one.service");
    tell(&scene->node, place_of("/etc/a", 1, "10.0.0.1"));
    tell(&scene->node, place_of("/etc/a", 2, ""));
    assert_int_equal(refresh(scene, 0), 0);
    did(scene, 4);
    tell(&scene->node, place_of("/etc/a", 1, "172.20.1.2"));
    tell(&scene->node, place_of("/etc/a", 2, "172.20.1.2"));
    assert_int_equal(undo(scene, 4), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_file_step(&steps[0], "/etc/a", "172.20.1.2", "");
    assert_int_equal(steps[0].file.line, 2);
    assert_file_step(&steps[1], "/etc/a", "172.20.1.2", "10.0.0.1");
    assert_int_equal(steps[1].file.line, 1);
    assert_int_equal(steps[1].file.offset, 7);
    assert_int_equal(steps[1].file.uid, 1000);
    assert_int_equal(scene->plan.undoes, 4);
    assert_int_equal(scene->plan.subject.targets, 4);
}

static void test_undo_needs_what_the_change_left(void **state)
{
    struct scene *scene = *state;
    struct fact other = place_of("/etc/a", 5, "10.9.9.9");

    follow(scene, "/etc/a");
    tell(&scene->node, place_of("/etc/a", 1, "10.0.0.1"));
    assert_int_equal(refresh(scene, 0), 0);
    did(scene, 4);
    assert_int_equal(undo(scene, 4), 0); /* the sensor has not seen the change itself yet */
    tell(&scene->node, place_of("/etc/a", 1, "10.9.9.9"));
    assert_int_equal(undo(scene, 4), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_non_null(strstr(scene->refusal.text, "WSL_IP"));
    assert_non_null(strstr(scene->refusal.text, "/etc/a"));
    tell(&scene->node, place_of("/etc/a", 3, "172.20.1.2")); /* its line may have moved */
    assert_int_equal(undo(scene, 4), 0);
    tell(&scene->node, gone(place_of("/etc/a", 3, "172.20.1.2")));
    tell(&scene->node, gone(place_of("/etc/a", 1, "10.9.9.9")));
    assert_int_equal(undo(scene, 4), 0); /* nothing is known: it is looked at when it is written */
    strcpy(other.place.variable, "NODE_IP");
    tell(&scene->node, other);
    tell(&scene->node, place_of("/etc/b", 1, "10.9.9.9"));
    assert_int_equal(undo(scene, 4), 0); /* other places tell nothing of this one */
}

static void test_undo_of_a_file_that_was_made(void **state)
{
    struct scene *scene = *state;
    const struct step *step = &scene->plan.steps[0];

    follow(scene, "/etc/a");
    scene->targets.files[0].create = true;
    tell(&scene->node, missing("/etc/a"));
    assert_int_equal(refresh(scene, 0), 0);
    did(scene, 4);
    assert_int_equal(undo(scene, 4), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_file_step(step, "/etc/a", "172.20.1.2", "");
    assert_true(step->file.remove);
    assert_false(step->file.create);
    did(scene, 5);
    assert_int_equal(undo(scene, 5), 0);
    assert_file_step(step, "/etc/a", "", "172.20.1.2");
    assert_true(step->file.create);
    assert_false(step->file.remove);
}

static void test_restarts_alone_cannot_be_undone(void **state)
{
    struct scene *scene = *state;

    follow_unit(scene, "one.service");
    scene->view.refreshed = "10.0.0.1";
    assert_int_equal(refresh(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    did(scene, 4);
    assert_int_equal(undo(scene, 4), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_NOT_UNDOABLE);
    assert_non_null(strstr(scene->refusal.text, "restarted"));
}

static void test_what_is_under_way_is_not_undone(void **state)
{
    struct scene *scene = *state;

    follow(scene, "/etc/a");
    tell(&scene->node, place_of("/etc/a", 1, "10.0.0.1"));
    assert_int_equal(refresh(scene, 0), 0);
    did(scene, 4);
    scene->changes.list[0].state = CHANGE_STARTED;
    assert_int_equal(undo(scene, 4), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_NOT_UNDOABLE);
    assert_non_null(strstr(scene->refusal.text, "under way"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_stale_places_of_files_that_follow),
        SCENE_TEST(test_each_family_by_itself),
        SCENE_TEST(test_a_bare_port_gets_no_ipv6),
        SCENE_TEST(test_a_missing_file_is_made_if_asked),
        SCENE_TEST(test_units_restart_when_a_file_changes),
        SCENE_TEST(test_units_restart_when_they_had_another_address),
        SCENE_TEST(test_refusals),
        SCENE_TEST(test_there_are_only_so_many_steps),
        SCENE_TEST(test_undo_is_the_inverse_without_restarts),
        SCENE_TEST(test_undo_needs_what_the_change_left),
        SCENE_TEST(test_undo_of_a_file_that_was_made),
        SCENE_TEST(test_restarts_alone_cannot_be_undone),
        SCENE_TEST(test_what_is_under_way_is_not_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
