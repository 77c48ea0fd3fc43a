/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of WSL's own configuration */
#include "scene.h"

static const struct finding *check(struct scene *scene, uint32_t rest, uint32_t first, uint32_t remarks)
{
    struct fact fact = fact_of(FACT_WSL_CONFIG);

    fact.wsl_config = (struct wsl_config_fact){.rest_line = rest, .first_line = first, .remarks = remarks};
    tell(&scene->node, fact);
    findings_clear(&scene->findings);
    check_wsl_conf_cut_off(&scene->input, &scene->findings);
    check_wsl_conf_remarks(&scene->input, &scene->findings);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static void test_nothing_is_wrong(void **state)
{
    struct scene *scene = *state;

    assert_false(node_wsl_config_known(&scene->node));
    assert_null(check(scene, 0, 0, 0));
    /* Off WSL nobody reads it, and nothing is right about it. */
    tell(&scene->node, platform_of("linux", ""));
    assert_false(node_wsl_config_known(&scene->node));
    tell(&scene->node, platform_of("wsl2", "nat"));
    assert_true(node_wsl_config_known(&scene->node));
}

static void test_cut_off(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding = check(scene, 7, 2, 3);

    assert_int_equal(scene->findings.count, 1); /* what else is wrong can wait */
    assert_string_equal(finding->id, "wsl-conf-cut-off");
    assert_string_equal(finding->subject, "/etc/wsl.conf");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(param_number(finding, "line"), 7);
    assert_int_equal(finding->mend.verb, MEND_NONE);
}

static void test_remarks(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding = check(scene, 0, 2, 3);

    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(finding->id, "wsl-conf-remarks");
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(param_number(finding, "line"), 2);
    assert_int_equal(param_number(finding, "remarks"), 3);
}

static void test_an_equal_reading_says_nothing(void **state)
{
    struct scene *scene = *state;
    struct fact fact = fact_of(FACT_WSL_CONFIG);
    struct events events = {0};

    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_WSL_CONFIG); /* the first is news */
    assert_int_equal(node_apply(&scene->node, &fact, &events), 0);
    fact.wsl_config.remarks = 1;
    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_WSL_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_nothing_is_wrong),
        SCENE_TEST(test_cut_off),
        SCENE_TEST(test_remarks),
        SCENE_TEST(test_an_equal_reading_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
