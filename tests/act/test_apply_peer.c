/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of a peer: in a kernel at the other end of a socketpair, and in a wireguard-go of the test's */
#include "../../service/act/apply_peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../service/sys/clock_time.h"
#include "../sense/wireguard_world.h"
#include "../state/facts.h"

#define GO_DONE "errno=0\n\n"

struct stand {
    sd_event *event;
    struct scratch scratch;
    struct node node;
    struct wireguard_kernel_end kernel;
    struct wireguard_go go;
    struct apply_peer *apply;
    struct step step;
    /* The sensor: what it reads of peer 1, and how it goes about it. */
    int32_t reads; /* -1: not the peer; -2: not at all; -3: an old reading; -4: no tunnel */
    unsigned turns, asked;
    unsigned calls;
    struct refusal refusal;
    unsigned sent;
};

static int nudge_result;
static unsigned nudges;

int __wrap_peer_nudge(int32_t ifindex, uint8_t family, const uint8_t address[16]);

int __wrap_peer_nudge(int32_t ifindex, uint8_t family, const uint8_t address[16])
{
    assert_int_equal(ifindex, WG0);
    assert_int_equal(family, AF_INET);
    nudges++;
    return nudge_result;
}

static void on_sent(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE])
{
    struct stand *stand = userdata;

    assert_int_equal(ifindex, WG0);
    assert_int_equal(key[3], 1);
    stand->sent++;
}

static void name(struct stand *stand, bool user_space)
{
    struct fact tunnel = tunnel_of("wg0", WG0);

    tunnel.tunnel.user_space = user_space;
    name_tunnels(&stand->node, &tunnel, 1);
}

static void read_with(struct stand *stand, int64_t raw_usec)
{
    struct fact peer = peer_of(WG0, stand->reads == -1 ? 2 : 1, raw_usec, -1);

    peer.peer.keepalive_sec = stand->reads;
    peer.peer.address_family = AF_INET;
    read_peers(&stand->node, WG0, &peer, 1);
}

static bool is_read(void *userdata, const char *link, int64_t raw_usec)
{
    struct stand *stand = userdata;

    assert_string_equal(link, "wg0");
    assert_true(raw_usec <= clock_time_raw() && raw_usec > clock_time_raw() - 6000000);
    stand->asked++;
    if (stand->reads == -2)
        return false;
    if (stand->turns && stand->turns--)
        return false;
    if (stand->reads == -4)
        name_tunnels(&stand->node, NULL, 0);
    else
        read_with(stand, stand->reads == -3 ? raw_usec - 1 : raw_usec);
    return true;
}

