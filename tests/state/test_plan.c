/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans: from a call to its steps */
#include "clock_facts.h"
#include "dns_facts.h"
#include "scene.h"

static int make(struct scene *scene, const struct call *call)
{
    return plan_make(&scene->view, call, &scene->plan, &scene->refusal);
}

static void assert_refused(struct scene *scene, const struct call *call, enum refusal_kind kind)
{
    assert_int_equal(make(scene, call), -1);
    assert_int_equal(scene->refusal.kind, kind);
}

static void test_set_mtu(void **state)
{
    struct scene *scene = *state;
    struct call call = {
        .verb = VERB_SET_MTU, .target = "wg0", .mtu = 1280, .flags = CALL_PERSIST, .now_usec = 9};

    assert_int_equal(make(scene, &call), 0);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1420, 1280);
    assert_true(scene->plan.steps[1].wish_after.persist);
    assert_int_equal(scene->plan.steps[1].wish_after.since_usec, 9);
    /* Nothing of an earlier plan stays. */
    wish(scene, "wg0", 1420);
    call = (struct call){.verb = VERB_SET_MTU, .target = "wg0", .mtu = 1420};
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_undo(void **state)
{
    struct call call = {.verb = VERB_UNDO, .change = 3};

    assert_refused(*state, &call, REFUSAL_NO_SUCH_CHANGE);
}

static void test_mend_does_what_the_finding_says(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_MEND, .word = "tunnel-too-big", .target = "wg0", .now_usec = 8};

    assert_refused(scene, &call, REFUSAL_NO_SUCH_FINDING);
    tell(&scene->node, link_up(ETH0, "eth0", "", 1400));
    health_evaluate(&scene->input, &scene->findings);
    assert_int_equal(make(scene, &call), 0);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1420, 1340);
    assert_wanted_step(&scene->plan.steps[1], "wg0", 0, 1340);
    snprintf(call.target, sizeof(call.target), "eth0");
    assert_refused(scene, &call, REFUSAL_NO_SUCH_FINDING);
}

static void test_mend_of_what_has_no_verb(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_MEND, .word = "no-uplink", .flags = CALL_FORCE};

    tell(&scene->node, gone(route_by(ETH0, "172.20.0.1", 0)));
    health_evaluate(&scene->input, &scene->findings);
    assert_refused(scene, &call, REFUSAL_UNSUPPORTED);
}

static void test_refresh_ip_by_itself_and_as_a_mend(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_REFRESH_IP},
                mend = {.verb = VERB_MEND, .word = "stale-address", .target = "/etc/a"};
    struct finding *finding = findings_add(&scene->findings, "stale-address", "/etc/a", SEVERITY_WARNING);

    scene->targets.units_count = 1;
    strcpy(scene->targets.units[0], "node.service");
    scene->view.refreshed = "10.0.0.1";
    finding->mend.verb = MEND_REFRESH_IP;
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_true(plan_has(&scene->plan, STEP_EFFECT));
    assert_false(plan_has(&scene->plan, STEP_FILE));
    assert_int_equal(make(scene, &mend), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    call.flags = mend.flags = CALL_PERSIST; /* flags are handed on */
    assert_refused(scene, &call, REFUSAL_INVALID_ARGS);
    assert_refused(scene, &mend, REFUSAL_INVALID_ARGS);
}

static void test_sync_clock_by_itself_and_as_a_mend(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_SYNC_CLOCK, .raw_usec = RAW, .clock_usec = BASE - 10 * S},
                mend = {.verb = VERB_MEND,
                        .word = "clock-drift",
                        .raw_usec = RAW,
                        .clock_usec = BASE - 11 * S,
                        .target = ""};
    struct finding *finding = findings_add(&scene->findings, "clock-drift", "", SEVERITY_WARNING);

    finding->mend.verb = MEND_SYNC_CLOCK;
    tell(&scene->node, clock_off(-10 * S));
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_true(plan_has(&scene->plan, STEP_CLOCK));
    assert_int_equal(scene->plan.steps[0].clock_by_usec, 10 * S);
    assert_int_equal(make(scene, &mend), 0); /* the clock of the call is handed on, too */
    assert_int_equal(scene->plan.steps_count, 1);
    assert_int_equal(scene->plan.steps[0].clock_by_usec, 11 * S);
    assert_int_equal(scene->plan.clock.offset_usec, -11 * S);
    call.flags = mend.flags = CALL_PERSIST;
    assert_refused(scene, &call, REFUSAL_INVALID_ARGS);
    assert_refused(scene, &mend, REFUSAL_INVALID_ARGS);
}

