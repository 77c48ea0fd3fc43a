/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SNTP messages */
#include "ntp_message.h"

#include <errno.h>
#include <string.h>

#define SECOND         INT64_C(1000000)
#define ERA_USEC       ((INT64_C(1) << 32) * SECOND)  /* then the seconds begin at 0 again */
#define UNIX_USEC      (INT64_C(2208988800) * SECOND) /* from 1900 to 1970 */
#define WORTH_USEC     (16 * SECOND)
#define STRATUM_MAX    15
#define LEAP_UNKNOWN   3
#define MODE_CLIENT    3
#define MODE_SERVER    4
#define VERSION        4
#define VERSION_BEFORE 3 /* of servers that answer with their own */

/* Where the fields are. */
enum {
    FLAGS = 0, /* leap indicator, version, mode: 2, 3 and 3 bits */
    STRATUM = 1,
    ROOT_DELAY = 4,
    ROOT_DISPERSION = 8,
    REFERENCE_ID = 12,
    ORIGINATE = 24,
    RECEIVE = 32,
    TRANSMIT = 40,
};

static uint32_t read_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t read_64(const uint8_t *bytes)
{
    return (uint64_t)read_32(bytes) << 32 | read_32(bytes + 4);
}

void ntp_message_build(uint8_t buffer[NTP_MESSAGE_SIZE], uint64_t cookie)
{
    memset(buffer, 0, NTP_MESSAGE_SIZE);
    buffer[FLAGS] = VERSION << 3 | MODE_CLIENT;
    for (int i = 0; i < 8; i++)
        buffer[TRANSMIT + i] = cookie >> (56 - 8 * i);
}

static bool is_answer(const uint8_t *bytes, size_t length, uint64_t cookie)
{
    unsigned version, mode;

    if (length != NTP_MESSAGE_SIZE || read_64(bytes + ORIGINATE) != cookie)
        return false;
    version = bytes[FLAGS] >> 3 & 7;
    mode = bytes[FLAGS] & 7;
    return mode == MODE_SERVER && (version == VERSION || version == VERSION_BEFORE);
}

static bool is_refusal(const uint8_t *code)
{
    return memcmp(code, "RATE", 4) == 0 || memcmp(code, "DENY", 4) == 0 || memcmp(code, "RSTR", 4) == 0;
}

static int check_synchronised(const uint8_t *bytes)
{
    if (bytes[STRATUM] == 0) /* the reference is a code then */
        return is_refusal(bytes + REFERENCE_ID) ? -EACCES : -EPROTO;
    if (bytes[STRATUM] > STRATUM_MAX || bytes[FLAGS] >> 6 == LEAP_UNKNOWN)
        return -EPROTO;
    return read_64(bytes + RECEIVE) && read_64(bytes + TRANSMIT) ? 0 : -EPROTO;
}

/* 16 bits of seconds, 16 of a fraction: rounded up. */
static int64_t short_usec(const uint8_t *bytes)
{
    return (read_32(bytes) * SECOND + 0xffff) >> 16;
}

/* 32 bits of seconds, 32 of a fraction. */
static int64_t span_usec(int64_t span)
{
    return (span >> 32) * SECOND + ((span & 0xffffffff) * SECOND >> 32);
}

/* The era that is nearest to `build_usec`: a server's clock may be wrong, but not by half an era. */
static int64_t stamp_usec(uint64_t stamp, int64_t build_usec)
{
    int64_t usec = (int64_t)(stamp >> 32) * SECOND + span_usec(stamp & 0xffffffff) - UNIX_USEC;

    while (usec < build_usec - ERA_USEC / 2)
        usec += ERA_USEC;
    return usec < build_usec + ERA_USEC / 2 ? usec : usec - ERA_USEC;
}

int ntp_message_parse(const uint8_t *bytes, size_t length, uint64_t cookie, int64_t sent_raw_usec,
                      int64_t received_raw_usec, int64_t build_usec, struct clock_reading *reading)
{
    int64_t elapsed, busy, trip, delay, dispersion, transmit;
    int r;

    if (sent_raw_usec < 0 || received_raw_usec < sent_raw_usec || received_raw_usec > CLOCK_TIME_MAX_USEC ||
        build_usec < 0 || build_usec > CLOCK_TIME_MAX_USEC)
        return -EINVAL;
    if (!is_answer(bytes, length, cookie))
        return -EBADMSG;
    r = check_synchronised(bytes);
    if (r < 0)
        return r;
    elapsed = received_raw_usec - sent_raw_usec;
    /* Across a turn of the era as well. */
    busy = span_usec((int64_t)(read_64(bytes + TRANSMIT) - read_64(bytes + RECEIVE)));
    /* Busy for longer than we waited: one of the clocks went otherwise, by so much. */
    trip = busy > elapsed ? busy - elapsed : elapsed - busy;
    delay = short_usec(bytes + ROOT_DELAY);
    dispersion = short_usec(bytes + ROOT_DISPERSION);
    transmit = stamp_usec(read_64(bytes + TRANSMIT), build_usec);
    if (trip > WORTH_USEC || delay > WORTH_USEC || dispersion > WORTH_USEC || transmit < 0 ||
        transmit > CLOCK_TIME_MAX_USEC)
        return -ERANGE;
    /* The middle of the server's two stamps belongs to the middle of ours. */
    reading->base_usec = transmit - busy / 2 - (sent_raw_usec + elapsed / 2);
    reading->bound_usec = (trip + 1) / 2 + (delay + 1) / 2 + dispersion;
    return 0;
}
