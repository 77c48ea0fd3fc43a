/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of /etc/resolv.conf */
#include "dns_facts.h"
#include "scene.h"

typedef void (*finder)(const struct health_input *, struct findings *);

static const struct finding *only(struct scene *scene, finder check)
{
    findings_clear(&scene->findings);
    check(&scene->input, &scene->findings);
    assert_true(scene->findings.count <= 1);
    return scene->findings.count ? &scene->findings.list[0] : NULL;
}

static const struct finding *raised(struct scene *scene, finder check, const char *id, const char *subject,
                                    enum severity severity)
{
    const struct finding *finding = only(scene, check);

    assert_non_null(finding);
    assert_string_equal(finding->id, id);
    assert_string_equal(finding->subject, subject);
    assert_int_equal(finding->severity, severity);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    return finding;
}

static bool has_param(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->params_count; i++)
        if (strcmp(finding->params[i].key, key) == 0)
            return true;
    return false;
}

static void test_all_is_well(void **state)
{
    struct scene *scene = *state;

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_OK);
    assert_null(only(scene, check_resolv_conf_missing));
    assert_null(only(scene, check_resolv_conf_rewritten));
    assert_null(only(scene, check_resolv_conf_immutable));
    assert_null(only(scene, check_resolv_conf_ours));
    assert_null(only(scene, check_resolver_fighting));
}

static void test_missing(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_MISSING, DNS_OWNER_NONE, "");
    const struct finding *finding;

    tell(&scene->node, platform_of("wsl2", "nat"));
    tell(&scene->node, fact);
    finding = raised(scene, check_resolv_conf_missing, "resolv-conf-missing", "", SEVERITY_CRITICAL);
    assert_false(has_param(finding, "target"));
    assert_string_equal(param_text(finding, "generate"), "yes");
    assert_int_equal(finding->mend.verb, MEND_FIX_DNS);
    fact.resolver.kind = RESOLVER_DANGLING;
    fact.resolver.wsl_generates = false;
    snprintf(fact.resolver.target, sizeof(fact.resolver.target), "/mnt/wsl/none.conf");
    tell(&scene->node, fact);
    finding = raised(scene, check_resolv_conf_missing, "resolv-conf-missing", "", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "target"), "/mnt/wsl/none.conf");
    assert_string_equal(param_text(finding, "generate"), "no");
    /* Elsewhere a resolver of the machine's own may do without one. */
    tell(&scene->node, platform_of("linux", ""));
    assert_null(only(scene, check_resolv_conf_missing));
}

static void test_what_is_there_is_not_missing(void **state)
{
    struct scene *scene = *state;
    static const enum resolver_kind kinds[] = {RESOLVER_FILE, RESOLVER_LINK, RESOLVER_JUNK};

    tell(&scene->node, platform_of("wsl2", "nat"));
    for (size_t i = 0; i < COUNT(kinds); i++) {
        tell(&scene->node, resolver_of(kinds[i], DNS_OWNER_USER, ""));
        assert_null(only(scene, check_resolv_conf_missing));
    }
}

static void test_rewritten(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum resolver_kind kind;
        enum dns_owner owner, written_by;
        bool found;
    } rows[] = {
        {RESOLVER_LINK, DNS_OWNER_WSL, DNS_OWNER_TAILSCALE, true},
        {RESOLVER_LINK, DNS_OWNER_WSL, DNS_OWNER_RESOLVED, true},
        {RESOLVER_LINK, DNS_OWNER_WSL, DNS_OWNER_WSLNODE, true},
        {RESOLVER_LINK, DNS_OWNER_WSL, DNS_OWNER_USER, false}, /* no mark is not another's */
        {RESOLVER_LINK, DNS_OWNER_WSL, DNS_OWNER_NONE, false},
        {RESOLVER_LINK, DNS_OWNER_WSLNODE, DNS_OWNER_TAILSCALE, false},
        {RESOLVER_FILE, DNS_OWNER_TAILSCALE, DNS_OWNER_TAILSCALE, false},
        {RESOLVER_FILE, DNS_OWNER_WSL, DNS_OWNER_TAILSCALE, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact fact = resolver_of(rows[i].kind, rows[i].owner, TUNNEL);
        const struct finding *finding;

        fact.resolver.written_by = rows[i].written_by;
        tell(&scene->node, fact);
        if (!rows[i].found) {
            assert_null(only(scene, check_resolv_conf_rewritten));
            continue;
        }
        finding = raised(scene, check_resolv_conf_rewritten, "resolv-conf-rewritten", "", SEVERITY_WARNING);
        assert_string_equal(param_text(finding, "owner"), "wsl");
        assert_string_equal(param_text(finding, "written-by"), dns_owner_name(rows[i].written_by));
        assert_int_equal(finding->mend.verb, MEND_NONE);
    }
}

static void test_immutable(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_FILE, DNS_OWNER_USER, TUNNEL);

    fact.resolver.immutable = true;
    tell(&scene->node, fact);
    raised(scene, check_resolv_conf_immutable, "resolv-conf-immutable", "", SEVERITY_INFO);
}

static void test_ours(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, ours_of(RESOLVER_LINK, GATEWAY " " TUNNEL, TUNNEL));
    finding = raised(scene, check_resolv_conf_ours, "resolv-conf-ours", "", SEVERITY_INFO);
    assert_string_equal(param_text(finding, "servers"), GATEWAY " " TUNNEL);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    /* It is to stay. */
    tell(&scene->node, ours_of(RESOLVER_FILE, GATEWAY, TUNNEL));
    assert_null(only(scene, check_resolv_conf_ours));
    tell(&scene->node, resolver_of(RESOLVER_LINK, DNS_OWNER_USER, GATEWAY));
    assert_null(only(scene, check_resolv_conf_ours));
}

static void test_fighting(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_FILE, DNS_OWNER_TAILSCALE, TUNNEL);
    const struct finding *finding;

    fact.resolver.lost = 2;
    tell(&scene->node, fact);
    assert_null(only(scene, check_resolver_fighting));
    fact.resolver.lost = 3;
    tell(&scene->node, fact);
    finding = raised(scene, check_resolver_fighting, "fighting", "/etc/resolv.conf", SEVERITY_WARNING);
    assert_int_equal(param_number(finding, "times"), 3);
    assert_string_equal(param_text(finding, "owner"), "tailscale");
    /* The check of all fights has it, too. */
    raised(scene, check_fighting, "fighting", "/etc/resolv.conf", SEVERITY_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_all_is_well),
        SCENE_TEST(test_missing),
        SCENE_TEST(test_what_is_there_is_not_missing),
        SCENE_TEST(test_rewritten),
        SCENE_TEST(test_immutable),
        SCENE_TEST(test_ours),
        SCENE_TEST(test_fighting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
