/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: /etc/resolv.conf and wsl.conf, together or not at all */
#include <stdlib.h>

#include "../../service/state/resolv_conf.h"
#include "../state/dns_facts.h"
#include "../state/packed.h"
#include "stand.h"

#define RESOLV  "etc/resolv.conf"
#define KEPT    "etc/resolv.conf.before-wslnode"
#define RUNTIME "run/wslnode/resolv.conf"
#define WSLS    "mnt/wsl/resolv.conf"
#define CONF    "etc/wsl.conf"

static struct call fix_dns(uint64_t flags)
{
    return (struct call){.verb = VERB_FIX_DNS, .flags = flags, .uid = 1000};
}

/* WSL's tunnel does not answer, and the gateway does. */
static void pose(struct stand *stand)
{
    scratch_write(&stand->scratch, WSLS, "nameserver " TUNNEL "\nsearch corp.example\n");
    scratch_link(&stand->scratch, RESOLV, "/" WSLS);
    scratch_write(&stand->scratch, CONF, "[boot]\nsystemd=true\n");
    wsl_lists(&stand->node, TUNNEL, SILENT);
    tell(&stand->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, OK, OK));
}

/* As the sensor would see it afterwards. */
static void see_ours(struct stand *stand, enum resolver_kind kind)
{
    struct fact fact = ours_of(kind, GATEWAY " " TUNNEL, TUNNEL);

    if (kind == RESOLVER_FILE) {
        strcpy(fact.resolver.generate, "false");
        fact.resolver.wsl_generates = false;
    }
    tell(&stand->node, fact);
}

static void assert_link(const struct stand *stand, const char *path, const char *target)
{
    char found[FILE_PATH_SIZE] = "";

    assert_true(readlinkat(stand->scratch.root, path, found, sizeof(found) - 1) > 0);
    assert_string_equal(found, target);
}

static void assert_ours(const struct stand *stand, const char *path)
{
    char *text = scratch_read(&stand->scratch, path);
    struct resolv_conf conf;

    assert_non_null(text);
    resolv_conf_parse(text, strlen(text), &conf);
    assert_dns_list(&conf.servers, GATEWAY " " TUNNEL);
    assert_int_equal(conf.written_by, DNS_OWNER_WSLNODE);
    assert_non_null(strstr(text, "\nsearch corp.example\n"));
    free(text);
}

static void assert_as_posed(const struct stand *stand)
{
    assert_link(stand, RESOLV, "/" WSLS);
    scratch_assert(&stand->scratch, KEPT, NULL);
    scratch_assert(&stand->scratch, RUNTIME, NULL);
}

/* What the next start reads. */
static enum change_state state_on_disk(struct stand *stand, uint64_t id)
{
    static struct wanted wanted;
    struct changes changes;
    enum change_state state;

    changes_init(&changes);
    assert_int_equal(changes_load(&changes, stand->scratch.root, &wanted), 0);
    assert_non_null(change_list_find(&changes.list, id));
    state = change_list_find(&changes.list, id)->state;
    changes_done(&changes);
    return state;
}

static void test_until_the_next_start_and_back(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, fix_dns(0))->change, 1);
    assert_link(stand, RESOLV, "/run/wslnode/resolv.conf");
    assert_link(stand, KEPT, "/" WSLS);
    assert_ours(stand, RUNTIME);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n");
    assert_int_equal(state_on_disk(stand, 1), CHANGE_DONE);
    stand_load(stand); /* the step is understood by the next start */
    see_ours(stand, RESOLVER_LINK);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    assert_as_posed(stand);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_UNDONE);
}

static void test_for_good_and_back(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, fix_dns(CALL_PERSIST))->change, 1);
    assert_ours(stand, RESOLV);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n\n[network]\ngenerateResolvConf=false\n");
    stand_load(stand);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->steps.count, 2);
    see_ours(stand, RESOLVER_FILE);
    assert_int_equal(stand_run(stand, undo(1))->change, 2);
    assert_as_posed(stand);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n\n[network]\n");
}

