/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A DNS server in the loop of who asks it, in a network of its own. */
#pragma once

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sys/dns_probe.h"
#include "../unit.h"

#define SECOND   INT64_C(1000000)
#define NAME     "dns.example"
#define QUESTION "\3dns\7example\0\0\1\0\1"
#define MESSAGE  (12 + sizeof(QUESTION) - 1) /* without records */
#define LARGEST  65535

struct hall {
    sd_event *event;
    sd_event_source *udp_source, *tcp_source, *client_source, *drip_source;
    struct dns_probe *probe;
    struct dns_address server;
    enum dns_transport transport;
    int udp, tcp, client; /* -1: closed; of the client one at a time */
    struct sockaddr_storage peer;
    socklen_t peer_size;
    uint8_t question[512];
    size_t length; /* of the question */
    unsigned questions, connections;
    void (*accepted)(struct hall *hall);
    void (*answer)(struct hall *hall);
    uint8_t drip[2 + LARGEST]; /* what goes out byte by byte */
    size_t dripped, drip_length;
    unsigned calls;
    enum dns_answer result;
    bool found;
    uint32_t latency_usec;
    int64_t ended_usec;
    int then; /* what on_done() does besides */
};

static inline int64_t now_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

static inline socklen_t socket_address(const struct dns_address *server, unsigned port,
                                       struct sockaddr_storage *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    memset(address, 0, sizeof(*address));
    memcpy(&in.sin_addr, server->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, server->bytes, sizeof(in6.sin6_addr));
    if (server->family == AF_INET)
        memcpy(address, &in, sizeof(in));
    else
        memcpy(address, &in6, sizeof(in6));
    return server->family == AF_INET ? sizeof(in) : sizeof(in6);
}

static inline int bound(const struct dns_address *server, int type, unsigned port)
{
    int fd = socket(server->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_storage address;
    socklen_t size = socket_address(server, port, &address);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

/* As the client's, so that the question looks the same by both ways. */
static inline void hear(struct hall *hall, ssize_t length)
{
    assert_true(length >= (ssize_t)MESSAGE);
    hall->length = length;
    hall->questions++;
    if (hall->answer)
        hall->answer(hall);
}

static inline int on_datagram(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct hall *hall = userdata;

    hall->peer_size = sizeof(hall->peer);
    hear(hall, recvfrom(fd, hall->question, sizeof(hall->question), 0, (struct sockaddr *)&hall->peer,
                        &hall->peer_size));
    return 0;
}

static inline void close_client(struct hall *hall)
{
    hall->client_source = sd_event_source_disable_unref(hall->client_source);
    hall->drip_source = sd_event_source_disable_unref(hall->drip_source);
    if (hall->client >= 0)
        close(hall->client);
    hall->client = -1;
}

/* It is short, and comes in one piece. */
static inline int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct hall *hall = userdata;
    uint8_t bytes[2 + sizeof(hall->question)];
    ssize_t length = recv(fd, bytes, sizeof(bytes), 0);

    if (length <= 0) {
        close_client(hall);
        return 0;
    }
    assert_int_equal(length, 2 + (bytes[0] << 8 | bytes[1]));
    memcpy(hall->question, bytes + 2, length - 2);
    hear(hall, length - 2);
    return 0;
}

static inline int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct hall *hall = userdata;
    int room = 4 * LARGEST;

    close_client(hall);
    hall->client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(hall->client >= 0);
    assert_int_equal(setsockopt(hall->client, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
    hall->connections++;
    assert_true(sd_event_add_io(hall->event, &hall->client_source, hall->client, EPOLLIN, on_stream, hall) >=
                0);
    if (hall->accepted)
        hall->accepted(hall);
    return 0;
}

static inline void close_server(struct hall *hall)
{
    close_client(hall);
    hall->udp_source = sd_event_source_disable_unref(hall->udp_source);
    hall->tcp_source = sd_event_source_disable_unref(hall->tcp_source);
    if (hall->udp >= 0)
        close(hall->udp);
    if (hall->tcp >= 0)
        close(hall->tcp);
    hall->udp = hall->tcp = -1;
}

static inline void open_server(struct hall *hall, const struct dns_address *server)
{
    hall->server = *server;
    hall->client = -1;
    hall->udp = bound(server, SOCK_DGRAM, 53);
    hall->tcp = bound(server, SOCK_STREAM, 53);
    assert_int_equal(listen(hall->tcp, 4), 0);
    assert_true(sd_event_add_io(hall->event, &hall->udp_source, hall->udp, EPOLLIN, on_datagram, hall) >= 0);
    assert_true(sd_event_add_io(hall->event, &hall->tcp_source, hall->tcp, EPOLLIN, on_client, hall) >= 0);
}

/* The server's message, by the way the question came. */
static inline void say(struct hall *hall, const void *bytes, size_t length)
{
    uint8_t stream[2 + LARGEST] = {length >> 8, length};

    if (hall->transport == DNS_UDP) {
        assert_int_equal(sendto(hall->udp, bytes, length, 0, (struct sockaddr *)&hall->peer, hall->peer_size),
                         length);
        return;
    }
    memcpy(stream + 2, bytes, length);
    assert_int_equal(send(hall->client, stream, 2 + length, MSG_NOSIGNAL), 2 + length);
}

/* NOERROR, without records. */
static inline void make_answer(const struct hall *hall, uint8_t bytes[MESSAGE])
{
    memcpy(bytes, hall->question, MESSAGE);
    bytes[2] |= 0x80;
    bytes[3] |= 0x80;
}

static inline void answer_well(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    say(hall, bytes, sizeof(bytes));
}

enum { NOTHING, ASK_AGAIN, FREE };

static const struct dns_address localhost = {.family = AF_INET, .bytes = {127, 0, 0, 1}};

static inline unsigned count_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Who opened it here would wait for ever. */
static inline int hide_resolv_conf(void)
{
    char folder[] = "/tmp/wslnode-unit-XXXXXX", path[64];
    int r;

    if (access("/etc/resolv.conf", F_OK) < 0)
        return 0;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/fifo", folder);
    r = mkfifo(path, 0600) < 0 ? -1 : mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL);
    unlink(path);
    rmdir(folder);
    return r;
}

/* Whose port 53 is free. */
static inline int enter_network(void **state)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 || hide_resolv_conf() < 0)
        return -1;
    return system("ip link set lo up");
}

