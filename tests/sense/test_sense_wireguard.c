/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of WireGuard tunnels: when it looks for them, when it reads them, and what it makes of failures */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../state/facts.h"
#include "../timers.h"
#include "wireguard_world.h"

#define SECOND     INT64_C(1000000)
#define START      (1000 * SECOND)
#define WALL       INT64_C(1790000000000000)
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

int64_t __wrap_clock_time_raw(void);
void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec);

int64_t __wrap_clock_time_raw(void)
{
    return timers_now_usec;
}

void __wrap_clock_time_read(int64_t *raw_usec, int64_t *clock_usec)
{
    *raw_usec = timers_now_usec;
    *clock_usec = WALL;
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_true(tell(&stand->node, *fact) >= 0);
    stand->readings += fact->kind == FACT_DUMP_END && fact->dump.of == FACT_PEER;
}

static void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static int set_up(void **state)
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

static int tear_down(void **state)
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
static void links(struct stand *stand, struct fact fact)
{
    tell(&stand->node, fact);
    sense_wireguard_doubt(stand->sensor);
    timers_run();
}

static int set_up_kernel(void **state)
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

static int set_up_go(void **state)
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

static const struct tunnel *tunnel(const struct stand *stand, const char *name)
{
    return tunnels_find(&stand->node.tunnels, TUNNEL_WIREGUARD, name);
}

static void test_no_tunnel_no_work(void **state)
{
    struct stand *stand = *state;

    assert_false(stand->node.tunnels.spoken); /* the links are not known yet */
    speak(&stand->node);
    sense_wireguard_doubt(stand->sensor);
    assert_true(stand->node.tunnels.spoken);
    links(stand, link_up(3, "eth0", "", 1500));
    sense_wireguard_beat(stand->sensor);
    assert_int_equal(timers_next(), -1);
    assert_false(sense_wireguard_busy(stand->sensor));
    assert_int_equal(stand->kernel.families, 0);
    assert_int_equal(stand->node.tunnels.count, 0);
}

static void test_a_tunnel_of_the_kernel(void **state)
{
    struct stand *stand = *state;
    const struct tunnel *wg0 = tunnel(stand, "wg0");

    assert_non_null(wg0);
    assert_int_equal(stand->kernel.asked, WG0);
    assert_false(wg0->fact.user_space);
    assert_true(wg0->fact.answers && wg0->fact.keyed);
    assert_int_equal(wg0->fact.port, 51820);
    assert_int_equal(wg0->peers.count, 1);
    assert_int_equal(wg0->peers.list[0].seen.raw_usec, START);
    assert_int_equal(wg0->peers.list[0].seen.clock_usec, WALL);
    assert_int_equal(tunnel_state(wg0), TUNNEL_UP);
    assert_false(sense_wireguard_busy(stand->sensor));
}

static void test_it_is_read_at_each_beat(void **state)
{
    struct stand *stand = *state;

    for (unsigned i = 2; i < 5; i++) {
        sense_wireguard_beat(stand->sensor);
        assert_true(sense_wireguard_busy(stand->sensor));
        timers_run();
        assert_int_equal(stand->readings, i);
    }
    /* An address came, or another link: nothing to look for. */
    links(stand, address_of(WG0, "10.9.0.1/24"));
    links(stand, link_up(3, "eth0", "", 1500));
    assert_int_equal(stand->readings, 4);
}

/* 180 s after the handshake, which was 10 s before. */
static void test_it_is_read_when_time_decides(void **state)
{
    struct stand *stand = *state;

    assert_true(timers_next() > 165 * SECOND && timers_next() < 175 * SECOND);
    timers_pass(169 * SECOND);
    assert_int_equal(stand->readings, 1);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    timers_pass(4 * SECOND);
    assert_int_equal(stand->readings, 2);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_DOWN);
    /* Whether it is back is looked at more often than at beats. */
    assert_true(timers_next() > 0 && timers_next() <= DOWN_BEAT);
    timers_pass(4 * DOWN_BEAT);
    assert_int_equal(stand->readings, 6);
    stand->kernel.peers[0].peer.handshake_usec = WALL + timers_now_usec;
    timers_pass(DOWN_BEAT);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    assert_true(timers_next() > 170 * SECOND);
}

