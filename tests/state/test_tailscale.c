/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from what tailscaled says */
#include "../../service/state/tailscale.h"

#include "facts.h"

static struct node node;

static int set_up(void **state)
{
    node_init(&node);
    tell(&node, link_up(1, "eth0", "", 1500));
    tell(&node, link_up(7, "ts-own", "tun", 1280));
    tell(&node, address_of(1, "172.20.0.2/20"));
    tell(&node, address_of(7, "100.64.0.1/32"));
    tell(&node, address_of(7, "fd7a:115c:a1e0::1/128"));
    return 0;
}

static int tear_down(void **state)
{
    node_done(&node);
    return 0;
}

static struct fact tailscale_of(const char *ipv4, const char *ipv6)
{
    struct fact fact = fact_of(FACT_TAILSCALE);

    fact.tailscale.daemon = TAILSCALE_ANSWERS;
    inet_pton(AF_INET, ipv4, fact.tailscale.ipv4);
    inet_pton(AF_INET6, ipv6, fact.tailscale.ipv6);
    return fact;
}

static void test_the_link(void **state)
{
    struct fact fact = tailscale_of("100.64.0.1", "");

    assert_null(tailscale_link(&node));
    tell(&node, fact);
    assert_string_equal(tailscale_link(&node)->name, "ts-own");
    tell(&node, tailscale_of("", "fd7a:115c:a1e0::1"));
    assert_string_equal(tailscale_link(&node)->name, "ts-own");
    tell(&node, tailscale_of("100.64.0.2", "fd7a:115c:a1e0::2"));
    assert_null(tailscale_link(&node));
    fact.tailscale.tun = TAILSCALE_TUN_USER_SPACE; /* another tailscaled, in a container, may have it */
    tell(&node, fact);
    assert_null(tailscale_link(&node));
}

/* An address that nobody has is no link's. */
static void test_no_address(void **state)
{
    tell(&node, address_of(1, "0.0.0.0/0"));
    tell(&node, address_of(1, "::/0"));
    tell(&node, tailscale_of("", ""));
    assert_null(tailscale_link(&node));
}

static void test_an_equal_fact_says_nothing(void **state)
{
    struct fact fact = tailscale_of("100.64.0.1", "");
    struct events events = {.count = 0};

    assert_int_equal(node_apply(&node, &fact, &events), NODE_TAILSCALE | NODE_TUNNELS);
    assert_int_equal(node_apply(&node, &fact, &events), 0);
    fact.tailscale.warnings = 1;
    assert_int_equal(node_apply(&node, &fact, &events), NODE_TAILSCALE);
    assert_int_equal(NODE_TAILSCALE & ~NODE_UNPUBLISHED, 0);
}

static void test_names(void **state)
{
    assert_string_equal(tailscale_state_name(TAILSCALE_NO_STATE), "no-state");
    assert_string_equal(tailscale_state_name(TAILSCALE_NEEDS_LOGIN), "needs-login");
    assert_string_equal(tailscale_state_name(TAILSCALE_RUNNING), "running");
    for (int i = 0; i < TAILSCALE_STATES; i++)
        assert_non_null(tailscale_state_name(i));
}

static int tell_windows(enum tailscale_daemon daemon, enum tailscale_state state, unsigned warnings)
{
    struct fact fact = fact_of(FACT_WINDOWS);
    struct events events = {.count = 0};

    fact.tailscale.daemon = daemon;
    fact.tailscale.state = state;
    fact.tailscale.warnings = warnings;
    return node_apply(&node, &fact, &events);
}

static void test_the_one_in_windows(void **state)
{
    assert_string_equal(tailscale_windows_name(&node), "unknown");
    assert_false(node_windows_asked(&node) || node_windows_known(&node));
    assert_false(tailscale_windows_runs(&node));
    assert_int_equal(tell_windows(TAILSCALE_ABSENT, 0, 0),
                     NODE_WINDOWS | NODE_TAILSCALE); /* the first is news */
    assert_string_equal(tailscale_windows_name(&node), "absent");
    assert_true(node_windows_asked(&node) && node_windows_known(&node));
    assert_int_equal(tell_windows(TAILSCALE_ABSENT, 0, 0), 0);
    assert_int_equal(tell_windows(TAILSCALE_ANSWERS, TAILSCALE_RUNNING, 0), NODE_WINDOWS | NODE_TAILSCALE);
    assert_string_equal(tailscale_windows_name(&node), "running");
    assert_true(node_windows_known(&node));
    assert_true(tailscale_windows_runs(&node));
    assert_int_equal(tell_windows(TAILSCALE_ANSWERS, TAILSCALE_RUNNING, 1), NODE_TAILSCALE);
    assert_int_equal(tell_windows(TAILSCALE_ANSWERS, TAILSCALE_STOPPED, 1), NODE_WINDOWS | NODE_TAILSCALE);
    assert_string_equal(tailscale_windows_name(&node), "stopped");
    assert_false(tailscale_windows_runs(&node));
    assert_int_equal(tell_windows(TAILSCALE_SILENT, TAILSCALE_RUNNING, 0), NODE_WINDOWS | NODE_TAILSCALE);
    assert_string_equal(tailscale_windows_name(&node), "unknown");
    assert_false(tailscale_windows_runs(&node));
    assert_true(node_windows_asked(&node) && !node_windows_known(&node));
    assert_int_equal(tell_windows(TAILSCALE_GONE, TAILSCALE_RUNNING, 0), NODE_TAILSCALE);
    assert_string_equal(tailscale_windows_name(&node), "unknown");
    assert_false(node_windows_known(&node));
    assert_int_equal(NODE_WINDOWS & NODE_UNPUBLISHED, 0);
    /* It is no tunnel of this node's, and nothing is known of the one here. */
    assert_int_equal(node.tunnels.count, 0);
    assert_false(node_tailscale_known(&node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_equal_fact_says_nothing, set_up, tear_down),
        cmocka_unit_test(test_names),
        cmocka_unit_test_setup_teardown(test_the_one_in_windows, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
