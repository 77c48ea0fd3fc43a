/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel and the way below it: which end must move, and by how much */
#include "../../service/state/mtu.h"
#include "../../service/state/path.h"
#include "scene.h"

#define SILENT UINT32_MAX /* nobody answers */

struct row {
    const char *what;
    uint32_t tunnel, underlay;
    uint8_t family;
    uint32_t beside, through; /* carried; 0: only small ones are answered */
    enum path_state state;
    enum path_cause cause;
    enum path_move move;
    uint32_t to;
    uint32_t carries;
    bool ends_ipv6;
    uint32_t fits;
};

#define V4   AF_INET
#define V6   AF_INET6
#define BIG  PATH_TOO_BIG
#define NONE PATH_CAUSE_NONE, PATH_MOVE_NONE, 0

static const struct row rows[] = {
    {"all is well", 1420, 1500, V4, 1480, 1420, PATH_FITS, NONE, 1420},
    {"to the byte, IPv4", 1280, 1340, V4, 1340, 1280, PATH_FITS, NONE, 1280},
    {"to the byte, IPv6", 1280, 1360, V6, 1360, 1280, PATH_FITS, NONE, 1280},
    {"the way is wide enough, the peer is away", 1420, 1500, V4, 1480, SILENT, PATH_FITS, NONE, 1420},
    {"the endpoint answers no ping, the peer does", 1420, 1500, V4, SILENT, 1420, PATH_FITS, NONE, 1420},
    {"it is wider than is needed", 1280, 1500, V6, 1500, 1280, PATH_FITS, NONE, 1280},
    {"the underlay's link is not known", 1420, 0, V4, 1480, SILENT, PATH_FITS, NONE, 1420},

    {"nobody answers", 1420, 1500, V4, SILENT, SILENT, PATH_UNKNOWN, NONE, 0},
    {"small ones only", 1420, 1500, V4, 0, 0, PATH_UNKNOWN, NONE, 0},
    {"small ones beside, nothing through", 1420, 1500, V6, 0, SILENT, PATH_UNKNOWN, NONE, 0},
    {"nothing is known at all", 1420, 0, 0, SILENT, SILENT, PATH_UNKNOWN, NONE, 0},

    /* The underlay's link. */
    {"1280 over 1280", 1280, 1280, V4, 1280, 1220, BIG, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY, 1360, 1220,
     false, 1220},
    {"1280 over 1280, IPv6", 1280, 1280, V6, 1280, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY, 1360,
     1200, false, 1200},
    {"by the links alone", 1280, 1280, V4, SILENT, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY, 1360, 0,
     false, 1220},
    {"one byte too small", 1420, 1479, V4, 1479, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_TUNNEL, 1419, 1419,
     false, 1419},
    {"a tunnel that can just give in", 1420, 1340, V4, SILENT, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_TUNNEL,
     1280, 0, false, 1280},
    {"a tunnel that cannot", 1420, 1339, V4, SILENT, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY, 1360,
     0, false, 1279},
    {"fragments get through", 1280, 1280, V4, 1280, 1280, PATH_IN_PIECES, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY,
     1360, 1280, false, 1220},
    {"the endpoint is not known", 1280, 1359, 0, SILENT, SILENT, BIG, PATH_CAUSE_LINK, PATH_MOVE_UNDERLAY,
     1360, 0, false, 1279},

    /* Beyond it. */
    {"PPPoE", 1440, 1500, V4, 1492, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_TUNNEL, 1432, 1432, false,
     1432},
    {"fragments get through there", 1440, 1500, V4, 1492, 1440, PATH_IN_PIECES, PATH_CAUSE_BEYOND,
     PATH_MOVE_TUNNEL, 1432, 1440, false, 1432},
    {"what is filled up says the same", 1440, 1500, V4, 1492, 1424, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_TUNNEL,
     1432, 1424, false, 1432},
    {"the peer gets less than that", 1440, 1500, V4, 1492, 1416, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_TUNNEL,
     1416, 1416, false, 1416},
    {"to 1280 and no further", 1420, 1500, V4, 1340, 1280, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_TUNNEL, 1280,
     1280, false, 1280},
    {"its IPv6 would end", 1420, 1500, V4, 1339, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_NONE, 0, 1279,
     true, 1279},
    {"its IPv6 would end, IPv6", 1280, 1500, V6, 1359, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_NONE, 0,
     1279, true, 1279},
    {"Windows goes through a VPN of 1280", 1280, 1360, V4, 1280, 1216, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_NONE,
     0, 1216, true, 1220},
    {"beyond a link that is too small", 1420, 1400, V4, 1360, SILENT, BIG, PATH_CAUSE_BEYOND,
     PATH_MOVE_TUNNEL, 1300, 1300, false, 1300},
    {"without IPv6 already", 1200, 1500, V4, 1200, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_TUNNEL, 1140,
     1140, false, 1140},
    {"nothing is left", 1200, 1500, V4, 100, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_NONE, 0, 40, false,
     40},
    {"less than nothing", 1200, 1500, V4, 50, SILENT, BIG, PATH_CAUSE_BEYOND, PATH_MOVE_NONE, 0, 0, false, 0},

    /* The peer. */
    {"the way there is wide, the peer gets less", 1420, 1500, V4, 1500, 1360, BIG, PATH_CAUSE_PEER,
     PATH_MOVE_TUNNEL, 1360, 1360, false, 1360},
    {"the endpoint answers no ping, the peer gets less", 1420, 1500, V4, SILENT, 1360, BIG, PATH_CAUSE_PEER,
     PATH_MOVE_TUNNEL, 1360, 1360, false, 1360},
    {"the peer gets less than IPv6 needs", 1280, 1500, V4, 1500, 1264, BIG, PATH_CAUSE_PEER, PATH_MOVE_NONE,
     0, 1264, true, 1264},
};