static void test_fix_dns_by_itself_and_as_a_mend(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_FIX_DNS},
                mend = {.verb = VERB_MEND, .word = "dns-no-answer", .target = ""};

    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    health_evaluate(&scene->input, &scene->findings);
    assert_refused(scene, &call, REFUSAL_NO_WORKING_SERVER);
    assert_refused(scene, &mend, REFUSAL_NO_WORKING_SERVER);
    tell(&scene->node, server_of("9.9.9.9", DNS_ROLE_PUBLIC, OK, OK));
    scene->dns.public_fallback = true;
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_true(plan_has(&scene->plan, STEP_RESOLV) && plan_has_files(&scene->plan));
    assert_int_equal(make(scene, &mend), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_dns_list(&scene->plan.dns.servers, "9.9.9.9 " TUNNEL);
    mend.own = true; /* who asks is handed on, and so are flags */
    assert_refused(scene, &mend, REFUSAL_NO_WORKING_SERVER);
    mend.own = false;
    mend.flags = CALL_PERSIST;
    assert_int_equal(make(scene, &mend), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_true(plan_has(&scene->plan, STEP_SETTING));
    /* Nothing of an earlier plan stays. */
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, OK));
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_false(scene->plan.dns.restart_required || plan_has_files(&scene->plan));
}

static void test_steps_that_change_files(void **state)
{
    struct scene *scene = *state;

    for (int kind = 0; kind < STEP_KINDS; kind++) {
        scene->plan.steps_count = 2;
        scene->plan.steps[0].kind = STEP_CLOCK;
        scene->plan.steps[1].kind = kind;
        assert_int_equal(plan_has_files(&scene->plan), kind == STEP_FILE || kind == STEP_RESOLV ||
                                                           kind == STEP_SETTING ||
                                                           kind == STEP_KEEPALIVE_FILE);
    }
}

/* What is authorised and replied is of the verb that is done. */
static void test_the_subject_has_the_verb_that_is_done(void **state)
{
    static const struct {
        enum mend_verb mend;
        enum verb verb;
    } mends[] = {{MEND_SET_MTU, VERB_SET_MTU},
                 {MEND_REFRESH_IP, VERB_REFRESH_IP},
                 {MEND_SYNC_CLOCK, VERB_SYNC_CLOCK},
                 {MEND_FIX_DNS, VERB_FIX_DNS},
                 {MEND_SET_KEEPALIVE, VERB_SET_KEEPALIVE}};
    struct fact tunnel = tunnel_of("wg0", WG0);
    struct scene *scene = *state;
    struct finding *finding = findings_add(&scene->findings, "some-finding", "", SEVERITY_WARNING);
    struct call mend = {.verb = VERB_MEND, .word = "some-finding", .raw_usec = RAW, .clock_usec = BASE},
                release = {.verb = VERB_RELEASE, .word = "mtu", .target = "wg0"};

    name_tunnels(&scene->node, &tunnel, 1);
    read_peers(&scene->node, WG0, NULL, 0);
    scene->targets.units_count = 1;
    strcpy(scene->targets.units[0], "node.service");
    tell(&scene->node, clock_off(0));
    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_OK);
    for (size_t i = 0; i < COUNT(mends); i++) {
        finding->mend = (struct mend){.verb = mends[i].mend, .link = "wg0", .mtu = 1280};
        assert_int_equal(make(scene, &mend), 0);
        assert_int_equal(scene->plan.subject.verb, mends[i].verb);
    }
    assert_int_equal(make(scene, &release), 0);
    assert_int_equal(scene->plan.subject.verb, VERB_RELEASE);
}