/* Nobody waits a minute to see the tunnel that he has just set up. */
static void test_it_is_young(void **state)
{
    struct stand *stand = *state;

    speak(&stand->node);
    stand->kernel.peers[0] = peer_of(WG0, 1, START, -1);
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UNKNOWN);
    assert_int_equal(timers_next(), YOUNG_BEAT);
    timers_pass(60 * SECOND);
    assert_int_equal(stand->readings, 7);
    stand->kernel.peers[0].peer.handshake_usec = WALL + timers_now_usec;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
}

static void test_it_is_down_and_up(void **state)
{
    struct stand *stand = *state;
    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    link.link.up = false;
    links(stand, link);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg0")), TUNNEL_REASON_NONE); /* it may be about to go */
    timers_pass(FALL);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg0")), TUNNEL_LINK_DOWN);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 1);
    assert_int_equal(timers_next(), -1);
    link.link.up = true;
    links(stand, link);
    assert_int_equal(stand->readings, 2);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
}

static void test_it_goes(void **state)
{
    struct stand *stand = *state;

    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    /* As the kernel tells it. */
    link.link.up = false;
    links(stand, link);
    links(stand, gone(link));
    assert_non_null(tunnel(stand, "wg0"));
    timers_pass(FALL);
    assert_null(tunnel(stand, "wg0"));
    assert_int_equal(timers_next(), -1);
}

/* Down and up within a second: nobody has missed it. */
static void test_it_stumbles(void **state)
{
    struct stand *stand = *state;
    struct fact link = link_up(WG0, "wg0", "wireguard", 1420);

    link.link.up = false;
    links(stand, link);
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    timers_pass(2 * FALL);
    assert_int_equal(tunnel_state(tunnel(stand, "wg0")), TUNNEL_UP);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
    assert_int_equal(stand->readings, 1);
}

static void test_it_is_made_anew(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    stand->kernel.ifindex = 70;
    links(stand, link_up(70, "wg0", "wireguard", 1420));
    assert_int_equal(stand->kernel.asked, 70);
    assert_int_equal(tunnel(stand, "wg0")->fact.ifindex, 70);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
}

static void test_a_silent_kernel(void **state)
{
    struct stand *stand = *state;

    stand->kernel.silent = true;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(timers_next(), DEADLINE);
    timers_pass(3 * (DEADLINE + RETRY));
    assert_int_equal(stand->kernel.dumps, 4); /* three tries */
    assert_false(sense_wireguard_busy(stand->sensor));
    assert_true(tunnel(stand, "wg0")->fact.answers); /* it has no daemon that could be gone */
    assert_int_equal(timers_next(), -1);
    stand->kernel.silent = false;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 2);
}

static void test_a_reading_is_tried_again(void **state)
{
    struct stand *stand = *state;

    stand->kernel.interrupted = 1;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 1);
    assert_int_equal(timers_next(), RETRY);
    timers_pass(RETRY);
    assert_int_equal(stand->readings, 2);
}

static void test_many_tunnels_in_turn(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, link_up(20, "wg20", "wireguard", 1420));
    tell(&stand->node, link_up(21, "wg21", "wireguard", 1420));
    sense_wireguard_doubt(stand->sensor);
    timers_run();
    assert_int_equal(stand->node.tunnels.count, 3);
    assert_int_equal(stand->kernel.dumps, 3);
    assert_int_equal(stand->readings, 3);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 6);
    assert_int_equal(stand->kernel.families, 1);
}

