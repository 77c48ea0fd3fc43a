/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Health: the table of checks, their order, their words */
#include "clock_facts.h"
#include "dns_facts.h"
#include "scene.h"
#include "tailscale_facts.h"

#include <ctype.h>

static void tell_loopback(struct node *node, bool dead)
{
    struct fact fact = fact_of(FACT_LOOPBACK);

    fact.loopback.dead = dead;
    tell(node, fact);
}

static void refuse_config(struct scene *scene)
{
    struct fact fact = fact_of(FACT_CONFIG);

    snprintf(fact.config.path, sizeof(fact.config.path), "/etc/wslnode/wslnode.conf");
    snprintf(fact.config.problem, sizeof(fact.config.problem), "line 3: neither [section] nor key=value");
    tell(&scene->node, fact);
}

static void evaluate(struct scene *scene)
{
    health_evaluate(&scene->input, &scene->findings);
}

static void test_a_healthy_node(void **state)
{
    struct scene *scene = *state;

    evaluate(scene);
    assert_int_equal(scene->findings.count, 0);
    assert_string_equal(health_word(&scene->node, &scene->findings), "ok");
}

static void test_nothing_is_said_before_the_links_are_known(void **state)
{
    struct scene *scene = *state;
    struct node silent;

    node_init(&silent);
    scene->input.node = &silent;
    evaluate(scene);
    assert_int_equal(scene->findings.count, 0);
    assert_string_equal(health_word(&silent, &scene->findings), "unknown");
    /* Our own configuration does not wait for the kernel. */
    refuse_config(scene);
    silent.config = scene->node.config;
    evaluate(scene);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(scene->findings.list[0].id, "configuration-refused");
    assert_string_equal(health_word(&silent, &scene->findings), "unknown");
    speak(&silent);
    evaluate(scene);
    assert_non_null(findings_find(&scene->findings, "no-uplink", ""));
    /* Sockets have a sensor of their own. */
    tell(&silent, socket_of(IPPROTO_TCP, "172.20.9.9", 80));
    evaluate(scene);
    assert_null(findings_find(&scene->findings, "listens-on-gone-address", "tcp 172.20.9.9:80"));
    speak_of_sockets(&silent);
    evaluate(scene);
    assert_non_null(findings_find(&scene->findings, "listens-on-gone-address", "tcp 172.20.9.9:80"));
    /* Nor do files wait for links, nor links for files. */
    tell(&silent, file_of("/etc/a", "it is not a regular file"));
    evaluate(scene);
    assert_null(findings_find(&scene->findings, "file-refused", "/etc/a"));
    speak_files(&silent);
    evaluate(scene);
    assert_non_null(findings_find(&scene->findings, "file-refused", "/etc/a"));
    node_done(&silent);
}

static void test_the_clock_and_loopback_wait_for_nobody(void **state)
{
    struct scene *scene = *state;
    struct node silent;
    struct fact look = clock_alone();

    node_init(&silent);
    scene->input.node = &silent;
    look.clock.stale = true;
    tell(&silent, look);
    evaluate(scene);
    assert_int_equal(scene->findings.count, 0); /* off WSL that would be nobody's business */
    tell(&silent, platform_of("wsl2", "nat"));
    evaluate(scene);
    assert_int_equal(scene->findings.count, 2);
    assert_non_null(findings_find(&scene->findings, "no-time-reference", ""));
    assert_non_null(findings_find(&scene->findings, "clock-reference-stale", ""));
    tell_loopback(&silent, true);
    evaluate(scene);
    assert_int_equal(scene->findings.count, 3);
    assert_non_null(findings_find(&scene->findings, "network-dead", ""));
    node_done(&silent);
}

