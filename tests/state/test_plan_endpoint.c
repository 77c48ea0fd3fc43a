/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that tell peers anew where they are by their names, and take that back */
#include <stdio.h>
#include <string.h>

#include "keepalive_scene.h"

#define OLD "198.51.100.1" /* as facts.h has it */
#define NEW "192.0.2.9"

static struct endpoint_names names;

static int set_up_names(void **state)
{
    struct scene *scene;

    set_up(state);
    scene = *state;
    memset(&names, 0, sizeof(names));
    scene->view.endpoint_names = &names;
    return 0;
}

static void name(const char *link, uint8_t peer, const char *address)
{
    struct endpoint_name *added = &names.list[names.count++];
    char line[64];

    *added = (struct endpoint_name){.key = {[3] = peer}, .host = "vpn.test", .port = 51820};
    snprintf(added->link, sizeof(added->link), "%s", link);
    snprintf(line, sizeof(line), "%s STREAM\n", address);
    endpoint_name_answer(added, 0, line, strlen(line));
}

static int refresh(struct scene *scene, bool own)
{
    struct call call = {.verb = VERB_REFRESH_IP, .own = own};

    return plan_make(&scene->view, &call, &scene->plan, &scene->refusal);
}

static void assert_endpoint(const struct step *step, uint8_t peer, const char *before, const char *after)
{
    char text[PEER_ENDPOINT_TEXT_SIZE];

    assert_int_equal(step->kind, STEP_ENDPOINT);
    assert_string_equal(step->target, "wg0");
    assert_int_equal(step->endpoint.key[3], peer);
    assert_string_equal(peer_endpoint_text(&step->endpoint.before, text, sizeof(text)), before);
    assert_string_equal(peer_endpoint_text(&step->endpoint.after, text, sizeof(text)), after);
}

static void test_a_peer_elsewhere(void **state)
{
    struct scene *scene = *state;

    name("wg0", 1, NEW);
    name("wg0", 2, OLD);
    name("wg0", 9, NEW); /* nobody's */
    name("wg1", 2, NEW);
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_endpoint(&scene->plan.steps[0], 1, OLD ":51820", NEW ":51820");
    assert_string_equal(scene->plan.subject.link, "");
    assert_int_equal(scene->plan.subject.targets, targets_digest(&scene->targets));
}

static void test_nothing_to_do(void **state)
{
    struct scene *scene = *state;

    name("wg0", 1, OLD);
    name("wg0", 2, "nonsense");
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    names.count = 0;
    assert_int_equal(refresh(scene, false), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_UNSUPPORTED);
    assert_non_null(strstr(scene->refusal.text, "/etc/wireguard"));
}

