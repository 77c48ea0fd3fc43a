/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that set keepalive */
#include <stdio.h>
#include <string.h>

#include "keepalive_scene.h"

#define HEAD      "[Interface]\n"
#define PEER(key) "[Peer]\nPublicKey = " key "\n"

static int set(struct scene *scene, const char *link, const char *peer, uint32_t seconds, uint64_t flags)
{
    struct call call = {.verb = VERB_SET_KEEPALIVE, .seconds = seconds, .flags = flags};

    snprintf(call.target, sizeof(call.target), "%s", link);
    snprintf(call.word, sizeof(call.word), "%s", peer);
    return plan_make(&scene->view, &call, &scene->plan, &scene->refusal);
}

static void refused(struct scene *scene, const char *link, const char *peer, uint32_t seconds,
                    enum refusal_kind kind, const char *text)
{
    assert_int_equal(set(scene, link, peer, seconds, 0), -1);
    assert_int_equal(scene->refusal.kind, kind);
    if (!strstr(scene->refusal.text, text))
        fail_msg("“%s” has no “%s”", scene->refusal.text, text);
}

static void test_one_peer(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(set(scene, "wg0", ONE, 25, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 1, 0, 25);
    assert_int_equal(scene->plan.peers, 1);
    assert_string_equal(scene->plan.subject.link, "wg0");
    assert_string_equal(scene->plan.subject.link_kind, "wireguard");
    assert_int_equal(scene->plan.subject.ifindex, WG0);
    assert_int_equal(scene->plan.subject.seconds, 25);
    assert_int_equal(set(scene, "wg0", TWO, 0, 0), 0);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 2, 25, 0);
    assert_int_equal(set(scene, "wg0", TWO, 65535, 0), 0);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 2, 25, 65535);
}

static void test_all_peers(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 3, 0, 25);
    assert_keepalive(&scene->plan.steps[1], STEP_KEEPALIVE, 1, 0, 25);
    assert_int_equal(scene->plan.peers, 3);
}

