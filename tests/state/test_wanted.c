/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wanted state: whose wish holds, and when a fight is one */
#include "facts.h"

#include <errno.h>

#include "../../service/state/wanted.h"

#define SECOND UINT64_C(1000000)
#define START  (1000 * SECOND)

struct scene {
    struct node node;
    struct wanted wanted;
};

static const struct wish until_start = {.set = true, .mtu = 1280, .since_usec = 5};
static const struct wish for_good = {.set = true, .mtu = 1300, .persist = true, .since_usec = 6};
static const struct wish none = {.set = false};

static int set_up(void **state)
{
    static struct scene scene;

    memset(&scene, 0, sizeof(scene));
    node_with_tunnel(&scene.node);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    node_done(&((struct scene *)*state)->node);
    return 0;
}

static struct wanted_mtu *on_link(struct scene *scene, const char *link)
{
    struct wanted_mtu *mtu = (struct wanted_mtu *)wanted_find(&scene->wanted, link);

    assert_non_null(mtu);
    return mtu;
}

/* Somebody sets the tunnel's MTU; then it is put back, if it may. */
static bool taken_and_put_back(struct scene *scene, uint64_t now_usec)
{
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1420));
    if (!wanted_put_back(on_link(scene, "wg0"), &scene->node, now_usec))
        return false;
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    return true;
}

static void test_a_verb_stands_over_the_configuration(void **state)
{
    struct wanted *wanted = &((struct scene *)*state)->wanted;

    assert_null(wanted_find(wanted, "wg0"));
    assert_int_equal(wanted_set_configured(wanted, "wg0", &for_good), 1);
    assert_int_equal(wanted_set_configured(wanted, "wg0", &for_good), 0);
    assert_int_equal(wanted_wish(wanted_find(wanted, "wg0")).mtu, 1300);
    assert_int_equal(wanted_set(wanted, "wg0", &until_start), 1);
    assert_int_equal(wanted_set(wanted, "wg0", &until_start), 0);
    assert_int_equal(wanted_wish(wanted_find(wanted, "wg0")).mtu, 1280);
    assert_int_equal(wanted_set(wanted, "wg0", &none), 1);
    assert_int_equal(wanted_wish(wanted_find(wanted, "wg0")).mtu, 1300);
    assert_false(wanted_wish(NULL).set);
}

static void test_an_entry_without_a_wish_is_dropped(void **state)
{
    struct wanted *wanted = &((struct scene *)*state)->wanted;

    wanted_set(wanted, "wg0", &until_start);
    wanted_set_configured(wanted, "wg1", &for_good);
    wanted_set(wanted, "wg0", &none);
    assert_null(wanted_find(wanted, "wg0"));
    assert_non_null(wanted_find(wanted, "wg1"));
    wanted_set_configured(wanted, "wg1", &none);
    wanted_tidy(wanted);
    assert_int_equal(wanted->count, 0);
}

static void test_there_are_only_so_many(void **state)
{
    struct wanted *wanted = &((struct scene *)*state)->wanted;
    char name[LINK_NAME_SIZE];

    for (int i = 0; i < WANTED_MAX; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        assert_int_equal(wanted_set(wanted, name, &until_start), 1);
    }
    assert_int_equal(wanted_set(wanted, "more", &until_start), -ENOSPC);
    assert_int_equal(wanted_set_configured(wanted, "more", &until_start), -ENOSPC);
    assert_int_equal(wanted_set(wanted, "wg3", &for_good), 1);
}

static void test_wishes_are_equal_by_what_they_ask(void **state)
{
    struct wish other = until_start;

    assert_true(wish_equal(&none, &none));
    assert_false(wish_equal(&none, &until_start));
    other.since_usec++;
    assert_true(wish_equal(&until_start, &other));
    other.persist = true;
    assert_false(wish_equal(&until_start, &other));
    other = until_start;
    other.mtu++;
    assert_false(wish_equal(&until_start, &other));
}

static void test_a_tunnels_wish_is_lost_and_put_back(void **state)
{
    struct scene *scene = *state;

    wanted_set(&scene->wanted, "wg0", &until_start);
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_LOST);
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_KEPT);
    assert_false(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1280)));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_KEPT);
}

