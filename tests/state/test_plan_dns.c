/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that give programs DNS servers that answer */
#include "dns_scene.h"
#include "packed.h"

/* Without a refusal; `servers` are those that programs ask then. */
static void assert_nothing_to_do(struct scene *scene, uint64_t flags, const char *servers)
{
    assert_int_equal(fix_dns(scene, flags), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.undoes, 0);
    assert_false(scene->plan.dns.restart_required);
    assert_dns_list(&scene->plan.dns.servers, servers);
}

static void assert_resolv(struct scene *scene, enum resolv_form from, enum resolv_form to, const char *before,
                          const char *after)
{
    const struct resolv_span *span = resolv_step(scene);

    assert_int_equal(span->from, from);
    assert_int_equal(span->to, to);
    assert_dns_list(&span->before, before);
    assert_dns_list(&span->after, after);
    assert_dns_list(&scene->plan.dns.servers, after);
}

static void assert_setting(struct scene *scene, size_t index, const char *before, bool create)
{
    const struct step *step = &scene->plan.steps[index];

    assert_int_equal(scene->plan.steps_count, index + 1);
    assert_int_equal(step->kind, STEP_SETTING);
    assert_string_equal(step->target, "/etc/wsl.conf");
    assert_string_equal(step->setting.section, "network");
    assert_string_equal(step->setting.key, "generateResolvConf");
    assert_string_equal(step->setting.before, before);
    assert_string_equal(step->setting.after, "false");
    assert_int_equal(step->setting.create, create);
    assert_false(step->setting.remove);
    assert_true(scene->plan.dns.restart_required);
}

static void test_the_servers_that_answer_come_first(void **state)
{
    struct scene *scene = *state;
    const struct resolv_span *span;

    gateway_answers(scene);
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_resolv(scene, RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, GATEWAY " " TUNNEL);
    span = resolv_step(scene);
    assert_false(span->before_vc || span->after_vc || span->immutable || span->foreign);
    assert_false(scene->plan.dns.restart_required);
    assert_int_equal(scene->plan.undoes, 0);
    assert_int_equal(scene->plan.subject.targets, 0);
}

static void test_what_stands_there(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum resolver_kind kind;
        enum dns_owner owner;
        const char *target;
        enum resolv_form from, to;
        bool foreign;
    } rows[] = {
        {RESOLVER_LINK, DNS_OWNER_WSL, "/mnt/wsl/resolv.conf", RESOLV_OTHER, RESOLV_RUNTIME, false},
        {RESOLVER_DANGLING, DNS_OWNER_NONE, "/mnt/wsl/resolv.conf", RESOLV_OTHER, RESOLV_RUNTIME, false},
        {RESOLVER_DANGLING, DNS_OWNER_NONE, "/gone", RESOLV_OTHER, RESOLV_RUNTIME, true},
        {RESOLVER_FILE, DNS_OWNER_WSL, "", RESOLV_OTHER, RESOLV_RUNTIME, true}, /* it is not WSL's link */
        {RESOLVER_MISSING, DNS_OWNER_NONE, "", RESOLV_ABSENT, RESOLV_RUNTIME, false},
        {RESOLVER_LINK, DNS_OWNER_WSLNODE, "/run/wslnode/resolv.conf", RESOLV_RUNTIME, RESOLV_RUNTIME, false},
        /* Ours after a start of WSL that made no link of its own. */
        {RESOLVER_DANGLING, DNS_OWNER_NONE, "/run/wslnode/resolv.conf", RESOLV_RUNTIME, RESOLV_RUNTIME,
         false},
        /* What is to stay does. */
        {RESOLVER_FILE, DNS_OWNER_WSLNODE, "", RESOLV_LASTING, RESOLV_LASTING, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact fact = resolver_of(rows[i].kind, rows[i].owner, "");

        snprintf(fact.resolver.target, sizeof(fact.resolver.target), "%s", rows[i].target);
        stands(scene, fact);
        assert_int_equal(fix_dns(scene, 0), 0);
        assert_resolv(scene, rows[i].from, rows[i].to, "", GATEWAY " " TUNNEL);
        assert_int_equal(resolv_step(scene)->foreign, rows[i].foreign);
        assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
        assert_resolv(scene, rows[i].from, RESOLV_LASTING, "", GATEWAY " " TUNNEL);
    }
}

