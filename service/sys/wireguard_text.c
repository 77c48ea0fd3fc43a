/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of wireguard-go */
#include "wireguard_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define SECOND        INT64_C(1000000)
#define KEY_TEXT_SIZE (2 * PEER_KEY_SIZE + 1)
/* There was no WireGuard before 2015. boringtun gives the handshake's age, which is another at each reading:
 * its peers would be up for ever. */
#define STAMP_MIN_SEC 1420070400

enum number { PORT, MARK, KEEPALIVE, SECONDS, NANOSECONDS, RX, TX, NUMBERS };

static const struct {
    const char *key;
    bool of_peer;
    uint64_t max;
} numbers[NUMBERS] = {
    [PORT] = {"listen_port", false, UINT16_MAX},
    [MARK] = {"fwmark", false, UINT32_MAX},
    [KEEPALIVE] = {"persistent_keepalive_interval", true, UINT16_MAX},
    [SECONDS] = {"last_handshake_time_sec", true, CLOCK_TIME_MAX_USEC / SECOND - 1},
    [NANOSECONDS] = {"last_handshake_time_nsec", true, 1000 * SECOND - 1},
    [RX] = {"rx_bytes", true, UINT64_MAX},
    [TX] = {"tx_bytes", true, UINT64_MAX},
};

/* Digits and nothing else. */
static int parse_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (!*text)
        return -EBADMSG;
    for (; *text; text++) {
        unsigned digit = (unsigned char)*text - '0';

        if (digit > 9 || value > (max - digit) / 10)
            return -EBADMSG;
        value = value * 10 + digit;
    }
    *number = value;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A key is not kept: 1 if there is one, 0 if it is all zero, -EBADMSG if that is none. */
static int has_key(const char *text)
{
    int any = 0;

    if (strlen(text) != KEY_TEXT_SIZE - 1)
        return -EBADMSG;
    for (; *text; text++) {
        if (hex_digit(*text) < 0)
            return -EBADMSG;
        any |= hex_digit(*text);
    }
    return any != 0;
}

static int parse_key(const char *text, uint8_t key[PEER_KEY_SIZE])
{
    if (has_key(text) < 0)
        return -EBADMSG;
    for (int i = 0; i < PEER_KEY_SIZE; i++)
        key[i] = hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]);
    return 0;
}

/* One that holds for one link only ("fe80::1%eth0") is as good as none. */
static int parse_endpoint(char *text, struct peer_endpoint *endpoint)
{
    bool bracket = *text == '[';
    char *end = strrchr(text, bracket ? ']' : ':'), *scope;
    uint64_t port;

    memset(endpoint, 0, sizeof(*endpoint));
    if (!end)
        return -EBADMSG;
    *end++ = 0;
    if ((bracket && *end++ != ':') || parse_number(end, UINT16_MAX, &port) < 0)
        return -EBADMSG;
    scope = bracket ? strchr(text, '%') : NULL;
    if (scope)
        *scope = 0;
    if (inet_pton(bracket ? AF_INET6 : AF_INET, text + bracket, endpoint->bytes) != 1)
        return -EBADMSG;
    if (scope) {
        memset(endpoint, 0, sizeof(*endpoint));
        return 0;
    }
    endpoint->family = bracket ? AF_INET6 : AF_INET;
    endpoint->port = port;
    return 0;
}

/* "10.0.0.2/32": the first that is no network is the peer's own. */
static int parse_allowed(char *text, struct peer_fact *peer)
{
    bool ipv6 = strchr(text, ':') != NULL;
    char *slash = strchr(text, '/');
    uint8_t bytes[16] = {0};
    uint64_t prefix, most = ipv6 ? 128 : 32;

    if (!slash)
        return -EBADMSG;
    *slash = 0;
    if (parse_number(slash + 1, most, &prefix) < 0 || inet_pton(ipv6 ? AF_INET6 : AF_INET, text, bytes) != 1)
        return -EBADMSG;
    if (peer->address_family || prefix != most)
        return 0;
    peer->address_family = ipv6 ? AF_INET6 : AF_INET;
    memcpy(peer->address, bytes, sizeof(bytes));
    return 0;
}

static void set_number(struct wireguard_text *text, enum number which, uint64_t number)
{
    struct peer_fact *peer = &text->current;

    switch (which) {
    case PORT:
        text->tunnel.port = number;
        break;
    case MARK:
        text->tunnel.mark = number;
        break;
    case KEEPALIVE:
        peer->keepalive_sec = number;
        break;
    case SECONDS:
        peer->handshake_usec = number * SECOND + peer->handshake_usec % SECOND;
        break;
    case NANOSECONDS:
        peer->handshake_usec += (int64_t)number / 1000 - peer->handshake_usec % SECOND;
        break;
    case RX:
        peer->rx_bytes = number;
        break;
    case TX:
        peer->tx_bytes = number;
        break;
    case NUMBERS:
        break;
    }
}

