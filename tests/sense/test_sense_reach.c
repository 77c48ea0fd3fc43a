/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sensor of where peers should be: when it asks, of whom, and what it tells */
#include "../../service/sense/sense_reach.h"

#include <errno.h>
#include <string.h>

#include "../../service/sense/peer_name.h"
#include "../../service/state/reach.h"
#include "../../service/sys/reach_probe.h"
#include "../state/facts.h"
#include "../timers.h"

#define S          INT64_C(1000000)
#define T          (1000 * S)
#define NONE       (-1) /* no handshake */
#define PROBES_MAX 64

/* A question that ends when the test wants it to. */
struct reach_probe {
    bool open;
    struct udp_way way;
    reach_probe_done done;
    void *userdata;
};

struct stand {
    sd_event *event;
    struct node node;
    struct sense_reach *reach;
    unsigned turns, facts;
    struct fact fact; /* the latest */
};

static struct reach_probe probes[PROBES_MAX];
static unsigned total, names, stopped;
static int result;
static struct peer_name *pending; /* a name that is being looked up */
static const char *host;          /* that the file gives; NULL: none */

int __wrap_reach_probe_new(sd_event *event, const struct udp_way *way, reach_probe_done done, void *userdata,
                           struct reach_probe **ret);
struct reach_probe *__wrap_reach_probe_free(struct reach_probe *probe);
bool __wrap_peer_name_ask(struct peer_name *name, const struct sense *sense, const char *link,
                          const uint8_t key[PEER_KEY_SIZE], peer_name_done done, void *userdata);
void __wrap_peer_name_stop(struct peer_name *name);

int __wrap_reach_probe_new(sd_event *event, const struct udp_way *way, reach_probe_done done, void *userdata,
                           struct reach_probe **ret)
{
    if (result < 0)
        return result;
    assert_true(total < PROBES_MAX);
    probes[total] = (struct reach_probe){true, *way, done, userdata};
    *ret = &probes[total++];
    return 0;
}

struct reach_probe *__wrap_reach_probe_free(struct reach_probe *probe)
{
    if (probe) {
        assert_true(probe->open);
        probe->open = false;
    }
    return NULL;
}

bool __wrap_peer_name_ask(struct peer_name *name, const struct sense *sense, const char *link,
                          const uint8_t key[PEER_KEY_SIZE], peer_name_done done, void *userdata)
{
    names++;
    memset(&name->name, 0, sizeof(name->name));
    if (!host)
        return false;
    strcpy(name->name.host, host);
    name->name.port = 51820;
    name->done = done;
    name->userdata = userdata;
    name->child = (struct child *)name; /* it is only looked whether there is one */
    pending = name;
    return true;
}

void __wrap_peer_name_stop(struct peer_name *name)
{
    stopped += name->child != NULL;
    name->child = NULL;
}

static void answer(unsigned i, enum reach_ping ping, enum reach_port port, bool udp_passes)
{
    const struct reach_answer answered = {.ping = ping, .port = port, .udp_passes = udp_passes};

    assert_true(i < total && probes[i].open);
    probes[i].done(probes[i].userdata, &answered);
}

static void answer_name(enum endpoint_answer what, const char *address)
{
    assert_non_null(pending);
    pending->name.answer = what;
    if (address) {
        const struct peer_endpoint place = endpoint_of(address, 0);

        pending->name.addresses_count = 1;
        pending->name.addresses[0].family = place.family;
        memcpy(pending->name.addresses[0].bytes, place.bytes, sizeof(place.bytes));
    }
    pending->child = NULL;
    pending->done(pending->userdata);
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

    stand->facts++;
    stand->fact = *fact;
    assert_int_equal(fact->kind, FACT_REACH);
    assert_true(tell(&stand->node, *fact) >= 0);
}

static void on_turn(void *userdata)
{
    ((struct stand *)userdata)->turns++;
}

static int set_up(void **state)
{
    static struct stand stand;
    struct sense sense = {.node = &stand.node, .emit = on_fact, .turn = on_turn, .userdata = &stand};
    struct fact fact = tunnel_of("wg0", WG0);

    memset(&stand, 0, sizeof(stand));
    total = names = stopped = 0;
    result = 0;
    pending = NULL;
    host = NULL;
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, T);
    sense.event = stand.event;
    node_with_tunnel(&stand.node);
    fact.tunnel.mark = 7;
    name_tunnels(&stand.node, &fact, 1);
    assert_int_equal(sense_reach_new(&sense, &stand.reach), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    stand->reach = sense_reach_free(stand->reach);
    assert_int_equal(running(), 0);
    assert_null(sense_reach_free(NULL));
    sd_event_unref(stand->event);
    node_done(&stand->node);
    return 0;
}

