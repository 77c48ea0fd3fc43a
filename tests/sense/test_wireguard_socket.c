/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a tunnel in user space, with a wireguard-go of the test's own */
#include "../../service/sense/wireguard_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "wireguard_world.h"

#define PENDING 1 /* no result */

#define KEYED                                                                                                \
    "private_key=0101010101010101010101010101010101010101010101010101010101010101\nlisten_port=51820\n"
#define PEER(n)                                                                                              \
    "public_key=" n "00000000000000000000000000000000000000000000000000000000000000\n"                       \
    "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=5000\n"                                    \
    "tx_bytes=148\nrx_bytes=92\npersistent_keepalive_interval=25\nprotocol_version=1\n"
#define WHOLE KEYED PEER("01") PEER("02") "errno=0\n\n"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct wireguard_go go;
    struct wireguard_socket *reader;
    unsigned count;
    int result;
    struct tunnel_fact tunnel;
};

static void on_peer(void *userdata, const struct peer_fact *peer)
{
    struct stand *stand = userdata;

    stand->count++;
    assert_int_equal(peer->key[0], stand->count);
    assert_int_equal(peer->ifindex, 9);
    assert_int_equal(peer->keepalive_sec, 25);
    assert_int_equal(peer->handshake_usec, INT64_C(1700000000000005));
}

static void on_done(void *userdata, int result, const struct tunnel_fact *tunnel)
{
    struct stand *stand = userdata;

    assert_int_equal(stand->result, PENDING);
    stand->result = result;
    stand->tunnel = *tunnel;
}

static int set_up(void **state)
{
    static struct stand stand;
    struct wireguard_reader reader = {.peer = on_peer, .done = on_done, .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    assert_true(sd_event_new(&stand.event) >= 0);
    wireguard_go_start(&stand.go, stand.event, &stand.scratch, "wg1");
    stand.go.answer = WHOLE;
    assert_int_equal(wireguard_socket_new(stand.event, stand.scratch.root, &reader, &stand.reader), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    wireguard_socket_free(stand->reader);
    wireguard_go_stop(&stand->go);
    sd_event_unref(stand->event);
    scratch_remove(&stand->scratch);
    return 0;
}

static void run(struct stand *stand)
{
    while (sd_event_run(stand->event, 0) > 0)
        ;
}

/* How a reading ends. */
static int read_once(struct stand *stand)
{
    int r;

    stand->result = PENDING;
    stand->count = 0;
    r = wireguard_socket_read(stand->reader, "wg1", 9);
    if (r < 0)
        return r;
    run(stand);
    return stand->result;
}

static void assert_read(struct stand *stand)
{
    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->count, 2);
    assert_string_equal(stand->tunnel.name, "wg1");
    assert_int_equal(stand->tunnel.ifindex, 9);
    assert_int_equal(stand->tunnel.port, 51820);
    assert_true(stand->tunnel.user_space && stand->tunnel.keyed);
}

static void test_it_is_read(void **state)
{
    struct stand *stand = *state;

    assert_read(stand);
    assert_read(stand);
    assert_int_equal(stand->go.calls, 2);
    stand->go.piece = 1;
    assert_read(stand);
    stand->go.hangs_up = true;
    assert_read(stand);
}

static void test_bad_answers(void **state)
{
    static char endless[1 << 16];
    const struct {
        const char *answer;
        bool hangs_up;
        int result;
    } rows[] = {
        {"", true, -ECONNRESET},
        {KEYED PEER("01"), true, -ECONNRESET},
        {KEYED "errno=13\n\n", false, -EACCES},
        {"no assignment\n", false, -EBADMSG},
        {endless, false, -EBADMSG},
        {NULL, false, PENDING},
        {KEYED PEER("01"), false, PENDING},
    };
    struct stand *stand = *state;

    memset(endless, 'x', sizeof(endless) - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand->go.answer = rows[i].answer;
        stand->go.hangs_up = rows[i].hangs_up;
        assert_int_equal(read_once(stand), rows[i].result);
        wireguard_socket_cancel(stand->reader);
    }
    stand->go.answer = WHOLE;
    assert_read(stand);
}

static void test_an_answer_without_end(void **state)
{
    static char text[17 << 20];
    struct stand *stand = *state;
    size_t length = 0;

    /* What it does not know it passes over: nothing but the amount is wrong with it. */
    while (length < sizeof(text) - 16)
        length += snprintf(text + length, sizeof(text) - length, "unknown=1\n");
    stand->go.answer = text;
    stand->go.piece = 1 << 16;
    stand->result = PENDING;
    assert_int_equal(wireguard_socket_read(stand->reader, "wg1", 9), 0);
    while (stand->result == PENDING)
        assert_true(sd_event_run(stand->event, 1000000) > 0);
    assert_int_equal(stand->result, -EFBIG);
}

static void test_nobody_is_there(void **state)
{
    struct stand *stand = *state;

    wireguard_go_kill(&stand->go);
    assert_int_equal(read_once(stand), -ECONNREFUSED);
    wireguard_go_stop(&stand->go);
    assert_int_equal(read_once(stand), -ENOENT);
}

static void test_a_folder_of_others(void **state)
{
    struct stand *stand = *state;
    struct wireguard_socket_names names;
    char path[128];

    snprintf(path, sizeof(path), "%s/run/wireguard", stand->scratch.path);
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            assert_int_equal(chmod(path, 0777), 0);
        else
            assert_int_equal(chown(path, 65534, 0), 0);
        assert_int_equal(read_once(stand), -EPERM);
        wireguard_socket_list(stand->scratch.root, &names);
        assert_int_equal(names.count, 0);
        assert_int_equal(chmod(path, 0755), 0);
    }
    assert_int_equal(chown(path, 0, 0), 0);
    assert_read(stand);
}

static void test_which_there_are(void **state)
{
    struct stand *stand = *state;
    struct wireguard_socket_names names;

    scratch_write(&stand->scratch, "run/wireguard/notes", "");
    scratch_write(&stand->scratch, "run/wireguard/.sock", "");
    scratch_write(&stand->scratch, "run/wireguard/longer-than-any-link.sock", "");
    wireguard_socket_list(stand->scratch.root, &names);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.list[0], "wg1");
    for (unsigned i = 0; i < WIREGUARD_SOCKETS_MAX + 8; i++) {
        char path[64];

        snprintf(path, sizeof(path), "run/wireguard/t%u.sock", i);
        scratch_write(&stand->scratch, path, "");
    }
    wireguard_socket_list(stand->scratch.root, &names);
    assert_int_equal(names.count, WIREGUARD_SOCKETS_MAX);
    assert_null(wireguard_socket_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_folder_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_which_there_are, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
