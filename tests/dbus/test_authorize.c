/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who calls, and may they: with a bus and a polkit that say what the test wants */
#include "ends.h"

static void assert_set_mtu(struct ends *ends, const char *error)
{
    ends_call(ends, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    if (strcmp(ends->error, error) != 0)
        fail_msg("“%s” (%s) is not %s", ends->error, ends->reply, error);
}

static void send_set_mtu(struct ends *ends, const char *sender)
{
    ends->sender = sender;
    ends_send(ends, BUS_INTERFACE, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    ends_drain(ends);
}

static void test_root_passes(void **state)
{
    struct ends *ends = *state;

    ends->polkit = POLKIT_NO;
    assert_set_mtu(ends, "");
    assert_int_equal(ends->lookups, 1);
    assert_int_equal(ends->checks, 0);
}

static void test_what_polkit_says(void **state)
{
    static const struct {
        enum polkit polkit;
        const char *error;
    } answers[] = {{POLKIT_NO, SD_BUS_ERROR_ACCESS_DENIED},
                   {POLKIT_CHALLENGE, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED},
                   {POLKIT_ABSENT, SD_BUS_ERROR_ACCESS_DENIED},
                   {POLKIT_NONSENSE, SD_BUS_ERROR_ACCESS_DENIED},
                   {POLKIT_YES, ""}};
    struct ends *ends = *state;

    ends->uid = 1000;
    for (size_t i = 0; i < COUNT(answers); i++) {
        assert_int_equal(ends->stand->kernel.mtu, 1420);
        ends->polkit = answers[i].polkit;
        assert_set_mtu(ends, answers[i].error);
        assert_int_equal(ends->checks, i + 1);
    }
    assert_int_equal(ends->stand->kernel.mtu, 1280);
}

static void test_what_polkit_is_asked(void **state)
{
    struct ends *ends = *state;
    sd_bus_message *call = NULL;
    uint64_t cookie; /* without one, sd-bus expects no reply */

    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    assert_set_mtu(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_string_equal(ends->check,
                        "(\"system-bus-name\", {\"name\": \":1.5\"}), \"org.wslnode.node1.set-mtu\", "
                        "{\"verb\": \"SetMTU\", \"target\": \"wg0\", \"value\": \"1280\"}, 0, "
                        "\"wslnode-1\"");
    assert_true(
        sd_bus_message_new_method_call(ends->client, &call, NULL, BUS_PATH, BUS_INTERFACE, "SetMTU") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_set_allow_interactive_authorization(call, true);
    sd_bus_message_append(call, "sut", "wg0", 1280, (uint64_t)0);
    assert_true(sd_bus_send(ends->client, call, &cookie) >= 0);
    sd_bus_message_unref(call);
    ends_drain(ends);
    assert_int_equal(ends->checks, 2);
    assert_non_null(
        strstr(ends->check, "}, 1, \"wslnode-2\"")); /* the only flag, and another cancellation id */
}

static void test_a_caller_that_the_bus_does_not_know(void **state)
{
    struct ends *ends = *state;

    ends->unknown_sender = true;
    send_set_mtu(ends, ":1.5");
    assert_int_equal(ends->lookups, 1);
    assert_int_equal(ends->checks, 0);
    assert_int_equal(ends->replies, 0);
    assert_int_equal(ends->stand->kernel.gets, 0);
    assert_int_equal(ends->bus.pending, 0);
}

static void test_a_caller_that_leaves(void **state)
{
    struct ends *ends = *state;

    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    send_set_mtu(ends, ":1.5");
    send_set_mtu(ends, ":1.6");
    assert_int_equal(ends->checks, 2);
    assert_int_equal(ends->bus.pending, 2);
    ends_leave(ends, ":1.7"); /* somebody else */
    assert_int_equal(ends->bus.pending, 2);
    ends_leave(ends, ":1.5");
    assert_int_equal(ends->cancels, 1);
    assert_int_equal(ends->bus.pending, 1);
    assert_int_equal(ends->stand->kernel.gets, 0);
    assert_int_equal(ends->replies, 0);
}

static void test_a_verb_without_a_reply_does_nothing(void **state)
{
    struct ends *ends = *state;
    sd_bus_message *call = NULL;

    assert_true(
        sd_bus_message_new_method_call(ends->client, &call, NULL, BUS_PATH, BUS_INTERFACE, "SetMTU") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_set_expect_reply(call, false);
    sd_bus_message_append(call, "sut", "wg0", 1280, (uint64_t)0);
    assert_true(sd_bus_send(ends->client, call, NULL) >= 0);
    sd_bus_message_unref(call);
    ends_run(ends, 50000);
    assert_int_equal(ends->lookups, 0);
    assert_int_equal(ends->stand->kernel.gets, 0);
    assert_int_equal(ends->bus.pending, 0);
}

static void assert_over_limit(struct ends *ends)
{
    assert_int_equal(ends->replies, 1);
    assert_string_equal(ends->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
    ends->replies = 0;
}

static void test_the_limit_for_one_sender(void **state)
{
    struct ends *ends = *state;

    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_PER_SENDER; i++)
        send_set_mtu(ends, ":1.5");
    assert_int_equal(ends->checks, AUTHORIZE_PER_SENDER);
    assert_int_equal(ends->replies, 0);
    send_set_mtu(ends, ":1.5");
    assert_over_limit(ends);
    send_set_mtu(ends, ":1.6"); /* another one may */
    assert_int_equal(ends->replies, 0);
    ends_leave(ends, ":1.5");
    send_set_mtu(ends, ":1.5"); /* and those that left make room */
    assert_int_equal(ends->replies, 0);
}

static void test_the_limit_for_one_user(void **state)
{
    struct ends *ends = *state;
    char sender[16];

    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_PER_UID; i++) {
        snprintf(sender, sizeof(sender), ":1.%u", i);
        send_set_mtu(ends, sender);
    }
    assert_int_equal(ends->replies, 0);
    send_set_mtu(ends, ":1.100");
    assert_over_limit(ends);
    ends->uid = 1001;
    send_set_mtu(ends, ":1.101");
    assert_int_equal(ends->replies, 0);
}

static void test_the_limit_in_all_does_not_hold_for_root(void **state)
{
    struct ends *ends = *state;
    char sender[16];

    ends->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_IN_ALL; i++) {
        snprintf(sender, sizeof(sender), ":1.%u", i);
        ends->uid = 1000 + i;
        send_set_mtu(ends, sender);
    }
    assert_int_equal(ends->checks, AUTHORIZE_IN_ALL);
    ends->uid = 5000;
    send_set_mtu(ends, ":1.900");
    assert_over_limit(ends);
    ends->uid = 0;
    ends->sender = ":1.901";
    assert_set_mtu(ends, "");
    assert_int_equal(ends->stand->kernel.mtu, 1280);
}

static void test_what_waits_ends_with_the_bus(void **state)
{
    struct ends *ends = *state;

    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    send_set_mtu(ends, ":1.5");
    send_set_mtu(ends, ":1.6");
    authorize_drop_all(ends->bus.authorize);
    assert_int_equal(ends->bus.pending, 0);
    ends_drain(ends);
    assert_int_equal(ends->replies, 0);
    assert_int_equal(ends->stand->kernel.gets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_root_passes),
        ENDS_TEST(test_what_polkit_says),
        ENDS_TEST(test_what_polkit_is_asked),
        ENDS_TEST(test_a_caller_that_the_bus_does_not_know),
        ENDS_TEST(test_a_caller_that_leaves),
        ENDS_TEST(test_a_verb_without_a_reply_does_nothing),
        ENDS_TEST(test_the_limit_for_one_sender),
        ENDS_TEST(test_the_limit_for_one_user),
        ENDS_TEST(test_the_limit_in_all_does_not_hold_for_root),
        ENDS_TEST(test_what_waits_ends_with_the_bus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
