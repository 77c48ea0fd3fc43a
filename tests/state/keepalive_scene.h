/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scene with the tunnel wg0: of its peers 1 has no keepalive, 2 has 25 s, and 3 has none and is private. */
#pragma once

#include "packed.h"
#include "scene.h"

#define KEY(n) "AAAAA" n "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ONE    KEY("Q")
#define TWO    KEY("g")
#define THREE  KEY("w")

static inline struct fact peer_with(uint32_t number, uint16_t seconds)
{
    struct fact fact = peer_of(WG0, number, 1000000, -1);

    fact.peer.keepalive_sec = seconds;
    if (number == 3)
        fact.peer.endpoint = endpoint_of("192.168.1.7", 51820);
    return fact;
}

/* In another order than before, which must not matter. */
static inline void peers_have(struct scene *scene, uint16_t one, uint16_t two, uint16_t three)
{
    struct fact peers[] = {peer_with(3, three), peer_with(1, one), peer_with(2, two)};

    read_peers(&scene->node, WG0, peers, COUNT(peers));
}

static inline int set_up(void **state)
{
    struct fact tunnel = tunnel_of("wg0", WG0);
    struct scene *scene;

    scene_set_up(state);
    scene = *state;
    name_tunnels(&scene->node, &tunnel, 1);
    peers_have(scene, 0, 25, 0);
    return 0;
}

static inline void assert_keepalive(const struct step *step, enum step_kind kind, uint8_t peer,
                                    uint16_t before, uint16_t after)
{
    assert_int_equal(step->kind, kind);
    assert_string_equal(step->target, kind == STEP_KEEPALIVE ? "wg0" : "/etc/wireguard/wg0.conf");
    assert_int_equal(step->keepalive.key[3], peer);
    assert_int_equal(step->keepalive.before_sec, before);
    assert_int_equal(step->keepalive.after_sec, after);
}

#define KEEPALIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scene_tear_down)