static void test_release(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_RELEASE, .word = "mtu", .target = "wg0"};

    assert_int_equal(make(scene, &call), 0); /* nothing to do is a success */
    assert_int_equal(scene->plan.steps_count, 0);
    wish(scene, "wg0", 1280);
    assert_int_equal(make(scene, &call), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_wanted_step(&scene->plan.steps[0], "wg0", 1280, 0);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_int_equal(scene->plan.subject.ifindex, 0);
    call.flags = CALL_PERSIST;
    assert_refused(scene, &call, REFUSAL_INVALID_ARGS);
    call = (struct call){.verb = VERB_RELEASE, .word = "dns", .target = "wg0"};
    assert_refused(scene, &call, REFUSAL_UNSUPPORTED);
}

static void test_a_configured_wish_is_not_released(void **state)
{
    struct scene *scene = *state;
    struct call call = {.verb = VERB_RELEASE, .word = "mtu", .target = "wg0", .flags = CALL_FORCE};
    struct wish configured = {.set = true, .mtu = 1300, .persist = true};

    wanted_set_configured(&scene->wanted, "wg0", &configured);
    assert_refused(scene, &call, REFUSAL_OWNED_BY_OTHER);
    wish(scene, "wg0", 1280);
    assert_int_equal(make(scene, &call), 0);
    assert_wanted_step(&scene->plan.steps[0], "wg0", 1280, 0);
}

static void test_an_unknown_verb(void **state)
{
    struct call call = {.verb = VERBS};

    assert_refused(*state, &call, REFUSAL_UNSUPPORTED);
}

static void test_put_back_is_the_kernels_side_alone(void **state)
{
    struct scene *scene = *state;

    wish(scene, "wg0", 1280);
    assert_int_equal(plan_put_back(&scene->view, "wg0", &scene->plan, &scene->refusal), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_kernel_step(&scene->plan.steps[0], "wg0", 1420, 1280);
    assert_int_equal(scene->plan.subject.ifindex, WG0);
}

static void test_put_back_only_what_is_lost(void **state)
{
    struct scene *scene = *state;
    static const char *const links[] = {"wg0", "eth0", "wg9"};

    wish(scene, "wg0", 1420);
    wish(scene, "eth0", 1400);
    wish(scene, "wg9", 1280);
    for (size_t i = 0; i < COUNT(links); i++) {
        assert_int_equal(plan_put_back(&scene->view, links[i], &scene->plan, &scene->refusal), 0);
        assert_int_equal(scene->plan.steps_count, 0);
    }
    assert_int_equal(plan_put_back(&scene->view, "nowhere", &scene->plan, &scene->refusal), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_the_subject_is_what_was_authorised(void **state)
{
    const struct plan_subject a = {.link = "wg0", .link_kind = "wireguard", .ifindex = WG0, .mtu = 1280};
    struct plan_subject b = a;

    assert_true(plan_subject_equal(&a, &b));
    b.verb = VERB_SYNC_CLOCK;
    assert_false(plan_subject_equal(&a, &b));
    b = a;
    b.link[0] = 'x';
    assert_false(plan_subject_equal(&a, &b));
    b = a;
    b.link_kind[0] = 'x';
    assert_false(plan_subject_equal(&a, &b));
    b = a;
    b.ifindex++;
    assert_false(plan_subject_equal(&a, &b));
    b = a;
    b.mtu++;
    assert_false(plan_subject_equal(&a, &b));
    b = a;
    b.targets = UINT64_C(1) << 32;
    assert_false(plan_subject_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_set_mtu),
        SCENE_TEST(test_undo),
        SCENE_TEST(test_mend_does_what_the_finding_says),
        SCENE_TEST(test_mend_of_what_has_no_verb),
        SCENE_TEST(test_refresh_ip_by_itself_and_as_a_mend),
        SCENE_TEST(test_sync_clock_by_itself_and_as_a_mend),
        SCENE_TEST(test_fix_dns_by_itself_and_as_a_mend),
        SCENE_TEST(test_steps_that_change_files),
        SCENE_TEST(test_the_subject_has_the_verb_that_is_done),
        SCENE_TEST(test_release),
        SCENE_TEST(test_a_configured_wish_is_not_released),
        SCENE_TEST(test_an_unknown_verb),
        SCENE_TEST(test_put_back_is_the_kernels_side_alone),
        SCENE_TEST(test_put_back_only_what_is_lost),
        SCENE_TEST(test_the_subject_is_what_was_authorised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
