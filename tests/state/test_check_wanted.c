/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what was asked to stay */
#include "scene.h"

static const struct finding *only(struct scene *scene,
                                  void (*check)(const struct health_input *, struct findings *))
{
    findings_clear(&scene->findings);
    check(&scene->input, &scene->findings);
    assert_true(scene->findings.count <= 1);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static void test_nothing_is_wanted(void **state)
{
    assert_null(only(*state, check_wanted_mtu_lost));
    assert_null(only(*state, check_fighting));
}

static void test_the_uplinks_wish_is_lost(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    wish(scene, "eth0", 1500);
    assert_null(only(scene, check_wanted_mtu_lost));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1400));
    finding = only(scene, check_wanted_mtu_lost);
    assert_non_null(finding);
    assert_string_equal(finding->id, "wanted-mtu-lost");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_string_equal(finding->subject, "eth0");
    assert_int_equal(param_number(finding, "wanted-mtu"), 1500);
    assert_int_equal(param_number(finding, "mtu"), 1400);
    assert_int_equal(finding->mend.verb, MEND_SET_MTU);
    assert_string_equal(finding->mend.link, "eth0");
    assert_int_equal(finding->mend.mtu, 1500);
}

static void test_a_tunnels_wish_is_being_put_back(void **state)
{
    struct scene *scene = *state;

    wish(scene, "wg0", 1280);
    assert_null(only(scene, check_wanted_mtu_lost));
    assert_null(only(scene, check_fighting));
}

static void test_a_wish_without_its_link_is_no_finding(void **state)
{
    wish(*state, "wg9", 1280);
    assert_null(only(*state, check_wanted_mtu_lost));
    assert_null(only(*state, check_fighting));
}

static void test_the_kernel_refused(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    wish(scene, "wg0", 1280);
    assert_true(wanted_put_back(&scene->wanted.list[0], &scene->node, 1000000));
    wanted_refuse(&scene->wanted, "wg0");
    finding = only(scene, check_wanted_mtu_lost);
    assert_non_null(finding);
    assert_string_equal(finding->subject, "wg0");
    assert_int_equal(finding->mend.verb, MEND_NONE); /* the same would be refused again */
    assert_int_equal(param_number(finding, "wanted-mtu"), 1280);
    assert_int_equal(param_number(finding, "mtu"), 1420);
}

static void test_a_fight(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    fight(scene);
    assert_null(only(scene, check_wanted_mtu_lost));
    finding = only(scene, check_fighting);
    assert_non_null(finding);
    assert_string_equal(finding->id, "fighting");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_string_equal(finding->subject, "wg0");
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_int_equal(param_number(finding, "wanted-mtu"), 1280);
    assert_int_equal(param_number(finding, "mtu"), 1420);
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    assert_null(only(scene, check_fighting));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_nothing_is_wanted),
        SCENE_TEST(test_the_uplinks_wish_is_lost),
        SCENE_TEST(test_a_tunnels_wish_is_being_put_back),
        SCENE_TEST(test_a_wish_without_its_link_is_no_finding),
        SCENE_TEST(test_the_kernel_refused),
        SCENE_TEST(test_a_fight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