static void tell(struct wireguard_text *text)
{
    if (text->current.handshake_usec < SECOND) /* never has no nanoseconds */
        text->current.handshake_usec = 0;
    if (text->in_peer)
        text->peer(text->userdata, &text->current);
    text->in_peer = false;
}

static int begin_peer(struct wireguard_text *text, const char *key)
{
    tell(text);
    memset(&text->current, 0, sizeof(text->current));
    text->current.ifindex = text->tunnel.ifindex;
    text->in_peer = true;
    return parse_key(key, text->current.key);
}

/* wireguard-go has its errors negative, others have not. */
static int take_errno(struct wireguard_text *text, const char *value)
{
    uint64_t number;

    if (parse_number(value + (*value == '-'), INT_MAX, &number) < 0)
        return -EBADMSG;
    text->error = number;
    text->closing = true;
    return 0;
}

static int take_assignment(struct wireguard_text *text, const char *key, char *value)
{
    uint64_t number;
    int r;

    for (int i = 0; i < NUMBERS; i++)
        if (numbers[i].of_peer == text->in_peer && strcmp(key, numbers[i].key) == 0) {
            if (parse_number(value, numbers[i].max, &number) < 0 ||
                (i == SECONDS && number && number < STAMP_MIN_SEC))
                return -EBADMSG;
            set_number(text, i, number);
            return 0;
        }
    if (strcmp(key, "public_key") == 0)
        return begin_peer(text, value);
    if (text->in_peer && strcmp(key, "endpoint") == 0)
        return parse_endpoint(value, &text->current.endpoint);
    if (text->in_peer && strcmp(key, "allowed_ip") == 0)
        return parse_allowed(value, &text->current);
    if (strcmp(key, "errno") == 0)
        return take_errno(text, value);
    if (text->in_peer || strcmp(key, "private_key") != 0)
        return 0;
    r = has_key(value);
    text->tunnel.keyed = r > 0;
    return r < 0 ? r : 0;
}

/* 1: it was the last one. */
static int take_line(struct wireguard_text *text)
{
    char *equals = strchr(text->line, '=');

    if (strlen(text->line) != text->length)
        return -EBADMSG;
    if (text->closing) {
        if (text->length)
            return -EBADMSG;
        if (text->error)
            return -text->error;
        tell(text);
        return 1;
    }
    if (!equals)
        return -EBADMSG;
    *equals = 0;
    return take_assignment(text, text->line, equals + 1);
}

static int take_byte(struct wireguard_text *text, char byte)
{
    int r;

    if (byte != '\n') {
        text->line[text->length++] = byte;
        return text->length < sizeof(text->line) ? 0 : -EBADMSG;
    }
    text->line[text->length] = 0;
    r = take_line(text);
    wireguard_text_done(text);
    return r;
}

int wireguard_text_take(struct wireguard_text *text, char *piece, size_t length)
{
    int r = 0;

    for (size_t i = 0; i < length && r == 0 && !text->ended; i++)
        r = take_byte(text, piece[i]);
    explicit_bzero(piece, length);
    if (r != 0) {
        text->ended = true;
        text->error = r < 0 ? -r : 0;
        wireguard_text_done(text);
    }
    return !text->ended ? 0 : text->error ? -text->error : 1;
}

void wireguard_text_done(struct wireguard_text *text)
{
    explicit_bzero(text->line, sizeof(text->line));
    text->length = 0;
}

static const char *key_text(const uint8_t key[PEER_KEY_SIZE], char buffer[KEY_TEXT_SIZE])
{
    for (int i = 0; i < PEER_KEY_SIZE; i++)
        snprintf(buffer + 2 * i, 3, "%02x", key[i]);
    return buffer;
}

/* wireguard-go would make a peer that is not there: update_only forbids it. */
#define SET "set=1\npublic_key=%s\nupdate_only=true\n"

size_t wireguard_text_set_keepalive(const uint8_t key[PEER_KEY_SIZE], uint16_t seconds, char *buffer,
                                    size_t size)
{
    char hex[KEY_TEXT_SIZE];

    return snprintf(buffer, size, SET "persistent_keepalive_interval=%u\n\n", key_text(key, hex), seconds);
}

size_t wireguard_text_set_endpoint(const uint8_t key[PEER_KEY_SIZE], const struct peer_endpoint *endpoint,
                                   char *buffer, size_t size)
{
    bool brackets = endpoint->family != AF_INET;
    char hex[KEY_TEXT_SIZE], address[INET6_ADDRSTRLEN];

    inet_ntop(brackets ? AF_INET6 : AF_INET, endpoint->bytes, address, sizeof(address));
    return snprintf(buffer, size, SET "endpoint=%s%s%s:%u\n\n", key_text(key, hex), brackets ? "[" : "",
                    address, brackets ? "]" : "", endpoint->port);
}
