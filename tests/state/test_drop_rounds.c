/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drops: many of them, in rounds, in the midst of readings and without a word */
#include "drop_scene.h"

#include <errno.h>

/* As many peers as may be: in rounds, in order, none twice, none left out. */
static void assert_rounds(struct talk *talk, bool changed)
{
    unsigned rounds = 0;

    fall(talk->node, 0, MANY);
    for (uint32_t next = 0; next < MANY; rounds++) {
        unsigned edges = say_of(talk, changed || !next, next + DROP_ROUND < MANY);

        assert_true(talk->in_order);
        assert_int_equal(edges, DROP_ROUND);
        next += edges;
        assert_int_equal(talk->last, next);
        assert_int_equal(talk->told.count, next + 1); /* and the tunnel, as one that was up */
    }
    assert_int_equal(rounds, MANY / DROP_ROUND);
    assert_int_equal(say_of(talk, changed, 0), 0);
    /* Every other one comes back, and the others are removed without a word. */
    rise(talk->node, 0, MANY / 2);
    for (uint32_t next = 0; next < MANY / 2; next += DROP_ROUND)
        say_of(talk, changed || !next, next + DROP_ROUND < MANY / 2);
    assert_int_equal(say_of(talk, changed, 0), 0);
    assert_int_equal(talk->told.count, 1);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(talk->downs[i], 1);
        assert_int_equal(talk->ups[i], i < MANY / 2);
    }
}

static void test_rounds(void **state)
{
    assert_rounds(*state, true);
}

static void test_rounds_of_a_node_that_stays_as_it_is(void **state)
{
    assert_rounds(*state, false);
}

/* It is not asked again, or thousands of peers would be sorted a thousand times: what was found is told,
 * until it is said that something changed. */
static void test_it_is_looked_at_once(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 0, 40);
    say_of(talk, true, 1);
    rise(talk->node, 0, 40);
    assert_int_equal(say_of(talk, false, 1), DROP_ROUND);
    assert_int_equal(talk->told.count, 2 * DROP_ROUND + 1);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(talk->downs[i], i < 2 * DROP_ROUND);
        assert_int_equal(talk->ups[i], 0);
    }
    assert_int_equal(say_of(talk, true, 1), DROP_ROUND);
    assert_int_equal(say_of(talk, false, 0), DROP_ROUND);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(talk->ups[i], i < 2 * DROP_ROUND);
    /* When all is told it is looked at in any case. */
    fall(talk->node, 0, 1);
    assert_int_equal(say_of(talk, false, 0), 1);
}

/* Behind those that wait: a tunnel that is up, which is missed if it ends now. */
static void test_what_needs_no_word_does_not_wait(void **state)
{
    struct talk *talk = *state;
    const struct fact wg0_alone = tunnel_of("wg0", WG0);

    fall(talk->node, 0, 40);
    tell(talk->node, tunnel_of("wg1", WG1));
    say(talk, 1);
    say_of(talk, false, 1);
    name_tunnels(talk->node, &wg0_alone, 1);
    talk->text[0] = 0;
    assert_int_equal(say(talk, 0), 40 - 2 * DROP_ROUND + 1);
    assert_non_null(strstr(talk->text, "-wg1 link-gone"));
}

/* Half of them were told when the wind turns: only these come back. */
static void test_rounds_that_turn(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 0, 40);
    say(talk, 1);
    rise(talk->node, 0, 40);
    assert_int_equal(say(talk, 0), DROP_ROUND);
    assert_int_equal(say(talk, 0), 0);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(talk->downs[i], i < DROP_ROUND);
        assert_int_equal(talk->ups[i], i < DROP_ROUND);
    }
    /* All of it goes down while others wait to be told. */
    fall(talk->node, 0, 40);
    say(talk, 1);
    set_link(talk->node, false);
    assert_int_equal(say(talk, 0), 1);
    set_link(talk->node, true);
    rise(talk->node, 0, 40);
    assert_int_equal(say(talk, 1), DROP_ROUND);
    assert_int_equal(say(talk, 0), 1);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(talk->ups[i], i < DROP_ROUND ? 2 : 0);
}

