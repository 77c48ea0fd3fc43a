/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients are told of many tunnels and peers: in portions, and all in the end */
#include "tunnels.h"

static const struct resumed nothing = {.clock = "ok", .vpn = "ok"};

static unsigned count_of(const struct ends *ends, const char *member)
{
    unsigned count = 0;

    for (size_t i = 0; i < ends->told_count; i++)
        count += strcmp(ends->told[i].member, member) == 0;
    return count;
}

static void name_all(struct ends *ends, const char *prefix, bool up)
{
    struct fact facts[TUNNELS_MAX];
    char name[LINK_NAME_SIZE];

    for (int i = 0; i < TUNNELS_MAX; i++) {
        snprintf(name, sizeof(name), "%s%d", prefix, i);
        tell(&ends->stand->node, link_up(100 + i, name, "wireguard", 1420));
        facts[i] = up ? tunnel_of(name, 100 + i) : tunnel_down(name, 100 + i);
    }
    name_tunnels(&ends->stand->node, facts, TUNNELS_MAX);
}

static void publish(struct ends *ends, int mask)
{
    publish_changed(&ends->bus.publish, mask);
    ends_drain(ends);
}

/* By as many timers as it takes, and then no more. */
static void assert_all_told(struct ends *ends, const char *member, unsigned count)
{
    for (int i = 0; i < 100 && count_of(ends, member) < count; i++)
        ends_run(ends, 25000);
    ends_run(ends, 50000);
    assert_int_equal(count_of(ends, member), count);
}

static void test_drops_go_in_portions(void **state)
{
    struct ends *ends = *state;
    struct publish_vpn *vpn = &ends->bus.publish.vpn;
    const struct node *node = &ends->stand->node;

    name_wg0(ends);
    read_many(ends, 40, true);
    change(ends, BOTH);
    read_many(ends, 40, false);
    assert_true(publish_vpn_drops(vpn, ends->bus.connection, node));
    ends_drain(ends);
    assert_int_equal(count_of(ends, "VPNDown"), DROP_ROUND);
    assert_true(publish_vpn_drops(vpn, ends->bus.connection, node));
    assert_false(publish_vpn_drops(vpn, ends->bus.connection, node));
    ends_drain(ends);
    assert_int_equal(count_of(ends, "VPNDown"), 40);
}

/* What is the case is found once for all portions, and anew when something changed meanwhile. */
static void test_the_wind_turns_between_portions(void **state)
{
    static const int masks[] = {NODE_PEERS, NODE_TUNNELS, NODE_ADDRESS};
    struct ends *ends = *state;

    name_wg0(ends);
    read_many(ends, 60, true);
    change(ends, BOTH);
    for (size_t i = 0; i < COUNT(masks); i++) {
        ends->told_count = 0;
        read_many(ends, 60, false);
        publish(ends, BOTH);
        assert_int_equal(count_of(ends, "VPNDown"), DROP_ROUND);
        read_many(ends, 60, true);
        publish(ends, NODE_FINDINGS); /* that is no reason to look */
        ends_run(ends, 25000);
        assert_int_equal(count_of(ends, "VPNDown"), 2 * DROP_ROUND);
        publish(ends, masks[i]);
        assert_all_told(ends, "VPNUp", 2 * DROP_ROUND);
        assert_int_equal(count_of(ends, "VPNDown"), 2 * DROP_ROUND);
        ends_run(ends, 25000);
    }
}

static void test_the_timer_takes_the_rest(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    read_many(ends, 40, true);
    change(ends, BOTH);
    ends->told_count = 0;
    read_many(ends, 40, false);
    publish(ends, BOTH);
    assert_all_told(ends, "VPNDown", 40);
    assert_int_equal(ends->told_count, 41); /* and State */
}

static void test_the_timer_takes_the_rest_after_a_resume(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    read_many(ends, 20, true);
    change(ends, BOTH);
    publish_hold(&ends->bus.publish);
    read_many(ends, 20, false);
    change(ends, BOTH);
    ends_run(ends, 50000);
    ends->told_count = 0;
    publish_resumed(&ends->bus.publish, &nothing);
    assert_all_told(ends, "VPNDown", 20);
}

static void assert_missed_before(const struct ends *ends, size_t removal)
{
    const char *path = ends->told[removal].text;
    char quoted[96];

    snprintf(quoted, sizeof(quoted), "%.*s", (int)strcspn(path, ","), path);
    for (size_t i = 0; i < removal; i++)
        if (strcmp(ends->told[i].member, "VPNDown") == 0 && strstr(ends->told[i].text, quoted))
            return;
    fail_msg("%s went first", quoted);
}