static void test_the_first_answers(void **state)
{
    struct scene *scene = *state;

    wsl_lists(&scene->node, "10.0.0.1 10.0.0.2", DNS_ANSWER_OK);
    tell(&scene->node, server_of("10.0.0.2", DNS_ROLE_WSL, SILENT, SILENT));
    assert_nothing_to_do(scene, 0, "10.0.0.1 10.0.0.2");
    tell(&scene->node, resolver_of(RESOLVER_FILE, DNS_OWNER_USER, "10.0.0.1"));
    assert_nothing_to_do(scene, CALL_FORCE, "10.0.0.1");
    tell(&scene->node, ours_of(RESOLVER_LINK, "10.0.0.1 10.0.0.7", TUNNEL));
    assert_nothing_to_do(scene, 0, "10.0.0.1 10.0.0.7");
    tell(&scene->node, ours_of(RESOLVER_FILE, "10.0.0.1 10.0.0.7", TUNNEL));
    assert_nothing_to_do(scene, 0, "10.0.0.1 10.0.0.7");
}

static void test_the_first_answers_by_tcp(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL);

    gateway_answers(scene);
    fact.resolver.use_vc = true;
    tell(&scene->node, fact);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, SILENT, OK));
    assert_nothing_to_do(scene, 0, TUNNEL);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, SILENT));
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_resolv(scene, RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, GATEWAY " " TUNNEL);
    assert_true(resolv_step(scene)->before_vc);
    assert_true(resolv_step(scene)->after_vc); /* the option stays with the rest of the text */
}

static void test_by_tcp_alone(void **state)
{
    struct scene *scene = *state;
    struct fact ours = ours_of(RESOLVER_LINK, TUNNEL, TUNNEL);

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_TIMEOUT);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, SILENT, OK));
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_resolv(scene, RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, TUNNEL);
    assert_false(resolv_step(scene)->before_vc);
    assert_true(resolv_step(scene)->after_vc);
    /* The same servers, by UDP again. */
    ours.resolver.use_vc = true;
    tell(&scene->node, ours);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, SILENT));
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_resolv(scene, RESOLV_RUNTIME, RESOLV_RUNTIME, TUNNEL, TUNNEL);
    assert_true(resolv_step(scene)->before_vc);
    assert_false(resolv_step(scene)->after_vc);
}

static void test_ours_has_them_already(void **state)
{
    struct scene *scene = *state;
    struct fact lasting = ours_of(RESOLVER_FILE, GATEWAY " " TUNNEL, TUNNEL);

    stands(scene, ours_of(RESOLVER_LINK, GATEWAY " " TUNNEL, TUNNEL));
    assert_nothing_to_do(scene, 0, GATEWAY " " TUNNEL);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_resolv(scene, RESOLV_RUNTIME, RESOLV_LASTING, GATEWAY " " TUNNEL, GATEWAY " " TUNNEL);
    stands(scene, lasting);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_setting(scene, 0, "", false); /* somebody gave WSL its leave again */
    lasting.resolver.wsl_generates = false;
    stands(scene, lasting);
    assert_nothing_to_do(scene, CALL_PERSIST, GATEWAY " " TUNNEL);
}

static void test_ours_do_not_answer_any_more(void **state)
{
    struct scene *scene = *state;

    stands(scene, ours_of(RESOLVER_LINK, "10.0.0.7 " TUNNEL, TUNNEL));
    tell(&scene->node, server_of("10.0.0.7", DNS_ROLE_CONFIGURED, SILENT, SILENT));
    assert_int_equal(fix_dns_as(scene, 0, true), 0);
    assert_resolv(scene, RESOLV_RUNTIME, RESOLV_RUNTIME, "10.0.0.7 " TUNNEL, GATEWAY " " TUNNEL);
}

