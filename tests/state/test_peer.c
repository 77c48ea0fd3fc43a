/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A WireGuard peer: what follows from readings of it, and when the next one is due */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "peer_rows.h"

#define SIZE_MESSAGE 160 /* of a failure */
#define OURS(peer)   ((peer)->own_usec + PEER_OWN_USEC)

struct scene {
    struct peer peer;
    struct peer_fact next; /* the next reading */
};

static struct scene scene_new(void)
{
    struct scene scene;

    memset(&scene, 0, sizeof(scene));
    scene.next.ifindex = 7;
    scene.next.key[0] = 1;
    scene.next.endpoint.family = AF_INET;
    scene.next.raw_usec = START;
    scene.next.clock_usec = WALL - START;
    scene.next.rx_bytes = scene.next.tx_bytes = 1000000;
    return scene;
}

static int64_t usec_of(const char *seconds)
{
    double usec = strtod(seconds, NULL) * 1e6;

    return (int64_t)(usec < 0 ? usec - 0.5 : usec + 0.5);
}

static void check(const struct peer *peer)
{
    assert_true(peer->state < PEER_STATES && peer->reason < PEER_REASONS);
    assert_int_equal(peer->state == PEER_DOWN, peer->reason != PEER_REASON_NONE);
    assert_true(peer->state != PEER_UP || peer->handshake_usec > 0);
    assert_true(peer->handshake_usec >= 0 && peer->unheard_usec >= 0);
    assert_true(peer_due(peer) >= 0);
    assert_true(peer->state != PEER_DOWN || peer_due(peer) == 0);
    assert_true(peer->state != PEER_UP || peer_due(peer) > 0);
}

/* It says so if the state changed, and keeps all of the reading. */
static void see(struct scene *scene)
{
    enum peer_state before = scene->peer.state;
    bool changed = peer_see(&scene->peer, &scene->next);

    assert_int_equal(changed, scene->peer.state != before);
    assert_memory_equal(&scene->peer.seen, &scene->next, sizeof(scene->next));
    check(&scene->peer);
}

static void note_own(struct scene *scene, bool answered)
{
    const struct sent_fact fact = {.answered = answered, .raw_usec = scene->next.raw_usec};

    peer_note_own(&scene->peer, &fact);
    check(&scene->peer);
}

static void go_on(struct scene *scene, const char *key, const char *value)
{
    struct peer_fact *next = &scene->next;

    if (key[0] == '+')
        next->raw_usec += usec_of(key + 1);
    else if (strcmp(key, "see") == 0)
        see(scene);
    else if (strcmp(key, "own") == 0 || strcmp(key, "answered") == 0)
        note_own(scene, key[0] == 'a');
    else if (strcmp(key, "shake") == 0)
        next->handshake_usec = next->clock_usec + next->raw_usec - usec_of(value);
    else if (strcmp(key, "nostamp") == 0)
        next->handshake_usec = 0;
    else if (strcmp(key, "stamp") == 0)
        next->handshake_usec = strtoll(value, NULL, 10);
    else if (strcmp(key, "clock") == 0)
        next->clock_usec += usec_of(value);
    else if (strcmp(key, "keepalive") == 0)
        next->keepalive_sec = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "endpoint") == 0 || strcmp(key, "noendpoint") == 0)
        next->endpoint.family = key[0] == 'e' ? AF_INET : 0;
    else if (strcmp(key, "rx") == 0)
        next->rx_bytes += (uint64_t)strtoll(value, NULL, 10);
    else if (strcmp(key, "tx") == 0)
        next->tx_bytes += (uint64_t)strtoll(value, NULL, 10);
    else
        fail_msg("no such word: %s", key);
}

static struct scene scene_after(const char *words)
{
    struct scene scene = scene_new();
    char text[256], *rest = text;

    assert_true(strlen(words) < sizeof(text));
    strcpy(text, words);
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');

        if (value)
            *value++ = 0;
        if (*word)
            go_on(&scene, word, value);
    }
    return scene;
}

