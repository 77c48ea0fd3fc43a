/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What polkit's dialogue says of a call */
#include "../../dbus/question.h"

#include "../state/packed.h"
#include "../state/scene.h"

static void asks(struct scene *scene, struct call call, struct plan_subject subject, const char *target,
                 const char *value)
{
    struct question question;

    memset(&question, 'x', sizeof(question));
    question_ask(&question, &scene->view, &call, &subject);
    assert_string_equal(question.target, target);
    assert_string_equal(question.value, value);
}

static void test_each_verb(void **state)
{
    struct scene *scene = *state;
    struct call call = {.change = 7};

    asks(scene, call, (struct plan_subject){.verb = VERB_SET_MTU, .link = "wg0", .mtu = 1280}, "wg0", "1280");
    asks(scene, call, (struct plan_subject){.verb = VERB_RELEASE, .link = "wg0"}, "wg0", "0");
    asks(scene, call, (struct plan_subject){.verb = VERB_REFRESH_IP}, "files and units", "172.20.1.2");
    asks(scene, call, (struct plan_subject){.verb = VERB_SYNC_CLOCK}, "the clock", "none");
    asks(scene, call, (struct plan_subject){.verb = VERB_FIX_DNS}, "/etc/resolv.conf", "none");
    asks(scene, call, (struct plan_subject){.verb = VERB_SET_KEEPALIVE, .link = "wg0", .seconds = 25}, "wg0",
         "25 s");
    asks(scene, call, (struct plan_subject){.verb = VERB_SET_KEEPALIVE, .link = "wg0"}, "wg0", "off");
    asks(scene, call, (struct plan_subject){.verb = VERB_UNDO, .link = "wg0"}, "wg0", "7");
    asks(scene, call, (struct plan_subject){.verb = VERB_UNDO, .targets = 7}, "files and units", "7");
    node_done(&scene->node);
    node_init(&scene->node);
    asks(scene, call, (struct plan_subject){.verb = VERB_REFRESH_IP}, "files and units", "");
}

static void test_endpoints(void **state)
{
    struct scene *scene = *state;
    struct fact tunnel = tunnel_of("wg0", WG0);
    struct step steps[] = {{.kind = STEP_FILE, .target = "/a"}, {.kind = STEP_ENDPOINT, .target = "wg0"}};
    struct change change = {.id = 7, .steps = packed(steps, COUNT(steps))};

    name_tunnels(&scene->node, &tunnel, 1);
    asks(scene, (struct call){0}, (struct plan_subject){.verb = VERB_REFRESH_IP},
         "files, units and endpoints", "172.20.1.2");
    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
    asks(scene, (struct call){.change = 7}, (struct plan_subject){.verb = VERB_UNDO, .targets = 7},
         "files, units and endpoints", "7");
}

static void test_what_is_undone(void **state)
{
    static const struct {
        enum step_kind kind;
        const char *target;
    } rows[] = {{STEP_RESOLV, "/a"},
                {STEP_SETTING, "/a"},
                {STEP_KEEPALIVE_FILE, "/a"},
                {STEP_FILE, "files and units"},
                {STEP_KEEPALIVE, "files and units"},
                {STEP_ENDPOINT, "endpoints"}};
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct step step = {.kind = rows[i].kind, .target = "/a"};
        struct change change = {.id = i + 1, .steps = packed(&step, 1)};

        assert_int_equal(change_list_put(&scene->changes, &change), 0);
        steps_done(&change.steps);
        asks(scene, (struct call){.change = i + 1}, (struct plan_subject){.verb = VERB_UNDO, .targets = 1},
             rows[i].target, (const char[]){'1' + i, 0});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {SCENE_TEST(test_each_verb), SCENE_TEST(test_what_is_undone),
                                       SCENE_TEST(test_endpoints)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
