/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of the node's tunnels: when they are measured, and what is told of them */
#include "../../service/sense/path_watch.h"

#include <errno.h>

#include "../../service/sense/sense_path.h"
#include "../../service/sys/clock_time.h"
#include "../../service/sys/path_probe.h"
#include "../state/facts.h"
#include "../timers.h"

#define S          INT64_C(1000000)
#define PROBES_MAX 16

/* A way that ends when the test wants it to. */
struct path_probe {
    bool open;
    uint32_t size;
    path_probe_done done;
    void *userdata;
};

struct stand {
    sd_event *event;
    struct node node;
    struct path_watch *watch;
    unsigned turns, facts, sent;
    struct fact fact; /* the latest, but for what was sent */
};

static struct path_probe probes[PROBES_MAX];
static unsigned total;

int __wrap_path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done,
                          void *userdata, struct path_probe **ret);
struct path_probe *__wrap_path_probe_free(struct path_probe *probe);

int __wrap_path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done,
                          void *userdata, struct path_probe **ret)
{
    if (!target->family)
        return -EAFNOSUPPORT;
    assert_true(total < PROBES_MAX);
    probes[total] = (struct path_probe){true, target->size, done, userdata};
    *ret = &probes[total++];
    return 0;
}

struct path_probe *__wrap_path_probe_free(struct path_probe *probe)
{
    if (probe)
        probe->open = false;
    return NULL;
}

/* All that run: so many bytes are carried, or what was asked for. */
static void answer_all(uint32_t carries)
{
    for (unsigned i = 0; i < total; i++) {
        struct path_measure measure = {.answered = true,
                                       .carries = carries < probes[i].size ? carries : probes[i].size};

        if (probes[i].open)
            probes[i].done(probes[i].userdata, &measure);
    }
}

static unsigned running(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < total; i++)
        count += probes[i].open;
    return count;
}

static void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_true(tell(&stand->node, *fact) >= 0);
    if (fact->kind == FACT_SENT) {
        stand->sent++;
        assert_true(fact->sent.raw_usec <= clock_time_raw());
        return;
    }
    stand->facts++;
    stand->fact = *fact;
    assert_int_equal(fact->kind, FACT_PATH);
}

static void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static int set_up(void **state)
{
    static struct stand stand;
    struct sense sense = {.node = &stand.node, .emit = on_fact, .turn = on_turn, .userdata = &stand};
    struct fact fact = tunnel_of("wg0", WG0), peer = peer_of(WG0, 1, 1000 * S, S);

    memset(&stand, 0, sizeof(stand));
    total = 0;
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * S);
    sense.event = stand.event;
    node_with_tunnel(&stand.node);
    name_tunnels(&stand.node, &fact, 1);
    read_peers(&stand.node, WG0, &peer, 1);
    assert_int_equal(path_watch_new(&sense, &stand.watch), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    stand->watch = path_watch_free(stand->watch);
    assert_int_equal(running(), 0);
    assert_null(path_watch_free(NULL));
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

static const struct tunnel *wg0(const struct stand *stand)
{
    return tunnels_find(&stand->node.tunnels, TUNNEL_WIREGUARD, "wg0");
}

/* wg0 was measured for the first time. */
static void measure(struct stand *stand, uint32_t carries)
{
    path_watch_look(stand->watch);
    timers_pass(SENSE_PATH_DOUBT_USEC);
    assert_int_equal(running(), 1);
    answer_all(carries);
}

static void test_a_measurement_is_a_fact(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1400);
    assert_int_equal(stand->facts, 1);
    assert_int_equal(stand->turns, 1);
    assert_false(stand->fact.gone);
    assert_int_equal(stand->fact.path.ifindex, WG0);
    assert_int_equal(stand->fact.path.input.tunnel_mtu, 1420);
    assert_int_equal(stand->fact.path.input.underlay_mtu, 1500);
    assert_int_equal(stand->fact.path.input.endpoint_family, AF_INET);
    assert_int_equal(stand->fact.path.input.beside.carries, 1400);
    assert_false(stand->fact.path.input.through.answered);
    assert_int_equal(tunnel_path_mtu(wg0(stand)), 1340);
    assert_false(path_watch_busy(stand->watch));
}

