/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a way carries */
#include "path_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "cleanup.h"
#include "path_search.h"
#include "path_socket.h"
#include "timer.h"

#define ACCURACY_USEC 10000
#define TAKEN_MAX     16 /* messages of one kind in a turn: the loop is not held for ever */
#define SENT_MAX      ((1 + PATH_SEARCH_TRIES_MAX) * PATH_PROBE_TRIES)
#define ROUND_TRIPS   4 /* that are waited for an answer */
#define CONTROL_SIZE  (ICMP_ECHO_HEADER_SIZE + PATH_PROBE_CONTROL)

struct path_probe {
    sd_event_source *io_source, *timer_source, *end_source;
    struct path_socket way;
    struct path_search search;
    struct path_measure measure;
    path_probe_done done;
    void *userdata;
    uint64_t begin_usec, wait_usec;
    uint16_t first_sequence; /* at random: an error is believed by it */
    unsigned sent;
    uint32_t sizes[SENT_MAX]; /* by sequence */
    uint32_t size;            /* that is being asked for */
    unsigned tries;           /* of that size */
};

/* There is one loop, and memory and sockets are the process's. */
static unsigned probes;

static uint64_t now_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

/* The last that is done: it may be freed then. */
static void finish(struct path_probe *probe)
{
    struct path_measure measure;

    memset(&measure, 0, sizeof(measure));
    measure.answered = probe->measure.answered;
    /* If all is carried, nothing that was told is true any more. */
    if (probe->search.answered < probe->search.wanted)
        memcpy(&measure, &probe->measure, sizeof(measure));
    probe->io_source = sd_event_source_disable_unref(probe->io_source);
    timer_stop(probe->timer_source);
    timer_stop(probe->end_source);
    path_socket_close(&probe->way);
    measure.carries = probe->search.answered;
    probe->done(probe->userdata, &measure);
}

/* The size that an answer or an error is about; 0: none that was asked for. */
static uint32_t size_of(const struct path_probe *probe, uint16_t sequence)
{
    uint16_t index = sequence - probe->first_sequence;

    return index < probe->sent ? probe->sizes[index] : 0;
}

/* After the first, a question that cannot be sent is as good as lost: if it is too big, an error says so. */
static int ask_once(struct path_probe *probe)
{
    uint16_t sequence = probe->first_sequence + probe->sent;

    probe->sizes[probe->sent++] = probe->size;
    probe->tries++;
    timer_set(probe->timer_source, probe->wait_usec);
    return path_socket_ask(&probe->way, sequence, probe->size);
}

static void go_on(struct path_probe *probe)
{
    probe->size = path_search_next(&probe->search);
    probe->tries = 0;
    if (probe->size)
        ask_once(probe);
    else
        finish(probe);
}

/* True if it is about the size that is asked for. The small one is never too big. */
static bool take_told(struct path_probe *probe, const struct path_told *told)
{
    struct path_measure *measure = &probe->measure;
    uint32_t size = told->by_router ? size_of(probe, told->sequence) : probe->size;

    if (!told->too_big || size < probe->search.floor)
        return false;
    path_search_told(&probe->search, size, told->hop_mtu);
    /* A way that has several of them is told of one after the other. */
    if (measure->teller != PATH_TOLD_BY_NONE && told->hop_mtu >= measure->hop_mtu)
        return size == probe->size;
    measure->teller = told->by_router ? PATH_TOLD_BY_ROUTER : PATH_TOLD_BY_LOCAL;
    measure->hop_mtu = told->hop_mtu < size ? told->hop_mtu : 0;
    measure->router_family = told->by_router ? probe->way.echo.family : 0;
    memcpy(measure->router, told->router, sizeof(measure->router));
    return size == probe->size;
}

/* True if the size that is asked for is too big. */
static bool take_errors(struct path_probe *probe)
{
    struct path_told told;
    bool too_big = false;

    for (int i = 0; i < TAKEN_MAX && path_socket_told(&probe->way, &told) == 0; i++)
        too_big |= take_told(probe, &told);
    return too_big;
}

