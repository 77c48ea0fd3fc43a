/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that set an MTU */
#include "scene.h"

static int set_mtu(struct scene *scene, const char *link, uint32_t mtu, uint64_t flags)
{
    memset(&scene->plan, 0, sizeof(scene->plan));
    return plan_set_mtu(&scene->view, link, mtu, flags, 77, &scene->plan, &scene->refusal);
}

static void assert_refused(struct scene *scene, const char *link, uint32_t mtu, uint64_t flags,
                           enum refusal_kind kind)
{
    assert_int_equal(set_mtu(scene, link, mtu, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_a_tunnel(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(set_mtu(scene, "wg0", 1280, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1420, 1280);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 0, 1280);
    assert_false(scene->plan.steps[1].wish_after.persist);
    assert_int_equal(scene->plan.steps[1].wish_after.since_usec, 77);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_string_equal(scene->plan.subject.link_kind, "wireguard");
    assert_int_equal(scene->plan.subject.ifindex, WG0);
    assert_int_equal(scene->plan.subject.mtu, 1280);
}

static void test_the_uplink(void **state)
{
    assert_int_equal(set_mtu(*state, "eth0", 1400, 0), 0);
}

static void test_no_such_link(void **state)
{
    assert_refused(*state, "wg1", 1280, CALL_FORCE, REFUSAL_NO_SUCH_LINK);
    assert_refused(*state, "", 1280, CALL_FORCE, REFUSAL_NO_SUCH_LINK);
}

static void test_what_the_link_takes(void **state)
{
    struct scene *scene = *state;
    struct fact fact = link_up(WG0, "wg0", "wireguard", 1420);

    fact.link.mtu_max = 9000;
    fact.link.mtu_min = 100;
    tell(&scene->node, fact);
    assert_int_equal(set_mtu(scene, "wg0", 9000, 0), 0);
    assert_refused(scene, "wg0", 9001, CALL_FORCE, REFUSAL_INVALID_MTU);
    assert_int_equal(set_mtu(scene, "wg0", 100, CALL_FORCE), 0);
    assert_refused(scene, "wg0", 99, CALL_FORCE, REFUSAL_INVALID_MTU);
    /* The kernel names no limits. */
    fact.link.mtu_max = fact.link.mtu_min = 0;
    tell(&scene->node, fact);
    assert_int_equal(set_mtu(scene, "wg0", INT32_MAX, 0), 0);
    assert_refused(scene, "wg0", (uint32_t)INT32_MAX + 1, CALL_FORCE, REFUSAL_INVALID_MTU);
    assert_int_equal(set_mtu(scene, "wg0", 68, CALL_FORCE), 0);
    assert_refused(scene, "wg0", 67, CALL_FORCE, REFUSAL_INVALID_MTU);
    assert_refused(scene, "wg0", 0, CALL_FORCE, REFUSAL_INVALID_MTU);
}

static void test_less_than_ipv6_needs_force(void **state)
{
    assert_int_equal(set_mtu(*state, "wg0", 1280, 0), 0);
    assert_refused(*state, "wg0", 1279, 0, REFUSAL_NEEDS_FORCE);
    assert_refused(*state, "wg0", 1279, CALL_PERSIST, REFUSAL_NEEDS_FORCE);
    assert_int_equal(set_mtu(*state, "wg0", 1279, CALL_FORCE), 0);
}

static void test_other_links_need_force(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, link_up(9, "docker0", "bridge", 1500));
    assert_refused(scene, "docker0", 1400, 0, REFUSAL_NEEDS_FORCE);
    assert_int_equal(set_mtu(scene, "docker0", 1400, CALL_FORCE), 0);
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    assert_refused(scene, "eth0", 1400, 0, REFUSAL_NEEDS_FORCE);
}

static void test_right_already_leaves_only_the_wish(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(set_mtu(scene, "wg0", 1420, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_wanted_step(&scene->plan.steps[0], "wg0", 0, 1420);
    wish(scene, "wg0", 1420);
    assert_int_equal(set_mtu(scene, "wg0", 1420, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.subject.ifindex, WG0);
}

static void test_a_wish_for_good(void **state)
{
    struct scene *scene = *state;
    struct wish for_good = {.set = true, .mtu = 1420, .persist = true};

    wish(scene, "wg0", 1420);
    assert_int_equal(set_mtu(scene, "wg0", 1420, CALL_PERSIST), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_true(scene->plan.steps[0].wish_after.persist);
    wanted_set(&scene->wanted, "wg0", &for_good);
    /* It is not made less by asking again without PERSIST. */
    assert_int_equal(set_mtu(scene, "wg0", 1420, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    /* Another value is another wish. */
    assert_int_equal(set_mtu(scene, "wg0", 1300, 0), 0);
    assert_false(scene->plan.steps[1].wish_after.persist);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 1420, 1300);
}

static void test_a_configured_wish_is_no_wish_of_a_verb(void **state)
{
    struct scene *scene = *state;
    struct wish configured = {.set = true, .mtu = 1300, .persist = true};

    wanted_set_configured(&scene->wanted, "wg0", &configured);
    assert_int_equal(set_mtu(scene, "wg0", 1300, 0), 0);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 0, 1300);
    assert_false(scene->plan.steps[1].wish_after.persist);
}

static void test_a_fight_needs_force(void **state)
{
    struct scene *scene = *state;

    fight(scene);
    assert_refused(scene, "wg0", 1280, 0, REFUSAL_FIGHTING);
    assert_refused(scene, "wg0", 1300, 0, REFUSAL_FIGHTING);
    assert_int_equal(set_mtu(scene, "wg0", 1280, CALL_FORCE), 0);
    assert_int_equal(scene->plan.steps_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_a_tunnel),
        SCENE_TEST(test_the_uplink),
        SCENE_TEST(test_no_such_link),
        SCENE_TEST(test_what_the_link_takes),
        SCENE_TEST(test_less_than_ipv6_needs_force),
        SCENE_TEST(test_other_links_need_force),
        SCENE_TEST(test_right_already_leaves_only_the_wish),
        SCENE_TEST(test_a_wish_for_good),
        SCENE_TEST(test_a_configured_wish_is_no_wish_of_a_verb),
        SCENE_TEST(test_a_fight_needs_force),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