static int set_up(void **state)
{
    static struct stand stand;
    struct apply_peer_context context = {.node = &stand.node,
                                         .is_read = is_read,
                                         .sent = on_sent,
                                         .userdata = &stand};

    memset(&stand, 0, sizeof(stand));
    nudge_result = 0;
    nudges = 0;
    scratch_make(&stand.scratch);
    assert_true(sd_event_new(&stand.event) >= 0);
    node_with_tunnel(&stand.node);
    wireguard_kernel_end_start(&stand.kernel, stand.event);
    wireguard_go_start(&stand.go, stand.event, &stand.scratch, "wg0");
    stand.kernel.peers[0] = peer_of(WG0, 1, 1, -1);
    stand.kernel.peers[0].peer.keepalive_sec = 0;
    stand.kernel.count = 1;
    stand.go.set_answer = GO_DONE;
    name(&stand, false);
    read_with(&stand, 1);
    stand.reads = 25;
    stand.step = (struct step){.kind = STEP_KEEPALIVE,
                               .target = "wg0",
                               .keepalive = {.key = {[3] = 1}, .before_sec = 7, .after_sec = 25}};
    context.event = stand.event;
    context.root = stand.scratch.root;
    context.fd = stand.kernel.daemon_fd;
    assert_int_equal(apply_peer_new(&context, &stand.apply), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    apply_peer_free(stand->apply);
    wireguard_go_stop(&stand->go);
    wireguard_kernel_end_stop(&stand->kernel);
    node_done(&stand->node);
    sd_event_unref(stand->event);
    scratch_remove(&stand->scratch);
    return 0;
}

static void on_done(void *userdata, const struct refusal *refusal)
{
    struct stand *stand = userdata;

    stand->calls++;
    stand->refusal = *refusal;
}

static uint64_t apply(struct stand *stand, bool back)
{
    int64_t start = clock_time_raw();

    stand->calls = 0;
    apply_peer_start(stand->apply, &stand->step, back, on_done, stand);
    while (!stand->calls && clock_time_raw() - start < 10000000) {
        assert_true(sd_event_run(stand->event, 10000) >= 0);
        apply_peer_turn(stand->apply);
    }
    assert_int_equal(stand->calls, 1);
    return clock_time_raw() - start;
}

static void assert_refused(struct stand *stand, enum refusal_kind kind, const char *text)
{
    apply(stand, false);
    assert_int_equal(stand->refusal.kind, kind);
    if (text && !strstr(stand->refusal.text, text))
        fail_msg("“%s” has no “%s”", stand->refusal.text, text);
}

static void test_the_kernel(void **state)
{
    struct stand *stand = *state;

    stand->turns = 3;
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(stand->kernel.sets, 1);
    assert_int_equal(stand->kernel.set_ifindex, WG0);
    assert_int_equal(stand->kernel.peers[0].peer.keepalive_sec, 25);
    assert_int_equal(stand->asked, 4);
    /* Back; the family's number is known. */
    stand->reads = 7;
    apply(stand, true);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->kernel.peers[0].peer.keepalive_sec, 7);
    assert_int_equal(stand->kernel.families, 1);
    assert_int_equal(stand->go.sets, 0);
}

static void test_wireguard_go(void **state)
{
    struct stand *stand = *state;

    name(stand, true);
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(stand->go.sets, 1);
    assert_string_equal(stand->go.set,
                        "set=1\npublic_key=00000001000000000000000000000000000000000000000000000000"
                        "00000000\nupdate_only=true\npersistent_keepalive_interval=25\n\n");
    assert_int_equal(stand->kernel.sets, 0);
    stand->reads = 0;
    stand->step.keepalive.after_sec = 0;
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_non_null(strstr(stand->go.set, "interval=0\n"));
}

static void test_what_is_there_instead(void **state)
{
    struct stand *stand = *state;

    stand->reads = 10;
    assert_refused(stand, REFUSAL_FIGHTING, "set to 25 s, and right afterwards it is 10 s");
    stand->reads = -1;
    assert_refused(stand, REFUSAL_NO_SUCH_PEER,
                   "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= is no longer in");
    apply(stand, true);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE); /* who is gone took it along */
}

/* What was read before it was set tells nothing. */
static void test_an_old_reading(void **state)
{
    struct stand *stand = *state;

    stand->reads = -3;
    assert_refused(stand, REFUSAL_FAILED, "cannot be read back");
}

static void test_a_tunnel_that_is_gone(void **state)
{
    struct stand *stand = *state;

    stand->reads = -4;
    assert_refused(stand, REFUSAL_NO_SUCH_LINK, "wg0");
    assert_refused(stand, REFUSAL_NO_SUCH_LINK, "wg0");
    assert_int_equal(stand->kernel.sets, 1); /* the first time it was there */
    apply(stand, true);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
}

static void test_the_kernel_refuses(void **state)
{
    struct stand *stand = *state;

    stand->kernel.family_error = -ENOENT;
    assert_refused(stand, REFUSAL_FAILED, strerror(ENOENT));
    stand->kernel.family_error = 0;
    stand->kernel.set_error = -EPERM;
    assert_refused(stand, REFUSAL_FAILED, strerror(EPERM));
    assert_int_equal(stand->asked, 0);
    /* The module came back with another number. */
    stand->kernel.set_error = -ENOENT;
    assert_refused(stand, REFUSAL_FAILED, strerror(ENOENT));
    stand->kernel.set_error = 0;
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(stand->kernel.families, 3);
}