/* resolv.conf is read before its servers have answered, and neither waits for links. */
static void test_dns_waits_for_its_own(void **state)
{
    struct scene *scene = *state;
    struct node silent;

    node_init(&silent);
    scene->input.node = &silent;
    tell(&silent, platform_of("wsl2", "nat"));
    evaluate(scene);
    assert_int_equal(scene->findings.count, 0);
    tell(&silent, resolver_of(RESOLVER_MISSING, DNS_OWNER_NONE, ""));
    evaluate(scene);
    assert_int_equal(scene->findings.count, 1);
    assert_non_null(findings_find(&scene->findings, "resolv-conf-missing", ""));
    tell(&silent, resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL));
    tell(&silent, server_of(TUNNEL, DNS_ROLE_WSL, CLOSED, CLOSED));
    evaluate(scene);
    assert_int_equal(scene->findings.count, 0);
    speak_servers(&silent);
    evaluate(scene);
    assert_int_equal(scene->findings.count, 2);
    assert_non_null(findings_find(&scene->findings, "dns-no-answer", ""));
    assert_non_null(findings_find(&scene->findings, "dns-tunnel-refuses", TUNNEL));
    node_done(&silent);
}

/* Tunnels are named after links, and not before all of these are known. */
static void test_the_vpn_waits_for_links(void **state)
{
    struct scene *scene = *state;
    struct fact tunnel = tunnel_of("wg0", WG0);
    struct node silent;

    node_init(&silent);
    scene->input.node = &silent;
    tell(&silent, link_up(WG0, "wg0", "wireguard", 1420));
    tell(&silent, tunnel);
    tunnel.tunnel.answers = false;
    name_tunnels(&silent, &tunnel, 1);
    evaluate(scene);
    assert_int_equal(scene->findings.count, 0);
    speak(&silent);
    evaluate(scene);
    assert_non_null(findings_find(&scene->findings, "vpn-down", "wg0"));
    node_done(&silent);
}

static void test_worst_first_then_by_id_and_subject(void **state)
{
    struct scene *scene = *state;
    static const char *const expected[][2] = {{"no-uplink", ""},
                                              {"configuration-refused", "/etc/wslnode/wslnode.conf"},
                                              {"wanted-mtu-lost", "eth0"},
                                              {"wanted-mtu-lost", "eth1"}};

    tell(&scene->node, link_up(3, "eth1", "", 1500));
    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    wish(scene, "eth1", 1300);
    wish(scene, "eth0", 1300);
    refuse_config(scene);
    evaluate(scene);
    assert_int_equal(scene->findings.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(scene->findings.list[i].id, expected[i][0]);
        assert_string_equal(scene->findings.list[i].subject, expected[i][1]);
    }
    assert_string_equal(health_word(&scene->node, &scene->findings), "critical");
}

static void test_the_worst_finding_is_the_word(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, link_up(3, "eth1", "", 1500));
    tell(&scene->node, route_by(3, "10.0.0.1", 100)); /* a stand-by: info */
    evaluate(scene);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(health_word(&scene->node, &scene->findings), "ok");
    refuse_config(scene);
    evaluate(scene);
    assert_string_equal(health_word(&scene->node, &scene->findings), "warning");
}

static void test_evaluating_again_starts_anew(void **state)
{
    struct scene *scene = *state;

    refuse_config(scene);
    evaluate(scene);
    evaluate(scene);
    assert_int_equal(scene->findings.count, 1);
}

static void test_every_check_has_id_and_words(void **state)
{
    for (size_t i = 0; i < health_checks_count; i++) {
        const struct check *check = &health_checks[i];

        assert_true(strlen(check->passes) > 10);
        for (const char *c = check->id; *c; c++)
            assert_true(islower((unsigned char)*c) || *c == '-');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(check->id, health_checks[j].id);
    }
}

