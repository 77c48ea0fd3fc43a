/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a host is there, and whether anybody listens at one of its ports */
#include "reach_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>

#include "cleanup.h"
#include "path_socket.h"
#include "timer.h"

#define ACCURACY_USEC 10000
#define TAKEN_MAX     16 /* messages of one kind in a turn */
#define PING_SIZE     (ICMP_ECHO_HEADER_SIZE + PATH_PROBE_CONTROL)

enum door { PORT, CLOSED, DOORS };

struct reach_probe {
    sd_event_source *ping_source, *door_sources[DOORS], *timer_source;
    struct path_socket ping; /* its descriptor is -1 where no ping is allowed */
    struct udp_knock doors[DOORS];
    struct reach_answer answer;
    reach_probe_done done;
    void *userdata;
    uint16_t first_sequence; /* at random */
    uint16_t sent;
};

/* There is one loop, and sockets are the process's. */
static unsigned probes;

static void close_all(struct reach_probe *probe)
{
    probe->ping_source = sd_event_source_disable_unref(probe->ping_source);
    probe->timer_source = sd_event_source_disable_unref(probe->timer_source);
    for (int i = 0; i < DOORS; i++) {
        probe->door_sources[i] = sd_event_source_disable_unref(probe->door_sources[i]);
        udp_knock_close(&probe->doors[i]);
    }
    path_socket_close(&probe->ping);
}

/* The last that is done: it may be freed then. */
static void finish(struct reach_probe *probe)
{
    struct reach_answer answer;

    memset(&answer, 0, sizeof(answer));
    answer.ping = probe->answer.ping;
    answer.port = probe->doors[PORT].told;
    answer.udp_passes = answer.port == REACH_PORT_REFUSED || probe->doors[CLOSED].told == REACH_PORT_REFUSED;
    close_all(probe);
    probe->done(probe->userdata, &answer);
}

/* Silence is told at the end only. */
static bool is_complete(const struct reach_probe *probe)
{
    return probe->answer.ping != REACH_PING_SILENT && probe->doors[PORT].told > REACH_PORT_SILENT;
}

static void hear_pings(struct reach_probe *probe)
{
    struct path_told told;
    uint16_t sequence;
    ssize_t size = 0;

    for (int i = 0; i < TAKEN_MAX && path_socket_told(&probe->ping, &told) == 0; i++)
        ;
    for (int i = 0; i < TAKEN_MAX && size >= 0; i++) {
        size = path_socket_answer(&probe->ping, &sequence);
        if (size > 0 && (uint16_t)(sequence - probe->first_sequence) < probe->sent)
            probe->answer.ping = REACH_PING_ANSWERED;
    }
}

/* All that has come at once: were the loop late, its end could come between one and the next. */
static void hear(struct reach_probe *probe)
{
    if (probe->ping_source)
        hear_pings(probe);
    for (int i = 0; i < DOORS; i++)
        if (probe->door_sources[i] && udp_knock_hear(&probe->doors[i]))
            probe->door_sources[i] = sd_event_source_disable_unref(probe->door_sources[i]);
}

static int on_message(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct reach_probe *probe = userdata;

    hear(probe);
    if (is_complete(probe))
        finish(probe);
    return 0;
}

static void ask(struct reach_probe *probe)
{
    uint16_t sequence = probe->first_sequence + probe->sent++;
    size_t size = PING_SIZE + (probe->ping.echo.family == AF_INET6 ? 40 : 20);

    /* What cannot be sent is as good as lost. */
    if (probe->ping.fd >= 0 && probe->answer.ping != REACH_PING_ANSWERED)
        (void)path_socket_ask(&probe->ping, sequence, size);
    for (int i = 0; i < DOORS; i++)
        udp_knock_send(&probe->doors[i]);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct reach_probe *probe = userdata;

    if (probe->sent >= 2 || is_complete(probe)) {
        finish(probe);
        return 0;
    }
    ask(probe);
    timer_set(probe->timer_source, REACH_PROBE_USEC - REACH_PROBE_AGAIN_USEC);
    return 0;
}

static int open_ping(struct reach_probe *probe, sd_event *event, const struct udp_way *way)
{
    struct path_target target = {.family = way->family, .ifindex = way->ifindex, .mark = way->mark};

    memcpy(target.bytes, way->bytes, sizeof(target.bytes));
    if (path_socket_open(&target, &probe->ping) < 0)
        return 0;
    probe->answer.ping = REACH_PING_SILENT;
    return sd_event_add_io(event, &probe->ping_source, probe->ping.fd, EPOLLIN, on_message, probe);
}

static int open_door(struct reach_probe *probe, sd_event *event, enum door door, const struct udp_way *way)
{
    if (udp_knock_open(way, &probe->doors[door]) < 0)
        return 0;
    return sd_event_add_io(event, &probe->door_sources[door], probe->doors[door].fd, EPOLLIN, on_message,
                           probe);
}

/* Another each time, or a firewall might learn it. */
static int open_all(struct reach_probe *probe, sd_event *event, const struct udp_way *way)
{
    struct udp_way closed = *way;
    uint16_t at;
    int r;

    if (getrandom(&at, sizeof(at), GRND_NONBLOCK) != sizeof(at) ||
        getrandom(&probe->first_sequence, sizeof(probe->first_sequence), GRND_NONBLOCK) !=
            sizeof(probe->first_sequence))
        return -EAGAIN;
    closed.port = REACH_PROBE_CLOSED_FIRST + at % REACH_PROBE_CLOSED_COUNT;
    if (closed.port == way->port)
        closed.port = REACH_PROBE_CLOSED_FIRST + REACH_PROBE_CLOSED_COUNT;
    r = open_ping(probe, event, way);
    if (r >= 0)
        r = open_door(probe, event, PORT, way);
    if (r >= 0)
        r = open_door(probe, event, CLOSED, &closed);
    if (r >= 0)
        r = timer_new(event, &probe->timer_source, ACCURACY_USEC, on_timer, probe);
    return r;
}

struct reach_probe *reach_probe_free(struct reach_probe *probe)
{
    if (!probe)
        return NULL;
    probes--;
    close_all(probe);
    free(probe);
    return NULL;
}

static void reach_probe_freep(struct reach_probe **probe)
{
    reach_probe_free(*probe);
}

int reach_probe_new(sd_event *event, const struct udp_way *way, reach_probe_done done, void *userdata,
                    struct reach_probe **ret)
{
    _cleanup_(reach_probe_freep) struct reach_probe *probe = NULL;
    int r;

    if (way->family != AF_INET && way->family != AF_INET6)
        return -EAFNOSUPPORT;
    if (probes == REACH_PROBES_MAX)
        return -EBUSY;
    probe = calloc(1, sizeof(*probe));
    if (!probe)
        return -ENOMEM;
    probes++;
    probe->done = done;
    probe->userdata = userdata;
    probe->ping.fd = -1;
    for (int i = 0; i < DOORS; i++)
        probe->doors[i].fd = -1;
    r = open_all(probe, event, way);
    if (r < 0)
        return r;
    ask(probe);
    /* Where nobody can be asked that is told from the loop as well. */
    timer_set(probe->timer_source, is_complete(probe) ? 0 : REACH_PROBE_AGAIN_USEC);
    *ret = take_pointer(probe);
    return 0;
}
