/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as an answer of an NTP server's, behind three times of ours: what is taken makes sense */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/sys/ntp_message.h"

#define TIMES     24 /* sent, received, build: 8 bytes each */
#define ORIGINATE 24
#define ERA       ((INT64_C(1) << 32) * 1000000)
#define WORTH     INT64_C(16000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static uint64_t read_64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void check_reading(const struct clock_reading *reading, int64_t sent, int64_t received, int64_t build)
{
    int64_t middle = sent + (received - sent) / 2, transmit = reading->base_usec + middle;
    int64_t half_busy = (received - sent) / 2 + WORTH / 2; /* at most */

    check(reading->bound_usec >= 0 && reading->bound_usec <= 2 * WORTH);
    check(transmit >= build - ERA / 2 - half_busy - 1 && transmit < build + ERA / 2 + half_busy);
    check(transmit >= -half_busy - 1 && transmit <= CLOCK_TIME_MAX_USEC + half_busy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clock_reading reading = {-1, -1}, again = {-2, -2};
    size_t length = size < TIMES ? 0 : size - TIMES;
    int64_t sent, received, build;
    uint64_t cookie = 0;
    uint8_t *copy;

    if (size < TIMES)
        return 0;
    sent = read_64(data);
    received = read_64(data + 8);
    build = read_64(data + 16);
    copy = malloc(length ? length : 1); /* of its own size, so that a byte too far is seen */
    memcpy(copy, data + TIMES, length);
    if (length >= ORIGINATE + 8)
        cookie = read_64(copy + ORIGINATE);
    check(ntp_message_parse(copy, length, cookie + 1, sent, received, build, &again) < 0);
    check(again.base_usec == -2 && again.bound_usec == -2);
    if (ntp_message_parse(copy, length, cookie, sent, received, build, &reading) == 0) {
        check(length == NTP_MESSAGE_SIZE);
        check_reading(&reading, sent, received, build);
        check(ntp_message_parse(copy, length, cookie, sent, received, build, &again) == 0);
        check(reading.base_usec == again.base_usec && reading.bound_usec == again.bound_usec);
    } else {
        check(reading.base_usec == -1 && reading.bound_usec == -1);
    }
    free(copy);
    return 0;
}