static void test_persist(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL);

    stands(scene, fact);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_resolv(scene, RESOLV_OTHER, RESOLV_LASTING, TUNNEL, GATEWAY " " TUNNEL);
    assert_setting(scene, 1, "", false);
    snprintf(fact.resolver.generate, sizeof(fact.resolver.generate), "true");
    stands(scene, fact);
    assert_int_equal(fix_dns(scene, CALL_PERSIST | CALL_DRY_RUN), 0);
    assert_setting(scene, 1, "true", false);
    snprintf(fact.resolver.generate, sizeof(fact.resolver.generate), "f?lse");
    tell(&scene->node, fact);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_OWNED_BY_OTHER);
    assert_non_null(strstr(scene->refusal.text, "no text"));
    fact.resolver.generate[0] = 0;
    fact.resolver.wsl_conf_missing = true;
    stands(scene, fact);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_setting(scene, 1, "", true);
    /* It is set already. */
    fact.resolver.wsl_conf_missing = fact.resolver.wsl_generates = false;
    stands(scene, fact);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_false(scene->plan.dns.restart_required);
}

static void test_persist_though_all_is_well(void **state)
{
    struct scene *scene = *state;

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_OK);
    assert_nothing_to_do(scene, 0, TUNNEL);
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_resolv(scene, RESOLV_OTHER, RESOLV_LASTING, TUNNEL, TUNNEL);
    assert_setting(scene, 1, "", false);
}

/* The log has that ours came in the place of WSL's. */
static void remember(struct scene *scene)
{
    struct step step = {.kind = STEP_RESOLV, .target = "/etc/resolv.conf"};
    struct change change = {.id = 4, .verb = VERB_FIX_DNS, .state = CHANGE_DONE};

    step.resolv.from = RESOLV_OTHER;
    step.resolv.to = RESOLV_RUNTIME;
    step.resolv.before = dns_list_of(TUNNEL);
    step.resolv.after = dns_list_of("10.0.0.7 " TUNNEL); /* and others were chosen later */
    change.steps = packed(&step, 1);
    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
}

static void test_wsl_answers_again(void **state)
{
    struct scene *scene = *state;

    stands(scene, ours_of(RESOLVER_LINK, GATEWAY " " TUNNEL, TUNNEL));
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, OK));
    assert_nothing_to_do(scene, 0, GATEWAY " " TUNNEL); /* nobody knows what stood there */
    remember(scene);
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_resolv(scene, RESOLV_RUNTIME, RESOLV_OTHER, GATEWAY " " TUNNEL, TUNNEL);
    assert_int_equal(scene->plan.undoes, 4);
    assert_int_equal(scene->plan.subject.targets, 0); /* as if servers were chosen: only answers differ */
    /* Who wants ours to stay keeps it. */
    assert_int_equal(fix_dns(scene, CALL_PERSIST), 0);
    assert_resolv(scene, RESOLV_RUNTIME, RESOLV_LASTING, GATEWAY " " TUNNEL, TUNNEL " " GATEWAY);
    assert_int_equal(scene->plan.undoes, 0);
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, SILENT, OK));
    assert_nothing_to_do(scene, 0, GATEWAY " " TUNNEL);
    assert_int_equal(scene->plan.undoes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_the_servers_that_answer_come_first),
        SCENE_TEST(test_what_stands_there),
        SCENE_TEST(test_the_first_answers),
        SCENE_TEST(test_the_first_answers_by_tcp),
        SCENE_TEST(test_by_tcp_alone),
        SCENE_TEST(test_ours_has_them_already),
        SCENE_TEST(test_ours_do_not_answer_any_more),
        SCENE_TEST(test_persist),
        SCENE_TEST(test_persist_though_all_is_well),
        SCENE_TEST(test_wsl_answers_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
