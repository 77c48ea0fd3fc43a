/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peers of a tunnel: found by key, swept, bounded */
#include "facts.h"
#include "memory.h"

#include <errno.h>

#define S    INT64_C(1000000)
#define MANY 10000
#define NONE (-1) /* no handshake */

static int set_up(void **state)
{
    static struct peers peers;

    memset(&peers, 0, sizeof(peers));
    *state = &peers;
    return 0;
}

static int tear_down(void **state)
{
    peers_done(*state);
    return 0;
}

static int see(struct peers *peers, uint32_t number)
{
    struct fact fact = peer_of(7, number, 1000 * S, NONE);

    return peers_see(peers, &fact.peer);
}

static const struct peer *find(const struct peers *peers, uint32_t number)
{
    struct fact fact = peer_of(7, number, 1000 * S, NONE);
    const struct peer *peer = peers_find(peers, fact.peer.key);

    assert_true(!peer || memcmp(peer->seen.key, fact.peer.key, PEER_KEY_SIZE) == 0);
    return peer;
}

static uint32_t drawn(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*seed >> 33) % below);
}

static void shuffle(uint32_t *numbers, uint32_t count, uint64_t seed)
{
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = drawn(&seed, i), kept = numbers[i - 1];

        numbers[i - 1] = numbers[other];
        numbers[other] = kept;
    }
}

static void test_nobody(void **state)
{
    struct peers *peers = *state;

    assert_null(find(peers, 1));
    peers_begin(peers);
    assert_false(peers_end(peers));
    assert_null(find(peers, 1));
}

static void test_a_peer(void **state)
{
    struct peers *peers = *state;
    struct fact fact = peer_of(7, 5, 1000 * S, 0);

    assert_int_equal(peers_see(peers, &fact.peer), 1);
    assert_int_equal(find(peers, 5)->state, PEER_UP);
    assert_memory_equal(&find(peers, 5)->seen, &fact.peer, sizeof(fact.peer));
    assert_int_equal(peers_see(peers, &fact.peer), 0);
    fact.peer.raw_usec += 181 * S;
    assert_int_equal(peers_see(peers, &fact.peer), 1);
    assert_int_equal(find(peers, 5)->state, PEER_DOWN);
    assert_int_equal(peers->count, 1);
    assert_null(find(peers, 6));
}

/* And once more in another order: they stay in that of their arrival. */
static void test_many_in_any_order(void **state)
{
    static uint32_t numbers[MANY], others[MANY];
    struct peers *peers = *state;

    shuffle(numbers, MANY, 1);
    shuffle(others, MANY, 2);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_null(find(peers, numbers[i]));
        assert_int_equal(see(peers, numbers[i]), 1);
        assert_int_equal(peers->count, i + 1);
        assert_true(peers->slots_count >= 2 * peers->count && peers->allocated >= peers->count);
    }
    peers_begin(peers);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(see(peers, others[i]), 0);
    assert_false(peers_end(peers));
    assert_int_equal(peers->count, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        assert_ptr_equal(find(peers, numbers[i]), &peers->list[i]);
    assert_null(find(peers, MANY));
    assert_false(peers->truncated);
}

static void test_what_is_not_seen_again_is_gone(void **state)
{
    static uint32_t numbers[MANY];
    struct peers *peers = *state;
    uint32_t last = 0, here = 0;

    shuffle(numbers, MANY, 3);
    for (uint32_t i = 0; i < MANY; i++)
        see(peers, i);
    peers_begin(peers);
    for (uint32_t i = 0; i < MANY; i++)
        if (numbers[i] % 3 == 0)
            see(peers, numbers[i]);
    assert_non_null(find(peers, 1)); /* until the end */
    assert_int_equal(see(peers, MANY), 1);
    assert_true(peers_end(peers));
    assert_int_equal(peers->count, (MANY + 2) / 3 + 1);
    for (uint32_t i = 0; i <= MANY; i++) {
        const struct peer *peer = find(peers, i);

        assert_int_equal(peer != NULL, i % 3 == 0 || i == MANY);
        if (!peer)
            continue;
        assert_true(here++ == 0 || peer - peers->list == last + 1);
        last = peer - peers->list;
    }
    peers_begin(peers);
    assert_true(peers_end(peers));
    assert_int_equal(peers->count, 0);
    assert_null(find(peers, 0));
    assert_int_equal(see(peers, 0), 1);
    assert_non_null(find(peers, 0));
}

/* Whoever goes and comes back is as new: the moments of before are none of his. */
static void test_one_that_comes_back_begins_anew(void **state)
{
    struct peers *peers = *state;
    struct fact fact = peer_of(7, 1, 1000 * S, NONE);

    peers_see(peers, &fact.peer);
    peers_begin(peers);
    peers_end(peers);
    fact.peer.raw_usec += 3600 * S;
    assert_int_equal(peers_see(peers, &fact.peer), 1);
    assert_int_equal(find(peers, 1)->state, PEER_UNKNOWN);
    assert_int_equal(find(peers, 1)->first_usec, 4600 * S);
}

