/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of the DNS servers */
#include "dns_facts.h"
#include "scene.h"

typedef void (*finder)(const struct health_input *, struct findings *);

static size_t found(struct scene *scene, finder check)
{
    findings_clear(&scene->findings);
    check(&scene->input, &scene->findings);
    return scene->findings.count;
}

static const struct finding *raised(struct scene *scene, finder check, const char *id, const char *subject,
                                    enum severity severity)
{
    const struct finding *finding;

    found(scene, check);
    finding = findings_find(&scene->findings, id, subject);
    assert_non_null(finding);
    assert_int_equal(finding->severity, severity);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    return finding;
}

/* None of these checks finds anything. */
static void assert_silent(struct scene *scene)
{
    assert_int_equal(found(scene, check_dns_no_answer), 0);
    assert_int_equal(found(scene, check_dns_server_dead), 0);
    assert_int_equal(found(scene, check_dns_tunnel_refuses), 0);
    assert_int_equal(found(scene, check_dns_no_tcp), 0);
}

static void say(struct scene *scene, const char *address, enum dns_answer udp, enum dns_answer tcp)
{
    tell(&scene->node, server_of(address, DNS_ROLE_WSL | DNS_ROLE_LISTED, udp, tcp));
}

static void test_all_is_well(void **state)
{
    struct scene *scene = *state;

    assert_silent(scene);
    wsl_lists(&scene->node, TUNNEL " 10.0.0.2", DNS_ANSWER_OK);
    assert_silent(scene);
    /* Not asked yet. */
    say(scene, "10.0.0.2", NO_WORD, NO_WORD);
    say(scene, TUNNEL, SILENT, NO_WORD);
    assert_silent(scene);
}

static void test_no_answer(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2", DNS_ANSWER_TIMEOUT);
    finding = raised(scene, check_dns_no_answer, "dns-no-answer", "", SEVERITY_CRITICAL);
    assert_string_equal(param_text(finding, "servers"), "10.0.0.1 10.0.0.2");
    assert_string_equal(param_text(finding, "owner"), "wsl");
    assert_int_equal(finding->mend.verb, MEND_FIX_DNS);
    assert_int_equal(found(scene, check_dns_server_dead), 0);
    say(scene, "10.0.0.2", OK, OK);
    assert_int_equal(found(scene, check_dns_no_answer), 0);
}

/* That there is no uplink is the finding then. */
static void test_no_answer_without_an_uplink(void **state)
{
    struct scene *scene = *state;
    struct fact route = route_by(ETH0, "172.20.0.1", 0);

    wsl_lists(&scene->node, "10.0.0.1", DNS_ANSWER_TIMEOUT);
    assert_int_equal(found(scene, check_dns_no_answer), 1);
    route.gone = true;
    tell(&scene->node, route);
    assert_null(node_uplink(&scene->node));
    assert_int_equal(found(scene, check_dns_no_answer), 0);
}

static void test_no_answer_where_none_is_listed(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum resolver_kind kind;
        enum dns_owner owner;
        bool found;
    } rows[] = {{RESOLVER_LINK, DNS_OWNER_WSL, true},
                {RESOLVER_FILE, DNS_OWNER_USER, true},
                {RESOLVER_JUNK, DNS_OWNER_USER, true},
                {RESOLVER_MISSING, DNS_OWNER_NONE, false}, /* that is another finding */
                {RESOLVER_DANGLING, DNS_OWNER_NONE, false}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        tell(&scene->node, resolver_of(rows[i].kind, rows[i].owner, ""));
        assert_int_equal(found(scene, check_dns_no_answer), rows[i].found);
    }
}

/* Only where FixDNS does something without FORCE. */
static void test_what_can_be_mended(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *platform;
        enum dns_owner owner;
        bool mends;
    } rows[] = {{"wsl2", DNS_OWNER_WSL, true},        {"wsl2", DNS_OWNER_WSLNODE, true},
                {"wsl2", DNS_OWNER_USER, false},      {"wsl2", DNS_OWNER_RESOLVED, true},
                {"wsl2", DNS_OWNER_TAILSCALE, false}, {"linux", DNS_OWNER_WSL, false},
                {"wsl1", DNS_OWNER_WSL, false},       {"wsl2-container", DNS_OWNER_WSLNODE, false}};

    wsl_lists(&scene->node, TUNNEL " 10.0.0.2", DNS_ANSWER_REFUSED);
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum mend_verb verb = rows[i].mends ? MEND_FIX_DNS : MEND_NONE;

        tell(&scene->node, platform_of(rows[i].platform, "nat"));
        tell(&scene->node, resolver_of(RESOLVER_LINK, rows[i].owner, TUNNEL " 10.0.0.2"));
        say(scene, TUNNEL, CLOSED, CLOSED);
        say(scene, "10.0.0.2", SILENT, SILENT);
        assert_int_equal(
            raised(scene, check_dns_no_answer, "dns-no-answer", "", SEVERITY_CRITICAL)->mend.verb, verb);
        assert_int_equal(raised(scene, check_dns_tunnel_refuses, "dns-tunnel-refuses", TUNNEL,
                                SEVERITY_WARNING)
                             ->mend.verb,
                         verb);
        say(scene, TUNNEL, SILENT, SILENT);
        say(scene, "10.0.0.2", OK, OK);
        assert_int_equal(
            raised(scene, check_dns_server_dead, "dns-server-dead", TUNNEL, SEVERITY_WARNING)->mend.verb,
            verb);
    }
}

