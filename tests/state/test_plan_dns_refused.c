/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What FixDNS refuses, and what is authorised */
#include "dns_scene.h"

static void test_what_is_not_known_yet(void **state)
{
    struct scene *scene = *state;

    assert_refused(scene, 0, REFUSAL_BUSY, "ask again");
    tell(&scene->node, platform_of("wsl2", "nat"));
    assert_refused(scene, CALL_FORCE, REFUSAL_BUSY, "ask again");
    assert_true(plan_dns_doubts(&scene->refusal));
    tell(&scene->node, resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL));
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "Asked were: none.");
    assert_true(plan_dns_doubts(&scene->refusal));
}

static void test_a_platform_that_is_not_known_yet(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL));
    assert_refused(scene, 0, REFUSAL_BUSY, "ask again");
}

static void test_off_wsl_only_with_force(void **state)
{
    struct scene *scene = *state;
    static const char *const platforms[] = {"linux", "wsl1", "wsl2-container"};

    gateway_answers(scene);
    for (size_t i = 0; i < COUNT(platforms); i++) {
        tell(&scene->node, platform_of(platforms[i], ""));
        assert_refused(scene, 0, REFUSAL_NOT_WSL, "FORCE");
        assert_false(plan_dns_doubts(&scene->refusal));
        assert_refused(scene, CALL_PERSIST | CALL_DRY_RUN, REFUSAL_NOT_WSL, "FORCE");
        assert_int_equal(fix_dns(scene, CALL_FORCE), 0);
        assert_int_equal(resolv_step(scene)->to, RESOLV_RUNTIME);
        /* There wsl.conf is nobody's. */
        assert_int_equal(fix_dns(scene, CALL_FORCE | CALL_PERSIST), 0);
        assert_int_equal(scene->plan.steps_count, 1);
        assert_int_equal(resolv_step(scene)->to, RESOLV_LASTING);
        assert_false(scene->plan.dns.restart_required);
    }
}

static void test_whose_it_is(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum resolver_kind kind;
        enum dns_owner owner;
        const char *says; /* NULL: it is done */
    } rows[] = {
        {RESOLVER_LINK, DNS_OWNER_WSL, NULL},
        {RESOLVER_FILE, DNS_OWNER_WSL, NULL},
        {RESOLVER_MISSING, DNS_OWNER_NONE, NULL},
        {RESOLVER_DANGLING, DNS_OWNER_NONE, NULL},
        {RESOLVER_LINK, DNS_OWNER_WSLNODE, NULL},
        {RESOLVER_FILE, DNS_OWNER_WSLNODE, NULL},
        {RESOLVER_FILE, DNS_OWNER_TAILSCALE, "tailscale set --accept-dns=false"},
        {RESOLVER_FILE, DNS_OWNER_USER, "Undo gives it back"},
        {RESOLVER_LINK, DNS_OWNER_USER, "Undo gives it back"},
        {RESOLVER_JUNK, DNS_OWNER_USER, "a folder, a device"},
        {RESOLVER_JUNK, DNS_OWNER_NONE, "a folder, a device"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        stands(scene, resolver_of(rows[i].kind, rows[i].owner, TUNNEL));
        if (!rows[i].says) {
            assert_int_equal(fix_dns(scene, 0), 0);
            assert_int_equal(scene->plan.steps_count, 1);
            continue;
        }
        assert_refused(scene, 0, REFUSAL_OWNED_BY_OTHER, rows[i].says);
        assert_false(plan_dns_doubts(&scene->refusal));
        assert_refused(scene, CALL_PERSIST, REFUSAL_OWNED_BY_OTHER, rows[i].says);
        assert_int_equal(fix_dns(scene, CALL_FORCE), 0);
        assert_int_equal(resolv_step(scene)->from, RESOLV_OTHER);
        assert_true(resolv_step(scene)->foreign);
    }
}

static void test_fighting(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL);

    fact.resolver.lost = 2;
    stands(scene, fact);
    assert_int_equal(fix_dns(scene, 0), 0);
    fact.resolver.lost = 3;
    fact.resolver.owner = DNS_OWNER_TAILSCALE;
    stands(scene, fact);
    assert_refused(scene, 0, REFUSAL_FIGHTING, "3 times");
    assert_int_equal(fix_dns(scene, CALL_FORCE), 0);
    /* Elsewhere it would not be done anyway. */
    tell(&scene->node, platform_of("linux", ""));
    assert_refused(scene, 0, REFUSAL_NOT_WSL, "FORCE");
}

static void test_immutable(void **state)
{
    struct scene *scene = *state;
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, TUNNEL);

    fact.resolver.immutable = true;
    stands(scene, fact);
    assert_refused(scene, 0, REFUSAL_OWNED_BY_OTHER, "chattr -i");
    assert_int_equal(fix_dns(scene, CALL_FORCE), 0);
    assert_true(resolv_step(scene)->immutable);
}

