/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of links and routes */
#include "scene.h"

static const struct finding *only(struct scene *scene,
                                  void (*check)(const struct health_input *, struct findings *))
{
    findings_clear(&scene->findings);
    check(&scene->input, &scene->findings);
    assert_true(scene->findings.count <= 1);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static void test_no_uplink(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    assert_null(only(scene, check_no_uplink));
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    finding = only(scene, check_no_uplink);
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_string_equal(finding->subject, "");
    assert_int_equal(finding->mend.verb, MEND_NONE);
    tell(&scene->node, route_by(ETH0, "fe80::1", 1024));
    assert_null(only(scene, check_no_uplink));
}

static void test_no_address(void **state)
{
    struct scene *scene = *state;
    struct fact fact = address_of(ETH0, "169.254.1.2/16");
    const struct finding *finding;

    assert_null(only(scene, check_no_address));
    tell(&scene->node, address_of(WG0, "10.9.0.1/24")); /* the uplink's counts */
    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    fact.address.global = false;
    tell(&scene->node, fact);
    finding = only(scene, check_no_address);
    assert_non_null(finding);
    assert_string_equal(finding->id, "no-address");
    assert_string_equal(finding->subject, "eth0");
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    tell(&scene->node, address_of(ETH0, "fd00::2/64")); /* of any family */
    assert_null(only(scene, check_no_address));
    tell(&scene->node, gone(address_of(ETH0, "fd00::2/64")));
    /* Without an uplink that is what is said, and once. */
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    assert_null(only(scene, check_no_address));
}

static void test_two_uplinks(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    assert_null(only(scene, check_two_uplinks));
    tell(&scene->node, link_up(3, "eth1", "", 1500));
    tell(&scene->node, link_up(4, "eth2", "", 1500));
    tell(&scene->node, route_by(ETH0, "172.20.0.2", 50)); /* the same link's is none */
    tell(&scene->node, route_by(3, "fe80::1", 0));        /* another family's is none */
    assert_null(only(scene, check_two_uplinks));
    tell(&scene->node, route_by(4, "10.4.0.1", 300));
    tell(&scene->node, route_by(3, "10.3.0.1", 100));
    finding = only(scene, check_two_uplinks);
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_string_equal(finding->subject, "eth1");
    assert_string_equal(param_text(finding, "uplink"), "eth0");
    assert_int_equal(param_number(finding, "uplink-metric"), 0);
    assert_int_equal(param_number(finding, "metric"), 100);
    tell(&scene->node, route_by(4, "10.4.0.1", 0));
    finding = only(scene, check_two_uplinks);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_string_equal(finding->subject, "eth2");
}

static void test_a_tunnel_that_fits(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, link_up(ETH0, "eth0", "", 1480)); /* 1420 + 60 */
    assert_null(only(scene, check_tunnel_too_big));
}

static void test_a_tunnel_too_big(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, link_up(ETH0, "eth0", "", 1479));
    finding = only(scene, check_tunnel_too_big);
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_string_equal(finding->subject, "wg0");
    assert_int_equal(param_number(finding, "mtu"), 1420);
    assert_int_equal(param_number(finding, "overhead"), 60);
    assert_string_equal(param_text(finding, "uplink"), "eth0");
    assert_int_equal(param_number(finding, "uplink-mtu"), 1479);
    assert_string_equal(param_text(finding, "move"), "wg0");
    assert_int_equal(param_number(finding, "to"), 1419);
    assert_int_equal(finding->mend.verb, MEND_SET_MTU);
    assert_string_equal(finding->mend.link, "wg0");
    assert_int_equal(finding->mend.mtu, 1419);
}

static void test_an_ipv6_underlay_takes_more(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, route_by(ETH0, "fe80::1", 1024));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1500));
    assert_null(only(scene, check_tunnel_too_big));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1499));
    finding = only(scene, check_tunnel_too_big);
    assert_non_null(finding);
    assert_int_equal(param_number(finding, "overhead"), 80);
    assert_int_equal(finding->mend.mtu, 1419);
}

/* The user's own case: a tunnel of 1280 over an uplink of 1280. */
static void test_the_uplink_moves_where_the_tunnel_cannot(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, link_up(ETH0, "eth0", "", 1280));
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    finding = only(scene, check_tunnel_too_big);
    assert_non_null(finding);
    assert_string_equal(finding->mend.link, "eth0");
    assert_int_equal(finding->mend.mtu, 1360);
    assert_string_equal(param_text(finding, "move"), "eth0");
    assert_int_equal(param_number(finding, "to"), 1360);
    /* One byte either side of the choice. */
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1420));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1340));
    finding = only(scene, check_tunnel_too_big);
    assert_string_equal(finding->mend.link, "wg0");
    assert_int_equal(finding->mend.mtu, 1280);
    tell(&scene->node, link_up(ETH0, "eth0", "", 1339));
    finding = only(scene, check_tunnel_too_big);
    assert_string_equal(finding->mend.link, "eth0");
    assert_int_equal(finding->mend.mtu, 1360);
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1200));
    tell(&scene->node, link_up(ETH0, "eth0", "", 40));
    finding = only(scene, check_tunnel_too_big);
    assert_int_equal(finding->mend.mtu, 1280);
}

