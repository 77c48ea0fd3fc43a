/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server in the loop of who asks it, and its answers. */
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sys/ntp_message.h"
#include "../../service/sys/sntp.h"
#include "../unit.h"

#define SECOND     INT64_C(1000000)
#define AHEAD_USEC ((WSLNODE_BUILT + 1000) * SECOND) /* the server's time minus CLOCK_MONOTONIC_RAW */

struct hall {
    sd_event *event;
    struct sntp *sntp;
    struct ntp_server server;
    int fd; /* the server's */
    struct sockaddr_storage client;
    socklen_t client_size;
    uint8_t question[NTP_MESSAGE_SIZE];
    unsigned questions;
    void (*answer)(struct hall *hall);
    unsigned count;    /* for answer_badly_first() */
    int64_t late_usec; /* so much the server is late */
    unsigned calls;
    int result;
    bool has_reading;
    struct clock_reading reading;
    int64_t raw_usec;
    int then; /* what on_done() does besides */
};

static inline int64_t now_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

static inline int on_question(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct hall *hall = userdata;

    hall->client_size = sizeof(hall->client);
    assert_int_equal(recvfrom(fd, hall->question, sizeof(hall->question), MSG_TRUNC,
                              (struct sockaddr *)&hall->client, &hall->client_size),
                     NTP_MESSAGE_SIZE);
    hall->questions++;
    if (hall->answer)
        hall->answer(hall);
    return 0;
}

static inline void open_server(struct hall *hall)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    hall->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(hall->fd >= 0);
    assert_int_equal(bind(hall->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(hall->fd, (struct sockaddr *)&address, &size), 0);
    hall->server =
        (struct ntp_server){.family = AF_INET, .bytes = {127, 0, 0, 1}, .port = ntohs(address.sin_port)};
    assert_true(sd_event_add_io(hall->event, NULL, hall->fd, EPOLLIN, on_question, hall) >= 0);
}

static inline void write_64(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = value >> (56 - 8 * i);
}

static inline void make_answer(const struct hall *hall, uint8_t bytes[NTP_MESSAGE_SIZE])
{
    int64_t usec = now_of(CLOCK_MONOTONIC_RAW) + AHEAD_USEC - hall->late_usec;
    uint64_t stamp = (usec / SECOND + UINT64_C(2208988800)) << 32 | ((usec % SECOND) << 32) / SECOND;

    memset(bytes, 0, NTP_MESSAGE_SIZE);
    bytes[0] = 0x24;
    bytes[1] = 2;
    memcpy(bytes + 24, hall->question + 40, 8);
    write_64(bytes + 32, stamp);
    write_64(bytes + 40, stamp);
}

static inline void send_from(const struct hall *hall, int fd, const void *bytes, size_t length)
{
    assert_int_equal(sendto(fd, bytes, length, 0, (const struct sockaddr *)&hall->client, hall->client_size),
                     length);
}

static inline void answer_well(struct hall *hall)
{
    uint8_t bytes[NTP_MESSAGE_SIZE];

    make_answer(hall, bytes);
    send_from(hall, hall->fd, bytes, sizeof(bytes));
}

static inline void answer_unsynchronised(struct hall *hall)
{
    uint8_t bytes[NTP_MESSAGE_SIZE];

    make_answer(hall, bytes);
    bytes[0] |= 0xc0;
    send_from(hall, hall->fd, bytes, sizeof(bytes));
}

static inline void answer_with_a_kiss(struct hall *hall)
{
    uint8_t bytes[NTP_MESSAGE_SIZE];

    make_answer(hall, bytes);
    bytes[1] = 0;
    memcpy(bytes + 12, "RATE", 4);
    send_from(hall, hall->fd, bytes, sizeof(bytes));
}

/* `count` of them, of five kinds, and then the right one. */
static inline void answer_badly_first(struct hall *hall)
{
    uint8_t bytes[NTP_MESSAGE_SIZE + 4] = {0};

    for (unsigned i = 0; i < hall->count; i++) {
        static const size_t lengths[] = {NTP_MESSAGE_SIZE, NTP_MESSAGE_SIZE, 0, 47, NTP_MESSAGE_SIZE + 4};

        make_answer(hall, bytes);
        bytes[31] ^= i % 5 == 0;          /* the cookie */
        bytes[0] = i % 5 == 1 ? 5 : 0x24; /* the mode */
        send_from(hall, hall->fd, bytes, lengths[i % 5]);
    }
    answer_well(hall);
}

/* Another port, and another address; the right cookie, and a time that would be seen. */
static inline void answer_from_elsewhere(struct hall *hall)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(hall->server.port)};
    int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), same_port;
    uint8_t bytes[NTP_MESSAGE_SIZE];

    make_answer(hall, bytes);
    bytes[35]++;
    bytes[43]++;
    send_from(hall, other, bytes, sizeof(bytes));
    close(other);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    same_port = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(same_port, (struct sockaddr *)&address, sizeof(address)), 0);
    send_from(hall, same_port, bytes, sizeof(bytes));
    close(same_port);
    answer_well(hall);
}