static void test_nothing_to_do(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(set(scene, "wg0", TWO, 25, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.peers, 1);
    assert_string_equal(scene->plan.subject.link, "wg0");
    read_peers(&scene->node, WG0, NULL, 0);
    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_int_equal(scene->plan.peers, 0);
}

static void test_who_is_meant_is_authorised(void **state)
{
    struct scene *scene = *state;
    struct plan_subject all, one;
    struct fact peers[] = {peer_with(1, 7), peer_with(2, 7), peer_with(3, 7)};

    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    all = scene->plan.subject;
    /* What they have, and their order, does not matter. */
    read_peers(&scene->node, WG0, NULL, 0);
    read_peers(&scene->node, WG0, peers, 3);
    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_true(plan_subject_equal(&all, &scene->plan.subject));
    assert_int_equal(set(scene, "wg0", "", 26, 0), 0);
    assert_false(plan_subject_equal(&all, &scene->plan.subject));
    assert_int_equal(set(scene, "wg0", ONE, 25, 0), 0);
    one = scene->plan.subject;
    assert_int_equal(set(scene, "wg0", TWO, 25, 0), 0);
    assert_false(plan_subject_equal(&one, &scene->plan.subject));
    read_peers(&scene->node, WG0, peers, 2);
    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_false(plan_subject_equal(&all, &scene->plan.subject));
    /* One that has not been seen yet is the same subject as when it is. */
    read_peers(&scene->node, WG0, peers + 1, 2);
    assert_int_equal(set(scene, "wg0", ONE, 25, 0), -1);
    assert_true(plan_subject_equal(&one, &scene->plan.subject));
}

static void test_refusals(void **state)
{
    struct scene *scene = *state;

    refused(scene, "nolink", "", 25, REFUSAL_NO_SUCH_LINK, "nolink");
    refused(scene, "eth0", "", 25, REFUSAL_UNSUPPORTED, "no WireGuard tunnel");
    refused(scene, "wg0", KEY("x"), 25, REFUSAL_NO_SUCH_PEER, "wslnodectl vpn wg0");
    refused(scene, "wg0", "AAAA", 25, REFUSAL_NO_SUCH_PEER, "AAAA");
    refused(scene, "wg0", "", 65536, REFUSAL_INVALID_ARGS, "65536");
    tell(&scene->node, tunnel_down("wg0", WG0));
    refused(scene, "wg0", ONE, 25, REFUSAL_FAILED, "is down");
    tell(&scene->node, tunnel_of("wg0", WG0));
    refused(scene, "wg0", ONE, 25, REFUSAL_BUSY, "still being read");
}

static void test_a_daemon_that_does_not_answer(void **state)
{
    struct scene *scene = *state;
    struct fact fact = tunnel_of("wg0", WG0);

    fact.tunnel.user_space = true;
    fact.tunnel.answers = false;
    tell(&scene->node, fact);
    refused(scene, "wg0", ONE, 25, REFUSAL_FAILED, "does not answer");
}

static void have_many(struct scene *scene, size_t count, size_t having)
{
    struct fact peers[STEPS_MAX * 2];

    for (size_t i = 0; i < count; i++)
        peers[i] = peer_with(100 + i, i < having ? 25 : 0);
    read_peers(&scene->node, WG0, peers, count);
}

static void test_many_peers(void **state)
{
    struct scene *scene = *state;

    have_many(scene, STEPS_MAX, 0);
    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_int_equal(scene->plan.steps_count, STEPS_MAX);
    have_many(scene, STEPS_MAX + 1, 0);
    refused(scene, "wg0", "", 25, REFUSAL_INVALID_ARGS, "which is 48: name one");
    have_many(scene, STEPS_MAX + 1, 1); /* those that have it need no step */
    assert_int_equal(set(scene, "wg0", "", 25, 0), 0);
    assert_int_equal(scene->plan.peers, STEPS_MAX + 1);
    have_many(scene, STEPS_MAX / 2 + 1, 0);
    assert_int_equal(set(scene, "wg0", "", 25, CALL_PERSIST), 0);
}

static void mend(struct scene *scene, uint64_t flags)
{
    struct call call = {.verb = VERB_MEND, .word = "vpn-no-keepalive", .target = "wg0", .flags = flags};
    char link[LINK_NAME_SIZE];

    check_vpn_no_keepalive(&scene->input, &scene->findings);
    assert_int_equal(plan_make(&scene->view, &call, &scene->plan, &scene->refusal), 0);
    assert_int_equal(scene->plan.subject.verb, VERB_SET_KEEPALIVE);
    assert_true(plan_needs_tunnel(&scene->view, &call, link));
    assert_string_equal(link, "wg0");
    assert_int_equal(plan_needs_keepalive_file(&scene->view, &call), flags & CALL_PERSIST ? 25 : -1);
}

static void test_mend(void **state)
{
    struct scene *scene = *state;

    mend(scene, CALL_PERSIST);
    mend(scene, 0);
    assert_int_equal(scene->plan.steps_count, 1); /* not the private one, nor the one that has it */
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 1, 0, 25);
    assert_int_equal(scene->plan.peers, 1);
    have_many(scene, STEPS_MAX + 5, 0);
    mend(scene, 0);
    assert_int_equal(scene->plan.steps_count, STEPS_MAX);
    assert_int_equal(scene->plan.peers, STEPS_MAX);
}

static void take_file(struct scene *scene, struct keepalive_file *file, const char *text)
{
    keepalive_file_take(file, "wg0", text, strlen(text), 25);
    scene->view.keepalive_file = file;
}