static void test_a_dead_server(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2 fd00::3", DNS_ANSWER_OK);
    say(scene, "10.0.0.1", SILENT, OK);
    finding = raised(scene, check_dns_server_dead, "dns-server-dead", "10.0.0.1", SEVERITY_WARNING);
    assert_string_equal(param_text(finding, "answer"), "timeout");
    assert_int_equal(finding->mend.verb, MEND_FIX_DNS);
    assert_int_equal(scene->findings.count, 1);
    /* The others are asked only when it does not answer. */
    say(scene, "10.0.0.1", OK, OK);
    say(scene, "10.0.0.2", CLOSED, OK);
    say(scene, "fd00::3", BAD, OK);
    finding = raised(scene, check_dns_server_dead, "dns-server-dead", "10.0.0.2", SEVERITY_INFO);
    assert_string_equal(param_text(finding, "answer"), "refused");
    assert_int_equal(finding->mend.verb, MEND_NONE);
    finding = findings_find(&scene->findings, "dns-server-dead", "fd00::3");
    assert_string_equal(param_text(finding, "answer"), "degraded");
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(scene->findings.count, 2);
}

/* With use-vc TCP is what counts. */
static void test_a_server_that_is_dead_by_tcp(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, "10.0.0.1 10.0.0.2");

    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2", DNS_ANSWER_OK);
    fact.resolver.use_vc = true;
    tell(&scene->node, fact);
    say(scene, "10.0.0.1", OK, SILENT);
    say(scene, "10.0.0.2", SILENT, OK);
    raised(scene, check_dns_server_dead, "dns-server-dead", "10.0.0.1", SEVERITY_WARNING);
    assert_int_equal(scene->findings.count, 1);
    assert_int_equal(found(scene, check_dns_no_tcp), 0);
}

static void test_the_tunnel_refuses(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    wsl_lists(&scene->node, TUNNEL " 10.0.0.2", DNS_ANSWER_OK);
    say(scene, TUNNEL, CLOSED, CLOSED);
    finding = raised(scene, check_dns_tunnel_refuses, "dns-tunnel-refuses", TUNNEL, SEVERITY_WARNING);
    assert_int_equal(finding->mend.verb, MEND_FIX_DNS);
    assert_int_equal(found(scene, check_dns_server_dead), 0); /* it is said once */
    /* One that is silent is dead as any. */
    say(scene, TUNNEL, SILENT, SILENT);
    assert_int_equal(found(scene, check_dns_tunnel_refuses), 0);
    raised(scene, check_dns_server_dead, "dns-server-dead", TUNNEL, SEVERITY_WARNING);
    /* Another that refuses is no tunnel. */
    say(scene, TUNNEL, OK, OK);
    say(scene, "10.0.0.2", CLOSED, CLOSED);
    assert_int_equal(found(scene, check_dns_tunnel_refuses), 0);
}

/* It was asked, but nobody lists it: in other modes there is none. And behind one that answers nothing is
 * mended. */
static void test_a_tunnel_that_is_not_asked_first(void **state)
{
    struct scene *scene = *state;

    wsl_lists(&scene->node, "10.0.0.1", DNS_ANSWER_OK);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_TUNNEL, CLOSED, CLOSED));
    assert_silent(scene);
    wsl_lists(&scene->node, "10.0.0.1 " TUNNEL, DNS_ANSWER_OK);
    say(scene, TUNNEL, CLOSED, CLOSED);
    assert_int_equal(
        raised(scene, check_dns_tunnel_refuses, "dns-tunnel-refuses", TUNNEL, SEVERITY_WARNING)->mend.verb,
        MEND_NONE);
}

static void test_no_tcp(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum dns_answer udp, tcp;
        bool found;
    } rows[] = {{OK, OK, false},      {OK, SILENT, true},      {OK, CLOSED, true},   {OK, BAD, true},
                {OK, NO_WORD, false}, {SILENT, SILENT, false}, {BAD, CLOSED, false}, {NO_WORD, BAD, false}};

    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2", DNS_ANSWER_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        say(scene, "10.0.0.2", rows[i].udp, rows[i].tcp);
        assert_int_equal(found(scene, check_dns_no_tcp), rows[i].found);
        if (rows[i].found)
            assert_string_equal(param_text(raised(scene, check_dns_no_tcp, "dns-no-tcp", "10.0.0.2",
                                                  SEVERITY_INFO),
                                           "answer"),
                                dns_answer_name(rows[i].tcp));
    }
    /* One that is asked, but not listed, is of no consequence. */
    say(scene, "10.0.0.2", OK, OK);
    tell(&scene->node, server_of("10.0.0.9", DNS_ROLE_CONFIGURED, OK, SILENT));
    assert_int_equal(found(scene, check_dns_no_tcp), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_all_is_well),
        SCENE_TEST(test_no_answer),
        SCENE_TEST(test_no_answer_where_none_is_listed),
        SCENE_TEST(test_no_answer_without_an_uplink),
        SCENE_TEST(test_what_can_be_mended),
        SCENE_TEST(test_a_dead_server),
        SCENE_TEST(test_a_server_that_is_dead_by_tcp),
        SCENE_TEST(test_the_tunnel_refuses),
        SCENE_TEST(test_a_tunnel_that_is_not_asked_first),
        SCENE_TEST(test_no_tcp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
