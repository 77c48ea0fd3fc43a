/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A WireGuard peer: what follows from readings of it, and when the next one is due */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#define SECOND          INT64_C(1000000)
#define RAW_MAX         (INT64_MAX / 2)
#define REKEY_SEC       130 /* REKEY_AFTER_TIME is 120 s; a handshake that is lost is tried again after 5 s */
#define KEEPALIVE_BYTES 32  /* of a packet without data */

const char *peer_state_name(enum peer_state state)
{
    static const char *const names[PEER_STATES] = {"unknown", "idle", "up", "down"};

    return names[state];
}

const char *peer_reason_name(enum peer_reason reason)
{
    static const char *const names[PEER_REASONS] = {"", "no-handshake", "no-reply", "no-endpoint"};

    return names[reason];
}

/* 0 stands for none in a peer, and no sum with it overflows. */
static int64_t raw_of(int64_t raw_usec)
{
    if (raw_usec < 1)
        return 1;
    return raw_usec < RAW_MAX ? raw_usec : RAW_MAX;
}

static bool has_session(const struct peer *peer, int64_t raw)
{
    return peer->handshake_usec && raw - peer->handshake_usec <= PEER_REJECT_USEC;
}

/* When no handshake is too long ago: with a long keepalive it comes with the first one after
 * REKEY_AFTER_TIME. */
static int64_t late(const struct peer *peer)
{
    int64_t from = peer->state == PEER_UP ? peer->handshake_usec : peer->first_usec;
    int64_t rekey = (REKEY_SEC + peer->seen.keepalive_sec) * SECOND;

    return from + (rekey > PEER_REJECT_USEC ? rekey : PEER_REJECT_USEC) + 1;
}

static void rise(struct peer *peer)
{
    peer->state = PEER_UP;
    peer->reason = PEER_REASON_NONE;
}

static void rest(struct peer *peer)
{
    peer->state = PEER_IDLE;
    peer->reason = PEER_REASON_NONE;
}

static void fall(struct peer *peer, int64_t raw)
{
    peer->state = PEER_DOWN;
    peer->unheard_usec = 0;
    if (has_session(peer, raw))
        peer->reason = PEER_NO_REPLY;
    else
        peer->reason = peer->seen.endpoint.family ? PEER_NO_HANDSHAKE : PEER_NO_ENDPOINT;
}

/* What the wall clock says of a handshake that was there before us, on CLOCK_MONOTONIC_RAW; 0: that is not
 * to be believed. */
static int64_t handshake_before(const struct peer_fact *fact, int64_t raw)
{
    int64_t wall, age;

    if (!fact->handshake_usec || __builtin_add_overflow(fact->clock_usec, fact->raw_usec, &wall) ||
        __builtin_sub_overflow(wall, fact->handshake_usec, &age) || age < 0 || age > PEER_REJECT_USEC)
        return 0;
    return raw > age ? raw - age : 1;
}

/* Between two readings the wall clock tells when, unless somebody set it meanwhile; it is not asked for more.
 */
static int64_t handshake_since(const struct peer_fact *before, const struct peer_fact *fact, int64_t raw)
{
    int64_t moved, at;

    if (__builtin_sub_overflow(fact->clock_usec, before->clock_usec, &moved) || moved > SECOND ||
        moved < -SECOND || __builtin_sub_overflow(fact->handshake_usec, fact->clock_usec, &at) ||
        at < raw_of(before->raw_usec) || at > raw)
        return raw;
    return at;
}

static void begin(struct peer *peer, const struct peer_fact *fact, int64_t raw)
{
    memset(peer, 0, sizeof(*peer));
    peer->seen = *fact;
    peer->first_usec = peer->heard_usec = peer->sent_usec = raw;
    peer->handshake_usec = handshake_before(fact, raw);
    peer->state = peer->handshake_usec ? PEER_UP : PEER_IDLE;
}

static uint64_t keepalives(const struct peer_fact *fact, int64_t elapsed_usec)
{
    if (!fact->keepalive_sec || elapsed_usec < 0)
        return fact->keepalive_sec > 0;
    return (uint64_t)(elapsed_usec / (fact->keepalive_sec * SECOND)) + 1;
}

/* Whether more went out than packets without data, which nobody answers: those of keepalive, and up to two
 * that are sent by themselves after data has come. */