static void test_a_setting_that_fails_takes_the_other_back(void **state)
{
    static const char *const texts[] = {
        "[network]\ngenerateResolvConf=true\n",
        "[network]\ngenerateResolvConf=false\n", /* as ours would be, but another's */
    };
    struct stand *stand = *state;

    pose(stand);
    for (size_t i = 0; i < COUNT(texts); i++) {
        scratch_write(&stand->scratch, CONF, texts[i]); /* not seen yet */
        stand_run(stand, fix_dns(CALL_PERSIST));
        assert_int_equal(stand->outcome.refusal.kind, REFUSAL_CHANGED_SINCE);
        assert_non_null(strstr(stand->outcome.refusal.text, "/etc/wsl.conf"));
        assert_null(strstr(stand->outcome.refusal.text, "Taking it back"));
        assert_int_equal(stand->outcome.change, 0);
        assert_as_posed(stand);
        scratch_assert(&stand->scratch, CONF, texts[i]);
        assert_int_equal(state_on_disk(stand, i + 1), CHANGE_FAILED);
    }
}

static void test_what_is_in_the_way_is_said(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    scratch_write(&stand->scratch, KEPT, "somebody's\n");
    stand_run(stand, fix_dns(CALL_PERSIST));
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_OWNED_BY_OTHER);
    assert_non_null(strstr(stand->outcome.refusal.text, "/" KEPT " is in the way"));
    assert_link(stand, RESOLV, "/" WSLS);
    scratch_assert(&stand->scratch, KEPT, "somebody's\n");
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n");
}

static void test_a_log_that_refuses_the_second_line(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    stand_submit(stand, fix_dns(CALL_PERSIST));
    assert_true(sd_event_run(stand->event, 0) >= 0);
    assert_int_equal(state_on_disk(stand, 1), CHANGE_STARTED);
    assert_int_equal(renameat(stand->scratch.root, STAND_LOG, stand->scratch.root, "kept"), 0);
    scratch_mkdir(&stand->scratch, STAND_LOG);
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_as_posed(stand);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n\n[network]\n");
}

static void test_a_dry_run_writes_nothing(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, fix_dns(CALL_DRY_RUN | CALL_PERSIST))->change, 0);
    assert_int_equal(stand->outcome.plan.steps_count, 2);
    assert_as_posed(stand);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n");
}

/* The entry that a daemon leaves which ended in the middle of it. */
static void leave_it_started(struct stand *stand)
{
    struct step steps[2] = {
        {.kind = STEP_RESOLV,
         .target = "/" RESOLV,
         .resolv = {.from = RESOLV_OTHER, .to = RESOLV_LASTING, .before = dns_list_of(TUNNEL)}},
        {.kind = STEP_SETTING,
         .target = "/" CONF,
         .setting = {.section = "network", .key = "generateResolvConf", .after = "false"}},
    };
    struct change change = {.id = 7, .verb = VERB_FIX_DNS, .state = CHANGE_STARTED};

    steps[0].resolv.after = dns_list_of(GATEWAY " " TUNNEL);
    change.steps = packed(steps, COUNT(steps));
    assert_int_equal(changes_record(&stand->changes, &change, true), 0);
    steps_done(&change.steps);
    stand_load(stand);
}

static void roll_back(struct stand *stand)
{
    leave_it_started(stand);
    stand_submit_job(stand, JOB_ROLL_BACK, (struct call){.change = 7});
    stand_wait(stand, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_null(strstr(stand->outcome.refusal.text, "Taking it back"));
    assert_int_equal(state_on_disk(stand, 7), CHANGE_FAILED);
    assert_as_posed(stand);
}

static void test_what_a_crash_left_is_taken_back(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, fix_dns(CALL_PERSIST))->change, 1);
    stand->done = stand->ran = 0;
    roll_back(stand);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n\n[network]\n");
}

static void test_a_crash_before_anything_was_done(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    roll_back(stand);
    scratch_assert(&stand->scratch, CONF, "[boot]\nsystemd=true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_until_the_next_start_and_back),
        STAND_TEST(test_for_good_and_back),
        STAND_TEST(test_a_setting_that_fails_takes_the_other_back),
        STAND_TEST(test_what_is_in_the_way_is_said),
        STAND_TEST(test_a_log_that_refuses_the_second_line),
        STAND_TEST(test_a_dry_run_writes_nothing),
        STAND_TEST(test_what_a_crash_left_is_taken_back),
        STAND_TEST(test_a_crash_before_anything_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
