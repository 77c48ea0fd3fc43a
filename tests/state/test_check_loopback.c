/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of the network stack itself */
#include "scene.h"

static void tell_loopback(struct scene *scene, bool dead)
{
    struct fact fact = fact_of(FACT_LOOPBACK);

    fact.loopback.dead = dead;
    tell(&scene->node, fact);
    findings_clear(&scene->findings);
    check_network_dead(&scene->input, &scene->findings);
}

static void test_nobody_asked(void **state)
{
    struct scene *scene = *state;

    check_network_dead(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, 0);
}

static void test_dead_and_alive(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell_loopback(scene, false);
    assert_int_equal(scene->findings.count, 0);
    tell_loopback(scene, true);
    assert_int_equal(scene->findings.count, 1);
    finding = &scene->findings.list[0];
    assert_string_equal(finding->id, "network-dead");
    assert_string_equal(finding->subject, "");
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_non_null(strstr(finding->remedy, "wsl --shutdown"));
    assert_true(finding->summary && finding->cause);
    assert_int_equal(finding->params_count, 0);
    assert_int_equal(finding->mend.verb, MEND_NONE); /* nothing inside WSL ends it */
    tell_loopback(scene, false);
    assert_int_equal(scene->findings.count, 0);
}

static void test_a_full_list(void **state)
{
    struct scene *scene = *state;

    scene->node.loopback_dead = true;
    while (scene->findings.count < FINDINGS_MAX)
        findings_add(&scene->findings, "x", "", SEVERITY_INFO);
    check_network_dead(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_nobody_asked),
        SCENE_TEST(test_dead_and_alive),
        SCENE_TEST(test_a_full_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
