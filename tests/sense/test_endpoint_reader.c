/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reader of endpoints by name: with a getent of every mood, and with none */
#include "../../service/sense/endpoint_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sys/child.h"
#include "../../service/sys/clock_time.h"
#include "../scratch.h"
#include "../state/facts.h"

#define KEY(n)    "AAAAA" n "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEER(key) "[Peer]\nPublicKey = " key "\n"
#define SECRET    "[Interface]\nPrivateKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=\n"

static struct stand {
    struct scratch scratch;
    sd_event *event;
    struct node node;
    struct endpoint_names names;
    struct endpoint_reader *reader;
    unsigned asked, turns;
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

static void on_turn(void *userdata)
{
    stand.turns++;
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

static int set_up(void **state)
{
    struct fact tunnels[] = {tunnel_of("wg0", WG0), tunnel_of("wg1", 8)};
    struct sense sense;
    sigset_t signals;

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_true(sd_event_new(&stand.event) >= 0);
    node_with_tunnel(&stand.node);
    tell(&stand.node, link_up(8, "wg1", "wireguard", 1420));
    name_tunnels(&stand.node, tunnels, COUNT(tunnels));
    sense = (struct sense){.event = stand.event,
                           .root = stand.scratch.root,
                           .node = &stand.node,
                           .endpoint_names = &stand.names,
                           .turn = on_turn};
    assert_int_equal(endpoint_reader_new(&sense, &stand.reader), 0);
    return 0;
}

static int tear_down(void **state)
{
    assert_null(endpoint_reader_free(stand.reader));
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.event, 10000);
    sd_event_unref(stand.event);
    node_done(&stand.node);
    scratch_remove(&stand.scratch);
    return 0;
}

static void look_up(void)
{
    int64_t now = clock_time_raw();
    unsigned turns = stand.turns;

    assert_false(endpoint_reader_fresh(stand.reader, now));
    while (stand.turns == turns && clock_time_raw() - now < 10000000)
        assert_true(sd_event_run(stand.event, 10000) >= 0);
    assert_int_equal(stand.turns, turns + 1);
    assert_true(endpoint_reader_fresh(stand.reader, now));
}

static void test_names_are_looked_up(void **state)
{
    install("ahosts vpn.test finds\nahosts gate says-no\nahosts bad crashes\nahosts many floods\n");
    scratch_write(
        &stand.scratch, "etc/wireguard/wg0.conf",
        SECRET PEER(KEY("Q")) "Endpoint = vpn.test:51820\n" PEER(KEY("g")) "Endpoint = gate:1\n" PEER(
            KEY("w")) "Endpoint = 192.0.2.77:1\n" PEER(KEY("A")) "Endpoint = bad:1\n");
    scratch_write(&stand.scratch, "etc/wireguard/wg1.conf", PEER(KEY("Q")) "Endpoint = many:7\n");
    scratch_write(&stand.scratch, "etc/wireguard/wg2.conf", PEER(KEY("Q")) "Endpoint = vpn.test:7\n");
    look_up();
    assert_int_equal(stand.asked, 4);
    assert_int_equal(stand.deadline_usec, 5000000);
    assert_int_equal(stand.names.count, 4);
    assert_string_equal(stand.names.list[0].link, "wg0");
    assert_int_equal(stand.names.list[0].answer, ENDPOINT_FOUND);
    assert_int_equal(stand.names.list[0].addresses_count, 1);
    assert_int_equal(stand.names.list[1].answer, ENDPOINT_NOT_FOUND);
    assert_int_equal(stand.names.list[2].answer, ENDPOINT_FAILED);
    assert_string_equal(stand.names.list[3].link, "wg1");
    assert_int_equal(stand.names.list[3].answer, ENDPOINT_FOUND);
    /* For the next plan they are looked up again, in the files as they are then. */
    scratch_unlink(&stand.scratch, "etc/wireguard/wg0.conf");
    look_up();
    assert_int_equal(stand.names.count, 1);
}

/* It takes nothing from the others, and what is known is told as a whole. */
static void test_one_is_never_answered(void **state)
{
    install("ahosts vpn.test finds\n");
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf",
                  PEER(KEY("Q")) "Endpoint = silent:1\n" PEER(KEY("g")) "Endpoint = vpn.test:1\n");
    assert_false(endpoint_reader_fresh(stand.reader, clock_time_raw()));
    for (int i = 0; i < 20; i++) {
        assert_true(sd_event_run(stand.event, 10000) >= 0);
        assert_false(endpoint_reader_fresh(stand.reader, clock_time_raw()));
        assert_int_equal(stand.names.count, 0);
    }
    while (!stand.turns)
        assert_true(sd_event_run(stand.event, 10000) >= 0);
    assert_int_equal(stand.names.list[0].answer, ENDPOINT_LATE);
    assert_int_equal(stand.names.list[1].answer, ENDPOINT_FOUND);
    assert_int_equal(stand.asked, 2);
}

static void assert_nothing_is_asked(size_t count)
{
    assert_true(endpoint_reader_fresh(stand.reader, clock_time_raw()));
    assert_int_equal(stand.names.count, count);
    assert_int_equal(stand.asked + stand.turns, 0);
}

static void test_nothing_to_ask(void **state)
{
    assert_nothing_is_asked(0);
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf", SECRET PEER(KEY("Q")) "Endpoint = -h:1\n");
    assert_nothing_is_asked(1);
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf", "nonsense\n");
    assert_nothing_is_asked(1);
    assert_int_equal(stand.names.list[0].answer, ENDPOINT_BAD_FILE);
    assert_non_null(strstr(stand.names.list[0].host, "(line 1)"));
    scratch_unlink(&stand.scratch, "etc/wireguard/wg0.conf");
    scratch_write(&stand.scratch, "etc/wireguard/other", PEER(KEY("Q")) "Endpoint = vpn.test:1\n");
    scratch_link(&stand.scratch, "etc/wireguard/wg0.conf", "other");
    assert_nothing_is_asked(1);
    assert_string_equal(stand.names.list[0].link, "wg0");
    assert_int_equal(stand.names.list[0].answer, ENDPOINT_BAD_FILE);
    assert_non_null(strstr(stand.names.list[0].host, "link"));
}

static void test_nobody_to_ask(void **state)
{
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf", PEER(KEY("Q")) "Endpoint = vpn.test:1\n");
    assert_true(endpoint_reader_fresh(stand.reader, clock_time_raw()));
    assert_int_equal(stand.names.list[0].answer, ENDPOINT_FAILED);
    assert_int_equal(stand.turns, 0);
}

static void test_the_end_while_one_hangs(void **state)
{
    install("");
    scratch_write(&stand.scratch, "etc/wireguard/wg0.conf", PEER(KEY("Q")) "Endpoint = vpn.test:1\n");
    assert_false(endpoint_reader_fresh(stand.reader, clock_time_raw()));
    for (int i = 0; i < 5; i++)
        sd_event_run(stand.event, 10000);
    assert_int_equal(stand.turns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names_are_looked_up), TEST(test_one_is_never_answered),   TEST(test_nothing_to_ask),
        TEST(test_nobody_to_ask),       TEST(test_the_end_while_one_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