static void test_a_tunnel_that_cannot_be_set(void **state)
{
    struct scene *scene = *state;
    struct fact silent = tunnel_of("wg0", WG0);

    name("wg0", 1, NEW);
    silent.tunnel.user_space = true;
    silent.tunnel.answers = false;
    tell(&scene->node, silent);
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    tell(&scene->node, tunnel_down("wg0", WG0));
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

/* What works is left to those who ask. */
static void test_by_itself(void **state)
{
    struct scene *scene = *state;
    struct fact peers[] = {peer_of(WG0, 1, 1000000, 5000000), peer_of(WG0, 2, 1000000, -1)};

    read_peers(&scene->node, WG0, peers, COUNT(peers));
    peers[0].peer.raw_usec = 2000000;
    peers[0].peer.rx_bytes = 1000;
    peers[0].peer.handshake_usec += 1000000;
    read_peers(&scene->node, WG0, peers, COUNT(peers));
    assert_int_equal(peers_find(&scene->node.tunnels.list[0].peers, peers[0].peer.key)->state, PEER_UP);
    name("wg0", 1, NEW);
    name("wg0", 2, NEW);
    assert_int_equal(refresh(scene, true), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_endpoint(&scene->plan.steps[0], 2, OLD ":51820", NEW ":51820");
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 2);
}

/* Files and units go before, and no unit is restarted for an endpoint. */
static void test_beside_files(void **state)
{
    struct scene *scene = *state;

    strcpy(scene->targets.units[scene->targets.units_count++], "one.service");
    scene->view.refreshed = "172.20.1.2";
    dump(&scene->node, FACT_DUMP_BEGIN, FACT_PLACE, 0, 0);
    dump(&scene->node, FACT_DUMP_END, FACT_PLACE, 0, 0);
    name("wg0", 1, NEW);
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    scene->view.refreshed = "172.20.9.9";
    assert_int_equal(refresh(scene, false), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_int_equal(scene->plan.steps[0].kind, STEP_EFFECT);
    assert_endpoint(&scene->plan.steps[1], 1, OLD ":51820", NEW ":51820");
}

/* Change 3 told peer 1 that it is at NEW, and peer 2, of which nobody knew. */
static void changed(struct scene *scene)
{
    struct step steps[] = {
        {.kind = STEP_ENDPOINT,
         .target = "wg0",
         .endpoint = {{[3] = 1}, endpoint_of(OLD, 51820), endpoint_of(NEW, 51820)}},
        {.kind = STEP_ENDPOINT,
         .target = "wg0",
         .endpoint = {.key = {[3] = 2}, .after = endpoint_of(NEW, 51820)}},
    };
    struct change change = {.id = 3, .verb = VERB_REFRESH_IP, .state = CHANGE_DONE};

    change.steps = packed(steps, COUNT(steps));
    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
}

static void be_at(struct scene *scene, const char *address)
{
    struct fact peers[] = {peer_with(1, 0), peer_with(2, 0)};

    for (size_t i = 0; i < COUNT(peers); i++)
        peers[i].peer.endpoint = endpoint_of(address, 51820);
    read_peers(&scene->node, WG0, peers, COUNT(peers));
}

static int undo(struct scene *scene, uint64_t flags)
{
    struct call call = {.verb = VERB_UNDO, .change = 3, .flags = flags};

    return plan_make(&scene->view, &call, &scene->plan, &scene->refusal);
}

static void test_undo(void **state)
{
    struct scene *scene = *state;

    changed(scene);
    be_at(scene, NEW);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1); /* that one was nowhere cannot be told */
    assert_endpoint(&scene->plan.steps[0], 1, NEW ":51820", OLD ":51820");
    assert_int_equal(scene->plan.undoes, 3);
    assert_int_equal(scene->plan.subject.targets, 3);
    be_at(scene, OLD);
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_undo_of_one_that_went_on(void **state)
{
    struct scene *scene = *state;

    changed(scene);
    be_at(scene, "192.0.2.77");
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(undo(scene, CALL_FORCE), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_endpoint(&scene->plan.steps[0], 1, "192.0.2.77:51820", OLD ":51820");
    read_peers(&scene->node, WG0, NULL, 0);
    assert_int_equal(undo(scene, CALL_FORCE), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_undo_in_a_tunnel_that_cannot_be_set(void **state)
{
    struct scene *scene = *state;

    changed(scene);
    tell(&scene->node, tunnel_down("wg0", WG0));
    assert_int_equal(undo(scene, 0), -1);
    assert_int_equal(scene->refusal.kind, REFUSAL_FAILED);
    name_tunnels(&scene->node, NULL, 0); /* it took its peers along */
    assert_int_equal(undo(scene, 0), 0);
    assert_int_equal(scene->plan.steps_count, 0);
}

static void test_what_is_read_before(void **state)
{
    struct call call = {.verb = VERB_REFRESH_IP}, undoing = {.verb = VERB_UNDO, .change = 3},
                set = {.verb = VERB_SET_MTU, .target = "wg0"};
    struct refusal unsupported = {.kind = REFUSAL_UNSUPPORTED}, busy = {.kind = REFUSAL_BUSY};
    struct scene *scene = *state;

    name("wg0", 1, NEW);
    changed(scene);
    assert_true(plan_needs_names(&scene->view, &call));
    assert_true(plan_needs_peers(&scene->view, &call, "wg0"));
    assert_false(plan_needs_peers(&scene->view, &call, "wg1"));
    assert_false(plan_needs_names(&scene->view, &undoing));
    assert_true(plan_needs_peers(&scene->view, &undoing, "wg0"));
    assert_false(plan_needs_peers(&scene->view, &undoing, "wg1"));
    assert_false(plan_needs_names(&scene->view, &set) || plan_needs_peers(&scene->view, &set, "wg0"));
    assert_true(plan_endpoint_doubts(&scene->view, &call, &unsupported));
    assert_false(plan_endpoint_doubts(&scene->view, &call, &busy));
    assert_true(plan_endpoint_doubts(&scene->view, &undoing, &busy));
    assert_false(plan_endpoint_doubts(&scene->view, &undoing, &unsupported));
    /* Without a tunnel there is no file to be read. */
    name_tunnels(&scene->node, NULL, 0);
    assert_false(plan_endpoint_doubts(&scene->view, &call, &unsupported));
    scene->view.endpoint_names = NULL;
    assert_false(plan_needs_peers(&scene->view, &call, "wg0"));
}

static void test_a_finding_that_refreshes(void **state)
{
    struct call call = {.verb = VERB_MEND, .word = "file-stale", .target = "/etc/a"};
    struct scene *scene = *state;
    struct finding *finding = findings_add(&scene->findings, "file-stale", "/etc/a", SEVERITY_WARNING);

    assert_non_null(finding);
    assert_false(plan_needs_names(&scene->view, &call));
    finding->mend.verb = MEND_REFRESH_IP;
    assert_true(plan_needs_names(&scene->view, &call));
}

#define NAMES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_names, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NAMES_TEST(test_a_peer_elsewhere),
        NAMES_TEST(test_nothing_to_do),
        NAMES_TEST(test_a_tunnel_that_cannot_be_set),
        NAMES_TEST(test_by_itself),
        NAMES_TEST(test_beside_files),
        NAMES_TEST(test_undo),
        NAMES_TEST(test_undo_of_one_that_went_on),
        NAMES_TEST(test_undo_in_a_tunnel_that_cannot_be_set),
        NAMES_TEST(test_what_is_read_before),
        NAMES_TEST(test_a_finding_that_refreshes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