static struct path_measure measure_of(uint32_t carries)
{
    return (struct path_measure){.answered = carries != SILENT, .carries = carries == SILENT ? 0 : carries};
}

static struct path_verdict judge(uint32_t tunnel, uint32_t underlay, uint8_t family, uint32_t beside,
                                 uint32_t through)
{
    struct path_input input = {.tunnel_mtu = tunnel,
                               .underlay_mtu = underlay,
                               .endpoint_family = family,
                               .beside = measure_of(beside),
                               .through = measure_of(through)};
    struct path_verdict verdict;

    memset(&verdict, 0x55, sizeof(verdict));
    path_judge(&input, &verdict);
    return verdict;
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct path_verdict is = judge(row->tunnel, row->underlay, row->family, row->beside, row->through);

        if (is.state != row->state || is.cause != row->cause || is.move != row->move || is.to != row->to ||
            is.carries != row->carries || is.ends_ipv6 != row->ends_ipv6 || is.fits != row->fits)
            fail_msg("%s: %s %s, move %d to %u, carries %u, fits %u", row->what, path_state_name(is.state),
                     path_cause_name(is.cause), is.move, is.to, is.carries, is.fits);
        assert_int_equal(is.needed, row->tunnel + path_overhead(row->family));
    }
}

/* Nobody who says that carries is unknown has said that all is well. */
static void test_an_answer_without_size(void **state)
{
    struct path_input input = {.tunnel_mtu = 1420, .underlay_mtu = 1500, .endpoint_family = AF_INET};
    struct path_verdict verdict;

    input.beside.carries = input.through.carries = 1500; /* left over, with nobody who answered */
    path_judge(&input, &verdict);
    assert_int_equal(verdict.state, PATH_UNKNOWN);
    assert_int_equal(verdict.carries, 0);
}

