/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peers of a tunnel */
#include "peers.h"

#include <errno.h>
#include <stdlib.h>

void peers_done(struct peers *peers)
{
    free(peers->list);
    free(peers->slots);
    memset(peers, 0, sizeof(*peers));
}

/* Public keys are as good as random; whoever sets them here may do worse than make this slow. */
static size_t hash(const uint8_t key[PEER_KEY_SIZE])
{
    uint64_t head;

    memcpy(&head, key, sizeof(head));
    return (size_t)(head * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* The slot that holds the key's index, or the free one where it belongs. There is always a free one. */
static uint32_t *slot_of(const struct peers *peers, const uint8_t key[PEER_KEY_SIZE])
{
    size_t at = hash(key) & (peers->slots_count - 1);

    while (peers->slots[at] && memcmp(peers->list[peers->slots[at] - 1].seen.key, key, PEER_KEY_SIZE) != 0)
        at = (at + 1) & (peers->slots_count - 1);
    return &peers->slots[at];
}

static void index_all(struct peers *peers)
{
    memset(peers->slots, 0, peers->slots_count * sizeof(*peers->slots));
    for (size_t i = 0; i < peers->count; i++)
        *slot_of(peers, peers->list[i].seen.key) = (uint32_t)i + 1;
}

/* Room for one more; at most half of the slots are taken. */
static int grow(struct peers *peers)
{
    size_t wanted = peers->allocated ? peers->allocated * 2 : 8;
    struct peer *list;
    uint32_t *slots;

    if (peers->count < peers->allocated)
        return 0;
    list = realloc(peers->list, wanted * sizeof(*list));
    if (!list)
        return -ENOMEM;
    peers->list = list;
    slots = realloc(peers->slots, 2 * wanted * sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    peers->slots = slots;
    peers->slots_count = 2 * wanted;
    peers->allocated = wanted;
    index_all(peers);
    return 0;
}

static int add(struct peers *peers, const struct peer_fact *fact)
{
    struct peer *peer;
    int r;

    if (peers->count == PEERS_MAX) {
        peers->truncated = true;
        return 0;
    }
    r = grow(peers);
    if (r < 0)
        return r;
    peer = &peers->list[peers->count];
    *peer = (struct peer){0};
    (void)peer_see(peer, fact);
    *slot_of(peers, fact->key) = (uint32_t)++peers->count;
    return 1;
}

void peers_begin(struct peers *peers)
{
    peers->truncated = false;
    for (size_t i = 0; i < peers->count; i++)
        peers->list[i].stale = true;
}

int peers_see(struct peers *peers, const struct peer_fact *fact)
{
    uint32_t known = peers->count ? *slot_of(peers, fact->key) : 0;

    if (!known)
        return add(peers, fact);
    peers->list[known - 1].stale = false;
    return peer_see(&peers->list[known - 1], fact);
}

void peers_note_own(struct peers *peers, const struct sent_fact *fact)
{
    uint32_t known = peers->count ? *slot_of(peers, fact->key) : 0;

    if (known)
        peer_note_own(&peers->list[known - 1], fact);
}

bool peers_end(struct peers *peers)
{
    size_t kept = 0, before = peers->count;

    for (size_t i = 0; i < before; i++)
        if (!peers->list[i].stale)
            peers->list[kept++] = peers->list[i];
    peers->count = kept;
    if (kept != before)
        index_all(peers);
    return kept != before;
}

const struct peer *peers_find(const struct peers *peers, const uint8_t key[PEER_KEY_SIZE])
{
    uint32_t known = peers->count ? *slot_of(peers, key) : 0;

    return known ? &peers->list[known - 1] : NULL;
}
