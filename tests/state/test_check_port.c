/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of addresses that services listen on */
#include "scene.h"

static void check(struct scene *scene)
{
    findings_clear(&scene->findings);
    check_listens_on_gone_address(&scene->input, &scene->findings);
}

static void test_no_socket(void **state)
{
    struct scene *scene = *state;

    check(scene);
    assert_int_equal(scene->findings.count, 0);
}

static void test_an_address_that_the_node_has(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.1.2", 80));
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 0);
}

static void test_the_address_goes_and_comes_again(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.1.2", 51820));
    speak_of_sockets(&scene->node);
    tell(&scene->node, gone(address_of(ETH0, "172.20.1.2/20")));
    check(scene);
    assert_int_equal(scene->findings.count, 0); /* is it still there? */
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 1);
    finding = &scene->findings.list[0];
    assert_string_equal(finding->id, "listens-on-gone-address");
    assert_string_equal(finding->subject, "tcp 172.20.1.2:51820");
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(finding->params_count, 3);
    assert_string_equal(param_text(finding, "protocol"), "tcp");
    assert_string_equal(param_text(finding, "address"), "172.20.1.2");
    assert_int_equal(param_number(finding, "port"), 51820);
    assert_int_equal(finding->mend.verb, MEND_NONE);
    tell(&scene->node, address_of(WG0, "172.20.1.2/32")); /* any link will do */
    check(scene);
    assert_int_equal(scene->findings.count, 0);
}

static void test_subjects(void **state)
{
    struct scene *scene = *state;

    tell(&scene->node, socket_of(IPPROTO_UDP, "fd00::1", 53));
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 1);
    assert_string_equal(scene->findings.list[0].subject, "udp [fd00::1]:53");
    assert_string_equal(param_text(&scene->findings.list[0], "protocol"), "udp");
    assert_string_equal(param_text(&scene->findings.list[0], "address"), "fd00::1");
}

/* SO_REUSEPORT: a worker each. */
static void test_several_sockets_are_one_finding(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < 3; i++)
        tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.9.9", 80));
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 1);
    tell(&scene->node, socket_of(IPPROTO_UDP, "172.20.9.9", 80));
    tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.9.9", 81));
    tell(&scene->node, socket_of(IPPROTO_TCP, "172.20.9.8", 80));
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 4);
}

static void test_there_is_room_for_others(void **state)
{
    struct scene *scene = *state;

    for (int port = 1; port <= 200; port++)
        tell(&scene->node, socket_of(IPPROTO_UDP, "172.20.9.9", port));
    speak_of_sockets(&scene->node);
    check(scene);
    assert_int_equal(scene->findings.count, 32);
    assert_false(scene->findings.truncated);
    /* And a full list is no harm. */
    while (scene->findings.count < FINDINGS_MAX)
        findings_add(&scene->findings, "other", "", SEVERITY_INFO);
    check_listens_on_gone_address(&scene->input, &scene->findings);
    assert_int_equal(scene->findings.count, FINDINGS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_no_socket),
        SCENE_TEST(test_an_address_that_the_node_has),
        SCENE_TEST(test_the_address_goes_and_comes_again),
        SCENE_TEST(test_subjects),
        SCENE_TEST(test_several_sockets_are_one_finding),
        SCENE_TEST(test_there_is_room_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
