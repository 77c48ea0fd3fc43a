/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans that take back what FixDNS did */
#include "dns_facts.h"
#include "packed.h"
#include "scene.h"

#define OURS GATEWAY " " TUNNEL

static struct step resolv(enum resolv_form from, enum resolv_form to, const char *before, const char *after)
{
    struct step step;

    memset(&step, 0, sizeof(step));
    step.kind = STEP_RESOLV;
    snprintf(step.target, sizeof(step.target), "/etc/resolv.conf");
    step.resolv.from = from;
    step.resolv.to = to;
    step.resolv.before = dns_list_of(before);
    step.resolv.after = dns_list_of(after);
    return step;
}

static struct step setting(const char *before, const char *after)
{
    struct step step;

    memset(&step, 0, sizeof(step));
    step.kind = STEP_SETTING;
    snprintf(step.target, sizeof(step.target), "/etc/wsl.conf");
    snprintf(step.setting.section, sizeof(step.setting.section), "network");
    snprintf(step.setting.key, sizeof(step.setting.key), "generateResolvConf");
    snprintf(step.setting.before, sizeof(step.setting.before), "%s", before);
    snprintf(step.setting.after, sizeof(step.setting.after), "%s", after);
    return step;
}

/* Puts it into the log; `second` may have no target, and then is none. */
static void did(struct scene *scene, uint64_t id, struct step first, struct step second)
{
    struct step steps[] = {first, second};
    struct change change = {.id = id,
                            .verb = VERB_FIX_DNS,
                            .state = CHANGE_DONE,
                            .steps = packed(steps, second.target[0] ? 2 : 1)};

    assert_int_equal(change_list_put(&scene->changes, &change), 0);
    steps_done(&change.steps);
}

static const struct step none;

static void set_state(struct scene *scene, uint64_t id, enum change_state state)
{
    for (size_t i = 0; i < scene->changes.count; i++)
        if (scene->changes.list[i].id == id)
            scene->changes.list[i].state = state;
}

/* WSL's tunnel refuses, and what is told of stands at /etc/resolv.conf. */
static void stands(struct scene *scene, struct fact fact)
{
    wsl_lists(&scene->node, TUNNEL, DNS_ANSWER_REFUSED);
    tell(&scene->node, fact);
}

static struct fact wsls(const char *listed)
{
    return resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, listed);
}

static struct fact runtime(const char *listed)
{
    return ours_of(RESOLVER_LINK, listed, TUNNEL);
}

/* And wsl.conf has this. */
static struct fact lasting(const char *listed, const char *generate)
{
    struct fact fact = ours_of(RESOLVER_FILE, listed, TUNNEL);

    snprintf(fact.resolver.generate, sizeof(fact.resolver.generate), "%s", generate);
    return fact;
}

static int undo(struct scene *scene, uint64_t id, uint64_t flags)
{
    memset(&scene->plan, 0, sizeof(scene->plan));
    memset(&scene->refusal, 0, sizeof(scene->refusal));
    return plan_undo(&scene->view, id, flags, &scene->plan, &scene->refusal);
}

static void assert_refused(struct scene *scene, uint64_t id, uint64_t flags, enum refusal_kind kind,
                           const char *says)
{
    assert_int_equal(undo(scene, id, flags), -1);
    assert_int_equal(scene->refusal.kind, kind);
    assert_non_null(strstr(scene->refusal.text, says));
}

/* It is marked undone all the same. */
static void assert_nothing_left(struct scene *scene, uint64_t id, uint64_t flags)
{
    assert_int_equal(undo(scene, id, flags), 0);
    assert_int_equal(scene->plan.steps_count, 0);
    assert_int_equal(scene->plan.undoes, id);
}

static const struct resolv_span *assert_resolv(struct scene *scene, size_t index, enum resolv_form from,
                                               enum resolv_form to, const char *before, const char *after)
{
    const struct step *step = &scene->plan.steps[index];

    assert_true(index < scene->plan.steps_count);
    assert_int_equal(step->kind, STEP_RESOLV);
    assert_string_equal(step->target, "/etc/resolv.conf");
    assert_int_equal(step->resolv.from, from);
    assert_int_equal(step->resolv.to, to);
    assert_dns_list(&step->resolv.before, before);
    assert_dns_list(&step->resolv.after, after);
    return &step->resolv;
}

