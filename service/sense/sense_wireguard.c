/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of WireGuard tunnels and their peers
 *
 * Which tunnels there are is watched: links by the node, the sockets of wireguard-go by inotify. Nothing
 * tells of handshakes, so peers are read: one tunnel after the other, at each beat and when time alone
 * decides, and only while the link is up. A daemon that does not answer is asked three times before it is
 * called gone, for it takes its link and its socket along in no set order when it ends as it should.
 */
#include "sense.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/clock_time.h"
#include "../sys/timer.h"
#include "folder_watch.h"
#include "wireguard_kernel.h"
#include "wireguard_list.h"
#include "wireguard_socket.h"

#define DEADLINE_USEC 2000000
#define RETRY_USEC    1000000
#define TRIES_MAX     3
#define FALL_USEC     1000000
#define ACCURACY_USEC 1000000
#define BUSY_USEC     6000000 /* those that hang are not waited for any longer */
/* Somebody waits for a tunnel that has just come up, or for one that is down to come back. */
#define YOUNG_USEC      30000000
#define YOUNG_BEAT_USEC 5000000
#define DOWN_BEAT_USEC  15000000

struct sense_wireguard {
    struct sense sense;
    struct wireguard_kernel *kernel;
    struct wireguard_socket *socket;
    struct folder_watch *watch;
    sd_event_source *timer_source; /* the reading's deadline, or the next occasion to read */
    sd_event_source *fall_source;  /* what went down or away is to be believed then */
    struct wireguard_list list;
    struct wireguard_entry *reading; /* NULL: none */
    int64_t refreshed_usec;          /* CLOCK_MONOTONIC_RAW of the last refresh */
};

static void emit_dump(struct sense_wireguard *wireguard, enum fact_kind kind, enum fact_kind of,
                      int32_t ifindex)
{
    struct fact fact = fact_of(kind);

    fact.dump.of = of;
    fact.dump.ifindex = ifindex;
    wireguard->sense.emit(wireguard->sense.userdata, &fact);
}

static void emit_tunnel(struct sense_wireguard *wireguard, const struct wireguard_entry *entry)
{
    struct fact fact = fact_of(FACT_TUNNEL);

    fact.tunnel = entry->fact;
    wireguard->sense.emit(wireguard->sense.userdata, &fact);
}

/* Together with what else wakes the machine within a second. */
static void set_timer(sd_event_source *source, uint64_t usec)
{
    sd_event_source_set_time_accuracy(source, usec < 2 * ACCURACY_USEC ? usec / 2 : ACCURACY_USEC);
    timer_set(source, usec);
}

