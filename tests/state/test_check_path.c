/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of the ways of tunnels */
#include "scene.h"

static int set_up(void **state)
{
    struct fact fact = tunnel_of("wg0", WG0);
    int r = scene_set_up(state);

    name_tunnels(&((struct scene *)*state)->node, &fact, 1);
    return r;
}

static size_t evaluate(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_path_too_small(&scene->input, &scene->findings);
    return scene->findings.count;
}

/* What is found of a tunnel of such an MTU; NULL: nothing. */
static const struct finding *find(struct scene *scene, uint32_t mtu, uint32_t beside, uint32_t through)
{
    tell(&scene->node, path_of(WG0, mtu, beside, through));
    return evaluate(scene) ? findings_find(&scene->findings, "path-too-small", "wg0") : NULL;
}

static bool has_param(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0)
            return true;
    return false;
}

static void assert_mends(const struct finding *finding, uint32_t mtu)
{
    assert_non_null(finding);
    assert_int_equal(finding->mend.verb, MEND_SET_MTU);
    assert_string_equal(finding->mend.link, "wg0");
    assert_int_equal(finding->mend.mtu, mtu);
    assert_string_equal(param_text(finding, "move"), "wg0");
    assert_int_equal(param_number(finding, "wanted-mtu"), mtu);
}

static void test_what_is_no_trouble(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(evaluate(scene), 0); /* nothing was measured */
    assert_null(find(scene, 1420, 1480, 1420));
    assert_null(find(scene, 1420, 0, 0));
    assert_null(find(scene, 1420, 1480, 0));
    assert_null(find(scene, 1420, 0, 1420));
}

/* Of a link of ours tunnel-too-big speaks. */
static void test_the_underlays_own_link(void **state)
{
    struct scene *scene = *state;
    struct fact fact = path_of(WG0, 1280, 1280, 1216);

    fact.path.input.underlay_mtu = 1280;
    tell(&scene->node, fact);
    assert_int_equal(evaluate(scene), 0);
    fact.path.input.underlay_mtu = 1300; /* what is beyond it is smaller still */
    tell(&scene->node, fact);
    assert_int_equal(evaluate(scene), 1);
}

static void test_beyond(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding = find(scene, 1440, 1492, 1424);

    assert_mends(finding, 1432);
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "cause"), "beyond");
    assert_int_equal(param_number(finding, "mtu"), 1440);
    assert_int_equal(param_number(finding, "needed"), 1500);
    assert_int_equal(param_number(finding, "carries"), 1424);
    assert_false(has_param(finding, "teller"));
    assert_false(has_param(finding, "router"));
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
}

static void test_the_peer(void **state)
{
    const struct finding *finding = find(*state, 1420, 1480, 1360);

    assert_mends(finding, 1360);
    assert_int_equal(finding->severity, SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "cause"), "peer");
    assert_non_null(strstr(finding->cause, "Nothing on the way"));
}

/* Whether fragments get through nobody knows. */
static void test_measured_beside_it_only(void **state)
{
    const struct finding *finding = find(*state, 1420, 1400, 0);

    assert_mends(finding, 1340);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
}

static void test_in_pieces(void **state)
{
    struct scene *scene = *state;
    char summary[256];
    const struct finding *finding = find(scene, 1420, 1400, 1420);

    assert_mends(finding, 1340);
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(param_number(finding, "carries"), 1420);
    assert_non_null(strstr(finding->summary, "fragments"));
    assert_non_null(strstr(finding->remedy, "Nothing is lost"));
    snprintf(summary, sizeof(summary), "%s", finding->summary);
    assert_string_not_equal(find(scene, 1420, 1400, 1328)->summary, summary);
}

/* Nobody is to move: it is said by how much it would be. */
static void test_ipv6_would_end(void **state)
{
    const struct finding *finding = find(*state, 1280, 1280, 1216);

    assert_non_null(finding);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_false(has_param(finding, "move"));
    assert_int_equal(param_number(finding, "wanted-mtu"), 1220);
    assert_non_null(strstr(finding->summary, "cannot be lowered"));
    assert_non_null(strstr(finding->remedy, "Make the way wider: end"));
}

static void test_without_a_link(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    finding = find(scene, 1420, 1400, 0);
    assert_non_null(finding);
    assert_int_equal(finding->mend.verb, MEND_NONE);
}

static void test_who_tells(void **state)
{
    struct scene *scene = *state;
    struct fact fact = path_of(WG0, 1420, 1400, 1328);
    struct path_measure *beside = &fact.path.input.beside;

    beside->teller = PATH_TOLD_BY_LOCAL;
    tell(&scene->node, fact);
    evaluate(scene);
    assert_string_equal(param_text(&scene->findings.list[0], "teller"), "link");
    assert_false(has_param(&scene->findings.list[0], "router"));
    beside->teller = PATH_TOLD_BY_ROUTER;
    beside->router_family = AF_INET6;
    inet_pton(AF_INET6, "2001:db8::1", beside->router);
    tell(&scene->node, fact);
    evaluate(scene);
    assert_string_equal(param_text(&scene->findings.list[0], "teller"), "router");
    assert_string_equal(param_text(&scene->findings.list[0], "router"), "2001:db8::1");
    assert_string_equal(param_text(&scene->findings.list[0], "move"), "wg0"); /* there is room for all */
}

static void test_what_is_measured_no_more(void **state)
{
    struct scene *scene = *state;

    assert_non_null(find(scene, 1420, 1400, 1328));
    assert_int_equal(tell(&scene->node, gone(path_of(WG0, 1420, 0, 0))), NODE_TUNNELS);
    assert_int_equal(evaluate(scene), 0);
}

static void test_several_tunnels(void **state)
{
    struct scene *scene = *state;
    struct fact tunnels[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 9), tunnel_of("wg2", 10)};

    name_tunnels(&scene->node, tunnels, 3);
    tell(&scene->node, path_of(WG0, 1420, 1400, 1328));
    tell(&scene->node, path_of(9, 1420, 1480, 1420));
    tell(&scene->node, path_of(10, 1420, 1300, 0));
    assert_int_equal(evaluate(scene), 2);
    assert_non_null(findings_find(&scene->findings, "path-too-small", "wg0"));
    assert_non_null(findings_find(&scene->findings, "path-too-small", "wg2"));
}

#define CHECK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHECK_TEST(test_what_is_no_trouble),
        CHECK_TEST(test_the_underlays_own_link),
        CHECK_TEST(test_beyond),
        CHECK_TEST(test_the_peer),
        CHECK_TEST(test_measured_beside_it_only),
        CHECK_TEST(test_in_pieces),
        CHECK_TEST(test_ipv6_would_end),
        CHECK_TEST(test_without_a_link),
        CHECK_TEST(test_who_tells),
        CHECK_TEST(test_what_is_measured_no_more),
        CHECK_TEST(test_several_tunnels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