static const char *told(const struct peer *peer, char buffer[SIZE_MESSAGE])
{
    const char *reason = peer_reason_name(peer->reason);

    snprintf(buffer, SIZE_MESSAGE, "%s%s%s", peer_state_name(peer->state), *reason ? " " : "", reason);
    return buffer;
}

static void test_courses(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene = scene_after(rows[i].words);
        int64_t due = peer_due(&scene.peer), age = peer_age(&scene.peer, scene.next.raw_usec);
        char found[SIZE_MESSAGE];

        if (strcmp(told(&scene.peer, found), rows[i].expected) != 0)
            fail_msg("%s, not %s, after: %s", found, rows[i].expected, rows[i].words);
        if (due != rows[i].due_usec)
            fail_msg("due at %f s, not %f, after: %s", (due - START) / 1e6, (rows[i].due_usec - START) / 1e6,
                     rows[i].words);
        if (age != rows[i].age_usec)
            fail_msg("%f s old, not %f, after: %s", age / 1e6, rows[i].age_usec / 1e6, rows[i].words);
    }
}

/* What time alone decides is decided at the time that was told, and not before. */
static void test_time_decides_when_due(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene = scene_after(rows[i].words);
        int64_t due = peer_due(&scene.peer);
        enum peer_state before = scene.peer.state;

        /* When ours is over nothing is decided: from then on it is seen what others send. */
        if (due == 0 || due <= scene.next.raw_usec + 1 || due == OURS(&scene.peer))
            continue;
        scene.next.raw_usec = due - 1;
        see(&scene);
        assert_int_equal(scene.peer.state, before);
        assert_int_equal(peer_due(&scene.peer), due);
        scene.next.raw_usec = due;
        see(&scene);
        assert_int_not_equal(scene.peer.state, before);
    }
}

/* A reading when one is due leaves none due then: nobody is read in a circle. */
static void test_a_reading_settles_what_was_due(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene scene = scene_after(rows[i].words);
        int64_t due = peer_due(&scene.peer);

        if (due == 0 || !scene.peer.first_usec)
            continue;
        scene.next.raw_usec = due;
        see(&scene);
        assert_true(peer_due(&scene.peer) == 0 || peer_due(&scene.peer) > due);
    }
}

static void test_moments_of_a_course(void **state)
{
    struct scene scene = scene_after("shake=50 see");

    assert_int_equal(scene.peer.first_usec, START);
    assert_int_equal(scene.peer.heard_usec, START);
    assert_int_equal(scene.peer.sent_usec, START);
    assert_int_equal(scene.peer.handshake_usec, START - 50 * S);
    scene = scene_after("shake=50 see +1 tx=32 see +1 tx=592 see +1 tx=592 see");
    assert_int_equal(scene.peer.heard_usec, START);
    assert_int_equal(scene.peer.unheard_usec, START + 2 * S);
    assert_int_equal(scene.peer.sent_usec, START + 3 * S);
    scene = scene_after("shake=50 see +1 tx=592 see +4 rx=1 see +1 see");
    assert_int_equal(scene.peer.first_usec, START);
    assert_int_equal(scene.peer.heard_usec, START + 5 * S);
    assert_int_equal(scene.peer.unheard_usec, 0);
    assert_int_equal(scene.peer.sent_usec, START + S);
    scene = scene_after("shake=50 see +1 tx=592 see +4 shake=0 see");
    assert_int_equal(scene.peer.heard_usec, START + 5 * S);
    assert_int_equal(scene.peer.handshake_usec, START + 5 * S);
    scene = scene_after("shake=50 see +5 rx=-1 see");
    assert_int_equal(scene.peer.heard_usec, START + 5 * S);
}

/* Shortly after the boot a handshake may be older than CLOCK_MONOTONIC_RAW is. */
static void test_a_handshake_before_the_boot(void **state)
{
    struct scene scene = scene_new();

    scene.next.raw_usec = 50 * S;
    scene.next.handshake_usec = scene.next.clock_usec + scene.next.raw_usec - 100 * S;
    see(&scene);
    assert_int_equal(scene.peer.state, PEER_UP);
    assert_int_equal(scene.peer.handshake_usec, 1);
    assert_int_equal(peer_due(&scene.peer), 1 + PEER_REJECT_USEC + 1);
}

