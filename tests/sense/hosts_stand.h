/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sensor of what programs see of names, with a getent and a time that are the test's.
 *
 * To be linked with --wrap of sd_event_source_set_time_relative and sd_event_source_set_time_accuracy,
 * child_start and child_free.
 */
#pragma once

#include <signal.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../../service/sys/child.h"
#include "../scratch.h"
#include "../state/dns_facts.h"
#include "../timers.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define SHORT  (SECOND + SECOND / 2)
#define DOUBT  (SECOND / 2)
#define NAME   "name.test"
#define SERVER "10.0.0.1"

struct child {
    char question[300]; /* empty: none is asked */
    uint64_t deadline_usec;
    child_done done;
    void *userdata;
};

/* One that the test plays, unless it has put a real one there. */
static struct child player;
static bool real;
static int refusal; /* of starting any */
static uint64_t accuracy_usec;

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct dns_config config;
    struct sense_hosts *sensor;
    struct hosts_fact fact; /* the last one */
    unsigned asked, facts, turns;
    bool busy_in_turn;
};

static struct stand stand;

int __real_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
int __wrap_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
struct child *__real_child_free(struct child *child);
struct child *__wrap_child_free(struct child *child);
int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec);

int __wrap_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret)
{
    stand.asked++;
    assert_string_equal(path, "usr/bin/getent");
    assert_string_equal(argv[0], "getent");
    assert_null(argv[3]);
    /* A test that waits for it need not wait long. */
    if (real)
        return __real_child_start(event, root, path, argv, deadline_usec / 5, done, userdata, ret);
    if (refusal < 0)
        return refusal;
    assert_string_equal(player.question, ""); /* never two at once */
    player.deadline_usec = deadline_usec;
    player.done = done;
    player.userdata = userdata;
    snprintf(player.question, sizeof(player.question), "%s %s", argv[1], argv[2]);
    *ret = &player;
    return 0;
}

struct child *__wrap_child_free(struct child *child)
{
    if (child != &player)
        return __real_child_free(child);
    player.question[0] = 0;
    return NULL;
}

/* Time is the test's, and goes on in one step. */
int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec)
{
    accuracy_usec = usec;
    return 0;
}

static inline void on_fact(void *userdata, const struct fact *fact)
{
    assert_int_equal(fact->kind, FACT_HOSTS);
    stand.fact = fact->hosts;
    stand.facts++;
}

static inline void on_turn(void *userdata)
{
    stand.turns++;
    stand.busy_in_turn = sense_hosts_busy(stand.sensor);
}

static inline int set_up(void **state)
{
    struct sense sense;
    sigset_t signals;

    memset(&stand, 0, sizeof(stand));
    memset(&player, 0, sizeof(player));
    real = false;
    refusal = 0;
    scratch_make(&stand.scratch);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000 * SECOND);
    node_with_tunnel(&stand.node);
    snprintf(stand.config.probe_name, sizeof(stand.config.probe_name), NAME);
    sense = (struct sense){.event = stand.event,
                           .root = stand.scratch.root,
                           .node = &stand.node,
                           .dns = &stand.config,
                           .emit = on_fact,
                           .turn = on_turn};
    assert_int_equal(sense_hosts_new(&sense, &stand.sensor), 0);
    return 0;
}

static inline int tear_down(void **state)
{
    assert_null(sense_hosts_free(stand.sensor));
    assert_string_equal(player.question, ""); /* nor is one left */
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.event, 10000);
    sd_event_unref(stand.event);
    node_done(&stand.node);
    scratch_remove(&stand.scratch);
    return 0;
}

static inline void set_server(enum dns_answer udp, enum dns_answer tcp, bool found)
{
    struct fact fact = server_of(SERVER, DNS_ROLE_WSL | DNS_ROLE_LISTED, udp, tcp);

    fact.server.found = found;
    tell(&stand.node, fact);
    sense_hosts_doubt(stand.sensor);
}

/* Under WSL, with a server that has the name. */
static inline void begin(void)
{
    wsl_lists(&stand.node, SERVER, OK);
    set_server(OK, OK, true);
    assert_int_equal(stand.asked, 0);
    assert_int_equal(timers_next(), DOUBT);
    assert_true(accuracy_usec < DOUBT / 10);
    timers_pass(DOUBT);
}

static inline void assert_asked(const char *question, uint64_t deadline_usec)
{
    assert_string_equal(player.question, question);
    assert_int_equal(player.deadline_usec, deadline_usec);
}

static inline void answer(int status)
{
    player.done(player.userdata, status, "", 0);
}

/* It is over, and this is what was told. */
static inline void assert_told(enum hosts_view view, unsigned facts)
{
    assert_string_equal(player.question, "");
    assert_int_equal(stand.fact.view, view);
    assert_string_equal(stand.fact.name, view == HOSTS_UNKNOWN ? "" : NAME);
    assert_int_equal(stand.facts, facts);
    assert_int_equal(stand.turns, facts);
    assert_false(sense_hosts_busy(stand.sensor) || stand.busy_in_turn);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