/* All fall into the same slot, and differ in their last byte only. */
static void test_keys_with_the_same_head(void **state)
{
    struct peers *peers = *state;
    struct fact fact = peer_of(7, 42, 1000 * S, NONE);

    for (int i = 0; i < 256; i++) {
        fact.peer.key[PEER_KEY_SIZE - 1] = (uint8_t)i;
        assert_null(peers_find(peers, fact.peer.key));
        assert_int_equal(peers_see(peers, &fact.peer), 1);
    }
    peers_begin(peers);
    for (int i = 255; i >= 0; i -= 2) {
        fact.peer.key[PEER_KEY_SIZE - 1] = (uint8_t)i;
        assert_int_equal(peers_see(peers, &fact.peer), 0);
    }
    assert_true(peers_end(peers));
    assert_int_equal(peers->count, 128);
    for (int i = 0; i < 256; i++) {
        const struct peer *peer;

        fact.peer.key[PEER_KEY_SIZE - 1] = (uint8_t)i;
        peer = peers_find(peers, fact.peer.key);
        assert_int_equal(peer != NULL, i % 2);
        assert_true(!peer || peer->seen.key[PEER_KEY_SIZE - 1] == i);
    }
}

static void test_there_are_only_so_many(void **state)
{
    struct peers *peers = *state;

    for (uint32_t i = 0; i < PEERS_MAX; i++)
        assert_int_equal(see(peers, i), 1);
    assert_false(peers->truncated);
    assert_int_equal(see(peers, PEERS_MAX), 0);
    assert_true(peers->truncated);
    assert_int_equal(peers->count, PEERS_MAX);
    assert_int_equal(peers->allocated, PEERS_MAX);
    assert_null(find(peers, PEERS_MAX));
    assert_int_equal(see(peers, 5), 0);
    /* It takes those that are left now, and the others when there is room. */
    peers_begin(peers);
    assert_false(peers->truncated);
    for (uint32_t i = 1; i <= PEERS_MAX; i++)
        see(peers, i);
    assert_true(peers_end(peers));
    assert_true(peers->truncated);
    assert_int_equal(peers->count, PEERS_MAX - 1);
    peers_begin(peers);
    for (uint32_t i = 1; i <= PEERS_MAX; i++)
        see(peers, i);
    assert_false(peers_end(peers));
    assert_false(peers->truncated);
    assert_int_equal(peers->count, PEERS_MAX);
    assert_non_null(find(peers, PEERS_MAX));
}

/* Of the list or of the slots, at the first peer and where both grow: whoever was there stays. */
static void test_without_memory(void **state)
{
    struct peers *peers = *state;
    uint32_t count = 0;

    for (int round = 0; round < 5; round++) {
        for (int after = 0; after < 2; after++) {
            memory_left = after;
            assert_int_equal(see(peers, count), -ENOMEM);
            memory_left = 0;
            assert_int_equal(peers->count, count);
            for (uint32_t i = 0; i < count; i++)
                assert_ptr_equal(find(peers, i), &peers->list[i]);
            assert_null(find(peers, count));
            assert_true(count == 0 || see(peers, 0) == 0);
        }
        memory_left = MEMORY_ENOUGH;
        do
            assert_int_equal(see(peers, count++), 1);
        while (peers->count < peers->allocated);
    }
    for (uint32_t i = 0; i < count; i++)
        assert_ptr_equal(find(peers, i), &peers->list[i]);
}

#define PEERS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static bool may_be_asked(const struct peers *peers, int64_t raw_usec)
{
    return peer_may_be_asked(find(peers, 2), raw_usec);
}

/* So that, however often we are made to ask, what others send is seen at times. */
static void test_who_is_asked_again(void **state)
{
    const int64_t sent = 1010 * S;
    struct peers *peers = *state;
    struct fact fact = peer_of(7, 2, 1000 * S, NONE);
    struct sent_fact own = {.ifindex = 7, .raw_usec = sent};

    peers_note_own(peers, &own); /* nobody is there */
    fact.peer.keepalive_sec = 0;
    assert_int_equal(see(peers, 1), 1);
    assert_int_equal(peers_see(peers, &fact.peer), 1);
    assert_true(may_be_asked(peers, sent));
    peers_note_own(peers, &own); /* nobody's key */
    assert_true(may_be_asked(peers, sent));
    memcpy(own.key, fact.peer.key, PEER_KEY_SIZE);
    peers_note_own(peers, &own);
    assert_int_equal(find(peers, 1)->own_usec, 0);
    fact.peer.raw_usec = sent + 60 * S;
    fact.peer.tx_bytes = 592;
    peers_see(peers, &fact.peer);
    assert_false(may_be_asked(peers, sent + PEER_QUIET_USEC - 1));
    assert_true(may_be_asked(peers, sent + PEER_QUIET_USEC));
    fact.peer.keepalive_sec = 25;
    peers_see(peers, &fact.peer);
    assert_true(may_be_asked(peers, sent + 60 * S));
    fact.peer.keepalive_sec = 0;
    fact.peer.rx_bytes = 592; /* it was heard */
    peers_see(peers, &fact.peer);
    assert_true(may_be_asked(peers, sent + 60 * S));
    own.raw_usec += 61 * S;
    peers_note_own(peers, &own);
    assert_false(may_be_asked(peers, sent + 62 * S));
    own.answered = true;
    peers_note_own(peers, &own);
    assert_true(may_be_asked(peers, sent + 62 * S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_nobody),
        PEERS_TEST(test_a_peer),
        PEERS_TEST(test_many_in_any_order),
        PEERS_TEST(test_what_is_not_seen_again_is_gone),
        PEERS_TEST(test_one_that_comes_back_begins_anew),
        PEERS_TEST(test_keys_with_the_same_head),
        PEERS_TEST(test_there_are_only_so_many),
        PEERS_TEST(test_without_memory),
        PEERS_TEST(test_who_is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