static bool was_sent(const struct peer_fact *before, const struct peer_fact *after)
{
    int64_t elapsed_usec = raw_of(after->raw_usec) - raw_of(before->raw_usec);
    uint64_t was = keepalives(before, elapsed_usec), is = keepalives(after, elapsed_usec);

    return after->tx_bytes - before->tx_bytes > KEEPALIVE_BYTES * (2 + (was > is ? was : is));
}

static int64_t own_until(const struct peer *peer)
{
    return peer->own_usec && !peer->own_answered ? peer->own_usec + PEER_OWN_USEC : peer->own_usec;
}

/* What went out between these readings may be what we sent. With keepalive somebody wants the peer, whoever
 * sent. */
static bool may_be_own(const struct peer *peer, const struct peer_fact *before, const struct peer_fact *after)
{
    return raw_of(before->raw_usec) < own_until(peer) && !(before->keepalive_sec && after->keepalive_sec);
}

/* Only a reading shows that nothing has come since. */
static void note_silence(struct peer *peer, bool sent, int64_t raw)
{
    if (peer->state != PEER_UP && peer->state != PEER_IDLE)
        return;
    if (!peer->unheard_usec)
        peer->unheard_usec = sent ? raw : 0;
    else if (raw - peer->unheard_usec >= PEER_SUSPECT_USEC)
        fall(peer, raw);
}

static void go_on(struct peer *peer, const struct peer_fact *fact, int64_t raw)
{
    const struct peer_fact before = peer->seen;
    bool shaken = fact->handshake_usec != before.handshake_usec;
    bool anew = fact->rx_bytes < before.rx_bytes || fact->tx_bytes < before.tx_bytes;
    bool heard = !anew && fact->rx_bytes > before.rx_bytes;
    bool own = may_be_own(peer, &before, fact);

    peer->seen = *fact;
    if (anew || (fact->tx_bytes > before.tx_bytes && !own))
        peer->sent_usec = raw;
    if (shaken)
        peer->handshake_usec = handshake_since(&before, fact, raw);
    if (shaken || (heard && peer->reason == PEER_NO_REPLY && has_session(peer, raw)))
        rise(peer);
    if (shaken || anew || heard) {
        peer->heard_usec = raw;
        peer->unheard_usec = 0;
    } else {
        note_silence(peer, !own && was_sent(&before, fact), raw);
    }
}

/* With keepalive a handshake is waited for; without, nobody misses one. */
static void note_keepalive(struct peer *peer, int64_t raw)
{
    if (peer->seen.keepalive_sec) {
        if (peer->state != PEER_IDLE)
            return;
        peer->state = PEER_UNKNOWN;
        peer->first_usec = raw;
        peer->unheard_usec = 0;
    } else if (peer->state == PEER_UNKNOWN ||
               (peer->state == PEER_DOWN && raw - peer->sent_usec > PEER_REJECT_USEC)) {
        rest(peer);
    }
}

static void note_time(struct peer *peer, int64_t raw)
{
    if (peer->state == PEER_DOWN && !has_session(peer, raw))
        fall(peer, raw); /* the reason may be another now */
    if ((peer->state != PEER_UP && peer->state != PEER_UNKNOWN) || raw < late(peer))
        return;
    if (peer->seen.keepalive_sec)
        fall(peer, raw);
    else
        rest(peer);
}

bool peer_see(struct peer *peer, const struct peer_fact *fact)
{
    enum peer_state before = peer->state;
    int64_t raw = raw_of(fact->raw_usec);

    if (!peer->first_usec || (peer->seen.handshake_usec && !fact->handshake_usec))
        begin(peer, fact, raw);
    else
        go_on(peer, fact, raw);
    note_keepalive(peer, raw);
    note_time(peer, raw);
    return peer->state != before;
}

void peer_note_own(struct peer *peer, const struct sent_fact *fact)
{
    peer->own_usec = raw_of(fact->raw_usec);
    peer->own_answered = fact->answered;
}

