/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a finding on a peer that is down says of where it should be */
#include <string.h>

#include "../../service/state/reach.h"
#include "scene.h"

#define S    INT64_C(1000000)
#define T    (1000 * S)
#define NONE (-1) /* no handshake */

static int set_up(void **state)
{
    struct fact fact = tunnel_of("wg0", WG0);
    int r = scene_set_up(state);
    struct node *node = &((struct scene *)*state)->node;

    name_tunnels(node, &fact, 1);
    for (int64_t raw = T; raw <= T + 181 * S; raw += 181 * S) {
        fact = peer_of(WG0, 1, raw, NONE);
        read_peers(node, WG0, &fact, 1);
    }
    return r;
}

static const struct finding *find(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_vpn_down(&scene->input, &scene->findings);
    return findings_find(&scene->findings, "vpn-down", "wg0");
}

static const struct finding *found(struct scene *scene, const struct reach_fact *reach)
{
    struct fact fact = reach_of(WG0, 1);

    fact.reach.ping = reach->ping;
    fact.reach.port = reach->port;
    fact.reach.udp_passes = reach->udp_passes;
    fact.reach.name = reach->name;
    fact.reach.place = reach->place;
    memcpy(fact.reach.host, reach->host, sizeof(fact.reach.host));
    tell(&scene->node, fact);
    return find(scene);
}

static bool has(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0)
            return true;
    return false;
}

static const struct reach_fact facts[] = {
    {.name = REACH_NAME_UNRESOLVED, .host = "vpn.test"},
    {.name = REACH_NAME_MOVED, .host = "vpn.test"},
    {.ping = REACH_PING_SILENT, .port = REACH_PORT_UNREACHABLE},
    {.ping = REACH_PING_SILENT, .port = REACH_PORT_SILENT},
    {.ping = REACH_PING_ANSWERED, .port = REACH_PORT_REFUSED, .udp_passes = true},
    {.ping = REACH_PING_ANSWERED, .port = REACH_PORT_PROHIBITED},
    {.ping = REACH_PING_ANSWERED, .port = REACH_PORT_SILENT},
    {.ping = REACH_PING_ANSWERED, .port = REACH_PORT_SILENT, .udp_passes = true},
};

/* A cause and a remedy of its own for each, and only the one that a verb can mend has one. */
static void test_each_has_words_of_its_own(void **state)
{
    struct scene *scene = *state;
    const char *causes[COUNT(facts) + 1], *remedies[COUNT(facts) + 1];

    causes[0] = find(scene)->cause;
    remedies[0] = find(scene)->remedy;
    assert_false(has(find(scene), "evidence"));
    for (size_t i = 0; i < COUNT(facts); i++) {
        const struct finding *finding = found(scene, &facts[i]);

        causes[i + 1] = finding->cause;
        remedies[i + 1] = finding->remedy;
        assert_string_equal(param_text(finding, "evidence"), reach_verdict_name(reach_judge(&facts[i])));
        assert_int_equal(finding->mend.verb, facts[i].name == REACH_NAME_MOVED ? MEND_REFRESH_IP : MEND_NONE);
        assert_string_equal(finding->mend.link, "");
    }
    for (size_t i = 0; i < COUNT(causes); i++)
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(causes[i], causes[j]);
            assert_string_not_equal(remedies[i], remedies[j]);
        }
}

static void test_all_that_is_told(void **state)
{
    struct scene *scene = *state;
    struct reach_fact reach = {.ping = REACH_PING_ANSWERED,
                               .port = REACH_PORT_REFUSED,
                               .udp_passes = true,
                               .name = REACH_NAME_MOVED,
                               .host = "vpn.test",
                               .place = endpoint_of("2001:db8::1", 7)};
    const struct finding *finding = found(scene, &reach);

    assert_int_equal(finding->params_count, FINDING_PARAMS_MAX); /* nothing more would be */
    assert_string_equal(param_text(finding, "reason"), "no-handshake");
    assert_string_equal(param_text(finding, "endpoint"), "198.51.100.1:51820");
    assert_string_equal(param_text(finding, "endpoint-ping"), "answered");
    assert_string_equal(param_text(finding, "endpoint-port"), "refused");
    assert_string_equal(param_text(finding, "endpoint-udp"), "passes");
    assert_string_equal(param_text(finding, "endpoint-name"), "vpn.test");
    assert_string_equal(param_text(finding, "endpoint-now"), "[2001:db8::1]:7");
}

/* Nothing follows: the words are those that hold of any. */
static void test_nothing_that_says_anything(void **state)
{
    struct scene *scene = *state;
    const struct reach_fact nothing = {0};
    const char *cause = find(scene)->cause, *remedy = find(scene)->remedy;
    const struct finding *finding = found(scene, &nothing);

    assert_ptr_equal(finding->cause, cause);
    assert_ptr_equal(finding->remedy, remedy);
    assert_true(has(finding, "evidence"));
    assert_string_equal(param_text(finding, "evidence"), "");
    assert_string_equal(param_text(finding, "endpoint-ping"), "unknown");
    assert_string_equal(param_text(finding, "endpoint-udp"), "unknown");
    assert_false(has(finding, "endpoint-name") || has(finding, "endpoint-now"));
}

static void test_a_name_that_is_not_found(void **state)
{
    struct scene *scene = *state;

    assert_string_equal(param_text(found(scene, &facts[0]), "reason"), "endpoint-unresolved");
    assert_string_equal(param_text(find(scene), "endpoint-name"), "vpn.test");
}

/* While it is being found out there is no finding, and without an address it is no matter. */
static void test_what_goes_before(void **state)
{
    struct scene *scene = *state;
    struct fact fact = reach_of(WG0, 1);
    const struct finding *finding;

    fact.reach.asking = true;
    tell(&scene->node, fact);
    assert_null(find(scene));
    assert_non_null(found(scene, &facts[2]));
    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    finding = find(scene);
    assert_string_equal(param_text(finding, "reason"), "no-underlay");
    assert_false(has(finding, "evidence"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_has_words_of_its_own),  TEST(test_all_that_is_told),
        TEST(test_nothing_that_says_anything), TEST(test_a_name_that_is_not_found),
        TEST(test_what_goes_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