static void take_answer(struct path_probe *probe, uint32_t size)
{
    uint64_t usec = (now_usec() - probe->begin_usec) * ROUND_TRIPS;

    if (probe->measure.answered) {
        path_search_answered(&probe->search, size);
        return;
    }
    probe->measure.answered = true;
    probe->wait_usec = usec < PATH_PROBE_WAIT_MIN_USEC   ? PATH_PROBE_WAIT_MIN_USEC
                       : usec > PATH_PROBE_WAIT_MAX_USEC ? PATH_PROBE_WAIT_MAX_USEC
                                                         : usec;
}

/* True if the size that is asked for was answered. What is cut short was not carried. */
static bool take_answers(struct path_probe *probe)
{
    bool answered = false;

    for (int i = 0; i < TAKEN_MAX; i++) {
        uint16_t sequence;
        ssize_t size = path_socket_answer(&probe->way, &sequence);

        if (size < 0)
            break;
        if (size == 0 || size_of(probe, sequence) != size)
            continue;
        take_answer(probe, size);
        answered |= size == probe->size;
    }
    return answered;
}

static int on_message(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct path_probe *probe = userdata;
    bool too_big = take_errors(probe), answered = take_answers(probe);

    if (too_big || answered)
        go_on(probe);
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct path_probe *probe = userdata;

    if (probe->tries < PATH_PROBE_TRIES) {
        ask_once(probe);
    } else if (!probe->measure.answered) {
        finish(probe);
    } else {
        path_search_silent(&probe->search, probe->size);
        go_on(probe);
    }
    return 0;
}

static int on_end(sd_event_source *source, uint64_t usec, void *userdata)
{
    finish(userdata);
    return 0;
}

static int add_sources(struct path_probe *probe, sd_event *event)
{
    int r = sd_event_add_io(event, &probe->io_source, probe->way.fd, EPOLLIN, on_message, probe);

    if (r >= 0)
        r = timer_new(event, &probe->timer_source, ACCURACY_USEC, on_timer, probe);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &probe->end_source, CLOCK_MONOTONIC, PATH_PROBE_USEC,
                                       ACCURACY_USEC, on_end, probe);
    return r;
}

static int ask_control(struct path_probe *probe)
{
    if (getrandom(&probe->first_sequence, sizeof(probe->first_sequence), GRND_NONBLOCK) !=
        sizeof(probe->first_sequence))
        return -EAGAIN;
    probe->wait_usec = PATH_PROBE_WAIT_MAX_USEC;
    probe->begin_usec = now_usec();
    probe->size = CONTROL_SIZE + (probe->way.echo.family == AF_INET6 ? 40 : 20);
    return ask_once(probe);
}

struct path_probe *path_probe_free(struct path_probe *probe)
{
    if (!probe)
        return NULL;
    probes--;
    sd_event_source_disable_unref(probe->io_source);
    sd_event_source_disable_unref(probe->timer_source);
    sd_event_source_disable_unref(probe->end_source);
    path_socket_close(&probe->way);
    free(probe);
    return NULL;
}

static void path_probe_freep(struct path_probe **probe)
{
    path_probe_free(*probe);
}

int path_probe_new(sd_event *event, const struct path_target *target, path_probe_done done, void *userdata,
                   struct path_probe **ret)
{
    uint32_t least = target->family == AF_INET6 ? PATH_PROBE_LEAST_IPV6 : PATH_PROBE_LEAST_IPV4;
    _cleanup_(path_probe_freep) struct path_probe *probe = NULL;
    int r;

    if (target->size < least || target->size > PATH_PROBE_MOST)
        return -ERANGE;
    if (probes == PATH_PROBES_MAX)
        return -EBUSY;
    probe = calloc(1, sizeof(*probe));
    if (!probe)
        return -ENOMEM;
    probes++;
    probe->done = done;
    probe->userdata = userdata;
    path_search_begin(&probe->search, least, target->size);
    r = path_socket_open(target, &probe->way);
    if (r >= 0)
        r = add_sources(probe, event);
    if (r >= 0)
        r = ask_control(probe);
    if (r < 0)
        return r;
    *ret = take_pointer(probe);
    return 0;
}