bool peer_may_be_asked(const struct peer *peer, int64_t raw_usec)
{
    return peer->seen.keepalive_sec || !peer->own_usec || peer->own_answered ||
           peer->heard_usec > peer->own_usec || raw_of(raw_usec) - peer->own_usec >= PEER_QUIET_USEC;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* What is sent by others is seen from then on. */
static int64_t own_due(const struct peer *peer)
{
    bool minds = (peer->state == PEER_UP || peer->state == PEER_IDLE) && !peer->unheard_usec;

    return minds && may_be_own(peer, &peer->seen, &peer->seen) ? own_until(peer) : 0;
}

int64_t peer_due(const struct peer *peer)
{
    bool waits = peer->state == PEER_UP || (peer->state == PEER_UNKNOWN && peer->first_usec);
    int64_t suspect = peer->unheard_usec ? peer->unheard_usec + PEER_SUSPECT_USEC : 0;

    return earlier(earlier(suspect, waits ? late(peer) : 0), own_due(peer));
}

int64_t peer_age(const struct peer *peer, int64_t raw_usec)
{
    int64_t age = raw_of(raw_usec) - peer->handshake_usec;

    if (!peer->handshake_usec)
        return -1;
    return age > 0 ? age : 0;
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const char *peer_key_text(const uint8_t key[PEER_KEY_SIZE], char buffer[PEER_KEY_TEXT_SIZE])
{
    for (size_t i = 0; i < PEER_KEY_TEXT_SIZE - 2; i++) {
        size_t at = i * 6 / 8;
        unsigned int next = at + 1 < PEER_KEY_SIZE ? key[at + 1] : 0;

        buffer[i] = base64[((unsigned int)key[at] << 8 | next) >> (10 - i * 6 % 8) & 63];
    }
    memcpy(buffer + PEER_KEY_TEXT_SIZE - 2, "=", sizeof("="));
    return buffer;
}

int peer_key_parse(const char *text, uint8_t key[PEER_KEY_SIZE])
{
    uint8_t bytes[PEER_KEY_SIZE + 1] = {0}; /* the last one: bits that would be lost */

    if (strnlen(text, PEER_KEY_TEXT_SIZE) != PEER_KEY_TEXT_SIZE - 1 || text[PEER_KEY_TEXT_SIZE - 2] != '=')
        return -EINVAL;
    for (size_t i = 0; i < PEER_KEY_TEXT_SIZE - 2; i++) {
        const char *digit = strchr(base64, text[i]);
        unsigned int bits;

        if (!digit)
            return -EINVAL;
        bits = (unsigned int)(digit - base64) << (10 - i * 6 % 8);
        bytes[i * 6 / 8] |= (uint8_t)(bits >> 8);
        bytes[i * 6 / 8 + 1] |= (uint8_t)bits;
    }
    if (bytes[PEER_KEY_SIZE])
        return -EINVAL;
    memcpy(key, bytes, PEER_KEY_SIZE);
    return 0;
}

const char *peer_endpoint_text(const struct peer_endpoint *endpoint, char *buffer, size_t size)
{
    bool wide = endpoint->family == AF_INET6;
    char address[INET6_ADDRSTRLEN];
    int length;

    if (size == 0)
        return "";
    buffer[0] = 0;
    if (!endpoint->family || !inet_ntop(endpoint->family, endpoint->bytes, address, sizeof(address)))
        return buffer;
    length = snprintf(buffer, size, "%s%s%s:%u", wide ? "[" : "", address, wide ? "]" : "", endpoint->port);
    if (length < 0 || (size_t)length >= size)
        buffer[0] = 0; /* half of it would be another's */
    return buffer;
}

/* In digits and nothing else. */
static int parse_port(const char *text, uint16_t *port)
{
    unsigned long number = 0;

    if (!*text || strlen(text) > 5 || (*text == '0' && text[1]))
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        number = number * 10 + (unsigned long)(*text - '0');
    }
    if (number > UINT16_MAX)
        return -EINVAL;
    *port = (uint16_t)number;
    return 0;
}

int peer_endpoint_parse(const char *text, struct peer_endpoint *endpoint)
{
    const char *colon = strrchr(text, ':');
    bool wide = text[0] == '[';
    struct peer_endpoint parsed = {.family = wide ? AF_INET6 : AF_INET};
    char address[INET6_ADDRSTRLEN];
    size_t length;

    if (!colon || colon < text + 2 * wide || (wide && colon[-1] != ']'))
        return -EINVAL;
    length = (size_t)(colon - text) - 2 * wide;
    if (length >= sizeof(address))
        return -EINVAL;
    memcpy(address, text + wide, length);
    address[length] = 0;
    if (inet_pton(parsed.family, address, parsed.bytes) != 1 || parse_port(colon + 1, &parsed.port) < 0)
        return -EINVAL;
    *endpoint = parsed;
    return 0;
}

bool peer_endpoint_equal(const struct peer_endpoint *a, const struct peer_endpoint *b)
{
    size_t size = a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;

    if (a->family != b->family || !a->family)
        return a->family == b->family;
    return a->port == b->port && memcmp(a->bytes, b->bytes, size) == 0;
}
