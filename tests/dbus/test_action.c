/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which polkit action a call needs */
#include "../../dbus/action.h"

#include "../state/facts.h"
#include "../state/packed.h"

#define OVERRIDE "org.wslnode.node1.override"

static struct findings findings;
static struct change_list changes;
static const struct view view = {.findings = &findings, .changes = &changes};

static const struct {
    action_function action;
    const char *name;
} rows[] = {
    {action_set_mtu, "org.wslnode.node1.set-mtu"},
    {action_refresh_ip, "org.wslnode.node1.refresh-ip"},
    {action_sync_clock, "org.wslnode.node1.sync-clock"},
    {action_fix_dns, "org.wslnode.node1.fix-dns"},
    {action_set_keepalive, "org.wslnode.node1.set-keepalive"},
    {action_release, "org.wslnode.node1.set-mtu"},
};

static void test_each_verb_has_its_own(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call call = {.flags = CALL_DRY_RUN | CALL_PERSIST};

        assert_string_equal(rows[i].action(&view, &call), rows[i].name);
        call.flags |= CALL_FORCE;
        assert_string_equal(rows[i].action(&view, &call), OVERRIDE);
    }
}

static void test_a_list_has_its_own(void **state)
{
    struct call call = {.flags = 0};

    assert_string_equal(action_list_peers(&view, &call), "org.wslnode.node1.list-peers");
}

static void test_mend_has_its_verbs(void **state)
{
    static const struct {
        enum mend_verb verb;
        const char *name;
    } verbs[] = {
        {MEND_SET_MTU, "org.wslnode.node1.set-mtu"},
        {MEND_REFRESH_IP, "org.wslnode.node1.refresh-ip"},
        {MEND_SYNC_CLOCK, "org.wslnode.node1.sync-clock"},
        {MEND_FIX_DNS, "org.wslnode.node1.fix-dns"},
        {MEND_SET_KEEPALIVE, "org.wslnode.node1.set-keepalive"},
        {MEND_NONE, OVERRIDE},
    };
    struct call call = {.word = "it", .target = "wg0"};

    assert_string_equal(action_mend(&view, &call), OVERRIDE); /* no such finding */
    for (size_t i = 0; i < COUNT(verbs); i++) {
        findings_clear(&findings);
        findings_add(&findings, "it", "wg0", SEVERITY_WARNING)->mend.verb = verbs[i].verb;
        call.flags = 0;
        assert_string_equal(action_mend(&view, &call), verbs[i].name);
        call.flags = CALL_FORCE;
        assert_string_equal(action_mend(&view, &call), OVERRIDE);
    }
    findings_done(&findings);
}

static void test_undo_asks_whose_it_is(void **state)
{
    struct step step = {.kind = STEP_KERNEL, .target = "wg0"};
    struct change change = {.id = 1, .uid = 1000, .steps = packed(&step, 1)};
    struct call call = {.change = 1, .uid = 1000};

    assert_int_equal(change_list_put(&changes, &change), 0);
    assert_string_equal(action_undo(&view, &call), "org.wslnode.node1.undo-own");
    call.uid = 1001;
    assert_string_equal(action_undo(&view, &call), "org.wslnode.node1.undo");
    call = (struct call){.change = 2, .uid = 1000};
    assert_string_equal(action_undo(&view, &call), "org.wslnode.node1.undo");
    call.flags = CALL_FORCE;
    assert_string_equal(action_undo(&view, &call), OVERRIDE);
    change_list_done(&changes);
    steps_done(&change.steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_verb_has_its_own),
        cmocka_unit_test(test_a_list_has_its_own),
        cmocka_unit_test(test_mend_has_its_verbs),
        cmocka_unit_test(test_undo_asks_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
