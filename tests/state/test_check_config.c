/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of our own configuration */
#include "scene.h"

static void test_a_good_configuration(void **state)
{
    struct scene *scene = *state;

    check_configuration(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, 0);
}

static void test_a_refused_file(void **state)
{
    struct scene *scene = *state;
    struct fact fact = fact_of(FACT_CONFIG);

    snprintf(fact.config.path, sizeof(fact.config.path), "/etc/wslnode/wslnode.conf");
    snprintf(fact.config.problem, sizeof(fact.config.problem), "line 3: nonsense");
    tell(&scene->node, fact);
    check_configuration(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(scene->findings.list[0].id, "configuration-refused");
    assert_string_equal(scene->findings.list[0].subject, "/etc/wslnode/wslnode.conf");
    assert_int_equal(scene->findings.list[0].severity, SEVERITY_WARNING);
    assert_string_equal(param_text(&scene->findings.list[0], "problem"), "line 3: nonsense");
    findings_clear(&scene->findings);
    tell(&scene->node, fact_of(FACT_CONFIG));
    check_configuration(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_a_good_configuration),
        SCENE_TEST(test_a_refused_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
