/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers for the uplink in systemd-resolved */
#include "dns_scene.h"
#include "packed.h"

#define STUB "127.0.0.53"

/* Resolved's stub stands there and answers so; WSL's own file is beside it. */
static void resolved_says(struct scene *scene, enum dns_answer answer)
{
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_RESOLVED, STUB);

    gateway_answers(scene);
    fact.resolver.wsl = dns_list_of(TUNNEL);
    tell(&scene->node, fact);
    tell(&scene->node, server_of(STUB, DNS_ROLE_LISTED, answer, answer));
}

static const struct link_dns_span *link_step(struct scene *scene)
{
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(scene->plan.steps[0].kind, STEP_LINK_DNS);
    assert_string_equal(scene->plan.steps[0].target, "eth0");
    return &scene->plan.steps[0].link_dns;
}

static void test_the_uplink_gets_what_answers(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    assert_int_equal(fix_dns(scene, 0), 0);
    /* WSL's own that is dead comes behind what answers; resolved itself is not among them. */
    assert_dns_list(&link_step(scene)->after, GATEWAY " " TUNNEL);
    assert_dns_list(&scene->plan.dns.servers, GATEWAY " " TUNNEL);
    assert_string_equal(scene->plan.subject.link, "eth0");
    assert_int_equal(scene->plan.subject.ifindex, node_uplink(&scene->node)->ifindex);
    assert_false(scene->plan.dns.restart_required);
}

static void test_it_answers_already(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, OK);
    assert_int_equal(fix_dns(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_dns_list(&scene->plan.dns.servers, STUB);
    assert_string_equal(scene->plan.subject.link, "eth0"); /* as when there is something to do */
}

static void test_nothing_that_it_could_ask(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    tell(&scene->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, SILENT, SILENT));
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "could ask");
    assert_string_equal(scene->plan.subject.link, "eth0");
    /* Its second address answers, and is itself again. */
    tell(&scene->node, resolver_of(RESOLVER_LINK, DNS_OWNER_RESOLVED, STUB " 127.0.0.54"));
    tell(&scene->node, server_of("127.0.0.54", DNS_ROLE_LISTED, OK, OK));
    assert_refused(scene, 0, REFUSAL_NO_WORKING_SERVER, "could ask");
}

static void test_for_good(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    assert_refused(scene, CALL_PERSIST, REFUSAL_INVALID_ARGS, "PERSIST");
}

static void test_no_uplink(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    node_done(&scene->node);
    node_init(&scene->node);
    tell(&scene->node, platform_of("wsl2", "nat"));
    tell(&scene->node, resolver_of(RESOLVER_LINK, DNS_OWNER_RESOLVED, STUB));
    assert_refused(scene, 0, REFUSAL_NO_UPLINK, "uplink");
}

/* Then it is put aside, as anybody's. */
static void test_force(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    assert_int_equal(fix_dns(scene, CALL_FORCE), 0);
    assert_int_equal(resolv_step(scene)->from, RESOLV_OTHER);
}

static void test_off_wsl(void **state)
{
    struct scene *scene = *state;

    resolved_says(scene, BAD);
    tell(&scene->node, platform_of("linux", ""));
    assert_refused(scene, 0, REFUSAL_NOT_WSL, "not WSL2");
}

static int undo(struct scene *scene, const char *link)
{
    struct step step = {.kind = STEP_LINK_DNS};
    struct change change = {.id = 3, .verb = VERB_FIX_DNS, .state = CHANGE_DONE};

    snprintf(step.target, sizeof(step.target), "%s", link);
    step.link_dns.before = dns_list_of("10.0.0.7");
    step.link_dns.after = dns_list_of(GATEWAY);
    change.steps = packed(&step, 1);
    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
    memset(&scene->plan, 0, sizeof(scene->plan));
    return plan_undo(&scene->view, 3, 0, &scene->plan, &scene->refusal);
}

static void test_undo(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(undo(scene, "eth0"), 0);
    assert_dns_list(&link_step(scene)->after, "10.0.0.7");
    assert_dns_list(&link_step(scene)->before, GATEWAY);
    assert_int_equal(scene->plan.subject.ifindex, node_uplink(&scene->node)->ifindex);
    assert_int_equal(scene->plan.undoes, 3);
}

static void test_undo_without_the_link(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(undo(scene, "eth7"), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.undoes, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_the_uplink_gets_what_answers),
        SCENE_TEST(test_it_answers_already),
        SCENE_TEST(test_nothing_that_it_could_ask),
        SCENE_TEST(test_for_good),
        SCENE_TEST(test_no_uplink),
        SCENE_TEST(test_force),
        SCENE_TEST(test_off_wsl),
        SCENE_TEST(test_undo),
        SCENE_TEST(test_undo_without_the_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