static void read_at(struct stand *stand, int64_t raw_usec, int64_t age_usec, const char *address)
{
    struct fact peer = peer_of(WG0, 1, raw_usec, age_usec);

    if (address)
        peer.peer.endpoint = endpoint_of(address, 51820);
    else
        memset(&peer.peer.endpoint, 0, sizeof(peer.peer.endpoint));
    read_peers(&stand->node, WG0, &peer, 1);
    sense_reach_look(stand->reach);
}

static void fall(struct stand *stand, const char *address)
{
    read_at(stand, T, NONE, address);
    read_at(stand, T + 181 * S, NONE, address);
}

static const struct tunnel *wg0(const struct stand *stand)
{
    return tunnels_find(&stand->node.tunnels, TUNNEL_WIREGUARD, "wg0");
}

static void pass_beats(struct stand *stand, int count)
{
    for (int i = 0; i < count; i++) {
        sense_reach_beat(stand->reach);
        timers_pass(60 * S);
    }
}

static void test_of_whom_it_asks(void **state)
{
    struct stand *stand = *state;

    read_at(stand, T, NONE, "198.51.100.1");
    pass_beats(stand, 20);
    assert_int_equal(total + names + stand->facts, 0); /* all is well */
    read_at(stand, T + 181 * S, NONE, "198.51.100.1");
    assert_int_equal(total, 1);
    assert_int_equal(names, 1);
    assert_int_equal(probes[0].way.family, AF_INET);
    assert_memory_equal(probes[0].way.bytes, "\xc6\x33\x64\1", 4);
    assert_int_equal(probes[0].way.port, 51820);
    assert_int_equal(probes[0].way.ifindex, ETH0);
    assert_int_equal(probes[0].way.mark, 7);
}

/* Whoever tells of drops waits until it is known, and no turn ends but by the answer. */
static void test_the_first_time(void **state)
{
    struct stand *stand = *state;

    fall(stand, "198.51.100.1");
    assert_true(tunnel_is_asked_for(wg0(stand)) && sense_reach_busy(stand->reach));
    assert_int_equal(stand->turns, 0);
    sense_reach_look(stand->reach);
    assert_int_equal(stand->facts, 1);
    answer(0, REACH_PING_ANSWERED, REACH_PORT_REFUSED, true);
    assert_int_equal(stand->turns, 1);
    assert_false(tunnel_is_asked_for(wg0(stand)) || sense_reach_busy(stand->reach));
    assert_int_equal(tunnel_reach(wg0(stand))->ping, REACH_PING_ANSWERED);
    assert_int_equal(tunnel_reach(wg0(stand))->port, REACH_PORT_REFUSED);
    assert_true(tunnel_reach(wg0(stand))->udp_passes);
    assert_string_equal(tunnel_reach(wg0(stand))->host, "");
}