/* Whole tunnels wait for their round as well, be they down, back or gone. */
static void test_rounds_of_tunnels(void **state)
{
    struct talk *talk = *state;
    const struct fact wg0_alone = tunnel_of("wg0", WG0);
    char name[LINK_NAME_SIZE];

    for (int step = 0; step < 3; step++) {
        for (int32_t i = 0; i < 20; i++) {
            snprintf(name, sizeof(name), "t%d", i);
            tell(talk->node, step == 1 ? tunnel_down(name, 100 + i) : tunnel_of(name, 100 + i));
        }
        assert_int_equal(say(talk, step > 0), step > 0 ? DROP_ROUND : 0);
        assert_int_equal(say(talk, 0), step > 0 ? 20 - DROP_ROUND : 0);
    }
    name_tunnels(talk->node, &wg0_alone, 1);
    assert_int_equal(say(talk, 1), DROP_ROUND);
    assert_int_equal(say(talk, 0), 20 - DROP_ROUND);
    assert_int_equal(say(talk, 0), 0);
    assert_int_equal(talk->told.count, 1);
}

/* What was down before anybody listened is not told, but its end is. */
static void test_as_it_is(void **state)
{
    struct talk *talk = *state;

    fall(talk->node, 0, MANY);
    assert_int_equal(drops_adopt(&talk->told, talk->node), 0);
    assert_int_equal(talk->told.count, MANY + 1);
    assert_told(talk, "");
    rise(talk->node, 7, 1);
    assert_told(talk, "+wg0/7");
    set_link(talk->node, false);
    drops_adopt(&talk->told, talk->node);
    assert_told(talk, "");
    set_link(talk->node, true);
    drops_adopt(&talk->told, talk->node);
    assert_told(talk, "");
    remove_tunnel(talk->node);
    drops_adopt(&talk->told, talk->node);
    assert_told(talk, "");
    assert_int_equal(talk->told.count, 0);
}

/* In the midst of a reading more are down than were counted, and who was counted is up. */
static void test_while_peers_are_read(void **state)
{
    struct talk *talk = *state;
    struct fact peers[8];

    for (uint32_t i = 0; i < COUNT(peers); i++)
        peers[i] = peer_of(WG0, i, T, NONE);
    read_peers(talk->node, WG0, peers, 7);
    for (uint32_t i = 0; i < COUNT(peers); i++)
        peers[i].peer.raw_usec += 181 * S;
    peers[0].peer.handshake_usec = peers[0].peer.clock_usec + peers[0].peer.raw_usec;
    peers[7] = peer_of(WG0, 7, T, NONE);
    read_peers(talk->node, WG0, (struct fact[]){peers[0], peers[1]}, 2);
    assert_told(talk, "-wg0/1 no-handshake");
    for (uint32_t i = 2; i < 8; i++)
        peers[i] = peer_of(WG0, i, T, NONE);
    read_peers(talk->node, WG0, peers, 8);
    for (uint32_t i = 2; i < 8; i++)
        peers[i].peer.raw_usec += 400 * S;
    dump(talk->node, FACT_DUMP_BEGIN, FACT_PEER, 0, WG0);
    for (uint32_t i = 7; i > 1; i--) {
        tell(talk->node, peers[i]);
        say(talk, 0);
    }
    peers[1].peer.handshake_usec = 1;
    tell(talk->node, peers[1]);
    say(talk, 0);
    tell(talk->node, peers[0]);
    dump(talk->node, FACT_DUMP_END, FACT_PEER, 0, WG0);
    say(talk, 0);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(talk->downs[i], i >= 1);
        assert_int_equal(talk->ups[i], i == 1);
    }
}

/* Of either list: nothing is told, and it is told later. */
static void test_without_memory(void **state)
{
    struct talk *talk = *state;

    assert_told(talk, "");
    fall(talk->node, 1, 1);
    for (int left = 0; left < 2; left++) {
        memory_left = left;
        say(talk, -ENOMEM);
        assert_int_equal(drops_adopt(&talk->told, talk->node), -ENOMEM);
        assert_string_equal(talk->text, "");
        assert_int_equal(talk->told.count, 1);
    }
    memory_left = 1;
    say(talk, -ENOMEM);
    memory_left = MEMORY_ENOUGH;
    rise(talk->node, 1, 1);
    say_of(talk, false, 0); /* nothing is left of what was found then */
    assert_string_equal(talk->text, "");
    fall(talk->node, 1, 1);
    assert_told(talk, "-wg0/1 no-handshake");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DROP_TEST(test_rounds),
        DROP_TEST(test_rounds_of_a_node_that_stays_as_it_is),
        DROP_TEST(test_it_is_looked_at_once),
        DROP_TEST(test_what_needs_no_word_does_not_wait),
        DROP_TEST(test_rounds_that_turn),
        DROP_TEST(test_rounds_of_tunnels),
        DROP_TEST(test_as_it_is),
        DROP_TEST(test_while_peers_are_read),
        DROP_TEST(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
