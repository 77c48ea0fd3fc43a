/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a DNS server may say beside the right answer. */
#pragma once

#include <netinet/tcp.h>

#include "dns_hall.h"

static inline void answer_second(struct hall *hall)
{
    if (hall->questions == 2)
        answer_well(hall);
}

static inline void answer_with_another_id(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[1]++;
    say(hall, bytes, sizeof(bytes));
}

static inline void answer_another_question(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[13]++;
    say(hall, bytes, sizeof(bytes));
}

static inline void answer_another_type(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[MESSAGE - 3] = 28;
    say(hall, bytes, sizeof(bytes));
}

static inline void answer_without_question(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    bytes[5] = 0;
    say(hall, bytes, 12);
}

/* A name that is made of itself. */
static inline void answer_a_looping_question(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    memcpy(bytes + 12, "\xc0\x0c\0\1\0\1", 6);
    say(hall, bytes, 18);
}

static inline void answer_a_looping_record(struct hall *hall)
{
    uint8_t bytes[MESSAGE + 16] = {0};

    make_answer(hall, bytes);
    bytes[7] = 1;
    memcpy(bytes + MESSAGE, "\xc0\x1d\0\1\0\1\0\0\0\0\0\4\1\2\3\4", 16);
    assert_int_equal(bytes[MESSAGE + 1], MESSAGE);
    say(hall, bytes, sizeof(bytes));
}

static inline void answer_garbage(struct hall *hall)
{
    uint8_t bytes[300];

    memset(bytes, 0xff, sizeof(bytes));
    say(hall, bytes, sizeof(bytes));
}

static inline void answer_too_little(struct hall *hall)
{
    uint8_t bytes[MESSAGE];

    make_answer(hall, bytes);
    say(hall, bytes, 11);
}

static inline void answer_nothing(struct hall *hall)
{
    say(hall, "", 0);
}

/* Its own words. */
static inline void answer_an_echo(struct hall *hall)
{
    say(hall, hall->question, hall->length);
}

/* As many records as there is room for. */
static inline void answer_all_of_it(struct hall *hall)
{
    static const uint8_t record[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4};
    unsigned records = (LARGEST - MESSAGE) / sizeof(record);
    uint8_t bytes[LARGEST];

    make_answer(hall, bytes);
    bytes[6] = records >> 8;
    bytes[7] = records;
    for (unsigned i = 0; i < records; i++)
        memcpy(bytes + MESSAGE + i * sizeof(record), record, sizeof(record));
    say(hall, bytes, MESSAGE + records * sizeof(record));
}

static inline int on_drip(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct hall *hall = userdata;

    assert_int_equal(send(hall->client, hall->drip + hall->dripped, 1, MSG_NOSIGNAL), 1);
    if (++hall->dripped < hall->drip_length) {
        assert_true(sd_event_source_set_time_relative(source, 1000) >= 0);
        assert_true(sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) >= 0);
    }
    return 0;
}

static inline void answer_by_drips(struct hall *hall)
{
    int on = 1;

    assert_int_equal(setsockopt(hall->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    hall->drip[0] = 0;
    hall->drip[1] = MESSAGE;
    make_answer(hall, hall->drip + 2);
    hall->dripped = 0;
    hall->drip_length = 2 + MESSAGE;
    assert_true(sd_event_add_time_relative(hall->event, &hall->drip_source, CLOCK_MONOTONIC, 1000, 100,
                                           on_drip, hall) >= 0);
}

/* Half of it, and no more. */
static inline void answer_half(struct hall *hall)
{
    uint8_t bytes[2 + MESSAGE] = {0, MESSAGE};

    make_answer(hall, bytes + 2);
    assert_int_equal(send(hall->client, bytes, 20, MSG_NOSIGNAL), 20);
}

static inline void answer_half_and_go(struct hall *hall)
{
    answer_half(hall);
    close_client(hall);
}

static inline void answer_half_a_length_and_go(struct hall *hall)
{
    assert_int_equal(send(hall->client, "", 1, MSG_NOSIGNAL), 1);
    close_client(hall);
}

static inline void go(struct hall *hall)
{
    close_client(hall);
}

/* What is closed so is reset. */
static inline void reset(struct hall *hall)
{
    struct linger linger = {.l_onoff = 1};

    assert_int_equal(setsockopt(hall->client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    close_client(hall);
}

static inline void say_from(const struct hall *hall, const struct dns_address *from, unsigned port)
{
    uint8_t bytes[MESSAGE];
    int fd = bound(from, SOCK_DGRAM, port);

    make_answer(hall, bytes);
    assert_int_equal(sendto(fd, bytes, sizeof(bytes), 0, (const struct sockaddr *)&hall->peer,
                            hall->peer_size),
                     sizeof(bytes));
    close(fd);
}

/* The right words, from another port and from another address. */
static inline void answer_from_elsewhere(struct hall *hall)
{
    struct dns_address other = {.family = AF_INET, .bytes = {127, 0, 0, 99}};

    say_from(hall, &hall->server, 54);
    say_from(hall, &other, 53);
}

static inline void answer_badly_first(struct hall *hall)
{
    answer_with_another_id(hall);
    answer_another_question(hall);
    answer_another_type(hall);
    answer_well(hall);
}