/* A tunnel that nobody uses: keepalives go out, none is answered, and every 125 s there is a handshake. Then
 * the other end is gone. */
static void test_an_idle_tunnel_stays_up(void **state)
{
    struct scene scene = scene_after("keepalive=25 shake=0 see");
    int cut = 7201, down = 0;

    for (int second = 1; second < cut + 400 && !down; second++) {
        bool handshake = second % 125 == 0 && second < cut;

        scene.next.raw_usec += S;
        scene.next.tx_bytes += second % 25 == 0 ? 32 : 0;
        if (handshake) {
            scene.next.handshake_usec = scene.next.clock_usec + scene.next.raw_usec;
            scene.next.tx_bytes += 148;
            scene.next.rx_bytes += 92;
        } else if (second >= cut && second % 125 < 90 && second % 5 == 0) {
            scene.next.tx_bytes += second >= 7250 ? 148 : 0; /* it tries, and tries again */
        }
        if (second % 60 == 0 || scene.next.raw_usec >= peer_due(&scene.peer))
            see(&scene);
        down = scene.peer.state == PEER_DOWN ? second : 0;
        assert_true(second < cut ? !down : scene.peer.state == PEER_UP || down);
    }
    assert_in_range(down, cut + 20, cut + 200);
}

static int64_t drawn(uint64_t *seed)
{
    static const int64_t extremes[] = {
        INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -WALL,         -1,       0, 1, 180 * S,
        START,     WALL,          INT64_MAX / 2, INT64_MAX - 1, INT64_MAX};

    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (*seed >> 63)
        return (int64_t)((*seed >> 20) | (*seed << 44));
    return extremes[(*seed >> 33) % COUNT(extremes)];
}

static void test_hostile_numbers(void **state)
{
    uint64_t seed = 1;

    for (int course = 0; course < 5000; course++) {
        struct scene scene = scene_new();

        for (int i = 0; i < 12; i++) {
            struct peer_fact *next = &scene.next;

            next->handshake_usec = drawn(&seed);
            next->raw_usec = drawn(&seed);
            next->clock_usec = drawn(&seed);
            if (drawn(&seed) > 0)
                next->rx_bytes = (uint64_t)drawn(&seed);
            next->tx_bytes = (uint64_t)drawn(&seed);
            next->keepalive_sec = (uint16_t)drawn(&seed);
            next->endpoint.family = (uint8_t)drawn(&seed);
            see(&scene);
            assert_true(peer_age(&scene.peer, drawn(&seed)) >= -1);
            if (drawn(&seed) > 0)
                peer_note_own(&scene.peer,
                              &(struct sent_fact){.raw_usec = drawn(&seed), .answered = i % 3 == 0});
            check(&scene.peer);
            (void)peer_may_be_asked(&scene.peer, drawn(&seed));
        }
    }
}

/* The wall clock and the stamp at the ends of their range: nothing is believed that does not fit. */
static void test_a_clock_that_overflows(void **state)
{
    static const struct {
        int64_t raw_usec, clock_usec, handshake_usec;
        enum peer_state expected;
    } overflows[] = {
        {START, INT64_MAX, INT64_MAX, PEER_IDLE},
        {START, INT64_MAX - START, INT64_MAX, PEER_UP},
        {START, INT64_MAX - START, INT64_MAX - 180 * S, PEER_UP},
        {START, INT64_MAX - START, -1, PEER_IDLE},
        {START, INT64_MAX - START, INT64_MIN, PEER_IDLE},
        {START, INT64_MIN, INT64_MAX, PEER_IDLE},
        {START, INT64_MIN, INT64_MIN, PEER_IDLE},
        {START, INT64_MIN, INT64_MIN + START, PEER_UP},
        {-START, INT64_MIN, INT64_MIN, PEER_IDLE},
        {INT64_MAX, INT64_MAX, -2, PEER_IDLE},
        {INT64_MAX, 0, INT64_MAX, PEER_UP},
        {INT64_MIN, 0, INT64_MIN, PEER_UP},
    };

    for (size_t i = 0; i < COUNT(overflows); i++) {
        struct scene scene = scene_new();

        scene.next.raw_usec = overflows[i].raw_usec;
        scene.next.clock_usec = overflows[i].clock_usec;
        scene.next.handshake_usec = overflows[i].handshake_usec;
        see(&scene);
        if (scene.peer.state != overflows[i].expected)
            fail_msg("row %zu: %s", i, peer_state_name(scene.peer.state));
    }
}