static void test_more_tunnels_than_are_taken(void **state)
{
    struct stand *stand = *state;
    char name[16];

    for (int i = 0; i < TUNNELS_MAX + 4; i++) {
        snprintf(name, sizeof(name), "wg%d", i);
        tell(&stand->node, link_up(100 + i, name, "wireguard", 1420));
    }
    tell(&stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    sense_wireguard_doubt(stand->sensor);
    timers_run();
    assert_int_equal(stand->node.tunnels.count, TUNNELS_MAX);
}

static void test_wireguard_go(void **state)
{
    struct stand *stand = *state;
    const struct tunnel *wg1 = tunnel(stand, "wg1");

    assert_non_null(wg1);
    assert_true(wg1->fact.user_space && wg1->fact.keyed && wg1->fact.answers);
    assert_int_equal(wg1->peers.count, 1);
    assert_int_equal(stand->go.calls, 1);
    assert_int_equal(stand->kernel.families, 0);
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_int_equal(stand->readings, 2);
}

/* A tap of a virtual machine, and a socket whose link never was. */
static void test_sockets_of_no_tunnel(void **state)
{
    struct stand *stand = *state;
    struct fact tap = link_up(30, "tap0", "tun", 1500);

    tap.link.hardware = ARPHRD_ETHER;
    scratch_write(&stand->scratch, "run/wireguard/tap0.sock", "");
    scratch_write(&stand->scratch, "run/wireguard/never.sock", "");
    timers_pass(GATHER);
    links(stand, tap);
    links(stand, link_up(31, "tailscale0", "tun", 1280));
    assert_int_equal(stand->node.tunnels.count, 1);
}

static void test_its_daemon_is_killed(void **state)
{
    struct stand *stand = *state;

    wireguard_go_kill(&stand->go);
    links(stand, gone(link_up(WG1, "wg1", "tun", 1420)));
    timers_pass(FALL);
    /* It might have ended as it should, and its socket go next. */
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_REASON_NONE);
    timers_pass(2 * RETRY);
    assert_false(tunnel(stand, "wg1")->fact.answers);
    assert_int_equal(tunnel(stand, "wg1")->fact.ifindex, 0);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_DAEMON_GONE);
    assert_int_equal(timers_next(), -1);
    /* It is started again. */
    unlink(stand->go.path);
    wireguard_go_start(&stand->go, stand->event, &stand->scratch, "wg1");
    stand->go.answer = ANSWER;
    timers_pass(GATHER);
    stand->readings = 0;
    links(stand, link_up(40, "wg1", "tun", 1420));
    assert_int_equal(stand->readings, 1);
    assert_int_equal(tunnel_reason(tunnel(stand, "wg1")), TUNNEL_REASON_NONE);
}

static void test_its_daemon_ends(void **state)
{
    struct stand *stand = *state;

    wireguard_go_kill(&stand->go);
    links(stand, gone(link_up(WG1, "wg1", "tun", 1420)));
    assert_non_null(tunnel(stand, "wg1"));
    unlink(stand->go.path);
    timers_pass(GATHER + FALL);
    assert_null(tunnel(stand, "wg1"));
    assert_int_equal(timers_next(), -1);
}

static void test_its_daemon_hangs(void **state)
{
    struct stand *stand = *state;

    stand->go.answer = NULL;
    sense_wireguard_beat(stand->sensor);
    timers_pass(3 * DEADLINE + 2 * RETRY);
    assert_false(tunnel(stand, "wg1")->fact.answers);
    assert_int_equal(stand->go.calls, 4);
    stand->go.answer = ANSWER;
    sense_wireguard_beat(stand->sensor);
    timers_run();
    assert_true(tunnel(stand, "wg1")->fact.answers);
}

static void test_one_that_hangs_does_not_hold_the_others(void **state)
{
    struct stand *stand = *state;

    stand->go.answer = NULL;
    links(stand, link_up(WG0, "wg0", "wireguard", 1420));
    assert_int_equal(stand->readings, 2);
    sense_wireguard_beat(stand->sensor);
    timers_pass(DEADLINE);
    assert_int_equal(stand->readings, 3);
}

/* While one is read links change: it is read anew. */
static void test_links_change_meanwhile(void **state)
{
    struct stand *stand = *state;

    sense_wireguard_beat(stand->sensor);
    links(stand, link_up(20, "wg20", "wireguard", 1420));
    assert_int_equal(stand->readings, 3);
    assert_int_equal(tunnel(stand, "wg0")->peers.count, 1);
    assert_false(sense_wireguard_busy(stand->sensor));
}

static void test_all_of_it_anew(void **state)
{
    struct stand *stand = *state;

    sense_wireguard_refresh(stand->sensor);
    assert_true(sense_wireguard_busy(stand->sensor));
    timers_run();
    assert_int_equal(stand->readings, 2);
    assert_null(sense_wireguard_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_tunnel_no_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tunnel_of_the_kernel, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_read_at_each_beat, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_read_when_time_decides, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_young, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_down_and_up, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_goes, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_stumbles, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_made_anew, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_a_silent_kernel, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reading_is_tried_again, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_many_tunnels_in_turn, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_more_tunnels_than_are_taken, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_wireguard_go, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_sockets_of_no_tunnel, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_is_killed, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_ends, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_its_daemon_hangs, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_hangs_does_not_hold_the_others, set_up_go, tear_down),
        cmocka_unit_test_setup_teardown(test_links_change_meanwhile, set_up_kernel, tear_down),
        cmocka_unit_test_setup_teardown(test_all_of_it_anew, set_up_kernel, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