/* Nothing is asked, and no turn made of it. */
static void test_nothing_changed(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    for (int i = 0; i < 3; i++) {
        path_watch_look(stand->watch);
        timers_pass(1000 * S);
    }
    assert_int_equal(total, 1);
    assert_int_equal(stand->facts, 1);
    assert_int_equal(stand->turns, 1);
    assert_int_equal(timers_next(), -1);
}

static void test_what_holds_no_more_is_taken_back_at_once(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    tell(&stand->node, link_up(WG0, "wg0", "wireguard", 1280));
    path_watch_look(stand->watch);
    assert_int_equal(stand->facts, 2);
    assert_true(stand->fact.gone);
    assert_int_equal(stand->fact.path.ifindex, WG0);
    assert_false(wg0(stand)->measured);
    assert_int_equal(stand->turns, 1); /* it is at the end of one */
    timers_pass(SENSE_PATH_DOUBT_USEC);
    answer_all(9000);
    assert_int_equal(tunnel_path_mtu(wg0(stand)), 1280);
}

static void test_the_tunnel_goes(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    tell(&stand->node, tunnel_down("wg0", WG0));
    path_watch_look(stand->watch);
    assert_true(stand->fact.gone);
    assert_false(wg0(stand)->measured);
    timers_pass(1000 * S);
    assert_int_equal(total, 1);
}

/* The other one's measurement stays. */
static void test_one_of_two_changes(void **state)
{
    struct stand *stand = *state;
    struct fact both[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 9)}, peer = peer_of(9, 1, 1000 * S, S);

    tell(&stand->node, link_up(9, "wg1", "wireguard", 1420));
    name_tunnels(&stand->node, both, 2);
    read_peers(&stand->node, 9, &peer, 1);
    path_watch_look(stand->watch);
    timers_pass(SENSE_PATH_DOUBT_USEC);
    answer_all(1480);
    assert_int_equal(stand->facts, 2);
    tell(&stand->node, link_up(9, "wg1", "wireguard", 1300));
    path_watch_look(stand->watch);
    assert_int_equal(stand->facts, 3);
    assert_int_equal(stand->fact.path.ifindex, 9);
    assert_true(wg0(stand)->measured);
}

static void test_a_refresh(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    path_watch_refresh(stand->watch);
    assert_true(path_watch_busy(stand->watch));
    timers_pass(0);
    assert_int_equal(running(), 1);
    assert_int_equal(tunnel_path_mtu(wg0(stand)), 1420); /* until it is known better */
    answer_all(1400);
    assert_false(path_watch_busy(stand->watch));
    assert_int_equal(tunnel_path_mtu(wg0(stand)), 1340);
    assert_int_equal(stand->turns, 2);
    timers_pass(100 * S);
    assert_int_equal(stand->turns, 2);
}

static void test_a_refresh_is_not_waited_for_too_long(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    path_watch_refresh(stand->watch);
    timers_pass(PATH_WATCH_BUSY_USEC - 1);
    assert_true(path_watch_busy(stand->watch));
    assert_int_equal(stand->turns, 1);
    timers_pass(1);
    assert_false(path_watch_busy(stand->watch));
    assert_int_equal(stand->turns, 2); /* who waits is told */
    answer_all(1400);
    assert_int_equal(tunnel_path_mtu(wg0(stand)), 1340);
    assert_int_equal(stand->turns, 3);
}

static void test_a_refresh_of_what_goes(void **state)
{
    struct stand *stand = *state;

    measure(stand, 1480);
    path_watch_refresh(stand->watch);
    timers_pass(0);
    tell(&stand->node, tunnel_down("wg0", WG0));
    path_watch_look(stand->watch);
    assert_false(path_watch_busy(stand->watch));
    assert_int_equal(running(), 0);
}

