/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sensor of WireGuard tunnels with a kernel, a wireguard-go and a time of the test's own. */
#pragma once

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../state/facts.h"
#include "../timers.h"
#include "wireguard_clock.h"
#include "wireguard_world.h"

#define SECOND     INT64_C(1000000)
#define START      (1000 * SECOND)
#define DEADLINE   (2 * SECOND)
#define RETRY      (1 * SECOND)
#define FALL       (1 * SECOND)
#define WG0        7
#define WG1        9
#define GATHER     50000
#define YOUNG_BEAT (5 * SECOND)
#define DOWN_BEAT  (15 * SECOND)

#define ANSWER                                                                                               \
    "private_key=0101010101010101010101010101010101010101010101010101010101010101\nlisten_port=51820\n"      \
    "public_key=0100000000000000000000000000000000000000000000000000000000000000\n"                          \
    "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\n"                        \
    "persistent_keepalive_interval=25\nerrno=0\n\n"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct wireguard_kernel_end kernel;
    struct wireguard_go go;
    struct node node;
    struct sense_wireguard *sensor;
    unsigned readings, turns; /* that ended well; of the sensor */
};

static inline void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_true(tell(&stand->node, *fact) >= 0);
    stand->readings += fact->kind == FACT_DUMP_END && fact->dump.of == FACT_PEER;
}

static inline void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static inline int set_up(void **state)
{
    static struct stand stand;
    struct sense sense = {.node = &stand.node, .emit = on_fact, .turn = on_turn, .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    scratch_mkdir(&stand.scratch, "run");
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, START);
    wireguard_kernel_end_start(&stand.kernel, stand.event);
    stand.kernel.peers[0] = peer_of(WG0, 1, START, 10 * SECOND);
    stand.kernel.count = 1;
    stand.go.fd = stand.go.call = -1;
    node_init(&stand.node);
    sense.event = stand.event;
    sense.root = stand.scratch.root;
    assert_int_equal(sense_wireguard_new(&sense, stand.kernel.daemon_fd, &stand.sensor), 0);
    *state = &stand;
    return 0;
}

static inline int tear_down(void **state)
{
    struct stand *stand = *state;

    sense_wireguard_free(stand->sensor);
    wireguard_go_kill(&stand->go);
    wireguard_kernel_end_stop(&stand->kernel);
    sd_event_unref(stand->event);
    node_done(&stand->node);
    scratch_remove(&stand->scratch);
    return 0;
}

/* As the daemon does it at the end of a turn in which links changed. */
static inline void links(struct stand *stand, struct fact fact)
{
    tell(&stand->node, fact);
    sense_wireguard_doubt(stand->sensor);
    timers_run();
}

static inline int set_up_kernel(void **state)
{
    struct stand *stand;

    set_up(state);
    stand = *state;
    tell(&stand->node, link_up(WG0, "wg0", "wireguard", 1420));
    speak(&stand->node);
    sense_wireguard_doubt(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 1);
    return 0;
}

static inline int set_up_go(void **state)
{
    struct stand *stand;

    set_up(state);
    stand = *state;
    wireguard_go_start(&stand->go, stand->event, &stand->scratch, "wg1");
    stand->go.answer = ANSWER;
    timers_pass(GATHER); /* /run/wireguard is there now, and its socket */
    speak(&stand->node);
    links(stand, link_up(WG1, "wg1", "tun", 1420));
    assert_int_equal(stand->readings, 1);
    return 0;
}

static inline const struct tunnel *tunnel(const struct stand *stand, const char *name)
{
    return tunnels_find(&stand->node.tunnels, TUNNEL_WIREGUARD, name);
}
