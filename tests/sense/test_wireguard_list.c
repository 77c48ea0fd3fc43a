/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which WireGuard tunnels there are, and what is told of links that come and go */
#include "../../service/sense/wireguard_list.h"

#include "../state/facts.h"

#define SECOND INT64_C(1000000)

static struct node node;
static struct wireguard_list list;

static int set_up(void **state)
{
    struct fact tap = link_up(13, "tap0", "tun", 1500);

    tap.link.hardware = ARPHRD_ETHER;
    memset(&list, 0, sizeof(list));
    node_init(&node);
    tell(&node, link_up(3, "eth0", "", 1500));
    tell(&node, link_up(7, "wg0", "wireguard", 1420));
    tell(&node, link_up(9, "wg1", "tun", 1420));
    tell(&node, link_up(11, "tailscale0", "tun", 1280));
    tell(&node, tap);
    snprintf(list.names.list[0], LINK_NAME_SIZE, "wg1");
    snprintf(list.names.list[1], LINK_NAME_SIZE, "never");
    snprintf(list.names.list[2], LINK_NAME_SIZE, "tap0");
    list.names.count = 3;
    return 0;
}

static int tear_down(void **state)
{
    node_done(&node);
    return 0;
}

static void set_down(int32_t ifindex, const char *name, const char *kind)
{
    struct fact link = link_up(ifindex, name, kind, 1420);

    link.link.up = false;
    tell(&node, link);
}

static void test_what_is_one(void **state)
{
    assert_true(wireguard_list_has_risen(&list, &node));
    assert_false(wireguard_list_update(&list, &node, false, 5 * SECOND));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.entries[0].fact.name, "wg0");
    assert_false(list.entries[0].fact.user_space);
    assert_int_equal(list.entries[0].fact.ifindex, 7);
    assert_string_equal(list.entries[1].fact.name, "wg1");
    assert_true(list.entries[1].fact.user_space);
    for (size_t i = 0; i < 2; i++) {
        assert_true(list.entries[i].fact.up && list.entries[i].fact.answers && list.entries[i].wanted);
        assert_int_equal(list.entries[i].up_usec, 5 * SECOND);
        list.entries[i].wanted = false;
    }
    assert_false(wireguard_list_has_risen(&list, &node));
    assert_false(wireguard_list_has_fallen(&list, &node));
    /* Nothing is new the next time. */
    assert_false(wireguard_list_update(&list, &node, false, 6 * SECOND));
    assert_false(list.entries[0].wanted || list.entries[1].wanted);
    assert_int_equal(list.entries[0].up_usec, 5 * SECOND);
}

static void test_what_falls(void **state)
{
    wireguard_list_update(&list, &node, false, 0);
    set_down(7, "wg0", "wireguard");
    tell(&node, gone(link_up(9, "wg1", "tun", 1420)));
    list.entries[1].known = true;
    assert_true(wireguard_list_has_fallen(&list, &node));
    assert_false(wireguard_list_has_risen(&list, &node));
    assert_true(wireguard_list_update(&list, &node, false, SECOND));
    assert_int_equal(list.count, 2);
    assert_true(list.entries[0].fact.up && list.entries[1].fact.up);
    assert_int_equal(list.entries[1].fact.ifindex, 9);
    assert_false(wireguard_list_update(&list, &node, true, 2 * SECOND));
    assert_int_equal(list.count, 2);
    assert_false(list.entries[0].fact.up);
    assert_true(list.entries[1].fact.up);
    assert_int_equal(list.entries[1].fact.ifindex, 0); /* its daemon is asked */
    assert_false(wireguard_list_has_fallen(&list, &node));
    /* The socket goes too. */
    list.names.count = 0;
    wireguard_list_update(&list, &node, false, 3 * SECOND);
    assert_int_equal(list.count, 1);
}

static void test_what_goes_while_it_is_down(void **state)
{
    wireguard_list_update(&list, &node, false, 0);
    set_down(7, "wg0", "wireguard");
    wireguard_list_update(&list, &node, true, 0);
    assert_false(wireguard_list_has_fallen(&list, &node));
    tell(&node, gone(link_up(7, "wg0", "wireguard", 1420)));
    assert_true(wireguard_list_has_fallen(&list, &node));
    assert_false(wireguard_list_update(&list, &node, false, 0));
    assert_int_equal(list.count, 1);
}

static void test_what_is_made_anew(void **state)
{
    wireguard_list_update(&list, &node, false, 0);
    list.entries[0].wanted = false;
    list.entries[0].failures = 2;
    tell(&node, gone(link_up(7, "wg0", "wireguard", 1420)));
    tell(&node, link_up(70, "wg0", "wireguard", 1420));
    assert_true(wireguard_list_has_risen(&list, &node));
    assert_false(wireguard_list_update(&list, &node, false, SECOND));
    assert_int_equal(list.count, 2);
    for (size_t i = 0; i < 2; i++)
        if (strcmp(list.entries[i].fact.name, "wg0") == 0) {
            assert_int_equal(list.entries[i].fact.ifindex, 70);
            assert_int_equal(list.entries[i].failures, 0);
            assert_true(list.entries[i].wanted);
        }
}

static void test_one_of_user_space_comes(void **state)
{
    list.names.count = 0;
    wireguard_list_update(&list, &node, false, 0);
    assert_int_equal(list.count, 1);
    assert_false(wireguard_list_has_risen(&list, &node));
    list.names.count = 3;
    assert_true(wireguard_list_has_risen(&list, &node));
    wireguard_list_update(&list, &node, false, 0);
    assert_int_equal(list.count, 2);
    assert_false(wireguard_list_has_risen(&list, &node));
}

static void test_up_again(void **state)
{
    set_down(7, "wg0", "wireguard");
    wireguard_list_update(&list, &node, false, 0);
    list.entries[0].wanted = false;
    assert_false(list.entries[0].fact.up);
    tell(&node, link_up(7, "wg0", "wireguard", 1420));
    assert_true(wireguard_list_has_risen(&list, &node));
    wireguard_list_update(&list, &node, false, 9 * SECOND);
    assert_true(list.entries[0].fact.up && list.entries[0].wanted);
    assert_int_equal(list.entries[0].up_usec, 9 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_falls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_goes_while_it_is_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_of_user_space_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_up_again, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
