/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tailscaled whose answers are the test's, and the sensor that asks it. Time is the test's too. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../service/sense/sense.h"
#include "../../service/sys/clock_time.h"
#include "../scratch.h"
#include "../timers.h"
#include "../unit.h"

#define S        INT64_C(1000000)
#define GATHER   50000
#define QUIET    (10 * S)
#define ABSENT   (5 * S)
#define WAIT     (6 * S)
#define DEADLINE (15 * S)
#define SOCKET   "run/tailscale/tailscaled.sock"
#define HEAD     "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define CHUNKED  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
#define RUNNING  "{\"Version\":\"1.80.0-t1\",\"State\":6}\n"
#define STATUS   "{\"Version\":\"1.80.0-t1\",\"BackendState\":\"Running\",\"Peer\":{\"a\":{\"Online\":true}}}\n"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct sense_tailscale *tailscale;
    int listener, bus, status;
    unsigned facts, turns;
    bool told; /* a fact, and its turn is to come */
    struct tailscale_fact fact;
};

int64_t __wrap_clock_time_raw(void);
int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec);

/* A timer that goes off goes off at once. */
int __wrap_sd_event_source_set_time_accuracy(sd_event_source *source, uint64_t usec)
{
    return 0;
}

int64_t __wrap_clock_time_raw(void)
{
    return timers_now_usec;
}

static inline void on_fact(void *userdata, const struct fact *fact)
{
    struct stand *stand = userdata;

    assert_int_equal(fact->kind, FACT_TAILSCALE);
    /* Not even one that is equal but for what stands behind its texts. */
    assert_true(stand->facts == 0 || memcmp(&stand->fact, &fact->tailscale, sizeof(stand->fact)) != 0);
    assert_false(stand->told);
    stand->fact = fact->tailscale;
    stand->facts++;
    stand->told = true;
}

static inline void on_turn(void *userdata)
{
    struct stand *stand = userdata;

    stand->turns++;
    stand->told = false;
}

static inline void tailscaled_start(struct stand *stand)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};

    scratch_mkdir(&stand->scratch, "run/tailscale");
    assert_int_equal(fchdir(stand->scratch.root), 0);
    stand->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(stand->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(stand->listener, 8), 0);
    assert_int_equal(chdir("/"), 0);
}

static inline void hang_up(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    timers_run();
}

/* Its socket stays, as after a crash. */
static inline void tailscaled_stop(struct stand *stand)
{
    hang_up(&stand->listener);
    hang_up(&stand->bus);
    hang_up(&stand->status);
}

/* All of it goes, as systemd has it at a stop. */
static inline void tailscaled_remove(struct stand *stand)
{
    tailscaled_stop(stand);
    scratch_unlink(&stand->scratch, SOCKET);
}

static inline void sense_start(struct stand *stand)
{
    struct sense sense = {.event = stand->event,
                          .root = stand->scratch.root,
                          .node = &stand->node,
                          .emit = on_fact,
                          .turn = on_turn,
                          .userdata = stand};

    assert_int_equal(sense_tailscale_new(&sense, &stand->tailscale), 0);
    assert_int_equal(stand->facts, 0); /* never from within */
    assert_true(sd_event_run(stand->event, S) >= 0);
    timers_run();
}

static inline int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    stand.listener = stand.bus = stand.status = -1;
    scratch_make(&stand.scratch);
    scratch_mkdir(&stand.scratch, "run");
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 5000 * S);
    *state = &stand;
    return 0;
}

static inline int tear_down(void **state)
{
    struct stand *stand = *state;

    assert_false(stand->told);
    assert_null(sense_tailscale_free(stand->tailscale));
    if (stand->listener >= 0)
        close(stand->listener);
    if (stand->bus >= 0)
        close(stand->bus);
    if (stand->status >= 0)
        close(stand->status);
    sd_event_unref(stand->event);
    scratch_remove(&stand->scratch);
    return 0;
}

/* The next who asks; -1: nobody does. */
static inline int answer_call(struct stand *stand, char *target, size_t size)
{
    int fd = accept4(stand->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    char request[512] = "";

    if (fd < 0)
        return -1;
    assert_true(recv(fd, request, sizeof(request) - 1, 0) > 0);
    assert_non_null(strstr(request, "\r\nHost: local-tailscaled.sock\r\n"));
    assert_int_equal(strncmp(request, "GET ", 4), 0);
    snprintf(target, size, "%.*s", (int)strcspn(request + 4, " "), request + 4);
    return fd;
}

static inline bool bus_is_asked(struct stand *stand)
{
    char target[128];
    int fd = answer_call(stand, target, sizeof(target));

    if (fd < 0)
        return false;
    assert_string_equal(target, "/localapi/v0/watch-ipn-bus?mask=278");
    hang_up(&stand->bus);
    stand->bus = fd;
    return true;
}

static inline bool status_is_asked(struct stand *stand)
{
    char target[128];
    int fd = answer_call(stand, target, sizeof(target));

    if (fd < 0)
        return false;
    assert_string_equal(target, "/localapi/v0/status");
    hang_up(&stand->status);
    stand->status = fd;
    return true;
}

/* False: nobody wants more of it. */
static inline bool say_bytes(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

        timers_run();
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent > 0) {
            bytes += sent;
            length -= sent;
        }
    }
    return true;
}

static inline void say(int fd, const char *text)
{
    assert_true(say_bytes(fd, text, strlen(text)));
}

static inline void answer_status(struct stand *stand, const char *body)
{
    say(stand->status, HEAD);
    say(stand->status, body);
    hang_up(&stand->status);
}

static inline char *recording(const char *name)
{
    char path[512], *text = calloc(1, 1 << 16);
    FILE *file;

    snprintf(path, sizeof(path), RECORDINGS "/%s", name);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

/* Connected, running, its status told. */
static inline void connect_well(struct stand *stand)
{
    tailscaled_start(stand);
    sense_start(stand);
    assert_true(bus_is_asked(stand));
    say(stand->bus, HEAD RUNNING);
    assert_true(status_is_asked(stand));
    answer_status(stand, STATUS);
    assert_int_equal(stand->fact.daemon, TAILSCALE_ANSWERS);
    assert_int_equal(stand->fact.state, TAILSCALE_RUNNING);
    assert_int_equal(stand->fact.peers_online, 1);
    assert_int_equal(stand->turns, stand->facts);
}