static bool is_readable(const struct wireguard_entry *entry)
{
    return entry->fact.up || (entry->fact.user_space && !entry->fact.ifindex);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* When it is to be read again before the next beat; 0: not. */
static int64_t due(const struct sense_wireguard *wireguard, const struct wireguard_entry *entry)
{
    const struct tunnel *tunnel = tunnels_of_link(&wireguard->sense.node->tunnels, entry->fact.ifindex);
    int64_t beat = 0;

    if (!is_readable(entry))
        return 0;
    if (entry->failures)
        return entry->failures < TRIES_MAX ? entry->failed_usec + RETRY_USEC : 0;
    if (!tunnel)
        return 0;
    if (tunnel->counts[PEER_DOWN])
        beat = DOWN_BEAT_USEC;
    else if (tunnel->counts[PEER_UNKNOWN] && entry->read_usec - entry->up_usec < YOUNG_USEC)
        beat = YOUNG_BEAT_USEC;
    return earlier(tunnel->due_usec, beat ? entry->read_usec + beat : 0);
}

static void plan_next(struct sense_wireguard *wireguard)
{
    int64_t raw = clock_time_raw(), next = 0;

    for (size_t i = 0; i < wireguard->list.count; i++)
        next = earlier(next, due(wireguard, &wireguard->list.entries[i]));
    if (next)
        set_timer(wireguard->timer_source, next - raw > RETRY_USEC ? next - raw : RETRY_USEC);
    else
        timer_stop(wireguard->timer_source);
}

static void note_failure(struct sense_wireguard *wireguard, struct wireguard_entry *entry)
{
    entry->failed_usec = clock_time_raw();
    if (++entry->failures < TRIES_MAX || !entry->fact.user_space || !entry->known)
        return;
    entry->fact.answers = false;
    emit_tunnel(wireguard, entry);
}

static int read_entry(struct sense_wireguard *wireguard, struct wireguard_entry *entry)
{
    entry->wanted = false;
    entry->begun_usec = clock_time_raw();
    emit_dump(wireguard, FACT_DUMP_BEGIN, FACT_PEER, entry->fact.ifindex);
    return entry->fact.user_space
               ? wireguard_socket_read(wireguard->socket, entry->fact.name, entry->fact.ifindex)
               : wireguard_kernel_read(wireguard->kernel, entry->fact.ifindex);
}

static bool start(struct sense_wireguard *wireguard, struct wireguard_entry *entry)
{
    if (read_entry(wireguard, entry) < 0) {
        note_failure(wireguard, entry);
        return false;
    }
    wireguard->reading = entry;
    set_timer(wireguard->timer_source, DEADLINE_USEC);
    return true;
}

/* Who has waited for longest: one that hangs is not to keep others from their turn. */
static struct wireguard_entry *next_wanted(struct sense_wireguard *wireguard)
{
    struct wireguard_entry *next = NULL;

    for (size_t i = 0; i < wireguard->list.count; i++) {
        struct wireguard_entry *entry = &wireguard->list.entries[i];

        if (entry->wanted && is_readable(entry) && (!next || entry->begun_usec < next->begun_usec))
            next = entry;
    }
    return next;
}

static void start_next(struct sense_wireguard *wireguard)
{
    struct wireguard_entry *entry;

    while (!wireguard->reading && (entry = next_wanted(wireguard)))
        if (start(wireguard, entry))
            return;
    if (!wireguard->reading)
        plan_next(wireguard);
}

static void on_peer(void *userdata, const struct peer_fact *peer)
{
    struct sense_wireguard *wireguard = userdata;
    struct fact fact = fact_of(FACT_PEER);

    fact.peer = *peer;
    clock_time_read(&fact.peer.raw_usec, &fact.peer.clock_usec);
    wireguard->sense.emit(wireguard->sense.userdata, &fact);
}

static void take_tunnel(struct sense_wireguard *wireguard, struct wireguard_entry *entry,
                        const struct tunnel_fact *tunnel)
{
    entry->failures = 0;
    entry->read_usec = clock_time_raw();
    entry->known = entry->fact.answers = true;
    entry->fact.keyed = tunnel->keyed;
    entry->fact.port = tunnel->port;
    entry->fact.mark = tunnel->mark;
    emit_tunnel(wireguard, entry);
    emit_dump(wireguard, FACT_DUMP_END, FACT_PEER, entry->fact.ifindex);
}

static void on_done(void *userdata, int result, const struct tunnel_fact *tunnel)
{
    struct sense_wireguard *wireguard = userdata;
    struct wireguard_entry *entry = wireguard->reading;

    wireguard->reading = NULL;
    if (result < 0)
        note_failure(wireguard, entry);
    else
        take_tunnel(wireguard, entry, tunnel);
    start_next(wireguard);
    wireguard->sense.turn(wireguard->sense.userdata);
}

static void cancel(struct sense_wireguard *wireguard)
{
    wireguard_kernel_cancel(wireguard->kernel);
    wireguard_socket_cancel(wireguard->socket);
    wireguard->reading = NULL;
}

/* It is to be read anew, if it is still there. */
static void put_off(struct sense_wireguard *wireguard)
{
    if (!wireguard->reading)
        return;
    wireguard->reading->wanted = true;
    wireguard->reading->begun_usec = 0;
    cancel(wireguard);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_wireguard *wireguard = userdata;
    int64_t raw = clock_time_raw();

    if (wireguard->reading) {
        note_failure(wireguard, wireguard->reading);
        cancel(wireguard);
    }
    /* What is due soon goes along, but for what has just failed. */
    for (size_t i = 0; i < wireguard->list.count; i++) {
        struct wireguard_entry *entry = &wireguard->list.entries[i];
        int64_t at = due(wireguard, entry);

        entry->wanted |= at && at <= raw + (entry->failures ? 0 : RETRY_USEC);
    }
    start_next(wireguard);
    wireguard->sense.turn(wireguard->sense.userdata);
    return 0;
}

static void look(struct sense_wireguard *wireguard, bool believe)
{
    put_off(wireguard);
    if (wireguard_list_update(&wireguard->list, wireguard->sense.node, believe, clock_time_raw()))
        set_timer(wireguard->fall_source, FALL_USEC);
    else
        timer_stop(wireguard->fall_source);
    emit_dump(wireguard, FACT_DUMP_BEGIN, FACT_TUNNEL, 0);
    for (size_t i = 0; i < wireguard->list.count; i++)
        emit_tunnel(wireguard, &wireguard->list.entries[i]);
    emit_dump(wireguard, FACT_DUMP_END, FACT_TUNNEL, 0);
    start_next(wireguard);
    wireguard->sense.turn(wireguard->sense.userdata);
}

static int on_fall_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    look(userdata, true);
    return 0;
}

