/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel steps: read, set, read back */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/act/apply_kernel.h"
#include "../unit.h"
#include "kernel.h"

struct stand {
    sd_event *event;
    struct kernel kernel;
    struct apply_kernel *apply;
    struct plan_subject subject;
    struct refusal refusal;
    unsigned calls;
};

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    stand.subject = (struct plan_subject){.link = "wg0", .link_kind = "wireguard", .ifindex = 7, .mtu = 1280};
    assert_int_equal(sd_event_new(&stand.event), 0);
    kernel_start(&stand.kernel, stand.event);
    assert_int_equal(apply_kernel_new(stand.event, stand.kernel.daemon_fd, &stand.apply), 0);
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    apply_kernel_free(stand->apply);
    kernel_stop(&stand->kernel);
    sd_event_unref(stand->event);
    return 0;
}

static void on_done(void *userdata, const struct refusal *refusal)
{
    struct stand *stand = userdata;

    stand->calls++;
    stand->refusal = *refusal;
}

static uint64_t now_usec(struct stand *stand)
{
    uint64_t usec;

    sd_event_now(stand->event, CLOCK_MONOTONIC, &usec);
    return usec;
}

/* Returns how long it took. */
static uint64_t apply(struct stand *stand)
{
    uint64_t start;

    sd_event_run(stand->event, 0);
    start = now_usec(stand);
    stand->calls = 0;
    apply_kernel_start(stand->apply, &stand->subject, on_done, stand);
    for (int i = 0; i < 1000 && !stand->calls; i++)
        assert_true(sd_event_run(stand->event, 10000) >= 0);
    assert_int_equal(stand->calls, 1);
    return now_usec(stand) - start;
}

static void assert_refused(struct stand *stand, enum refusal_kind kind)
{
    apply(stand);
    assert_int_equal(stand->refusal.kind, kind);
    assert_non_null(strstr(stand->refusal.text, "wg0"));
}

static void test_set_and_read_back(void **state)
{
    struct stand *stand = *state;

    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->kernel.mtu, 1280);
    assert_int_equal(stand->kernel.sets, 1);
    assert_int_equal(stand->kernel.gets, 2);
    assert_int_equal(stand->kernel.last_set_ifindex, 7);
    /* And again, with the same socket. */
    stand->subject.mtu = 1300;
    apply(stand);
    assert_int_equal(stand->kernel.mtu, 1300);
}

static void test_right_already(void **state)
{
    struct stand *stand = *state;

    stand->kernel.mtu = 1280;
    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->kernel.sets, 0);
    assert_int_equal(stand->kernel.gets, 1);
}

static void test_another_link_is_left_alone(void **state)
{
    struct stand *stand = *state;

    snprintf(stand->kernel.name, sizeof(stand->kernel.name), "wg1");
    assert_refused(stand, REFUSAL_CHANGED_SINCE);
    snprintf(stand->kernel.name, sizeof(stand->kernel.name), "wg0");
    snprintf(stand->kernel.kind, sizeof(stand->kernel.kind), "bridge");
    assert_refused(stand, REFUSAL_CHANGED_SINCE);
    /* Not even if its MTU happens to be right. */
    stand->kernel.mtu = 1280;
    assert_refused(stand, REFUSAL_CHANGED_SINCE);
    assert_int_equal(stand->kernel.sets, 0);
}

static void test_a_link_that_is_gone(void **state)
{
    struct stand *stand = *state;

    stand->kernel.ifindex = 8;
    assert_refused(stand, REFUSAL_NO_SUCH_LINK);
    assert_int_equal(stand->kernel.sets, 0);
}

static void test_the_kernel_does_not_take_it(void **state)
{
    struct stand *stand = *state;

    stand->kernel.set_error = -EINVAL;
    assert_refused(stand, REFUSAL_INVALID_MTU);
    stand->kernel.set_error = -ERANGE;
    assert_refused(stand, REFUSAL_INVALID_MTU);
    stand->kernel.set_error = -ENODEV;
    assert_refused(stand, REFUSAL_NO_SUCH_LINK);
    stand->kernel.set_error = -EPERM;
    assert_refused(stand, REFUSAL_FAILED);
    assert_non_null(strstr(stand->refusal.text, "Setting"));
    assert_non_null(strstr(stand->refusal.text, strerror(EPERM)));
    stand->kernel.get_error = -EBUSY;
    assert_refused(stand, REFUSAL_FAILED);
    assert_non_null(strstr(stand->refusal.text, "Reading"));
}

static void test_others_set_it_right_afterwards(void **state)
{
    struct stand *stand = *state;

    stand->kernel.others_mtu = 1500;
    assert_refused(stand, REFUSAL_FIGHTING);
    assert_int_equal(stand->kernel.sets, 1); /* not joined */
}

static void test_silence(void **state)
{
    struct stand *stand = *state;
    uint64_t took;

    stand->kernel.silent = true;
    took = apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_FAILED);
    assert_in_range(took, 1900000, 4000000);
    stand->kernel.silent = false;
    stand->kernel.silent_to_set = true;
    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_FAILED);
    assert_non_null(strstr(stand->refusal.text, "Setting"));
    /* A late answer is to a question of the past. */
    stand->kernel.silent_to_set = false;
    stand->kernel.mtu = 1420;
    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
}

static void answer_in_advance(struct kernel *kernel)
{
    struct nlmsgerr body = {.error = -EPERM};
    struct {
        struct nlmsghdr header;
        struct nlmsgerr body;
    } message = {.header = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 99},
                 .body = body};

    assert_int_equal(send(kernel->fd, &message, sizeof(message), 0), sizeof(message));
    message.header.nlmsg_seq = 0;
    assert_int_equal(send(kernel->fd, &message, sizeof(message), 0), sizeof(message));
}

static void test_answers_to_nobody_are_ignored(void **state)
{
    struct stand *stand = *state;

    stand->kernel.on_request = answer_in_advance;
    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_NONE);
    assert_int_equal(stand->kernel.mtu, 1280);
    stand->kernel.on_request = NULL;
    stand->kernel.mtu = 1420;
    stand->kernel.sequence_offset = 1;
    apply(stand);
    assert_int_equal(stand->refusal.kind, REFUSAL_FAILED);
    assert_int_equal(stand->kernel.sets, 1);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_set_and_read_back),
        STAND_TEST(test_right_already),
        STAND_TEST(test_another_link_is_left_alone),
        STAND_TEST(test_a_link_that_is_gone),
        STAND_TEST(test_the_kernel_does_not_take_it),
        STAND_TEST(test_others_set_it_right_afterwards),
        STAND_TEST(test_silence),
        STAND_TEST(test_answers_to_nobody_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