static inline int set_up(void **state)
{
    static struct hall hall;

    memset(&hall, 0, sizeof(hall));
    assert_true(sd_event_new(&hall.event) >= 0);
    /* So that it has its fd for timers already. */
    assert_true(sd_event_add_time(hall.event, NULL, CLOCK_MONOTONIC, UINT64_MAX, 0, NULL, NULL) >= 0);
    open_server(&hall, &localhost);
    hall.answer = answer_well;
    *state = &hall;
    return 0;
}

static inline int tear_down(void **state)
{
    struct hall *hall = *state;

    hall->probe = dns_probe_free(hall->probe);
    close_server(hall);
    hall->event = sd_event_unref(hall->event);
    return 0;
}

static inline void ask(struct hall *hall);

static inline void on_done(void *userdata, enum dns_answer answer, bool found, uint32_t latency_usec)
{
    struct hall *hall = userdata;
    int then = hall->then;

    hall->calls++;
    hall->result = answer;
    hall->found = found;
    hall->latency_usec = latency_usec;
    hall->ended_usec = now_of(CLOCK_MONOTONIC);
    hall->then = NOTHING;
    if (then == FREE || then == ASK_AGAIN)
        hall->probe = dns_probe_free(hall->probe);
    if (then == ASK_AGAIN)
        ask(hall);
}

static inline int try_to_ask(struct hall *hall, const char *name)
{
    unsigned calls = hall->calls;
    int r = dns_probe_new(hall->event, &hall->server, hall->transport, name, on_done, hall, &hall->probe);

    assert_int_equal(hall->calls, calls); /* never from within */
    return r;
}

static inline void ask(struct hall *hall)
{
    assert_null(hall->probe);
    assert_int_equal(try_to_ask(hall, NAME), 0);
    assert_non_null(hall->probe);
}

static inline void run_for(struct hall *hall, int64_t usec)
{
    int64_t until = now_of(CLOCK_MONOTONIC) + usec, left;

    while ((left = until - now_of(CLOCK_MONOTONIC)) > 0)
        assert_true(sd_event_run(hall->event, left) >= 0);
}

static inline void run_until(struct hall *hall, unsigned calls)
{
    int64_t until = now_of(CLOCK_MONOTONIC) + 10 * SECOND;

    while (hall->calls < calls && now_of(CLOCK_MONOTONIC) < until)
        assert_true(sd_event_run(hall->event, SECOND) >= 0);
    assert_int_equal(hall->calls, calls);
}

/* Asks, and hears no more than one answer. */
static inline void assert_answer(struct hall *hall, enum dns_answer answer)
{
    unsigned calls = hall->calls;

    ask(hall);
    run_until(hall, calls + 1);
    run_for(hall, 5000);
    assert_int_equal(hall->calls, calls + 1);
    assert_int_equal(hall->result, answer);
    hall->probe = dns_probe_free(hall->probe);
}

/* As assert_answer(), by both ways. */
static inline void assert_both(struct hall *hall, enum dns_answer answer)
{
    for (hall->transport = DNS_UDP; hall->transport <= DNS_TCP; hall->transport++)
        assert_answer(hall, answer);
}
