/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of what of the VPN is more than is watched */
#include <string.h>

#include "scene.h"

enum { FIRST = 100 };

static const struct finding *find(struct scene *scene, const char *subject)
{
    findings_clear(&scene->findings);
    check_vpn_truncated(&scene->input, &scene->findings);
    return findings_find(&scene->findings, "vpn-truncated", subject);
}

static int name_so_many(struct scene *scene, int32_t count)
{
    struct fact tunnels[TUNNELS_MAX + 1];
    char name[LINK_NAME_SIZE];

    for (int32_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        tunnels[i] = tunnel_of(name, FIRST + i);
    }
    return name_tunnels(&scene->node, tunnels, (size_t)count);
}

static int read_so_many(struct scene *scene, uint32_t count)
{
    assert_int_equal(dump(&scene->node, FACT_DUMP_BEGIN, FACT_PEER, 0, FIRST), 0);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(tell(&scene->node, peer_of(FIRST, i + 1, 1000, 0)), 0);
    return dump(&scene->node, FACT_DUMP_END, FACT_PEER, 0, FIRST);
}

static void test_tunnels(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    name_so_many(scene, TUNNELS_MAX);
    assert_null(find(scene, ""));
    assert_int_equal(name_so_many(scene, TUNNELS_MAX + 1), NODE_TUNNELS);
    finding = find(scene, "");
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(param_number(finding, "tunnels-limit"), 64);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    assert_int_equal(scene->findings.count, 1);
    /* The same again is no news; the checks look only when there is some. */
    assert_int_equal(name_so_many(scene, TUNNELS_MAX + 1), 0);
    assert_non_null(find(scene, ""));
    assert_int_equal(name_so_many(scene, TUNNELS_MAX), NODE_TUNNELS);
    assert_null(find(scene, ""));
}

static void test_peers(void **state)
{
    struct scene *scene = *state;
    const struct finding *finding;

    name_so_many(scene, 2);
    read_so_many(scene, PEERS_MAX);
    assert_null(find(scene, "wg0"));
    assert_int_equal(read_so_many(scene, PEERS_MAX + 1), NODE_PEERS);
    finding = find(scene, "wg0");
    assert_non_null(finding);
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(param_number(finding, "peers-limit"), 16384);
    assert_true(*finding->summary && *finding->cause && *finding->remedy);
    assert_int_equal(scene->findings.count, 1);
    assert_int_equal(read_so_many(scene, PEERS_MAX + 1), 0);
    /* While the next reading is under way it is as it was. */
    dump(&scene->node, FACT_DUMP_BEGIN, FACT_PEER, 0, FIRST);
    assert_non_null(find(scene, "wg0"));
    assert_int_equal(read_so_many(scene, PEERS_MAX), NODE_PEERS);
    assert_null(find(scene, "wg0"));
}

/* Its peers are forgotten, and so is how many they were. */
static void test_a_link_that_is_set_down(void **state)
{
    struct scene *scene = *state;

    name_so_many(scene, 1);
    read_so_many(scene, PEERS_MAX + 1);
    assert_non_null(find(scene, "wg0"));
    tell(&scene->node, tunnel_down("wg0", FIRST));
    assert_null(find(scene, "wg0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_tunnels),
        SCENE_TEST(test_peers),
        SCENE_TEST(test_a_link_that_is_set_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