static void test_it_is_told_as_a_whole(void **state)
{
    struct stand *stand = *state;

    host = "vpn.test";
    fall(stand, "198.51.100.1");
    answer(0, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    assert_true(tunnel_is_asked_for(wg0(stand)));
    assert_int_equal(stand->turns, 0);
    answer_name(ENDPOINT_NOT_FOUND, NULL);
    assert_int_equal(stand->turns, 1);
    assert_int_equal(tunnel_reach(wg0(stand))->port, REACH_PORT_SILENT);
    assert_int_equal(tunnel_reach(wg0(stand))->name, REACH_NAME_UNRESOLVED);
    assert_string_equal(tunnel_reach(wg0(stand))->host, "vpn.test");
}

static const struct reach_fact *ask_name(struct stand *stand, enum endpoint_answer what, const char *address)
{
    sense_reach_refresh(stand->reach);
    timers_pass(0);
    answer_name(what, address);
    answer(total - 1, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    return tunnel_reach(wg0(stand));
}

static void test_what_a_name_says(void **state)
{
    struct stand *stand = *state;
    static const uint8_t nowhere[sizeof(struct peer_endpoint)];
    const struct reach_fact *reach;

    host = "vpn.test";
    fall(stand, "198.51.100.1");
    answer(0, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    answer_name(ENDPOINT_LATE, NULL);
    assert_int_equal(tunnel_reach(wg0(stand))->name, REACH_NAME_LATE);
    assert_int_equal(ask_name(stand, ENDPOINT_NOT_FOUND, NULL)->name, REACH_NAME_UNRESOLVED);
    assert_int_equal(ask_name(stand, ENDPOINT_FAILED, NULL)->name, REACH_NAME_UNKNOWN);
    reach = ask_name(stand, ENDPOINT_FOUND, "198.51.100.1");
    assert_int_equal(reach->name, REACH_NAME_SAME);
    assert_memory_equal(&reach->place, nowhere, sizeof(nowhere));
    reach = ask_name(stand, ENDPOINT_FOUND, "198.51.100.9");
    assert_int_equal(reach->name, REACH_NAME_MOVED);
    assert_memory_equal(reach->place.bytes, "\xc6\x33\x64\x09", 4);
    assert_int_equal(reach->place.port, 51820);
}

/* Only a name can be asked for; without one there is nothing to wait for. */
static void test_it_is_nowhere(void **state)
{
    struct stand *stand = *state;

    fall(stand, NULL);
    assert_int_equal(total, 0);
    assert_false(tunnel_is_asked_for(wg0(stand)));
    read_at(stand, T + 300 * S, S, NULL); /* it calls */
    host = "vpn.test";
    fall(stand, NULL);
    assert_true(tunnel_is_asked_for(wg0(stand)));
    answer_name(ENDPOINT_FOUND, "198.51.100.9");
    assert_int_equal(total, 0);
    assert_int_equal(tunnel_reach(wg0(stand))->name, REACH_NAME_MOVED);
}

static void test_it_is_asked_again(void **state)
{
    struct stand *stand = *state;

    fall(stand, "198.51.100.1");
    answer(0, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    pass_beats(stand, 4);
    assert_int_equal(total, 1);
    assert_int_equal(timers_next(), -1); /* nothing wakes the machine but the beat */
    pass_beats(stand, 1);
    assert_int_equal(total, 2);
    assert_false(tunnel_is_asked_for(wg0(stand))); /* what is known holds meanwhile */
    assert_non_null(tunnel_reach(wg0(stand)));
    pass_beats(stand, 20);
    assert_int_equal(total, 2); /* it still runs */
    answer(1, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    pass_beats(stand, 5);
    assert_int_equal(total, 3);
    answer(2, REACH_PING_ANSWERED, REACH_PORT_SILENT, false);
    assert_int_equal(tunnel_reach(wg0(stand))->ping, REACH_PING_ANSWERED);
}

static void test_a_refresh(void **state)
{
    struct stand *stand = *state;

    sense_reach_refresh(stand->reach);
    assert_false(sense_reach_busy(stand->reach));
    fall(stand, "198.51.100.1");
    sense_reach_refresh(stand->reach); /* it runs: its answers are of now */
    timers_pass(0);
    assert_int_equal(total, 1);
    answer(0, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    sense_reach_refresh(stand->reach);
    assert_true(sense_reach_busy(stand->reach));
    timers_pass(0);
    assert_int_equal(total, 2);
    assert_true(sense_reach_busy(stand->reach));
    answer(1, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    assert_false(sense_reach_busy(stand->reach));
}

/* What was found holds of that place and that address alone, and new ones get a moment for their routes. */
static void test_another_place(void **state)
{
    struct stand *stand = *state;

    fall(stand, "198.51.100.1");
    answer(0, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    read_at(stand, T + 200 * S, NONE, "198.51.100.2");
    assert_null(tunnel_reach(wg0(stand)));
    assert_true(stand->fact.gone);
    assert_false(tunnel_is_asked_for(wg0(stand)));
    timers_pass(SENSE_REACH_DOUBT_USEC - 1);
    assert_int_equal(total, 1);
    timers_pass(1);
    assert_int_equal(total, 2);
    assert_memory_equal(probes[1].way.bytes, "\xc6\x33\x64\2", 4);
    tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    tell(&stand->node, address_of(ETH0, "172.20.1.3/20"));
    sense_reach_look(stand->reach);
    assert_int_equal(running(), 0); /* it asked from the one before */
    timers_pass(SENSE_REACH_DOUBT_USEC);
    assert_int_equal(total, 3);
    assert_int_equal(running(), 1);
}

static void test_it_is_up_again(void **state)
{
    struct stand *stand = *state;

    host = "vpn.test";
    fall(stand, "198.51.100.1");
    read_at(stand, T + 190 * S, S, "198.51.100.1");
    assert_int_equal(running(), 0);
    assert_int_equal(stopped, 1);
    assert_true(stand->fact.gone);
    assert_false(tunnel_is_asked_for(wg0(stand)) || sense_reach_busy(stand->reach));
    pass_beats(stand, 20);
    sense_reach_refresh(stand->reach);
    timers_pass(10 * S);
    assert_int_equal(total, 1);
    fall(stand, "198.51.100.1"); /* anew, and waited for again */
    assert_int_equal(total, 2);
    assert_true(tunnel_is_asked_for(wg0(stand)));
}

static void test_there_is_no_address(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    fall(stand, "198.51.100.1");
    pass_beats(stand, 20);
    sense_reach_refresh(stand->reach);
    timers_pass(0);
    assert_int_equal(total + names + stand->facts, 0);
}

/* That it is down was told already, so nobody waits for the answer. */
static void test_the_address_comes(void **state)
{
    struct stand *stand = *state;

    tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
    fall(stand, "198.51.100.1");
    for (unsigned i = 0; i < 2; i++) {
        tell(&stand->node, address_of(ETH0, "172.20.1.2/20"));
        sense_reach_look(stand->reach);
        timers_pass(SENSE_REACH_DOUBT_USEC);
        assert_int_equal(total, i + 1);
        assert_false(tunnel_is_asked_for(wg0(stand)));
        answer(i, REACH_PING_ANSWERED, REACH_PORT_SILENT, false);
        assert_non_null(tunnel_reach(wg0(stand)));
        tell(&stand->node, gone(address_of(ETH0, "172.20.1.2/20")));
        sense_reach_look(stand->reach);
        assert_null(tunnel_reach(wg0(stand)));
        pass_beats(stand, 10);
        assert_int_equal(total, i + 1);
    }
}

static void test_it_cannot_ask(void **state)
{
    struct stand *stand = *state;

    result = -EBUSY;
    fall(stand, "198.51.100.1");
    assert_false(tunnel_is_asked_for(wg0(stand)) || sense_reach_busy(stand->reach));
    assert_int_equal(tunnel_reach(wg0(stand))->ping, REACH_PING_UNKNOWN);
    sense_reach_refresh(stand->reach);
    timers_pass(0);
    assert_int_equal(stand->turns, 1);
    assert_false(sense_reach_busy(stand->reach));
}

/* Eight at most; the others are told without. */
static void test_many_tunnels(void **state)
{
    struct stand *stand = *state;
    struct fact tunnels[REACH_SUBJECTS_MAX + 2];
    char name[LINK_NAME_SIZE];

    for (int i = 0; i < (int)COUNT(tunnels); i++) {
        snprintf(name, sizeof(name), "wgx%d", i);
        tell(&stand->node, link_up(100 + i, name, "wireguard", 1420));
        tunnels[i] = tunnel_of(name, 100 + i);
    }
    name_tunnels(&stand->node, tunnels, COUNT(tunnels));
    for (int64_t raw = T; raw <= T + 181 * S; raw += 181 * S)
        for (int i = 0; i < (int)COUNT(tunnels); i++) {
            struct fact peer = peer_of(100 + i, 1, raw, NONE);

            read_peers(&stand->node, 100 + i, &peer, 1);
        }
    sense_reach_look(stand->reach);
    assert_int_equal(total, REACH_SUBJECTS_MAX);
    assert_false(tunnel_is_asked_for(tunnels_of_link(&stand->node.tunnels, 109)));
    for (unsigned i = 0; i < REACH_SUBJECTS_MAX; i++)
        answer(i, REACH_PING_SILENT, REACH_PORT_SILENT, false);
    name_tunnels(&stand->node, tunnels + 8, 2);
    sense_reach_look(stand->reach);
    assert_int_equal(total, REACH_SUBJECTS_MAX + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_of_whom_it_asks),     TEST(test_the_first_time),    TEST(test_it_is_told_as_a_whole),
        TEST(test_what_a_name_says),    TEST(test_it_is_nowhere),     TEST(test_it_is_asked_again),
        TEST(test_a_refresh),           TEST(test_another_place),     TEST(test_it_is_up_again),
        TEST(test_there_is_no_address), TEST(test_the_address_comes), TEST(test_it_cannot_ask),
        TEST(test_many_tunnels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
