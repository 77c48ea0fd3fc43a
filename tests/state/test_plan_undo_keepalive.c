/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take back what SetKeepalive did */
#include <stdio.h>
#include <string.h>

#include "keepalive_scene.h"

/* Change 3 set 25 s for peers 1 and 3, and with `file` the former's in the file. */
static void changed(struct scene *scene, bool file)
{
    struct step steps[] = {
        {.kind = STEP_KEEPALIVE, .target = "wg0", .keepalive = {.key = {[3] = 1}, .after_sec = 25}},
        {.kind = STEP_KEEPALIVE,
         .target = "wg0",
         .keepalive = {.key = {[3] = 3}, .before_sec = 7, .after_sec = 25}},
        {.kind = STEP_KEEPALIVE_FILE,
         .target = "/etc/wireguard/wg0.conf",
         .keepalive = {.key = {[3] = 1},
                       .before_sec = 10,
                       .after_sec = 25,
                       .span = {.key = {[3] = 1}, .before = "10", .after = "25", .line = 6, .offset = 99}}},
    };
    struct change change = {.id = 3, .verb = VERB_SET_KEEPALIVE, .state = CHANGE_DONE};

    change.steps = packed(steps, file ? 3 : 2);
    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
    peers_have(scene, 25, 25, 25);
}

static int undo(struct scene *scene, uint64_t flags)
{
    struct call call = {.verb = VERB_UNDO, .change = 3, .flags = flags};

    return plan_make(&scene->view, &call, &scene->plan, &scene->refusal);
}

static void test_undo(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_UNDO, .change = 3};
    char link[LINK_NAME_SIZE];

    changed(scene, false);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 3, 25, 7);
    assert_keepalive(&scene->plan.steps[1], STEP_KEEPALIVE, 1, 25, 0);
    assert_int_equal(scene->plan.undoes, 3);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_int_equal(scene->plan.subject.ifindex, WG0);
    assert_true(plan_needs_tunnel(&scene->view, &call, link));
    assert_string_equal(link, "wg0");
}

static void test_another_stands_there(void **state)
{
    struct scene *scene = *state;

    changed(scene, false);
    peers_have(scene, 26, 25, 25);
    assert_int_equal(undo(scene, 0), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_CHANGED_SINCE);
    assert_non_null(strstr(scene->refusal.text, ONE " has a keepalive of 26 s now"));
    assert_string_equal(scene->plan.subject.link, "wg0"); /* as when it is no longer so */
    assert_int_equal(undo(scene, CALL_FORCE), 0);
    assert_keepalive(&scene->plan.steps[1], STEP_KEEPALIVE, 1, 26, 0);
}

static void test_what_was_before_stands_there(void **state)
{
    struct scene *scene = *state;

    changed(scene, false);
    peers_have(scene, 0, 25, 25);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 3, 25, 7);
}

static void test_who_is_gone(void **state)
{
    struct fact one = peer_with(1, 25);
    struct scene *scene = *state;

    changed(scene, true);
    read_peers(&scene->node, WG0, &one, 1);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    name_tunnels(&scene->node, NULL, 0);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(scene->plan.steps[0].kind, STEP_KEEPALIVE_FILE);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_int_equal(scene->plan.undoes, 3);
}

static void test_a_tunnel_that_cannot_be_asked(void **state)
{
    struct scene *scene = *state;

    changed(scene, true);
    tell(&scene->node, tunnel_down("wg0", WG0));
    assert_int_equal(undo(scene, 0), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_FAILED);
}

static void test_the_file(void **state)
{
    struct scene *scene = *state;
    const struct keepalive_span *span = &scene->plan.steps[0].keepalive;

    changed(scene, true);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 3);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE_FILE, 1, 25, 10);
    assert_string_equal(span->span.before, "25");
    assert_string_equal(span->span.after, "10");
    assert_int_equal(span->span.line, 6);
    assert_int_equal(span->span.key[3], 1);
    assert_false(span->lenient);
    assert_int_equal(undo(scene, CALL_FORCE), 0);
    assert_true(span->lenient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPALIVE_TEST(test_undo),
        KEEPALIVE_TEST(test_another_stands_there),
        KEEPALIVE_TEST(test_what_was_before_stands_there),
        KEEPALIVE_TEST(test_who_is_gone),
        KEEPALIVE_TEST(test_a_tunnel_that_cannot_be_asked),
        KEEPALIVE_TEST(test_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