void sense_wireguard_doubt(struct sense_wireguard *wireguard)
{
    const struct node *node = wireguard->sense.node;

    if (!node_links_known(node))
        return;
    if (!node->tunnels.spoken || wireguard_list_has_risen(&wireguard->list, node))
        look(wireguard, false);
    else if (wireguard_list_has_fallen(&wireguard->list, node) && !timer_is_set(wireguard->fall_source))
        set_timer(wireguard->fall_source, FALL_USEC);
}

static bool is_meant(const char *name)
{
    return strcmp(name, "wireguard") == 0 || wireguard_socket_is_one(name);
}

static void on_sockets(void *userdata)
{
    struct sense_wireguard *wireguard = userdata;

    folder_watch_add(wireguard->watch, WIREGUARD_SOCKET_FOLDER);
    folder_watch_add(wireguard->watch, WIREGUARD_SOCKET_FOLDER "/.");
    wireguard_socket_list(wireguard->sense.root, &wireguard->list.names);
    if (node_links_known(wireguard->sense.node))
        look(wireguard, false);
}

static void want_all(struct sense_wireguard *wireguard)
{
    for (size_t i = 0; i < wireguard->list.count; i++)
        wireguard->list.entries[i].wanted = true;
}

void sense_wireguard_beat(struct sense_wireguard *wireguard)
{
    want_all(wireguard);
    if (!wireguard->reading)
        start_next(wireguard);
}

void sense_wireguard_refresh(struct sense_wireguard *wireguard)
{
    wireguard->refreshed_usec = clock_time_raw();
    want_all(wireguard);
    on_sockets(wireguard);
}

bool sense_wireguard_fresh(struct sense_wireguard *wireguard, const char *name, int64_t raw_usec)
{
    struct wireguard_entry *entry = NULL;

    for (size_t i = 0; i < wireguard->list.count; i++)
        if (strcmp(wireguard->list.entries[i].fact.name, name) == 0)
            entry = &wireguard->list.entries[i];
    if (!entry || !is_readable(entry))
        return true;
    if (entry->begun_usec >= raw_usec)
        return entry != wireguard->reading && (!entry->failures || entry->failures >= TRIES_MAX);
    /* It goes before the others, for somebody waits. */
    put_off(wireguard);
    if (start(wireguard, entry))
        return false;
    start_next(wireguard);
    return entry->failures >= TRIES_MAX;
}

void sense_wireguard_sent(struct sense_wireguard *wireguard, int32_t ifindex,
                          const uint8_t key[PEER_KEY_SIZE])
{
    struct fact fact = fact_of(FACT_SENT);

    fact.sent.ifindex = ifindex;
    memcpy(fact.sent.key, key, PEER_KEY_SIZE);
    fact.sent.raw_usec = clock_time_raw();
    wireguard->sense.emit(wireguard->sense.userdata, &fact);
}

bool sense_wireguard_busy(const struct sense_wireguard *wireguard)
{
    return wireguard->reading && clock_time_raw() - wireguard->refreshed_usec < BUSY_USEC;
}

struct sense_wireguard *sense_wireguard_free(struct sense_wireguard *wireguard)
{
    if (!wireguard)
        return NULL;
    sd_event_source_disable_unref(wireguard->timer_source);
    sd_event_source_disable_unref(wireguard->fall_source);
    folder_watch_free(wireguard->watch);
    wireguard_kernel_free(wireguard->kernel);
    wireguard_socket_free(wireguard->socket);
    free(wireguard);
    return NULL;
}

static void sense_wireguard_freep(struct sense_wireguard **wireguard)
{
    sense_wireguard_free(*wireguard);
}

int sense_wireguard_new(const struct sense *sense, int fd, struct sense_wireguard **ret)
{
    _cleanup_(sense_wireguard_freep) struct sense_wireguard *wireguard = calloc(1, sizeof(*wireguard));
    struct wireguard_reader reader = {.peer = on_peer, .done = on_done, .userdata = wireguard};
    int r;

    if (!wireguard)
        return -ENOMEM;
    wireguard->sense = *sense;
    r = wireguard_kernel_new(sense->event, fd, &reader, &wireguard->kernel);
    if (r >= 0)
        r = wireguard_socket_new(sense->event, sense->root, &reader, &wireguard->socket);
    if (r >= 0)
        r = folder_watch_new(sense->event, sense->root, is_meant, on_sockets, wireguard, &wireguard->watch);
    if (r >= 0)
        r = timer_new(sense->event, &wireguard->timer_source, 1000, on_timer, wireguard);
    if (r >= 0)
        r = timer_new(sense->event, &wireguard->fall_source, 1000, on_fall_timer, wireguard);
    if (r < 0)
        return r;
    on_sockets(wireguard);
    *ret = take_pointer(wireguard);
    return 0;
}
