/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a tunnel of the kernel, with a kernel at the other end of a socketpair */
#include "../../service/sense/wireguard_kernel.h"

#include <errno.h>
#include <unistd.h>

#include "../state/facts.h"
#include "wireguard_world.h"

#define SECOND  INT64_C(1000000)
#define PENDING 1 /* no result */

struct stand {
    sd_event *event;
    struct wireguard_kernel_end kernel;
    struct wireguard_kernel *reader;
    struct peer_fact peers[8];
    unsigned count;
    int result;
    struct tunnel_fact tunnel;
    bool goes_on; /* the end of a reading is the beginning of another, which makes way for a third */
};

static void on_peer(void *userdata, const struct peer_fact *peer)
{
    struct stand *stand = userdata;

    assert_true(stand->count < COUNT(stand->peers));
    stand->peers[stand->count++] = *peer;
}

static void on_done(void *userdata, int result, const struct tunnel_fact *tunnel)
{
    struct stand *stand = userdata;

    assert_int_equal(stand->result, PENDING);
    stand->result = result;
    stand->tunnel = *tunnel;
    if (!stand->goes_on)
        return;
    stand->goes_on = false;
    stand->result = PENDING;
    stand->count = 0;
    assert_int_equal(wireguard_kernel_read(stand->reader, 7), 0);
    wireguard_kernel_cancel(stand->reader);
    assert_int_equal(wireguard_kernel_read(stand->reader, 7), 0);
}

static int set_up(void **state)
{
    static struct stand stand;
    struct wireguard_reader reader = {.peer = on_peer, .done = on_done, .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    assert_true(sd_event_new(&stand.event) >= 0);
    wireguard_kernel_end_start(&stand.kernel, stand.event);
    stand.kernel.peers[0] = peer_of(7, 1, 100 * SECOND, 10 * SECOND);
    stand.kernel.peers[1] = peer_of(7, 2, 100 * SECOND, -1);
    stand.kernel.count = 2;
    assert_int_equal(wireguard_kernel_new(stand.event, stand.kernel.daemon_fd, &reader, &stand.reader), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    wireguard_kernel_free(stand->reader);
    wireguard_kernel_end_stop(&stand->kernel);
    sd_event_unref(stand->event);
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
    stand->result = PENDING;
    stand->count = 0;
    assert_int_equal(wireguard_kernel_read(stand->reader, 7), 0);
    run(stand);
    return stand->result;
}

static void test_it_is_read(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->kernel.asked, 7);
    assert_string_equal(stand->tunnel.name, "wg0");
    assert_int_equal(stand->tunnel.ifindex, 7);
    assert_true(stand->tunnel.keyed);
    assert_int_equal(stand->tunnel.port, 51820);
    assert_int_equal(stand->count, 2);
    assert_memory_equal(stand->peers[0].key, stand->kernel.peers[0].peer.key, PEER_KEY_SIZE);
    assert_int_equal(stand->peers[0].handshake_usec, stand->kernel.peers[0].peer.handshake_usec);
    assert_int_equal(stand->peers[0].keepalive_sec, 25);
    assert_int_equal(stand->peers[1].handshake_usec, 0);
}

/* The family's number is asked for once. */
static void test_it_is_read_again(void **state)
{
    struct stand *stand = *state;

    for (int i = 0; i < 3; i++)
        assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->kernel.families, 1);
    assert_int_equal(stand->kernel.dumps, 3);
}

static void test_a_kernel_without_it(void **state)
{
    struct stand *stand = *state;

    stand->kernel.family_error = -ENOENT;
    assert_int_equal(read_once(stand), -ENOENT);
    stand->kernel.family_error = 0;
    assert_int_equal(read_once(stand), 0);
}

static void test_refusals(void **state)
{
    struct stand *stand = *state;

    stand->kernel.dump_error = -EPERM;
    assert_int_equal(read_once(stand), -EPERM);
    stand->kernel.dump_error = -ENODEV;
    assert_int_equal(read_once(stand), -ENODEV);
    assert_int_equal(stand->kernel.families, 1);
    /* The module went, and with it its number. */
    stand->kernel.dump_error = -ENOENT;
    assert_int_equal(read_once(stand), -ENOENT);
    stand->kernel.dump_error = 0;
    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->kernel.families, 2);
}

static void test_what_is_not_the_whole_truth(void **state)
{
    struct stand *stand = *state;

    stand->kernel.interrupted = 1;
    assert_int_equal(read_once(stand), -EAGAIN);
    assert_int_equal(read_once(stand), 0);
    stand->kernel.broken = true;
    assert_int_equal(read_once(stand), -EAGAIN);
    stand->kernel.broken = false;
    assert_int_equal(read_once(stand), 0);
    stand->kernel.ifindex = 0;
    assert_int_equal(read_once(stand), -ENODEV);
}

static void test_answers_to_other_questions(void **state)
{
    struct stand *stand = *state;

    stand->kernel.behind = 1;
    assert_int_equal(read_once(stand), PENDING);
    wireguard_kernel_cancel(stand->reader);
    stand->kernel.behind = 0;
    assert_int_equal(read_once(stand), 0);
    stand->kernel.behind = 1;
    assert_int_equal(read_once(stand), PENDING);
    assert_int_equal(stand->count, 0);
}

static void test_it_is_cancelled(void **state)
{
    struct stand *stand = *state;

    stand->result = PENDING;
    assert_int_equal(wireguard_kernel_read(stand->reader, 7), 0);
    wireguard_kernel_cancel(stand->reader);
    run(stand);
    assert_int_equal(stand->result, PENDING);
    assert_int_equal(stand->count, 0);
    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->count, 2);
    assert_int_equal(stand->kernel.opened, 0); /* no dump had begun */
}

/* The kernel would not begin another on a socket where one is not over. */
static void test_a_dump_is_cancelled(void **state)
{
    struct stand *stand = *state;

    assert_int_equal(read_once(stand), 0);
    stand->result = PENDING;
    stand->count = 0;
    assert_int_equal(wireguard_kernel_read(stand->reader, 7), 0);
    wireguard_kernel_cancel(stand->reader);
    run(stand);
    assert_int_equal(stand->result, PENDING);
    assert_int_equal(stand->count, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(read_once(stand), 0);
        assert_int_equal(stand->count, 2);
        assert_int_equal(stand->kernel.opened, 1);
    }
    wireguard_kernel_cancel(stand->reader); /* nothing is under way */
    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->kernel.opened, 1);
}

static void test_it_is_cancelled_at_the_end_of_another(void **state)
{
    struct stand *stand = *state;

    stand->goes_on = true;
    assert_int_equal(read_once(stand), 0);
    assert_int_equal(stand->count, 2);
    assert_int_equal(stand->kernel.opened, 1);
}

static void test_a_kernel_that_takes_no_question(void **state)
{
    struct stand *stand = *state;
    struct wireguard_reader reader = {.peer = on_peer, .done = on_done, .userdata = stand};
    struct wireguard_kernel *lonely;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(wireguard_kernel_new(stand->event, fds[1], &reader, &lonely), 0);
    close(fds[0]);
    stand->result = PENDING;
    assert_true(wireguard_kernel_read(lonely, 7) < 0);
    assert_int_equal(stand->result, PENDING); /* it is told by what is returned */
    assert_null(wireguard_kernel_free(lonely));
    assert_null(wireguard_kernel_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_kernel_without_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_the_whole_truth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers_to_other_questions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_cancelled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_dump_is_cancelled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_cancelled_at_the_end_of_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_kernel_that_takes_no_question, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