static void test_wireguard_go_refuses(void **state)
{
    struct stand *stand = *state;

    name(stand, true);
    stand->go.set_answer = "errno=-22\n\n";
    assert_refused(stand, REFUSAL_FAILED, strerror(EINVAL));
    stand->go.set_answer = NULL;
    stand->go.hangs_up = true;
    assert_refused(stand, REFUSAL_FAILED, strerror(ECONNRESET));
    wireguard_go_kill(&stand->go);
    assert_refused(stand, REFUSAL_FAILED, strerror(ECONNREFUSED));
    wireguard_go_stop(&stand->go);
    assert_refused(stand, REFUSAL_FAILED, strerror(ENOENT));
    assert_int_equal(stand->asked, 0);
}

static void test_silence(void **state)
{
    struct stand *stand = *state;
    uint64_t usec;

    name(stand, true);
    stand->go.set_answer = NULL;
    usec = apply(stand, false);
    assert_int_equal(stand->refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->refusal.text, strerror(ETIMEDOUT)));
    assert_true(usec >= 4900000 && usec < 7000000);
    /* What comes too late is nobody's. */
    stand->go.set_answer = GO_DONE;
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(stand->go.sets, 2);
}

static void test_it_is_never_read(void **state)
{
    struct stand *stand = *state;

    stand->reads = -2;
    assert_refused(stand, REFUSAL_FAILED, "cannot be read back: Connection timed out");
}

static void pose_endpoint(struct stand *stand, const char *before)
{
    struct step step = {.kind = STEP_ENDPOINT, .target = "wg0", .endpoint.key = {[3] = 1}};

    if (before)
        step.endpoint.before = endpoint_of(before, 51820);
    step.endpoint.after = endpoint_of("192.0.2.9", 51821);
    stand->step = step;
}

static void test_an_endpoint_in_the_kernel(void **state)
{
    struct stand *stand = *state;
    char text[PEER_ENDPOINT_TEXT_SIZE];

    pose_endpoint(stand, "192.0.2.1");
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(stand->kernel.sets, 1);
    assert_string_equal(peer_endpoint_text(&stand->kernel.peers[0].peer.endpoint, text, sizeof(text)),
                        "192.0.2.9:51821");
    apply(stand, true);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_string_equal(peer_endpoint_text(&stand->kernel.peers[0].peer.endpoint, text, sizeof(text)),
                        "192.0.2.1:51820");
    assert_int_equal(stand->kernel.peers[0].peer.keepalive_sec, 0);
    /* There is no way back to none. */
    pose_endpoint(stand, NULL);
    apply(stand, true);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->kernel.sets, 2);
}

static void test_an_endpoint_in_wireguard_go(void **state)
{
    struct stand *stand = *state;

    name(stand, true);
    pose_endpoint(stand, "192.0.2.1");
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_non_null(strstr(stand->go.set, "update_only=true\nendpoint=192.0.2.9:51821\n\n"));
    stand->go.set_answer = "errno=-22\n\n";
    assert_refused(stand, REFUSAL_FAILED, "Setting the endpoint in “wg0” failed: ");
    stand->go.set_answer = GO_DONE;
    stand->reads = -1;
    assert_refused(stand, REFUSAL_NO_SUCH_PEER, "AAAAAQ");
}

/* Without keepalive nobody else would, and it is known whose packet that was. */
static void test_a_packet_to_a_peer(void **state)
{
    struct stand *stand = *state;

    pose_endpoint(stand, "192.0.2.1");
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(nudges, 0);
    stand->reads = 0;
    apply(stand, true);
    assert_int_equal(nudges, 0);
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(nudges, 1);
    assert_int_equal(stand->sent, 1);
    nudge_result = -ENOKEY;
    assert_refused(stand, REFUSAL_NONE, NULL);
    assert_int_equal(nudges, 2);
    assert_int_equal(stand->sent, 1); /* nothing was */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_kernel),
        TEST(test_wireguard_go),
        TEST(test_what_is_there_instead),
        TEST(test_an_old_reading),
        TEST(test_a_tunnel_that_is_gone),
        TEST(test_the_kernel_refuses),
        TEST(test_wireguard_go_refuses),
        TEST(test_silence),
        TEST(test_it_is_never_read),
        TEST(test_an_endpoint_in_the_kernel),
        TEST(test_an_endpoint_in_wireguard_go),
        TEST(test_a_packet_to_a_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
