/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the files that are to follow the node's address */
#include "scene.h"

static void check(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_stale_address(&scene->input, &scene->findings);
    check_file_refused(&scene->input, &scene->findings);
}

static void test_files_that_are_right(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, file_of("/etc/a", NULL));
    tell(&scene->node, place_of("/etc/a", 1, "172.20.1.2"));
    tell(&scene->node, place_of("/etc/a", 2, NULL));
    tell(&scene->node, place_of("/etc/a", 3, "fd00::9")); /* the node has no IPv6 address to compare with */
    check(scene);
    assert_int_equal(scene->findings.count, 0);
}

static void test_a_stale_address(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, place_of("/etc/a", 7, "172.20.9.9"));
    check(scene);
    assert_int_equal(scene->findings.count, 1);
    finding = &scene->findings.list[0];
    assert_string_equal(finding->id, "stale-address");
    assert_string_equal(finding->subject, "/etc/a");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(finding->mend.verb, MEND_REFRESH_IP);
    assert_string_equal(param_text(finding, "variable"), "WSL_IP");
    assert_int_equal(param_number(finding, "line"), 7);
    assert_string_equal(param_text(finding, "found"), "172.20.9.9");
    assert_string_equal(param_text(finding, "address"), "172.20.1.2");
    assert_true(finding->summary[0] && finding->cause[0] && finding->remedy[0]);
}

static void test_an_empty_place(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, place_of("/etc/a", 1, ""));
    check(scene);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(param_text(&scene->findings.list[0], "found"), "nothing");
}

static void test_one_finding_tells_of_a_file(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, place_of("/etc/a", 1, "172.20.1.2"));
    tell(&scene->node, place_of("/etc/a", 2, "172.20.9.9"));
    tell(&scene->node, place_of("/etc/b", 1, ""));
    tell(&scene->node, place_of("/etc/a", 3, "172.20.9.8"));
    check(scene);
    assert_int_equal(scene->findings.count, 2);
    assert_string_equal(scene->findings.list[0].subject, "/etc/a");
    assert_int_equal(param_number(&scene->findings.list[0], "line"), 2);
    assert_string_equal(scene->findings.list[1].subject, "/etc/b");
}

static void test_a_file_that_is_refused(void **state)
{
    struct scene *scene = *state;
    struct fact absent = file_of("/etc/c", NULL);
    const struct finding *finding;

    absent.file.state = FILE_MISSING; /* to be made: that is no fault */
    tell(&scene->node, file_of("/etc/a", "it is not a regular file"));
    tell(&scene->node, file_of("/etc/b", NULL));
    tell(&scene->node, absent);
    tell(&scene->node, file_of("/etc/d", "it has 2 names (hard links); it must have one"));
    check(scene);
    assert_int_equal(scene->findings.count, 2);
    finding = &scene->findings.list[0];
    assert_string_equal(finding->id, "file-refused");
    assert_string_equal(finding->subject, "/etc/a");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_string_equal(param_text(finding, "problem"), "it is not a regular file");
    assert_true(finding->summary[0] && finding->cause[0] && finding->remedy[0]);
    assert_string_equal(scene->findings.list[1].subject, "/etc/d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_files_that_are_right),   SCENE_TEST(test_a_stale_address),
        SCENE_TEST(test_an_empty_place),         SCENE_TEST(test_one_finding_tells_of_a_file),
        SCENE_TEST(test_a_file_that_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
