/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The executor: servers of a link in systemd-resolved, and what the log says of them */
#include "../state/dns_facts.h"
#include "stand.h"

#define STUB "127.0.0.53"

static const struct call fix = {.verb = VERB_FIX_DNS, .uid = 1000};

/* Resolved has nobody to ask, and the gateway answers. */
static void pose(struct stand *stand)
{
    wsl_lists(&stand->node, TUNNEL, SILENT);
    tell(&stand->node, resolver_of(RESOLVER_LINK, DNS_OWNER_RESOLVED, STUB));
    tell(&stand->node, server_of(STUB, DNS_ROLE_LISTED, BAD, BAD));
    tell(&stand->node, server_of(GATEWAY, DNS_ROLE_GATEWAY, OK, OK));
    stand->link_dns_before = dns_list_of("10.0.0.7 10.0.0.8");
}

static void assert_before(struct stand *stand, uint64_t id, const char *servers)
{
    const struct change *change = change_list_find(&stand->changes.list, id);
    struct step step;

    assert_non_null(change);
    assert_int_equal(change->steps.count, 1);
    step = steps_at(&change->steps, 0);
    assert_int_equal(step.kind, STEP_LINK_DNS);
    assert_dns_list(&step.link_dns.before, servers);
}

static void test_it_is_set_and_logged(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    assert_int_equal(stand_run(stand, fix)->change, 1);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->link_dns_sets, 1);
    assert_int_equal(stand->link_dns_ifindex, node_uplink(&stand->node)->ifindex);
    assert_dns_list(&stand->link_dns_asked, GATEWAY);
    /* What the link had is known only now, and the next start reads it. */
    assert_before(stand, 1, "10.0.0.7 10.0.0.8");
    stand_load(stand);
    assert_before(stand, 1, "10.0.0.7 10.0.0.8");
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_DONE);
}

static void test_undo(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    stand_run(stand, fix);
    stand->link_dns_before = dns_list_of(GATEWAY);
    assert_int_equal(stand_run(stand, (struct call){.verb = VERB_UNDO, .change = 1})->change, 2);
    assert_dns_list(&stand->link_dns_asked, "10.0.0.7 10.0.0.8");
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_UNDONE);
    assert_before(stand, 2, GATEWAY);
}

static void test_resolved_refuses(void **state)
{
    struct stand *stand = *state;

    pose(stand);
    stand->link_dns_problem = "systemd-resolved does not run";
    assert_int_equal(stand_run(stand, fix)->change, 0);
    assert_int_equal(stand->outcome.refusal.kind, REFUSAL_FAILED);
    assert_non_null(
        strstr(stand->outcome.refusal.text, "“eth0” are as they were: systemd-resolved does not"));
    assert_int_equal(stand->link_dns_sets, 1);
    assert_int_equal(change_list_find(&stand->changes.list, 1)->state, CHANGE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_set_and_logged, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(test_undo, stand_set_up, stand_tear_down),
        cmocka_unit_test_setup_teardown(test_resolved_refuses, stand_set_up, stand_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
