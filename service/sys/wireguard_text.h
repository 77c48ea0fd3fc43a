/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text that wireguard-go answers "get=1" with, and what is set by "set=1": key=value lines, ended by an
 * empty one (https://www.wireguard.com/xplatform/, "cross-platform userspace").
 *
 * It is read as it comes, in pieces of any size, and each piece is wiped, for private_key and preshared_key
 * may be in it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "../state/fact.h"

#define WIREGUARD_TEXT_LINE_MAX 256 /* bytes, of a line with its end; a longer one is -EBADMSG */

typedef void (*wireguard_text_peer)(void *userdata, const struct peer_fact *peer);

/* Zeroed but for `peer`, `userdata` and the tunnel's link, which its peers then bear, it is at the beginning.
 */
struct wireguard_text {
    wireguard_text_peer peer;
    void *userdata;
    struct tunnel_fact tunnel; /* keyed, port and mark are set by it */
    struct peer_fact current;
    bool in_peer;
    bool closing; /* "errno=" was there: an empty line is all that may come */
    bool ended;
    int error; /* what "errno=" said, or what was wrong; positive */
    char line[WIREGUARD_TEXT_LINE_MAX];
    size_t length;
};

/*
 * Takes the next piece, and wipes it. 1: the answer has ended (errno=0, then an empty line), and what may
 * follow is not looked at; 0: more is to come; -EBADMSG; or what errno said, negative. Once it is not 0 it
 * stays what it is, and no peer is told any more.
 */
int wireguard_text_take(struct wireguard_text *text, char *piece, size_t length);
/* Whatever half a line it still holds is wiped. */
void wireguard_text_done(struct wireguard_text *text);

/* "set=1…": a peer's keepalive, or its endpoint, of which the family is known; the text's length. The peer
 * must be there. `size` is at least WIREGUARD_TEXT_SET_SIZE. */
#define WIREGUARD_TEXT_SET_SIZE 256
size_t wireguard_text_set_keepalive(const uint8_t key[PEER_KEY_SIZE], uint16_t seconds, char *buffer,
                                    size_t size);
size_t wireguard_text_set_endpoint(const uint8_t key[PEER_KEY_SIZE], const struct peer_endpoint *endpoint,
                                   char *buffer, size_t size);
