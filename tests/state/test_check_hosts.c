/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of what programs see of names */
#include "dns_facts.h"
#include "scene.h"

#define NAME "name.test"

static struct fact view_of(enum hosts_view view)
{
    struct fact fact = fact_of(FACT_HOSTS);

    fact.hosts.view = view;
    snprintf(fact.hosts.name, sizeof(fact.hosts.name), "%s", NAME);
    return fact;
}

static void set_found(struct scene *scene, const char *address, enum dns_answer answer, bool found)
{
    struct fact fact = server_of(address, DNS_ROLE_WSL | DNS_ROLE_LISTED, answer, answer);

    fact.server.found = found;
    tell(&scene->node, fact);
}

/* Under WSL, where the first server has the name. */
static void see(struct scene *scene, enum hosts_view view)
{
    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2", DNS_ANSWER_OK);
    set_found(scene, "10.0.0.1", OK, true);
    tell(&scene->node, view_of(view));
    findings_clear(&scene->findings);
    check_hosts_not_found(&scene->input, &scene->findings);
    check_hosts_late(&scene->input, &scene->findings);
}

static const struct finding *only(struct scene *scene, const char *id)
{
    const struct finding *finding = findings_find(&scene->findings, id, "");

    assert_int_equal(scene->findings.count, 1);
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    assert_string_equal(param_text(finding, "name"), NAME);
    return finding;
}

static void test_all_is_well(void **state)
{
    see(*state, HOSTS_OK);
    assert_int_equal(((struct scene *)*state)->findings.count, 0);
    see(*state, HOSTS_UNKNOWN);
    assert_int_equal(((struct scene *)*state)->findings.count, 0);
}

static void test_not_found(void **state)
{
    see(*state, HOSTS_NOT_FOUND);
    assert_non_null(strstr(only(*state, "hosts-not-found")->remedy, "nsswitch.conf"));
}

static void test_late(void **state)
{
    static const struct {
        enum hosts_view view;
        const char *word, *in_cause, *in_remedy;
        bool lasting; /* what the owner of resolv.conf does to it is said */
    } rows[] = {{HOSTS_AAAA, "aaaa", "AAAA", "no-aaaa", true},
                {HOSTS_SEARCH, "search", "search line", "ndots", true},
                {HOSTS_LATE, "unknown", "nsswitch.conf", "getent", false}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct finding *finding;

        see(*state, rows[i].view);
        finding = only(*state, "hosts-late");
        assert_string_equal(param_text(finding, "waits-for"), rows[i].word);
        assert_non_null(strstr(finding->cause, rows[i].in_cause));
        assert_non_null(strstr(finding->remedy, rows[i].in_remedy));
        assert_int_equal(strstr(finding->remedy, "generateResolvConf=false") != NULL, rows[i].lasting);
    }
}

static size_t evaluate(struct scene *scene)
{
    health_evaluate(&scene->input, &scene->findings);
    return (findings_find(&scene->findings, "hosts-late", "") != NULL) +
           (findings_find(&scene->findings, "hosts-not-found", "") != NULL);
}

/* What was seen before the server went is not told beside it. */
static void test_when_it_is_known(void **state)
{
    struct scene *scene = *state;

    see(scene, HOSTS_LATE);
    assert_int_equal(evaluate(scene), 1);
    set_found(scene, "10.0.0.1", OK, false);
    assert_int_equal(evaluate(scene), 0);
    set_found(scene, "10.0.0.1", SILENT, true);
    set_found(scene, "10.0.0.2", OK, true);
    assert_int_equal(evaluate(scene), 0);
    assert_non_null(findings_find(&scene->findings, "dns-server-dead", "10.0.0.1"));
    set_found(scene, "10.0.0.1", OK, true);
    assert_int_equal(evaluate(scene), 1);
    tell(&scene->node, view_of(HOSTS_OK));
    assert_int_equal(evaluate(scene), 0);
    assert_true(node_hosts_known(&scene->node));
    tell(&scene->node, fact_of(FACT_HOSTS));
    assert_false(node_hosts_known(&scene->node));
}

static void test_an_equal_view_says_nothing(void **state)
{
    struct scene *scene = *state;
    struct events events = {.count = 0};
    struct fact fact = view_of(HOSTS_LATE);

    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_HOSTS);
    assert_int_equal(node_apply(&scene->node, &fact, &events), 0);
    snprintf(fact.hosts.name, sizeof(fact.hosts.name), "other.test");
    assert_int_equal(node_apply(&scene->node, &fact, &events), NODE_HOSTS);
    assert_int_equal(NODE_UNPUBLISHED & NODE_HOSTS, NODE_HOSTS);
    assert_int_equal(events.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_all_is_well),
        SCENE_TEST(test_not_found),
        SCENE_TEST(test_late),
        SCENE_TEST(test_when_it_is_known),
        SCENE_TEST(test_an_equal_view_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
