/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A byte that says how large the pieces are, then any text as an answer of wireguard-go's: in pieces it says
 * what it says as a whole, and nothing is left of keys that are planted in it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/sys/wireguard_text.h"

#define PEERS_MAX 64
#define SECRET    "0badc0ffee15dead"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    struct peer_fact peers[PEERS_MAX];
    size_t count;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void tell(void *userdata, const struct peer_fact *peer)
{
    struct told *told = userdata;

    check(peer->ifindex == 7 && peer->raw_usec == 0 && peer->clock_usec == 0);
    check(peer->handshake_usec >= 0 && peer->handshake_usec < CLOCK_TIME_MAX_USEC);
    check(peer->endpoint.family || (!peer->endpoint.port && !peer->endpoint.bytes[0]));
    check(peer->address_family == AF_INET || peer->address_family == AF_INET6 ||
          (!peer->address_family && !peer->address[0]));
    check(peer->address_family != AF_INET || !peer->address[4]);
    if (told->count < PEERS_MAX)
        told->peers[told->count++] = *peer;
}

/* The value of each such key is our secret from then on, as long as it was. */
static void plant(char *text, size_t length, const char *key)
{
    char *end = text + length, *at = text;

    while ((at = memmem(at, end - at, key, strlen(key)))) {
        at += strlen(key);
        for (size_t i = 0; at < end && *at != '\n'; at++, i++)
            *at = SECRET[i % (sizeof(SECRET) - 1)];
    }
}

/* Half of it, from anywhere, is found. */
static void check_no_secret(const void *where, size_t size)
{
    static const char twice[] = SECRET SECRET;

    for (size_t i = 0; i < sizeof(SECRET) - 1; i++)
        check(!memmem(where, size, twice + i, 8));
}

static int take(const char *answer, size_t length, size_t size, struct wireguard_text *text)
{
    int r = 0, before = 0;

    for (size_t at = 0; at < length; at += size) {
        size_t part = length - at < size ? length - at : size;
        char *piece = malloc(part); /* of its own size, so that a byte too far is seen */

        memcpy(piece, answer + at, part);
        r = wireguard_text_take(text, piece, part);
        check(r <= 1 && (before == 0 || r == before));
        before = r;
        check_no_secret(piece, part);
        check_no_secret(text->line + text->length, sizeof(text->line) - text->length);
        check(r == 0 || text->length == 0);
        free(piece);
    }
    wireguard_text_done(text);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct told told = {.count = 0}, again = {.count = 0};
    struct wireguard_text whole = {.peer = tell, .userdata = &told, .tunnel.ifindex = 7};
    struct wireguard_text parts = {.peer = tell, .userdata = &again, .tunnel.ifindex = 7};
    size_t length = size - 1;
    char *answer;

    if (size < 2)
        return 0;
    answer = malloc(length);
    memcpy(answer, data + 1, length);
    plant(answer, length, "private_key=");
    plant(answer, length, "preshared_key=");
    check(take(answer, length, length, &whole) == take(answer, length, data[0] ? data[0] : 1, &parts));
    check(told.count == again.count && memcmp(told.peers, again.peers, sizeof(told.peers)) == 0);
    check(memcmp(&whole.tunnel, &parts.tunnel, sizeof(whole.tunnel)) == 0);
    check_no_secret(&whole, sizeof(whole));
    check_no_secret(&parts, sizeof(parts));
    free(answer);
    return 0;
}