static void test_for_good(void **state)
{
    struct keepalive_file file = {.link = ""};
    struct scene *scene = *state;

    take_file(scene, &file, HEAD PEER(ONE) PEER(TWO) "PersistentKeepalive = 10\n" PEER(THREE));
    assert_int_equal(set(scene, "wg0", ONE, 25, CALL_PERSIST), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE, 1, 0, 25);
    assert_keepalive(&scene->plan.steps[1], STEP_KEEPALIVE_FILE, 1, 0, 25);
    assert_string_equal(scene->plan.steps[1].keepalive.span.after, "PersistentKeepalive = 25\n");
    /* The file alone says otherwise. */
    assert_int_equal(set(scene, "wg0", TWO, 25, CALL_PERSIST), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_keepalive(&scene->plan.steps[0], STEP_KEEPALIVE_FILE, 2, 10, 25);
    assert_string_equal(scene->plan.steps[0].keepalive.span.before, "10");
    /* Nobody asked for it. */
    assert_int_equal(set(scene, "wg0", TWO, 25, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    keepalive_file_done(&file);
}

static void test_for_good_is_refused(void **state)
{
    struct keepalive_file file = {.link = ""};
    struct scene *scene = *state;

    take_file(scene, &file, HEAD PEER(ONE));
    assert_int_equal(set(scene, "wg0", TWO, 25, CALL_PERSIST), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_OWNED_BY_OTHER);
    assert_non_null(strstr(scene->refusal.text, "has no peer " TWO));
    assert_int_equal(set(scene, "wg0", "", 25, CALL_PERSIST), -1);
    assert_int_equal(set(scene, "wg0", ONE, 25, CALL_PERSIST), 0);
    keepalive_file_refuse(&file, "wg0", "it is not there");
    assert_int_equal(set(scene, "wg0", ONE, 25, CALL_PERSIST), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_OWNED_BY_OTHER);
    assert_non_null(strstr(scene->refusal.text, "wg0.conf is not touched: it is not there"));
    /* Another's file is not this one's. */
    keepalive_file_refuse(&file, "wg1", "it is not there");
    assert_int_equal(set(scene, "wg0", ONE, 25, CALL_PERSIST), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    keepalive_file_done(&file);
}

static void test_many_peers_for_good(void **state)
{
    struct scene *scene = *state;

    have_many(scene, STEPS_MAX + 1, 0);
    assert_int_equal(set(scene, "wg0", "", 25, CALL_PERSIST), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_INVALID_ARGS);
    assert_non_null(strstr(scene->refusal.text, "which is 24"));
}

static void test_what_is_read_before(void **state)
{
    struct call call = {.verb = VERB_SET_KEEPALIVE, .target = "wg0", .seconds = 7};
    struct scene *scene = *state;
    char link[LINK_NAME_SIZE];

    assert_true(plan_needs_tunnel(&scene->view, &call, link));
    assert_string_equal(link, "wg0");
    assert_int_equal(plan_needs_keepalive_file(&scene->view, &call), -1);
    call.flags = CALL_PERSIST;
    assert_int_equal(plan_needs_keepalive_file(&scene->view, &call), 7);
    strcpy(call.word, "no key");
    assert_false(plan_needs_tunnel(&scene->view, &call, link));
    call = (struct call){.verb = VERB_SET_KEEPALIVE, .target = "eth0"};
    assert_false(plan_needs_tunnel(&scene->view, &call, link));
    call = (struct call){.verb = VERB_SET_MTU, .target = "wg0", .flags = CALL_PERSIST};
    assert_false(plan_needs_tunnel(&scene->view, &call, link));
    assert_int_equal(plan_needs_keepalive_file(&scene->view, &call), -1);
}

static void test_what_is_doubted(void **state)
{
    static const enum refusal_kind doubted[] = {REFUSAL_NO_SUCH_PEER, REFUSAL_BUSY, REFUSAL_CHANGED_SINCE};
    const struct call all = {.verb = VERB_SET_KEEPALIVE}, one = {.verb = VERB_SET_KEEPALIVE, .word = ONE},
                      undo = {.verb = VERB_UNDO};
    unsigned count = 0;

    for (enum refusal_kind kind = REFUSAL_NONE; kind < REFUSAL_KINDS; kind++) {
        struct refusal refusal = {.kind = kind};

        count += plan_tunnel_doubts(&one, &refusal);
        /* Who all of them are would be authorised, and nobody knows that yet. */
        assert_false(plan_tunnel_doubts(&all, &refusal));
    }
    assert_int_equal(count, COUNT(doubted));
    for (size_t i = 0; i < COUNT(doubted); i++)
        assert_true(plan_tunnel_doubts(&undo, &(struct refusal){.kind = doubted[i]}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPALIVE_TEST(test_one_peer),
        KEEPALIVE_TEST(test_all_peers),
        KEEPALIVE_TEST(test_nothing_to_do),
        KEEPALIVE_TEST(test_who_is_meant_is_authorised),
        KEEPALIVE_TEST(test_refusals),
        KEEPALIVE_TEST(test_a_daemon_that_does_not_answer),
        KEEPALIVE_TEST(test_many_peers),
        KEEPALIVE_TEST(test_mend),
        KEEPALIVE_TEST(test_for_good),
        KEEPALIVE_TEST(test_for_good_is_refused),
        KEEPALIVE_TEST(test_many_peers_for_good),
        KEEPALIVE_TEST(test_what_is_read_before),
        KEEPALIVE_TEST(test_what_is_doubted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