static void test_none_answers(void **state)
{
    struct scene *scene = *state;
    char address[64];

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    tell(&scene->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, SILENT, BAD));
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "10.255.255.254 (refused), 172.20.0.1 (timeout).");
    assert_non_null(strstr(scene->refusal.text, "Servers="));
    assert_refused(scene, CALL_FORCE | CALL_PERSIST, REFUSAL_NO_WORKING_SERVER, TUNNEL);
    /* Of more than fit whole ones are told. */
    for (int i = 0; i < NODE_SERVERS_MAX; i++) {
        snprintf(address, sizeof(address), "2001:db8:1111:2222:3333:4444:5555:66%d", 10 + i);
        tell(&scene->node, server_of(address, DNS_ROLE_CONFIGURED, SILENT, SILENT));
    }
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "6613 (timeout). Look at");
}

/* Public ones are for people who ask, where the configuration has them. */
static void test_public_servers(void **state)
{
    struct scene *scene = *state;

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    tell(&scene->node, server_of("9.9.9.9", DNS_ROLE_PUBLIC, OK, OK));
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "9.9.9.9 (ok)");
    scene->dns.public_fallback = true;
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_dns_list(&resolv_step(scene)->after, "9.9.9.9 " TUNNEL);
    assert_int_equal(fix_dns_as(scene, 0, true), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_NO_WORKING_SERVER);
}

static uint64_t subject_of(struct scene *scene, struct fact fact, uint64_t flags)
{
    stands(scene, fact);
    (void)fix_dns(scene, flags);
    return scene->plan.subject.targets;
}

/* With FORCE what is put aside is what was seen when it was asked for; no answer of a server counts. */
static void test_what_is_authorised(void **state)
{
    struct scene *scene = *state;
    struct fact user = resolver_of(RESOLVER_LINK, DNS_OWNER_USER, TUNNEL), other = user;
    uint64_t subject = subject_of(scene, user, CALL_FORCE);

    assert_int_not_equal(subject, 0);
    tell(&scene->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, SILENT, SILENT));
    assert_refused(scene, CALL_FORCE, REFUSAL_NO_WORKING_SERVER, GATEWAY);
    assert_true(scene->plan.subject.targets == subject);
    other.resolver.listed = dns_list_of("10.0.0.8");
    other.resolver.lost = 9;
    assert_true(subject_of(scene, other, CALL_FORCE) == subject);
    assert_true(subject_of(scene, other, CALL_FORCE | CALL_PERSIST) == subject);
    other.resolver.owner = DNS_OWNER_TAILSCALE;
    assert_true(subject_of(scene, other, CALL_FORCE) != subject);
    other = user;
    other.resolver.kind = RESOLVER_FILE;
    assert_true(subject_of(scene, other, CALL_FORCE) != subject);
    other = user;
    other.resolver.target[0] = 'x';
    assert_true(subject_of(scene, other, CALL_FORCE) != subject);
    assert_int_equal(subject_of(scene, user, 0), 0);
    assert_int_equal(subject_of(scene, user, CALL_PERSIST), 0);
}

static void test_what_needs_answers(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_FIX_DNS}, mend = {.verb = VERB_MEND, .word = "dns-no-answer"};
    struct finding *finding;

    assert_true(plan_needs_dns(&scene->view, &call));
    assert_false(plan_needs_clock(&scene->view, &call));
    call.verb = VERB_UNDO;
    assert_false(plan_needs_dns(&scene->view, &call));
    call.verb = VERB_SYNC_CLOCK;
    assert_false(plan_needs_dns(&scene->view, &call));
    assert_false(plan_needs_dns(&scene->view, &mend));
    finding = findings_add(&scene->findings, "dns-no-answer", "", SEVERITY_CRITICAL);
    assert_false(plan_needs_dns(&scene->view, &mend));
    finding->mend.verb = MEND_SYNC_CLOCK;
    assert_false(plan_needs_dns(&scene->view, &mend));
    finding->mend.verb = MEND_FIX_DNS;
    assert_true(plan_needs_dns(&scene->view, &mend));
    assert_false(plan_needs_clock(&scene->view, &mend));
}

static void test_what_answers_may_say_otherwise(void **state)
{
    for (int kind = 0; kind < REFUSAL_KINDS; kind++) {
        struct refusal refusal = {.kind = kind};

        assert_int_equal(plan_dns_doubts(&refusal),
                         kind == REFUSAL_BUSY || kind == REFUSAL_NO_WORKING_SERVER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_what_is_not_known_yet),
        SCENE_TEST(test_a_platform_that_is_not_known_yet),
        SCENE_TEST(test_off_wsl_only_with_force),
        SCENE_TEST(test_whose_it_is),
        SCENE_TEST(test_fighting),
        SCENE_TEST(test_immutable),
        SCENE_TEST(test_none_answers),
        SCENE_TEST(test_public_servers),
        SCENE_TEST(test_what_is_authorised),
        SCENE_TEST(test_what_needs_answers),
        cmocka_unit_test(test_what_answers_may_say_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
