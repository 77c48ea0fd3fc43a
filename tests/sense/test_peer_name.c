/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name that a tunnel's file gives one peer: with a getent of every mood, and with none */
#include "../../service/sense/peer_name.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sys/clock_time.h"
#include "../scratch.h"
#include "../state/facts.h"

#define KEY(n)    "AAAAA" n "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEER(key) "[Peer]\nPublicKey = " key "\n"
#define SECRET    "[Interface]\nPrivateKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n"

static struct stand {
    struct scratch scratch;
    struct sense sense;
    struct peer_name name;
    unsigned asked, answers;
    uint64_t deadline_usec;
} stand;

int __real_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
int __wrap_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);

/* A test that waits for it need not wait long. */
int __wrap_child_start(sd_event *event, int root, const char *path, char *const argv[],
                       uint64_t deadline_usec, child_done done, void *userdata, struct child **ret)
{
    stand.asked++;
    stand.deadline_usec = deadline_usec;
    assert_string_equal(path, "usr/bin/getent");
    assert_string_equal(argv[1], "ahosts");
    assert_null(argv[3]);
    return __real_child_start(event, root, path, argv, deadline_usec / 10, done, userdata, ret);
}

/* The file that meson has built next to us. */
static void install(const char *behaviour)
{
    static char bytes[4 << 20];
    int from = open(GETENT, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(from, bytes, sizeof(bytes));

    assert_in_range(length, 1, sizeof(bytes) - 1);
    close(from);
    scratch_write_bytes(&stand.scratch, "usr/bin/getent", bytes, length);
    assert_int_equal(fchmodat(stand.scratch.root, "usr/bin/getent", 0755, 0), 0);
    scratch_write(&stand.scratch, "usr/bin/getent.behaviour", behaviour);
}

static void on_done(void *userdata)
{
    assert_ptr_equal(userdata, &stand);
    assert_null(stand.name.child);
    stand.answers++;
}

static int set_up(void **state)
{
    sigset_t signals;

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_true(sd_event_new(&stand.sense.event) >= 0);
    stand.sense.root = stand.scratch.root;
    return 0;
}

static int tear_down(void **state)
{
    peer_name_stop(&stand.name);
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.sense.event, 10000);
    sd_event_unref(stand.sense.event);
    scratch_remove(&stand.scratch);
    return 0;
}

static bool ask(const char *key)
{
    uint8_t bytes[PEER_KEY_SIZE];

    assert_int_equal(peer_key_parse(key, bytes), 0);
    return peer_name_ask(&stand.name, &stand.sense, "wg0", bytes, on_done, &stand);
}

static enum endpoint_answer answer_of(const char *key)
{
    unsigned answers = stand.answers;
    int64_t begin = clock_time_raw();

    assert_true(ask(key));
    while (stand.answers == answers && clock_time_raw() - begin < 10000000)
        assert_true(sd_event_run(stand.sense.event, 10000) >= 0);
    assert_int_equal(stand.answers, answers + 1);
    return stand.name.name.answer;
}

static void write_conf(const char *text)
{
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf", text);
}

static void test_answers(void **state)
{
    install("ahosts vpn.test finds\nahosts gate says-no\nahosts bad crashes\nahosts many floods\n");
    write_conf(SECRET PEER(KEY("Q")) "Endpoint = vpn.test:51820\n" PEER(KEY("g")) "Endpoint = gate:1\n" PEER(
        KEY("w")) "Endpoint = bad:1\n" PEER(KEY("A")) "Endpoint = many:1\n");
    assert_int_equal(answer_of(KEY("Q")), ENDPOINT_FOUND);
    assert_string_equal(stand.name.name.host, "vpn.test");
    assert_int_equal(stand.name.name.port, 51820);
    assert_int_equal(stand.name.name.addresses_count, 1);
    assert_int_equal(stand.deadline_usec, PEER_NAME_USEC);
    assert_int_equal(answer_of(KEY("g")), ENDPOINT_NOT_FOUND);
    assert_int_equal(stand.name.name.addresses_count, 0);
    assert_int_equal(answer_of(KEY("w")), ENDPOINT_FAILED);
    assert_int_equal(answer_of(KEY("A")), ENDPOINT_FOUND);
}

static void test_it_is_never_answered(void **state)
{
    install("");
    write_conf(PEER(KEY("Q")) "Endpoint = silent:1\n");
    assert_int_equal(answer_of(KEY("Q")), ENDPOINT_LATE);
}

/* Sections of one key are one peer, and there may be more peers before it than anybody asks for. */
static void test_many_peers(void **state)
{
    static char text[65536];
    size_t length = 0;

    install("ahosts vpn.test finds\n");
    for (int i = 0; i < 100; i++)
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, PEER(KEY("g")) "Endpoint = a%d:1\n", i);
    snprintf(text + length, sizeof(text) - length,
             PEER(KEY("Q")) "Endpoint = other:1\n" PEER(KEY("Q")) "Endpoint = vpn.test:7\n" PEER(KEY("Q"))
                 PEER(KEY("g")) "Endpoint = b:1\n");
    write_conf(text);
    assert_int_equal(answer_of(KEY("Q")), ENDPOINT_FOUND);
    assert_int_equal(stand.name.name.port, 7);
}

static void assert_no_name(void)
{
    assert_false(ask(KEY("Q")));
    assert_string_equal(stand.name.name.host, "");
}

static void test_nothing_to_ask(void **state)
{
    install("ahosts vpn.test finds\n");
    assert_no_name();
    write_conf(PEER(KEY("Q")) "Endpoint = vpn.test:7\n");
    assert_int_equal(answer_of(KEY("Q")), ENDPOINT_FOUND);
    write_conf(PEER(KEY("Q")) "Endpoint = 192.0.2.1:7\n" PEER(KEY("g")) "Endpoint = vpn.test:1\n");
    assert_no_name(); /* nor is the one before it kept */
    write_conf("nonsense\n");
    assert_no_name();
    write_conf(PEER(KEY("Q")) "Endpoint = -h:1\n");
    assert_false(ask(KEY("Q")));
    assert_int_equal(stand.name.name.answer, ENDPOINT_BAD_NAME);
    scratch_unlink(&stand.scratch, "etc/wireguard/wg0.conf");
    scratch_write(&stand.scratch, "etc/wireguard/other", PEER(KEY("Q")) "Endpoint = vpn.test:1\n");
    scratch_link(&stand.scratch, "etc/wireguard/wg0.conf", "other");
    assert_no_name();
    assert_int_equal(stand.asked, 1);
}

static void test_nobody_to_ask(void **state)
{
    write_conf(PEER(KEY("Q")) "Endpoint = vpn.test:7\n");
    assert_false(ask(KEY("Q")));
    assert_int_equal(stand.name.name.answer, ENDPOINT_FAILED);
    assert_int_equal(stand.answers, 0);
}

static void test_it_is_stopped(void **state)
{
    install("");
    write_conf(PEER(KEY("Q")) "Endpoint = vpn.test:7\n");
    assert_true(ask(KEY("Q")));
    assert_true(ask(KEY("Q"))); /* the one before is not heard of any more */
    peer_name_stop(&stand.name);
    for (int i = 0; i < 40; i++)
        sd_event_run(stand.sense.event, 10000);
    assert_int_equal(stand.answers, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers),        TEST(test_it_is_never_answered), TEST(test_many_peers),
        TEST(test_nothing_to_ask), TEST(test_nobody_to_ask),        TEST(test_it_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