static void test_nothing_to_refresh(void **state)
{
    struct stand *stand = *state;

    path_watch_refresh(stand->watch);
    assert_false(path_watch_busy(stand->watch));
    timers_pass(100 * S);
    assert_int_equal(stand->turns, 0);
}

static const struct peer *first_peer(const struct stand *stand)
{
    return &wg0(stand)->peers.list[0];
}

/* What we ask a peer itself is no data that somebody misses an answer to. */
static void test_a_peer_is_asked(void **state)
{
    struct stand *stand = *state;
    struct fact peer = peer_of(WG0, 1, 1001 * S, S);

    peer.peer.keepalive_sec = 0;
    peer.peer.address_family = AF_INET;
    read_peers(&stand->node, WG0, &peer, 1);
    path_watch_look(stand->watch);
    timers_pass(SENSE_PATH_DOUBT_USEC);
    assert_int_equal(running(), 2);
    assert_int_equal(stand->sent, 1);
    assert_true(clock_time_raw() - first_peer(stand)->own_usec < 60 * S);
    assert_false(first_peer(stand)->own_answered);
    answer_all(1400); /* but for the last, perhaps */
    assert_int_equal(stand->sent, 2);
    assert_false(first_peer(stand)->own_answered);
    /* So soon it is not asked again: what others send would not be seen any more. What was measured stays …
     */
    for (unsigned turns = 2; turns < 4; turns++) {
        path_watch_refresh(stand->watch);
        timers_pass(0);
        assert_int_equal(running(), 1);
        answer_all(1300);
        assert_int_equal(stand->turns, turns);
        assert_int_equal(stand->fact.path.input.beside.carries, 1300);
        assert_int_equal(stand->fact.path.input.through.carries, 1400);
    }
    /* … unless it is another way. */
    tell(&stand->node, link_up(WG0, "wg0", "wireguard", 1380));
    path_watch_look(stand->watch);
    timers_pass(SENSE_PATH_DOUBT_USEC);
    assert_int_equal(running(), 1);
    answer_all(1300);
    assert_false(stand->fact.path.input.through.answered);
    assert_int_equal(stand->sent, 2);
    /* But as soon as it was heard. */
    peer.peer.raw_usec = clock_time_raw() + 1;
    peer.peer.rx_bytes = 1;
    read_peers(&stand->node, WG0, &peer, 1);
    path_watch_refresh(stand->watch);
    timers_pass(0);
    assert_int_equal(running(), 2);
    answer_all(9000);
    assert_true(first_peer(stand)->own_answered);
}

static void test_a_peer_is_gone_before_it_is_asked(void **state)
{
    struct stand *stand = *state;
    struct fact peer = peer_of(WG0, 1, 1001 * S, S);

    peer.peer.address_family = AF_INET;
    read_peers(&stand->node, WG0, &peer, 1);
    path_watch_look(stand->watch);
    read_peers(&stand->node, WG0, NULL, 0);
    timers_pass(SENSE_PATH_DOUBT_USEC);
    assert_int_equal(running(), 1);
    assert_int_equal(stand->sent, 0);
}

#define WATCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(test_a_measurement_is_a_fact),
        WATCH_TEST(test_nothing_changed),
        WATCH_TEST(test_what_holds_no_more_is_taken_back_at_once),
        WATCH_TEST(test_the_tunnel_goes),
        WATCH_TEST(test_one_of_two_changes),
        WATCH_TEST(test_a_refresh),
        WATCH_TEST(test_a_refresh_is_not_waited_for_too_long),
        WATCH_TEST(test_a_refresh_of_what_goes),
        WATCH_TEST(test_nothing_to_refresh),
        WATCH_TEST(test_a_peer_is_asked),
        WATCH_TEST(test_a_peer_is_gone_before_it_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