static void test_names(void **state)
{
    static const char *const states[] = {
        [PEER_UNKNOWN] = "unknown", [PEER_IDLE] = "idle", [PEER_UP] = "up", [PEER_DOWN] = "down"};
    static const char *const reasons[] = {[PEER_REASON_NONE] = "",
                                          [PEER_NO_HANDSHAKE] = "no-handshake",
                                          [PEER_NO_REPLY] = "no-reply",
                                          [PEER_NO_ENDPOINT] = "no-endpoint"};

    assert_int_equal(COUNT(states), PEER_STATES);
    for (size_t i = 0; i < COUNT(states); i++)
        assert_string_equal(peer_state_name(i), states[i]);
    assert_int_equal(COUNT(reasons), PEER_REASONS);
    for (size_t i = 0; i < COUNT(reasons); i++)
        assert_string_equal(peer_reason_name(i), reasons[i]);
}

static void test_keys(void **state)
{
    for (size_t i = 0; i < COUNT(key_rows); i++) {
        uint8_t key[PEER_KEY_SIZE], parsed[PEER_KEY_SIZE];
        char text[PEER_KEY_TEXT_SIZE];

        for (size_t j = 0; j < sizeof(key); j++)
            key[j] = (uint8_t)(key_rows[i].first + j * key_rows[i].step);
        assert_ptr_equal(peer_key_text(key, text), text);
        assert_string_equal(text, key_rows[i].text);
        memset(parsed, 0x55, sizeof(parsed));
        assert_int_equal(peer_key_parse(text, parsed), 0);
        assert_memory_equal(parsed, key, sizeof(key));
    }
}

static void test_every_key_comes_back(void **state)
{
    uint64_t seed = 2;

    for (int i = 0; i < 5000; i++) {
        uint8_t key[PEER_KEY_SIZE], parsed[PEER_KEY_SIZE];
        char text[PEER_KEY_TEXT_SIZE];

        for (size_t j = 0; j < sizeof(key); j++)
            key[j] = (uint8_t)drawn(&seed);
        assert_int_equal(strlen(peer_key_text(key, text)), PEER_KEY_TEXT_SIZE - 1);
        assert_int_equal(peer_key_parse(text, parsed), 0);
        assert_memory_equal(parsed, key, sizeof(key));
    }
}

static void test_bad_keys(void **state)
{
    for (size_t i = 0; i < COUNT(bad_keys); i++) {
        uint8_t key[PEER_KEY_SIZE], before[PEER_KEY_SIZE];

        memset(key, 0x55, sizeof(key));
        memcpy(before, key, sizeof(key));
        if (peer_key_parse(bad_keys[i], key) != -EINVAL)
            fail_msg("taken: %s", bad_keys[i]);
        assert_memory_equal(key, before, sizeof(key));
    }
}

