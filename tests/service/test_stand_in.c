/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done by itself while ours stands in for WSL's resolv.conf */
#include "../../service/stand_in.h"

#include <netinet/in.h>

#include "../state/packed.h"
#include "../unit.h"

#define NOW    INT64_C(1000000000)
#define MINUTE INT64_C(60000000)

struct stand {
    struct node node;
    struct change change;
    struct step step;
    struct change_list changes;
    struct view view;
    struct stand_in stand_in;
    struct call call;
};

static const struct dns_address stand_in_server = {.family = AF_INET, .bytes = {172, 17, 0, 1}};

static void tell_resolver(struct stand *stand, enum dns_owner owner, enum resolver_kind kind, uint32_t good)
{
    struct fact fact = fact_of(FACT_RESOLVER);

    fact.resolver.kind = kind;
    fact.resolver.owner = owner;
    fact.resolver.wsl_good = good;
    fact.resolver.listed = (struct dns_list){.count = 1, .servers = {stand_in_server}};
    assert_true(node_apply(&stand->node, &fact, NULL) >= 0);
}

static void tell_server(struct stand *stand, enum dns_answer answer)
{
    struct fact fact = fact_of(FACT_DUMP_BEGIN);

    fact.dump.of = FACT_SERVER;
    node_apply(&stand->node, &fact, NULL);
    fact = fact_of(FACT_SERVER);
    fact.server.address = stand_in_server;
    fact.server.roles = DNS_ROLE_LISTED;
    fact.server.udp = fact.server.tcp = answer;
    node_apply(&stand->node, &fact, NULL);
    fact = fact_of(FACT_DUMP_END);
    fact.dump.of = FACT_SERVER;
    node_apply(&stand->node, &fact, NULL);
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    node_init(&stand.node);
    stand.step = (struct step){.kind = STEP_RESOLV, .target = "/etc/resolv.conf"};
    stand.step.resolv.from = RESOLV_OTHER;
    stand.step.resolv.to = RESOLV_RUNTIME;
    stand.step.resolv.after = (struct dns_list){.count = 1, .servers = {stand_in_server}};
    stand.change =
        (struct change){.id = 7, .verb = VERB_FIX_DNS, .state = CHANGE_DONE, .steps = packed(&stand.step, 1)};
    stand.changes = (struct change_list){.list = &stand.change, .count = 1, .last_id = 7};
    stand.view = (struct view){.node = &stand.node, .changes = &stand.changes};
    stand.stand_in = (struct stand_in){.view = &stand.view};
    tell_resolver(&stand, DNS_OWNER_WSLNODE, RESOLVER_LINK, 0);
    tell_server(&stand, DNS_ANSWER_OK);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    steps_done(&stand->change.steps);
    node_done(&stand->node);
    return 0;
}

static void test_nothing_while_ours_answer(void **state)
{
    struct stand *stand = *state;

    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
    tell_resolver(stand, DNS_OWNER_WSLNODE, RESOLVER_LINK, 1);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
}

static void test_wsl_answers_twice(void **state)
{
    struct stand *stand = *state;

    tell_resolver(stand, DNS_OWNER_WSLNODE, RESOLVER_LINK, 2);
    assert_true(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
    assert_int_equal(stand->call.verb, VERB_UNDO);
    assert_int_equal(stand->call.change, 7);
}

static void test_no_change_known(void **state)
{
    struct stand *stand = *state;

    stand->changes.count = 0;
    tell_resolver(stand, DNS_OWNER_WSLNODE, RESOLVER_LINK, 2);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
}

static void test_a_lasting_file_stays(void **state)
{
    struct stand *stand = *state;

    tell_resolver(stand, DNS_OWNER_WSLNODE, RESOLVER_FILE, 2);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
    tell_server(stand, DNS_ANSWER_TIMEOUT);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
}

static void test_ours_fail(void **state)
{
    struct stand *stand = *state;

    tell_server(stand, DNS_ANSWER_TIMEOUT);
    assert_true(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
    assert_int_equal(stand->call.verb, VERB_FIX_DNS);
    assert_int_equal(stand->call.flags, 0);
}

static void test_once_a_minute(void **state)
{
    struct stand *stand = *state;

    tell_server(stand, DNS_ANSWER_TIMEOUT);
    assert_true(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
    assert_false(stand_in_wanted(&stand->stand_in, NOW + MINUTE - 1, &stand->call));
    assert_true(stand_in_wanted(&stand->stand_in, NOW + MINUTE, &stand->call));
}

static void test_wsls_own_is_left_alone(void **state)
{
    struct stand *stand = *state;

    tell_resolver(stand, DNS_OWNER_WSL, RESOLVER_LINK, 0);
    tell_server(stand, DNS_ANSWER_TIMEOUT);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
}

static void test_before_servers_were_asked(void **state)
{
    struct stand *stand = *state;

    node_done(&stand->node);
    node_init(&stand->node);
    tell_resolver(stand, DNS_OWNER_WSLNODE, RESOLVER_LINK, 2);
    assert_false(stand_in_wanted(&stand->stand_in, NOW, &stand->call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_while_ours_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wsl_answers_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_change_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lasting_file_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ours_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_once_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wsls_own_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_before_servers_were_asked, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