static void test_both_sides_are_exchanged(void **state)
{
    struct scene *scene = *state;
    struct step step = resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS);
    const struct resolv_span *span;
    struct fact fact = runtime(OURS);

    step.resolv.foreign = step.resolv.immutable = step.resolv.before_vc = true;
    did(scene, 4, step, none);
    stands(scene, fact);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    span = assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL);
    assert_true(span->foreign && span->immutable && span->after_vc);
    assert_false(span->before_vc);
    assert_int_equal(scene->plan.undoes, 4);
    assert_int_equal(scene->plan.subject.targets, 4);
    assert_false(scene->plan.dns.restart_required);
}

static void test_what_is_not_known_yet(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    assert_refused(scene, 4, 0, REFUSAL_BUSY, "ask again");
    assert_refused(scene, 4, CALL_FORCE, REFUSAL_BUSY, "ask again");
    stands(scene, runtime(OURS));
    assert_refused(scene, 4, CALL_PERSIST, REFUSAL_INVALID_ARGS, "PERSIST");
}

static void test_there_was_none(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_ABSENT, RESOLV_RUNTIME, "", OURS), none);
    stands(scene, runtime(OURS));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_ABSENT, OURS, "");
}

/* WSL may have written into its file since. */
static void test_what_programs_ask_then(void **state)
{
    struct scene *scene = *state;
    struct step step = resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS);
    struct fact fact = ours_of(RESOLVER_LINK, OURS, "10.0.0.5");

    did(scene, 4, step, none);
    stands(scene, fact);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, OURS, "10.0.0.5");
    step.resolv.foreign = true; /* a person's file has what it had */
    did(scene, 4, step, none);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL);
    step.resolv.foreign = false;
    did(scene, 4, step, none);
    fact.resolver.wsl_there = false;
    tell(&scene->node, fact);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL);
}

/* A start of WSL did it. */
static void test_ours_is_gone_already(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    stands(scene, wsls(TUNNEL));
    assert_nothing_left(scene, 4, 0);
    stands(scene, resolver_of(RESOLVER_FILE, DNS_OWNER_TAILSCALE, "100.100.100.100"));
    assert_nothing_left(scene, 4, 0);
    stands(scene, resolver_of(RESOLVER_MISSING, DNS_OWNER_NONE, ""));
    assert_nothing_left(scene, 4, CALL_FORCE);
}

/* WSL's start took ours in /run, and made no link of its own. */
static void test_our_link_dangles(void **state)
{
    struct scene *scene = *state;
    struct fact fact = ours_of(RESOLVER_DANGLING, "", TUNNEL);

    fact.resolver.owner = DNS_OWNER_NONE;
    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    stands(scene, fact);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, "", TUNNEL);
    /* It was mended: that is taken back by nothing, for nobody wants it to dangle again. */
    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_RUNTIME, "", OURS), none);
    stands(scene, runtime(OURS));
    assert_nothing_left(scene, 5, 0);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL);
}

static void test_a_later_change_stands_on_it(void **state)
{
    struct scene *scene = *state;
    struct fact fact = runtime("10.0.0.7 " TUNNEL);

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_RUNTIME, OURS, "10.0.0.7 " TUNNEL), none);
    stands(scene, fact);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "Undo that first");
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, "10.0.0.7 " TUNNEL, TUNNEL);
    assert_int_equal(undo(scene, 5, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_RUNTIME, "10.0.0.7 " TUNNEL, OURS);
    /* Only the way by which they are asked. */
    fact = runtime(OURS);
    fact.resolver.use_vc = true;
    stands(scene, fact);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
}

/* When WSL's servers answer, its link comes back whatever was chosen since. */
static void test_wsl_answers_again(void **state)
{
    struct scene *scene = *state;
    struct step foreign = resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS);

    foreign.resolv.foreign = true;
    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_RUNTIME, OURS, "10.0.0.7 " TUNNEL), none);
    did(scene, 6, resolv(RESOLV_RUNTIME, RESOLV_RUNTIME, "10.0.0.7 " TUNNEL, "10.0.0.8"), none);
    stands(scene, runtime("10.0.0.8"));
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, OK));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_resolv(scene, 0, RESOLV_RUNTIME, RESOLV_OTHER, "10.0.0.8", TUNNEL);
    assert_refused(scene, 5, 0, REFUSAL_CHANGED_SINCE, "Change 5");
    /* But not a person's file. */
    did(scene, 4, foreign, none);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "Change 4");
}

