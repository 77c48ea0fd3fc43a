/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICMP and ICMPv6 echo messages */
#include "icmp_echo.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* Places in the header. */
#define TYPE     0
#define CODE     1
#define CHECKSUM 2
#define ID       4
#define SEQUENCE 6

static uint8_t question_type(const struct icmp_echo *echo)
{
    return echo->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
}

static uint8_t answer_type(const struct icmp_echo *echo)
{
    return echo->family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
}

/* RFC 1071. */
static uint16_t checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void write_16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = value >> 8;
    bytes[1] = value & 0xff;
}

void icmp_echo_write(const struct icmp_echo *echo, uint16_t sequence, uint8_t *bytes, size_t length)
{
    memset(bytes, 0, ICMP_ECHO_HEADER_SIZE);
    bytes[TYPE] = question_type(echo);
    memcpy(bytes + ID, echo->id, sizeof(echo->id));
    write_16(bytes + SEQUENCE, sequence);
    memcpy(bytes + ICMP_ECHO_HEADER_SIZE, echo->cookie, sizeof(echo->cookie));
    if (echo->family == AF_INET)
        write_16(bytes + CHECKSUM, checksum(bytes, length));
}

size_t icmp_echo_offset(const uint8_t *bytes, size_t length)
{
    size_t header = length ? (bytes[0] & 0x0f) * 4u : 0;

    return header >= sizeof(struct iphdr) && header < length ? header : length;
}

static bool is_ours(const struct icmp_echo *echo, uint8_t type, const uint8_t *bytes, size_t length,
                    uint16_t *sequence)
{
    if (length < ICMP_ECHO_HEADER_SIZE || bytes[TYPE] != type || bytes[CODE] != 0 ||
        memcmp(bytes + ID, echo->id, sizeof(echo->id)) != 0)
        return false;
    *sequence = (uint16_t)(bytes[SEQUENCE] << 8 | bytes[SEQUENCE + 1]);
    return true;
}

bool icmp_echo_is_answer(const struct icmp_echo *echo, const uint8_t *bytes, size_t length,
                         uint16_t *sequence)
{
    return length >= ICMP_ECHO_SIZE_MIN &&
           memcmp(bytes + ICMP_ECHO_HEADER_SIZE, echo->cookie, sizeof(echo->cookie)) == 0 &&
           is_ours(echo, answer_type(echo), bytes, length, sequence);
}

bool icmp_echo_is_question(const struct icmp_echo *echo, const uint8_t *bytes, size_t length,
                           uint16_t *sequence)
{
    size_t quoted = length > ICMP_ECHO_HEADER_SIZE ? length - ICMP_ECHO_HEADER_SIZE : 0;

    if (quoted > sizeof(echo->cookie))
        quoted = sizeof(echo->cookie);
    return is_ours(echo, question_type(echo), bytes, length, sequence) &&
           memcmp(bytes + ICMP_ECHO_HEADER_SIZE, echo->cookie, quoted) == 0;
}