static void tell_windows(struct scene *scene, enum tailscale_state state, bool exit_node)
{
    struct fact fact = fact_of(FACT_WINDOWS);

    fact.tailscale.daemon = TAILSCALE_ANSWERS;
    fact.tailscale.state = state;
    fact.tailscale.exit_node = exit_node;
    tell(&scene->node, fact);
}

static bool names_windows(const struct finding *finding)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, "windows-vpn") == 0)
            return true;
    return false;
}

/* Whose link it is that made the uplink small. */
static void test_tailscale_in_windows(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, link_up(ETH0, "eth0", "", 1280));
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1280));
    tell_windows(scene, TAILSCALE_STOPPED, true);
    finding = only(scene, check_tunnel_too_big);
    assert_false(names_windows(finding));
    assert_int_equal(finding->mend.mtu, 1360);
    tell_windows(scene, TAILSCALE_RUNNING, false);
    finding = only(scene, check_tunnel_too_big);
    assert_string_equal(param_text(finding, "windows-vpn"), "tailscale");
    assert_int_equal(finding->mend.mtu, 1360);
    /* All of Windows goes through it: a larger uplink leads nowhere. */
    tell_windows(scene, TAILSCALE_RUNNING, true);
    finding = only(scene, check_tunnel_too_big);
    assert_string_equal(param_text(finding, "windows-vpn"), "tailscale-exit-node");
    assert_non_null(strstr(finding->remedy, "would not help"));
    assert_int_equal(finding->mend.verb, MEND_NONE);
    /* It was not that one's. */
    tell(&scene->node, link_up(ETH0, "eth0", "", 1300));
    finding = only(scene, check_tunnel_too_big);
    assert_false(names_windows(finding));
    assert_int_equal(finding->mend.mtu, 1360);
}

static void test_tunnels_that_do_not_count(void **state)
{
    struct scene *scene = *state;
    struct fact fact = link_up(WG0, "wg0", "wireguard", 1420);

    tell(&scene->node, link_up(9, "docker0", "bridge", 1500));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1400));
    assert_non_null(only(scene, check_tunnel_too_big));
    fact.link.up = false;
    tell(&scene->node, fact);
    assert_null(only(scene, check_tunnel_too_big));
    /* Without an uplink there is no underlay to compare with; nor is the uplink its own. */
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1420));
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    assert_null(only(scene, check_tunnel_too_big));
    tell(&scene->node, route_by(WG0, "10.9.0.1", 0));
    assert_null(only(scene, check_tunnel_too_big));
}

static void test_every_tunnel_is_looked_at(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, link_up(8, "tun0", "tun", 1500));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1400));
    findings_clear(&scene->findings);
    check_tunnel_too_big(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, 2);
}

static void test_too_many_links(void **state)
{
    struct scene *scene = *state;
    bool *const flags[] = {&scene->node.links.truncated, &scene->node.addresses.truncated,
                           &scene->node.routes.truncated};

    assert_null(only(scene, check_too_many_links));
    for (size_t i = 0; i < COUNT(flags); i++) {
        const struct finding *finding;

        *flags[i] = true;
        finding = only(scene, check_too_many_links);
        assert_non_null(finding);
        assert_int_equal(finding->severity, SEVERITY_WARNING);
        assert_int_equal(param_number(finding, "links-limit"), NODE_LINKS_MAX);
        assert_int_equal(param_number(finding, "addresses-limit"), NODE_ADDRESSES_MAX);
        assert_int_equal(param_number(finding, "routes-limit"), NODE_ROUTES_MAX);
        *flags[i] = false;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_no_uplink),
        SCENE_TEST(test_no_address),
        SCENE_TEST(test_two_uplinks),
        SCENE_TEST(test_a_tunnel_that_fits),
        SCENE_TEST(test_a_tunnel_too_big),
        SCENE_TEST(test_tailscale_in_windows),
        SCENE_TEST(test_an_ipv6_underlay_takes_more),
        SCENE_TEST(test_the_uplink_moves_where_the_tunnel_cannot),
        SCENE_TEST(test_tunnels_that_do_not_count),
        SCENE_TEST(test_every_tunnel_is_looked_at),
        SCENE_TEST(test_too_many_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