static void test_an_older_one_has_ended(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    did(scene, 5, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    stands(scene, runtime(OURS));
    assert_nothing_left(scene, 4, 0);
    assert_int_equal(undo(scene, 5, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    /* One that failed began nothing. */
    set_state(scene, 5, CHANGE_FAILED);
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
}

static void test_what_was_to_stay(void **state)
{
    struct scene *scene = *state;
    struct step conf = setting("", "false");

    conf.setting.create = true;
    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_LASTING, TUNNEL, OURS), conf);
    stands(scene, lasting(OURS, "false"));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    conf = scene->plan.steps[0];
    assert_int_equal(conf.kind, STEP_SETTING);
    assert_string_equal(conf.target, "/etc/wsl.conf");
    assert_string_equal(conf.setting.section, "network");
    assert_string_equal(conf.setting.key, "generateResolvConf");
    assert_string_equal(conf.setting.before, "false");
    assert_string_equal(conf.setting.after, "");
    assert_true(conf.setting.remove);
    assert_false(conf.setting.create);
    assert_resolv(scene, 1, RESOLV_LASTING, RESOLV_OTHER, OURS, TUNNEL);
    assert_int_equal(scene->plan.undoes, 4);
}

static void test_what_was_to_stay_did_not(void **state)
{
    struct scene *scene = *state;
    struct fact fact = wsls(TUNNEL);

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_LASTING, TUNNEL, OURS), setting("true", "false"));
    snprintf(fact.resolver.generate, sizeof(fact.resolver.generate), "false");
    stands(scene, fact);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0); /* what is left of it */
    assert_int_equal(scene->plan.steps_count, 1);
    assert_string_equal(scene->plan.steps[0].setting.after, "true");
    fact = runtime(OURS);
    snprintf(fact.resolver.generate, sizeof(fact.resolver.generate), "false");
    stands(scene, fact);
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
    /* Somebody wrote into ours: with FORCE it gives way all the same. */
    stands(scene, lasting("10.0.0.8", "false"));
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0);
    assert_resolv(scene, 1, RESOLV_LASTING, RESOLV_OTHER, "10.0.0.8", TUNNEL);
    /* That WSL's servers answer is no reason for what was to stay. */
    tell(&scene->node, server_of(TUNNEL, DNS_ROLE_WSL, OK, OK));
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
}

static void test_a_key_that_was_changed_later(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_LASTING, TUNNEL, OURS), setting("true", "false"));
    stands(scene, lasting(OURS, "0"));
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "/etc/wsl.conf");
    assert_int_equal(undo(scene, 4, CALL_FORCE), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_resolv(scene, 0, RESOLV_LASTING, RESOLV_OTHER, OURS, TUNNEL);
    stands(scene, lasting(OURS, "true")); /* as it was */
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
}

static void test_ours_that_stays_gives_way_to_ours_that_does_not(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_LASTING, OURS, OURS), setting("", "false"));
    stands(scene, lasting(OURS, "false"));
    assert_refused(scene, 4, 0, REFUSAL_CHANGED_SINCE, "Undo that first");
    assert_nothing_left(scene, 4, CALL_FORCE);
    assert_int_equal(undo(scene, 5, 0), 0);
    assert_int_equal(scene->plan.steps_count, 2);
    assert_resolv(scene, 1, RESOLV_LASTING, RESOLV_RUNTIME, OURS, OURS);
}

static void test_a_key_alone(void **state)
{
    struct scene *scene = *state;

    did(scene, 4, setting("", "false"), none);
    stands(scene, lasting(OURS, "false"));
    assert_int_equal(undo(scene, 4, 0), 0);
    assert_int_equal(scene->plan.steps_count, 1);
    assert_string_equal(scene->plan.steps[0].setting.after, "");
}