/* All of the VPN's words: params may move, texts may not. */
static void test_the_vpns_texts_hold_no_live_numbers(void **state)
{
    struct scene *scene = *state;
    struct fact tunnel = tunnel_of("wg0", WG0);
    char texts[2][3][1024]; /* summary, cause, remedy */

    name_tunnels(&scene->node, &tunnel, 1);
    for (uint32_t round = 0; round < 2; round++) {
        for (int64_t at = RAW; at <= RAW + 181 * S; at += 181 * S) {
            struct fact peers[] = {peer_of(WG0, round, at, -1), peer_of(WG0, round + 2, at, -1),
                                   peer_of(WG0, 9, at, 0)};

            read_peers(&scene->node, WG0, peers + round, 3 - round);
        }
        evaluate(scene);
        assert_int_equal(scene->findings.count, 1);
        snprintf(texts[round][0], sizeof(texts[0][0]), "%s", scene->findings.list[0].summary);
        snprintf(texts[round][1], sizeof(texts[0][0]), "%s", scene->findings.list[0].cause);
        snprintf(texts[round][2], sizeof(texts[0][0]), "%s", scene->findings.list[0].remedy);
    }
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(texts[0][i], texts[1][i]);
}

/* A text with a live number in it would be another text when the number is another. */
static void test_texts_hold_no_live_numbers(void **state)
{
    struct scene *scene = *state;
    struct finding first[8];
    size_t count;

    fight(scene);
    wish(scene, "eth0", 1300);
    refuse_config(scene);
    tell(&scene->node, link_up(3, "eth1", "", 1500));
    tell(&scene->node, route_by(3, "10.0.0.1", 0));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1440));
    evaluate(scene);
    count = scene->findings.count;
    assert_int_equal(count, 5);
    memcpy(first, scene->findings.list, count * sizeof(first[0]));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1441));
    tell(&scene->node, link_up(WG0, "wg0", "wireguard", 1421));
    evaluate(scene);
    assert_int_equal(scene->findings.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(scene->findings.list[i].id, first[i].id);
        assert_string_equal(scene->findings.list[i].summary, first[i].summary);
        assert_string_equal(scene->findings.list[i].cause, first[i].cause);
        assert_string_equal(scene->findings.list[i].remedy, first[i].remedy);
        assert_true(strlen(first[i].summary) && strlen(first[i].cause) && strlen(first[i].remedy));
    }
}

static void find_all(struct scene *scene, bool *found)
{
    for (size_t i = 0; i < health_checks_count; i++) {
        struct findings findings = {.count = 0};

        health_checks[i].find(&scene->input, &findings);
        for (size_t j = 0; j < findings.count; j++)
            assert_string_equal(findings.list[j].id, health_checks[i].id);
        found[i] |= findings.count == 1;
        findings_done(&findings);
    }
}

/* What DNS can be is not all at once either. */
static void find_all_of_dns(struct scene *scene, bool *found)
{
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL " 10.0.0.1 10.0.0.2");
    struct fact hosts = fact_of(FACT_HOSTS);

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    fact.resolver.written_by = DNS_OWNER_TAILSCALE;
    fact.resolver.immutable = true;
    tell(&scene->node, fact);
    tell(&scene->node, server_of("10.0.0.1", DNS_ROLE_WSL, SILENT, SILENT));
    tell(&scene->node, server_of("10.0.0.2", DNS_ROLE_WSL, OK, SILENT));
    hosts.hosts.view = HOSTS_LATE;
    tell(&scene->node, hosts);
    find_all(scene, found);
    hosts.hosts.view = HOSTS_NOT_FOUND;
    tell(&scene->node, hosts);
    tell(&scene->node, resolver_of(RESOLVER_MISSING, DNS_OWNER_NONE, ""));
    find_all(scene, found);
    tell(&scene->node, ours_of(RESOLVER_LINK, "10.0.0.1", TUNNEL));
    find_all(scene, found);
}

static void find_all_of_vpn(struct scene *scene, bool *found)
{
    struct fact tunnel = tunnel_of("wg0", WG0), peer = peer_of(WG0, 1, RAW, 0);

    peer.peer.keepalive_sec = 0;
    name_tunnels(&scene->node, &tunnel, 1);
    read_peers(&scene->node, WG0, &peer, 1);
    tell(&scene->node, path_of(WG0, 1420, 1400, 0));
    scene->node.tunnels.truncated = true;
    find_all(scene, found);
    tunnel.tunnel.answers = false;
    tell(&scene->node, tunnel);
    find_all(scene, found);
}

