/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Following the address, in a time that is the test's */
#include "../../service/follow.h"
#include "../state/facts.h"
#include "../timers.h"

#define S INT64_C(1000000)

struct stand {
    sd_event *event;
    struct node node;
    struct targets targets;
    struct follow follow;
    unsigned refreshes;
};

static void refresh(void *userdata)
{
    ((struct stand *)userdata)->refreshes++;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    node_with_tunnel(&stand.node);
    stand.targets.units_count = 1;
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 0);
    stand.follow = (struct follow){.node = &stand.node,
                                   .targets = &stand.targets,
                                   .refresh = refresh,
                                   .userdata = &stand};
    assert_int_equal(follow_init(&stand.follow, stand.event), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    follow_done(&stand->follow);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

static void test_an_address_that_stays(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(timers_next(), -1);
    follow_changed(&stand->follow);
    timers_pass(3 * S - 1);
    assert_int_equal(stand->refreshes, 0);
    timers_pass(1);
    assert_int_equal(stand->refreshes, 1);
    timers_pass(600 * S);
    assert_int_equal(stand->refreshes, 1);
}

static void test_an_address_that_flaps(void **state)
{
    struct stand *stand = *state;

    for (int i = 0; i < 10; i++) {
        follow_changed(&stand->follow);
        timers_pass(2 * S);
    }
    assert_int_equal(stand->refreshes, 0);
    timers_pass(S);
    assert_int_equal(stand->refreshes, 1);
}

static void assert_not_followed(struct stand *stand)
{
    assert_false(follow_wanted(&stand->follow));
    follow_changed(&stand->follow);
    timers_pass(10 * S);
    assert_int_equal(stand->refreshes, 0);
}

static void test_what_is_not_followed(void **state)
{
    struct stand *stand = *state;

    assert_true(follow_wanted(&stand->follow));
    stand->targets.manual = true;
    assert_not_followed(stand);
    stand->targets.manual = false;
    stand->targets.units_count = 0;
    assert_not_followed(stand);
    stand->targets.files_count = 1;
    assert_true(follow_wanted(&stand->follow));
    tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    assert_not_followed(stand);
}

/* The address that was found at the start is what units were started with. */
static void test_the_address_of_the_units(void **state)
{
    struct stand *stand = *state;

    assert_string_equal(stand->follow.refreshed, "");
    follow_changed(&stand->follow);
    assert_string_equal(stand->follow.refreshed, "172.20.1.2");
    tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(&stand->node, address_of(ETH0, "172.20.9.9/20"));
    follow_changed(&stand->follow);
    assert_string_equal(stand->follow.refreshed, "172.20.1.2");
    follow_restarted(&stand->follow);
    assert_string_equal(stand->follow.refreshed, "172.20.9.9");
    tell(&stand->node, gone(address_of(ETH0, "172.20.9.9/20")));
    follow_restarted(&stand->follow);
    assert_string_equal(stand->follow.refreshed, "172.20.9.9");
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_an_address_that_stays),
        STAND_TEST(test_an_address_that_flaps),
        STAND_TEST(test_what_is_not_followed),
        STAND_TEST(test_the_address_of_the_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