/* Both give the same advice for the same two links. */
static void test_it_agrees_with_the_check(void **state)
{
    struct scene *scene = *state;

    for (int v6 = 0; v6 < 2; v6++) {
        if (v6)
            tell(&scene->node, route_by(ETH0, "fe80::1", 1024));
        for (uint32_t underlay = 1200; underlay <= 1502; underlay++) {
            uint32_t tunnel = 1180 + underlay * 7 % 260;
            struct path_verdict verdict = judge(tunnel, underlay, v6 ? AF_INET6 : AF_INET, SILENT, SILENT);

            tell(&scene->node, link_up(ETH0, "eth0", "", underlay));
            tell(&scene->node, link_up(WG0, "wg0", "wireguard", tunnel));
            findings_clear(&scene->findings);
            check_tunnel_too_big(&scene->input, &scene->findings);
            assert_int_equal(scene->findings.count, verdict.cause == PATH_CAUSE_LINK);
            if (!scene->findings.count)
                continue;
            assert_string_equal(scene->findings.list[0].mend.link,
                                verdict.move == PATH_MOVE_TUNNEL ? "wg0" : "eth0");
            assert_int_equal(scene->findings.list[0].mend.mtu, verdict.to);
        }
    }
}

/* Whoever does what is said has no trouble left, unless IPv6 would end; and a tunnel keeps its IPv6. */
static void follow(uint32_t tunnel, uint32_t underlay, uint8_t family, uint32_t carries)
{
    for (int moves = 0; moves < 3; moves++) {
        uint32_t beside = carries < underlay ? carries : underlay;
        struct path_verdict verdict = judge(tunnel, underlay, family, beside, SILENT);

        if (verdict.move == PATH_MOVE_NONE) {
            assert_true(verdict.state == PATH_FITS || verdict.ends_ipv6);
            return;
        }
        assert_int_equal(verdict.state, PATH_TOO_BIG);
        assert_true(verdict.to >= MTU_LEAST_IPV6);
        assert_true(verdict.move == PATH_MOVE_UNDERLAY ? verdict.to > underlay : verdict.to < tunnel);
        if (verdict.move == PATH_MOVE_UNDERLAY)
            underlay = verdict.to;
        else
            tunnel = verdict.to;
    }
    fail_msg("tunnel %u, underlay %u, way %u", tunnel, underlay, carries);
}

static void test_what_is_said_helps(void **state)
{
    for (uint32_t tunnel = 1280; tunnel <= 1500; tunnel += 11)
        for (uint32_t underlay = 1280; underlay <= 1500; underlay += 10)
            for (uint32_t carries = 1280; carries <= 1500; carries += 10) {
                follow(tunnel, underlay, AF_INET, carries);
                follow(tunnel, underlay, AF_INET6, carries);
            }
}

static void test_hostile_numbers(void **state)
{
    static const uint32_t numbers[] = {0, 1, 59, 60, 80, 1279, 1280, INT32_MAX, UINT32_MAX - 79, UINT32_MAX};

    for (size_t i = 0; i < COUNT(numbers) * COUNT(numbers) * COUNT(numbers) * COUNT(numbers); i++) {
        size_t n = COUNT(numbers);
        struct path_verdict verdict =
            judge(numbers[i % n], numbers[i / n % n], (uint8_t)(i % 3 ? AF_INET6 : 99),
                  numbers[i / n / n % n], numbers[i / n / n / n]);

        assert_true(verdict.needed >= numbers[i % n]);
        assert_true(verdict.carries <= numbers[i % n]);
        assert_int_equal(verdict.move == PATH_MOVE_NONE, verdict.to == 0);
    }
}

static void test_names(void **state)
{
    static const char *const states[] = {"unknown", "fits", "in-pieces", "too-big"};
    static const char *const causes[] = {"", "link", "beyond", "peer"};

    assert_int_equal(COUNT(states), PATH_STATES);
    assert_int_equal(COUNT(causes), PATH_CAUSES);
    for (int i = 0; i < PATH_STATES; i++)
        assert_string_equal(path_state_name(i), states[i]);
    for (int i = 0; i < PATH_CAUSES; i++)
        assert_string_equal(path_cause_name(i), causes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_an_answer_without_size),
        SCENE_TEST(test_it_agrees_with_the_check),
        cmocka_unit_test(test_what_is_said_helps),
        cmocka_unit_test(test_hostile_numbers),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
