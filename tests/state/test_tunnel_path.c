/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel: what its way was measured to carry */
#include "tunnel_scene.h"

static uint32_t carries(const struct node *node)
{
    return tunnel_path_mtu(wg0(node));
}

static void test_a_measurement(void **state)
{
    struct node *node = *state;

    assert_int_equal(carries(node), 0);
    assert_int_equal(tell(node, path_of(WG0, 1420, 1480, 1420)), NODE_TUNNELS);
    assert_int_equal(carries(node), 1420);
    assert_int_equal(tell(node, path_of(WG0, 1420, 1480, 1420)), 0);
    assert_int_equal(tell(node, path_of(WG0, 1420, 1480, 1328)), NODE_TUNNELS);
    assert_int_equal(carries(node), 1328);
    /* That nobody answers any more is news as well. */
    assert_int_equal(tell(node, path_of(WG0, 1420, 0, 0)), NODE_TUNNELS);
    assert_int_equal(carries(node), 0);
    assert_true(wg0(node)->measured);
}

static void test_it_is_taken_back(void **state)
{
    struct node *node = *state;
    const struct path_input none = {0};

    assert_int_equal(tell(node, gone(path_of(WG0, 1420, 0, 0))), 0);
    tell(node, path_of(WG0, 1420, 1480, 1420));
    assert_int_equal(tell(node, gone(path_of(WG0, 1420, 0, 0))), NODE_TUNNELS);
    assert_int_equal(carries(node), 0);
    assert_false(wg0(node)->measured);
    assert_memory_equal(&wg0(node)->path, &none, sizeof(none));
    assert_int_equal(tell(node, gone(path_of(WG0, 1420, 0, 0))), 0);
}

static void test_nobodys(void **state)
{
    assert_int_equal(tell(*state, path_of(WG1, 1420, 1480, 1420)), 0);
    assert_int_equal(tell(*state, path_of(0, 1420, 1480, 1420)), 0);
    assert_int_equal(carries(*state), 0);
}

/* Readings of peers, or the link's going down, are no measurement; another link is another way. */
static void test_what_it_outlives(void **state)
{
    struct node *node = *state;

    tell(node, path_of(WG0, 1420, 1480, 1420));
    read_peer(node, peer_of(WG0, 1, T, 0));
    set_link(node, false);
    set_link(node, true);
    assert_int_equal(carries(node), 1420);
    assert_true(tell(node, tunnel_of("wg0", WG1)) & NODE_TUNNELS);
    assert_false(wg0(node)->measured);
    assert_int_equal(carries(node), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TUNNEL_TEST(test_a_measurement),
        TUNNEL_TEST(test_it_is_taken_back),
        TUNNEL_TEST(test_nobodys),
        TUNNEL_TEST(test_what_it_outlives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