static void test_the_uplinks_wish_is_news_and_never_put_back(void **state)
{
    struct scene *scene = *state;

    wanted_set(&scene->wanted, "eth0", &until_start);
    assert_int_equal(wanted_state(on_link(scene, "eth0"), &scene->node), WANTED_NEWS);
    assert_false(wanted_put_back(on_link(scene, "eth0"), &scene->node, START));
    /* A tunnel that is the uplink is the uplink. */
    wanted_set(&scene->wanted, "wg0", &until_start);
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    tell(&scene->node, route_by(WG0, "10.9.0.1", 0));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_NEWS);
    /* And a link that is neither is left alone too. */
    assert_int_equal(wanted_state(on_link(scene, "eth0"), &scene->node), WANTED_NEWS);
}

static void test_three_times_in_a_minute_then_a_fight(void **state)
{
    struct scene *scene = *state;

    wanted_set(&scene->wanted, "wg0", &until_start);
    for (int i = 0; i < WANTED_PUT_BACK_MAX; i++)
        assert_true(taken_and_put_back(scene, START + i * SECOND));
    assert_false(taken_and_put_back(scene, START + 60 * SECOND - 1));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_FIGHTING);
    /* It stays one, however long it lasts. */
    assert_false(taken_and_put_back(scene, START + 600 * SECOND));
}

static void test_the_minute_slides(void **state)
{
    struct scene *scene = *state;

    wanted_set(&scene->wanted, "wg0", &until_start);
    for (int i = 0; i < 10; i++)
        assert_true(taken_and_put_back(scene, START + i * 20 * SECOND));
    assert_false(taken_and_put_back(scene, START + 199 * SECOND));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_FIGHTING);
}

static void fight(struct scene *scene)
{
    wanted_set(&scene->wanted, "wg0", &until_start);
    for (int i = 0; i <= WANTED_PUT_BACK_MAX; i++)
        taken_and_put_back(scene, START);
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_FIGHTING);
}

static void test_another_link_of_that_name_starts_anew(void **state)
{
    struct scene *scene = *state;

    fight(scene);
    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    tell(&scene->node, link_up(70, "wg0", "wireguard", 1420));
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_LOST);
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    assert_false(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
}

static void test_asking_again_ends_a_fight(void **state)
{
    struct scene *scene = *state;

    fight(scene);
    assert_int_equal(wanted_set(&scene->wanted, "wg0", &until_start), 1);
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_LOST);
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
}

static void test_the_configuration_ends_a_fight_only_if_its_wish_holds(void **state)
{
    struct scene *scene = *state;

    fight(scene);
    wanted_set_configured(&scene->wanted, "wg0", &for_good);
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_FIGHTING);
}

static void test_a_fight_settles_when_the_other_gives_in(void **state)
{
    struct scene *scene = *state;

    fight(scene);
    assert_false(wanted_settle(on_link(scene, "wg0"), &scene->node));
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    assert_true(wanted_settle(on_link(scene, "wg0"), &scene->node));
    assert_false(wanted_settle(on_link(scene, "wg0"), &scene->node));
    fight(scene);
    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    assert_true(wanted_settle(on_link(scene, "wg0"), &scene->node));
}

static void test_what_the_kernel_refuses_is_not_tried_again(void **state)
{
    struct scene *scene = *state;

    wanted_refuse(&scene->wanted, "nowhere");
    wanted_set(&scene->wanted, "wg0", &until_start);
    assert_true(wanted_put_back(on_link(scene, "wg0"), &scene->node, START));
    wanted_refuse(&scene->wanted, "wg0");
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_REFUSED);
    assert_false(wanted_put_back(on_link(scene, "wg0"), &scene->node, START + 300 * SECOND));
    assert_false(wanted_settle(on_link(scene, "wg0"), &scene->node));
    wanted_set(&scene->wanted, "wg0", &for_good);
    assert_int_equal(wanted_state(on_link(scene, "wg0"), &scene->node), WANTED_LOST);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_a_verb_stands_over_the_configuration),
        SCENE_TEST(test_an_entry_without_a_wish_is_dropped),
        SCENE_TEST(test_there_are_only_so_many),
        SCENE_TEST(test_wishes_are_equal_by_what_they_ask),
        SCENE_TEST(test_a_tunnels_wish_is_lost_and_put_back),
        SCENE_TEST(test_the_uplinks_wish_is_news_and_never_put_back),
        SCENE_TEST(test_three_times_in_a_minute_then_a_fight),
        SCENE_TEST(test_the_minute_slides),
        SCENE_TEST(test_another_link_of_that_name_starts_anew),
        SCENE_TEST(test_asking_again_ends_a_fight),
        SCENE_TEST(test_the_configuration_ends_a_fight_only_if_its_wish_holds),
        SCENE_TEST(test_a_fight_settles_when_the_other_gives_in),
        SCENE_TEST(test_what_the_kernel_refuses_is_not_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