static void find_all_of_tailscale(struct scene *scene, bool *found)
{
    struct fact fact = tailscale_running();

    fact.tailscale.exit_node_wanted = true;
    fact.tailscale.key_expiry_usec = 1;
    fact.tailscale.warnings = 1;
    tell(&scene->node, fact);
    find_all(scene, found);
}

static void find_all_of_windows(struct scene *scene, bool *found)
{
    struct fact fact = fact_of(FACT_WINDOWS);

    fact.tailscale.daemon = TAILSCALE_ANSWERS;
    fact.tailscale.state = TAILSCALE_RUNNING;
    tell(&scene->node, fact);
    find_all(scene, found);
    fact.tailscale.daemon = TAILSCALE_SILENT;
    tell(&scene->node, fact);
    find_all(scene, found);
}

/* Each finding's id must be its check's, or Diagnose calls it passed. */
static void test_findings_carry_their_checks_id(void **state)
{
    struct scene *scene = *state;
    struct fact look = clock_off(10 * S), wsl_config = fact_of(FACT_WSL_CONFIG);
    struct fact wslconfig = fact_of(FACT_WSLCONFIG);
    bool found[64] = {false};

    assert_true(health_checks_count <= COUNT(found));

    fight(scene);
    wish(scene, "eth0", 1300);
    refuse_config(scene);
    tell(&scene->node, file_of("/etc/a", "it is not a regular file"));
    tell(&scene->node, place_of("/etc/b", 1, "10.0.0.9"));
    scene->node.links.truncated = true;
    tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.9.9", 80));
    speak_of_sockets(&scene->node);
    tell(&scene->node, link_up(3, "eth1", "", 1500));
    tell(&scene->node, route_by(3, "10.0.0.1", 0));
    tell(&scene->node, link_up(ETH0, "eth0", "", 1440));
    tell(&scene->node, platform_of("wsl2", "nat"));
    tell_loopback(&scene->node, true);
    wsl_config.wsl_config.rest_line = 3;
    tell(&scene->node, wsl_config);
    wslconfig.wslconfig = (struct wslconfig_fact){.folders = 1, .files = 1, .idle_msec = 15000, .remarks = 1};
    tell(&scene->node, wslconfig);
    find_all(scene, found);
    wsl_config.wsl_config = (struct wsl_config_fact){.first_line = 3, .remarks = 1};
    tell(&scene->node, wsl_config);
    /* What the clock can be is not all at once. */
    look.clock.stale = true;
    clock_stays(&scene->node, look);
    find_all(scene, found);
    for (int i = 0; i < 4; i++)
        clock_stepped(&scene->node, (4 - i) * 30 * S, S, 0);
    clock_stays(&scene->node, clock_off(0));
    find_all(scene, found);
    find_all_of_dns(scene, found);
    find_all_of_vpn(scene, found);
    find_all_of_tailscale(scene, found);
    find_all_of_windows(scene, found);
    for (size_t i = 0; i < health_checks_count; i++)
        /* These two would silence others. */
        if (!found[i] && strcmp(health_checks[i].id, "no-uplink") != 0 &&
            strcmp(health_checks[i].id, "no-address") != 0)
            fail_msg("%s was not found", health_checks[i].id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_a_healthy_node),
        SCENE_TEST(test_nothing_is_said_before_the_links_are_known),
        SCENE_TEST(test_the_clock_and_loopback_wait_for_nobody),
        SCENE_TEST(test_dns_waits_for_its_own),
        SCENE_TEST(test_the_vpn_waits_for_links),
        SCENE_TEST(test_worst_first_then_by_id_and_subject),
        SCENE_TEST(test_the_worst_finding_is_the_word),
        SCENE_TEST(test_evaluating_again_starts_anew),
        cmocka_unit_test(test_every_check_has_id_and_words),
        SCENE_TEST(test_the_vpns_texts_hold_no_live_numbers),
        SCENE_TEST(test_texts_hold_no_live_numbers),
        SCENE_TEST(test_findings_carry_their_checks_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