static void test_all_tunnels_come_and_go(void **state)
{
    struct ends *ends = *state;

    name_all(ends, "a", true);
    change(ends, BOTH);
    assert_int_equal(ends->told_count, TUNNELS_MAX);
    assert_int_equal(count_of(ends, "InterfacesAdded"), TUNNELS_MAX);
    ends->told_count = 0;
    name_none(ends);
    assert_true(publish_vpn_drops(&ends->bus.publish.vpn, ends->bus.connection, &ends->stand->node));
    ends_drain(ends);
    assert_int_equal(count_of(ends, "VPNDown"), DROP_ROUND);
    assert_int_equal(count_of(ends, "InterfacesRemoved"), DROP_ROUND);
    publish(ends, BOTH);
    assert_all_told(ends, "InterfacesRemoved", TUNNELS_MAX);
    assert_int_equal(count_of(ends, "VPNDown"), TUNNELS_MAX);
    for (size_t i = 0; i < ends->told_count; i++)
        if (strcmp(ends->told[i].member, "InterfacesRemoved") == 0)
            assert_missed_before(ends, i);
}

static void test_those_that_were_down_go_in_portions(void **state)
{
    struct ends *ends = *state;
    struct publish_vpn *vpn = &ends->bus.publish.vpn;

    name_all(ends, "a", false);
    change(ends, BOTH);
    ends->told_count = 0;
    name_none(ends);
    assert_true(publish_vpn_drops(vpn, ends->bus.connection, &ends->stand->node));
    ends_drain(ends);
    assert_int_equal(count_of(ends, "InterfacesRemoved"), DROP_ROUND);
    assert_int_equal(ends->told_count, DROP_ROUND);
    publish(ends, BOTH);
    assert_all_told(ends, "InterfacesRemoved", TUNNELS_MAX);
}

static void test_a_storm_of_links_tells_nothing(void **state)
{
    struct ends *ends = *state;
    uint64_t start, now;

    name_all(ends, "a", true);
    change(ends, BOTH);
    ends->told_count = 0;
    for (int i = 0; i < 200; i++)
        publish(ends, tell(&ends->stand->node, link_up(5000 + i, "x", "", 1400)));
    ends_run(ends, 50000);
    assert_int_equal(ends->told_count, 0);
    /* And of a tunnel that others play with, no more than 50 a second. */
    sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 200; i++)
        publish(ends, tell(&ends->stand->node, link_up(100, "a0", "wireguard", 1300 + i)));
    ends_run(ends, 50000);
    sd_event_now(ends->stand->event, CLOCK_MONOTONIC, &now);
    assert_in_range(ends->told_count, 2, (now - start) / PUBLISH_USEC + 1);
    assert_string_equal(ends->told[ends->told_count - 1].text, "\"" VPN_INTERFACE "\", {\"MTU\": 1499}, []");
}

/* During a resume those that are gone stay in the list: there is room for as many new ones, not more. */
static void test_more_than_there_is_room_for(void **state)
{
    static const char *const prefixes[] = {"a", "b", "c", "d"};
    struct ends *ends = *state;

    name_all(ends, "a", true);
    change(ends, BOTH);
    ends->told_count = 0;
    publish_hold(&ends->bus.publish);
    for (size_t i = 1; i < COUNT(prefixes); i++) {
        name_none(ends);
        name_all(ends, prefixes[i], true);
        change(ends, BOTH);
    }
    assert_int_equal(ends->told_count, VPN_TOLD_MAX - TUNNELS_MAX);
    publish_resumed(&ends->bus.publish, &nothing);
    assert_all_told(ends, "InterfacesAdded", 2 * TUNNELS_MAX);
    assert_all_told(ends, "InterfacesRemoved", 2 * TUNNELS_MAX);
    ends->told_count = 0;
    ends_run(ends, 50000);
    assert_int_equal(ends->told_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_drops_go_in_portions),
        ENDS_TEST(test_the_wind_turns_between_portions),
        ENDS_TEST(test_the_timer_takes_the_rest),
        ENDS_TEST(test_the_timer_takes_the_rest_after_a_resume),
        ENDS_TEST(test_all_tunnels_come_and_go),
        ENDS_TEST(test_those_that_were_down_go_in_portions),
        ENDS_TEST(test_a_storm_of_links_tells_nothing),
        ENDS_TEST(test_more_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