static void test_an_undoing_is_undone(void **state)
{
    struct scene *scene = *state;
    struct fact fact = wsls("10.0.0.5");
    const struct resolv_span *span;

    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL), none);
    stands(scene, fact);
    assert_int_equal(undo(scene, 5, 0), 0);
    span = assert_resolv(scene, 0, RESOLV_OTHER, RESOLV_RUNTIME, "10.0.0.5", OURS);
    assert_false(span->foreign || span->immutable);
    /* Ours is there again. */
    stands(scene, runtime(OURS));
    assert_refused(scene, 5, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
    assert_nothing_left(scene, 5, CALL_FORCE);
    stands(scene, resolver_of(RESOLVER_MISSING, DNS_OWNER_NONE, ""));
    assert_refused(scene, 5, 0, REFUSAL_CHANGED_SINCE, "/etc/resolv.conf");
}

/* Nor does that take a file from somebody without being told to. */
static void test_an_undoing_is_undone_where_others_are(void **state)
{
    struct scene *scene = *state;
    struct fact fact = wsls(TUNNEL);
    const struct resolv_span *span;

    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_OTHER, OURS, TUNNEL), none);
    fact.resolver.lost = 3;
    stands(scene, fact);
    assert_refused(scene, 5, 0, REFUSAL_FIGHTING, "3 times");
    fact = resolver_of(RESOLVER_FILE, DNS_OWNER_USER, "10.0.0.5");
    fact.resolver.immutable = true;
    stands(scene, fact);
    assert_refused(scene, 5, 0, REFUSAL_OWNED_BY_OTHER, "FORCE");
    assert_int_equal(undo(scene, 5, CALL_FORCE), 0);
    span = assert_resolv(scene, 0, RESOLV_OTHER, RESOLV_RUNTIME, "10.0.0.5", OURS);
    assert_true(span->foreign && span->immutable);
}

/* What the log has, and what stands there, to which a change may belong. */
static void test_the_change_that_put_ours_there(void **state)
{
    struct scene *scene = *state;
    struct step forced = resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS);

    forced.resolv.foreign = true;
    stands(scene, runtime(OURS));
    assert_int_equal(plan_dns_change(&scene->view), 0);
    did(scene, 4, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    assert_int_equal(plan_dns_change(&scene->view), 4);
    did(scene, 5, resolv(RESOLV_RUNTIME, RESOLV_RUNTIME, OURS, GATEWAY), none);
    assert_int_equal(plan_dns_change(&scene->view), 4);
    stands(scene, wsls(TUNNEL));
    assert_int_equal(plan_dns_change(&scene->view), 0);
    stands(scene, lasting(OURS, "false"));
    assert_int_equal(plan_dns_change(&scene->view), 0);
    stands(scene, runtime(OURS));
    did(scene, 6, resolv(RESOLV_OTHER, RESOLV_RUNTIME, TUNNEL, OURS), none);
    assert_int_equal(plan_dns_change(&scene->view), 6);
    set_state(scene, 6, CHANGE_FAILED);
    assert_int_equal(plan_dns_change(&scene->view), 4);
    set_state(scene, 6, CHANGE_UNDONE); /* so what stands there is by nothing that is known */
    assert_int_equal(plan_dns_change(&scene->view), 0);
    did(scene, 7, resolv(RESOLV_ABSENT, RESOLV_RUNTIME, "", OURS), none);
    assert_int_equal(plan_dns_change(&scene->view), 0);
    did(scene, 8, forced, none);
    assert_int_equal(plan_dns_change(&scene->view), 0);
    did(scene, 9, resolv(RESOLV_OTHER, RESOLV_LASTING, TUNNEL, OURS), none);
    assert_int_equal(plan_dns_change(&scene->view), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_both_sides_are_exchanged),
        SCENE_TEST(test_what_is_not_known_yet),
        SCENE_TEST(test_there_was_none),
        SCENE_TEST(test_what_programs_ask_then),
        SCENE_TEST(test_ours_is_gone_already),
        SCENE_TEST(test_our_link_dangles),
        SCENE_TEST(test_a_later_change_stands_on_it),
        SCENE_TEST(test_wsl_answers_again),
        SCENE_TEST(test_an_older_one_has_ended),
        SCENE_TEST(test_what_was_to_stay),
        SCENE_TEST(test_what_was_to_stay_did_not),
        SCENE_TEST(test_a_key_that_was_changed_later),
        SCENE_TEST(test_ours_that_stays_gives_way_to_ours_that_does_not),
        SCENE_TEST(test_a_key_alone),
        SCENE_TEST(test_an_undoing_is_undone),
        SCENE_TEST(test_an_undoing_is_undone_where_others_are),
        SCENE_TEST(test_the_change_that_put_ours_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
