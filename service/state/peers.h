/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peers of a tunnel: found by their key, however many there are. */
#pragma once

#include "peer.h"

#define PEERS_MAX 16384 /* of one tunnel; the kernel takes more */

struct peers {
    struct peer *list; /* in the order of arrival */
    size_t count, allocated;
    uint32_t *slots; /* by hash of the key: an index into the list, and one; 0: free */
    size_t slots_count;
    bool truncated; /* more than PEERS_MAX came: what is known is not all */
};

void peers_done(struct peers *peers);
/* What is not seen again until peers_end() is gone. */
void peers_begin(struct peers *peers);
/* 1: it is new, or its state changed; 0; -ENOMEM, after which all is as it was. */
int peers_see(struct peers *peers, const struct peer_fact *fact);
/* See peer_note_own(); of one that is not there nothing is known. */
void peers_note_own(struct peers *peers, const struct sent_fact *fact);
/* True if some are gone. */
bool peers_end(struct peers *peers);
const struct peer *peers_find(const struct peers *peers, const uint8_t key[PEER_KEY_SIZE]);
