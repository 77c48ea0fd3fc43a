/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody who is told of drops, and writes them down. */
#pragma once

#include "../../service/state/drop.h"
#include "tunnel_scene.h"

#define MANY 10000

struct talk {
    struct node *node;
    struct drops told;
    char text[1024]; /* since it was last looked at: "-wg0 link-down", "+wg0", of a peer "-wg0/5 no-reply" */
    unsigned edges;
    unsigned downs[MANY], ups[MANY]; /* of each peer of wg0 */
    uint32_t last;                   /* number of the peer that was told last, and one */
    bool in_order;
};

static inline int start(void **state)
{
    static struct talk talk;
    void *node;

    memset(&talk, 0, sizeof(talk));
    set_up(&node);
    talk.node = node;
    *state = &talk;
    return 0;
}

static inline int stop(void **state)
{
    struct talk *talk = *state;
    void *node = talk->node;

    drops_done(&talk->told);
    return tear_down(&node);
}

static inline uint32_t number_of(const struct drop *drop)
{
    uint32_t head;

    memcpy(&head, drop->key, sizeof(head));
    return ntohl(head);
}

static inline void on_edge(void *userdata, const struct drop *drop, bool down)
{
    static const uint8_t nobody[PEER_KEY_SIZE];
    struct talk *talk = userdata;
    size_t length = strlen(talk->text);
    char peer[16] = "";

    assert_int_equal(drop->kind, TUNNEL_WIREGUARD);
    assert_int_not_equal(drop->reason, TUNNEL_REASON_NONE);
    talk->edges++;
    if (drop->whole) {
        assert_memory_equal(drop->key, nobody, sizeof(nobody));
    } else {
        uint32_t number = number_of(drop);

        snprintf(peer, sizeof(peer), "/%u", number);
        assert_true(number < MANY);
        (down ? talk->downs : talk->ups)[number]++;
        talk->in_order &= talk->last <= number;
        talk->last = number + 1;
    }
    if (sizeof(talk->text) - length > 64)
        snprintf(talk->text + length, sizeof(talk->text) - length, "%s%c%s%s%s%s", length ? ", " : "",
                 down ? '-' : '+', drop->name, peer, down ? " " : "",
                 down ? tunnel_reason_name(drop->reason) : "");
}

/* One round: the number of its edges, which are added to the text. */
static inline unsigned say_of(struct talk *talk, bool changed, int expected)
{
    talk->edges = 0;
    talk->last = 0;
    talk->in_order = true;
    assert_int_equal(drops_tell(&talk->told, talk->node, changed, on_edge, talk), expected);
    assert_true(talk->edges <= DROP_ROUND);
    return talk->edges;
}

static inline unsigned say(struct talk *talk, int expected)
{
    return say_of(talk, true, expected);
}

/* That, and nothing else; and nothing in the round after it. */
static inline void assert_told(struct talk *talk, const char *expected)
{
    say(talk, 0);
    assert_string_equal(talk->text, expected);
    talk->text[0] = 0;
    assert_int_equal(say(talk, 0), 0);
}

/* Peers with these numbers have been waited for, and are down. */
static inline void fall(struct node *node, uint32_t first, uint32_t count)
{
    static struct fact peers[MANY];

    for (uint32_t i = 0; i < count; i++)
        peers[i] = peer_of(WG0, first + i, T, NONE);
    read_peers(node, WG0, peers, count);
    for (uint32_t i = 0; i < count; i++)
        peers[i].peer.raw_usec += 181 * S;
    read_peers(node, WG0, peers, count);
    assert_int_equal(wg0(node)->counts[PEER_DOWN], count);
}

static inline void rise(struct node *node, uint32_t first, uint32_t count)
{
    static struct fact peers[MANY];

    for (uint32_t i = 0; i < count; i++)
        peers[i] = peer_of(WG0, first + i, T + 300 * S, S);
    read_peers(node, WG0, peers, count);
    assert_int_equal(wg0(node)->counts[PEER_UP], count);
}

static inline void remove_tunnel(struct node *node)
{
    tell(node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    name_tunnels(node, NULL, 0);
}

static inline void answer(struct node *node, bool answers)
{
    struct fact fact = tunnel_of("wg0", WG0);

    fact.tunnel.answers = answers;
    tell(node, fact);
}

#define DROP_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
