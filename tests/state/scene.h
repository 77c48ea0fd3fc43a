/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that checks and planners look at: a node with eth0 and wg0, wishes, findings, changes. */
#pragma once

#include "../../service/state/health.h"
#include "../../service/state/plan.h"
#include "facts.h"

struct scene {
    struct node node;
    struct wanted wanted;
    struct findings findings;
    struct change_list changes;
    struct targets targets;
    struct dns_config dns;
    struct view view;
    struct health_input input;
    struct plan plan;
    struct refusal refusal;
};

static inline int scene_set_up(void **state)
{
    static struct scene scene;

    memset(&scene, 0, sizeof(scene));
    node_with_tunnel(&scene.node);
    scene.view = (struct view){.node = &scene.node,
                               .wanted = &scene.wanted,
                               .findings = &scene.findings,
                               .changes = &scene.changes,
                               .targets = &scene.targets,
                               .dns = &scene.dns,
                               .refreshed = ""};
    scene.input = (struct health_input){&scene.node, &scene.wanted};
    *state = &scene;
    return 0;
}

static inline int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    node_done(&scene->node);
    findings_done(&scene->findings);
    change_list_done(&scene->changes);
    return 0;
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

static inline void wish(struct scene *scene, const char *link, uint32_t mtu)
{
    struct wish by_verb = {.set = true, .mtu = mtu, .since_usec = 1};

    assert_true(wanted_set(&scene->wanted, link, &by_verb) >= 0);
}

/* The wish for wg0 is put back and taken away until it is given up. */
static inline void fight(struct scene *scene)
{
    wish(scene, "wg0", 1280);
    for (int i = 0; i <= WANTED_PUT_BACK_MAX; i++)
        wanted_put_back(&scene->wanted.list[0], &scene->node, 1000000);
    assert_int_equal(wanted_state(&scene->wanted.list[0], &scene->node), WANTED_FIGHTING);
}

static inline void assert_kernel_step(const struct step *step, const char *link, uint32_t before,
                                      uint32_t after)
{
    assert_int_equal(step->kind, STEP_KERNEL);
    assert_string_equal(step->target, link);
    assert_int_equal(step->mtu_before, before);
    assert_int_equal(step->mtu_after, after);
}

/* An MTU of 0 means no wish. */
static inline void assert_wanted_step(const struct step *step, const char *link, uint32_t before,
                                      uint32_t after)
{
    assert_int_equal(step->kind, STEP_WANTED);
    assert_string_equal(step->target, link);
    assert_int_equal(step->wish_before.set ? step->wish_before.mtu : 0, before);
    assert_int_equal(step->wish_after.set ? step->wish_after.mtu : 0, after);
}

/* The number of a finding's param; fails without one. */
static inline uint32_t param_number(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0) {
            assert_string_equal(finding->params[i].text, "");
            return finding->params[i].number;
        }
    fail_msg("%s has no param %s", finding->id, key);
    return 0;
}

static inline const char *param_text(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0)
            return finding->params[i].text;
    fail_msg("%s has no param %s", finding->id, key);
    return NULL;
}