static void test_endpoints(void **state)
{
    for (size_t i = 0; i < COUNT(endpoint_rows); i++) {
        const char *expected = endpoint_rows[i].text;
        struct peer_endpoint endpoint = {.port = endpoint_rows[i].port};
        char text[PEER_ENDPOINT_TEXT_SIZE];

        endpoint.family = strchr(endpoint_rows[i].address, ':') ? AF_INET6 : AF_INET;
        assert_int_equal(inet_pton(endpoint.family, endpoint_rows[i].address, endpoint.bytes), 1);
        assert_ptr_equal(peer_endpoint_text(&endpoint, text, sizeof(text)), text);
        assert_string_equal(text, expected);
        for (size_t size = 0; size < sizeof(text); size++) {
            memset(text, '#', sizeof(text));
            assert_string_equal(peer_endpoint_text(&endpoint, text, size),
                                size > strlen(expected) ? expected : "");
            assert_int_equal(text[size], '#');
        }
    }
}

static void test_endpoints_are_read(void **state)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "192.0.2.1",
                                      "192.0.2.1:",
                                      "192.0.2.1:65536",
                                      "192.0.2.1:051820",
                                      "192.0.2.1:+1",
                                      "192.0.2.1:1 ",
                                      " 192.0.2.1:1",
                                      "192.0.2:1",
                                      "[192.0.2.1]:1",
                                      "2001:db8::1:51820",
                                      "[2001:db8::1:51820",
                                      "[2001:db8::1]",
                                      "[]:1",
                                      "[:1",
                                      "[2001:db8::1%1]:1",
                                      "name.test:51820",
                                      "[2001:db8:0000:0000:0000:0000:0000:0000:0000:0001]:1"};
    struct peer_endpoint endpoint, before;
    char text[PEER_ENDPOINT_TEXT_SIZE];

    for (size_t i = 0; i < COUNT(endpoint_rows); i++) {
        assert_int_equal(peer_endpoint_parse(endpoint_rows[i].text, &endpoint), 0);
        assert_string_equal(peer_endpoint_text(&endpoint, text, sizeof(text)), endpoint_rows[i].text);
    }
    memset(&before, 7, sizeof(before));
    endpoint = before;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (peer_endpoint_parse(bad[i], &endpoint) != -EINVAL)
            fail_msg("taken: %s", bad[i]);
        assert_memory_equal(&endpoint, &before, sizeof(before));
    }
}

static void test_which_endpoints_are_the_same(void **state)
{
    struct peer_endpoint one = {AF_INET, 51820, {192, 0, 2, 1}}, other = one, none = {0},
                         nowhere = {.port = 7};

    other.bytes[15] = 1; /* is no part of it */
    assert_true(peer_endpoint_equal(&one, &other));
    other.bytes[3] = 2;
    assert_false(peer_endpoint_equal(&one, &other));
    other = one;
    other.port++;
    assert_false(peer_endpoint_equal(&one, &other));
    other = one;
    other.family = AF_INET6;
    assert_false(peer_endpoint_equal(&one, &other));
    one.family = AF_INET6;
    assert_true(peer_endpoint_equal(&one, &other));
    one.bytes[15] = 1;
    assert_false(peer_endpoint_equal(&one, &other));
    assert_false(peer_endpoint_equal(&one, &none));
    assert_true(peer_endpoint_equal(&nowhere, &none));
}

static void test_no_endpoint(void **state)
{
    static const uint8_t families[] = {0, AF_UNIX, 255};

    for (size_t i = 0; i < COUNT(families); i++) {
        struct peer_endpoint endpoint = {.family = families[i], .port = 51820};
        char text[PEER_ENDPOINT_TEXT_SIZE] = "#";

        assert_string_equal(peer_endpoint_text(&endpoint, text, sizeof(text)), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courses),
        cmocka_unit_test(test_time_decides_when_due),
        cmocka_unit_test(test_a_reading_settles_what_was_due),
        cmocka_unit_test(test_moments_of_a_course),
        cmocka_unit_test(test_a_handshake_before_the_boot),
        cmocka_unit_test(test_an_idle_tunnel_stays_up),
        cmocka_unit_test(test_hostile_numbers),
        cmocka_unit_test(test_a_clock_that_overflows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_every_key_comes_back),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_endpoints_are_read),
        cmocka_unit_test(test_which_endpoints_are_the_same),
        cmocka_unit_test(test_no_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
