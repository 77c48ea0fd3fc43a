/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who calls, and may they: with a bus and a polkit that say what the test wants */
#include "peers.h"

static void assert_set_mtu(struct peers *peers, const char *error)
{
    peers_call(peers, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    if (strcmp(peers->error, error) != 0)
        fail_msg("“%s” (%s) is not %s", peers->error, peers->reply, error);
}

static void send_set_mtu(struct peers *peers, const char *sender)
{
    peers->sender = sender;
    peers_send(peers, BUS_INTERFACE, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    peers_drain(peers);
}

static void test_root_passes(void **state)
{
    struct peers *peers = *state;

    peers->polkit = POLKIT_NO;
    assert_set_mtu(peers, "");
    assert_int_equal(peers->lookups, 1);
    assert_int_equal(peers->checks, 0);
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
    struct peers *peers = *state;

    peers->uid = 1000;
    for (size_t i = 0; i < COUNT(answers); i++) {
        assert_int_equal(peers->stand->kernel.mtu, 1420);
        peers->polkit = answers[i].polkit;
        assert_set_mtu(peers, answers[i].error);
        assert_int_equal(peers->checks, i + 1);
    }
    assert_int_equal(peers->stand->kernel.mtu, 1280);
}

static void test_what_polkit_is_asked(void **state)
{
    struct peers *peers = *state;
    sd_bus_message *call = NULL;
    uint64_t cookie; /* without one, sd-bus expects no reply */

    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    assert_set_mtu(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_string_equal(peers->check,
                        "(\"system-bus-name\", {\"name\": \":1.5\"}), \"org.wslnode.node1.set-mtu\", "
                        "{\"verb\": \"SetMTU\", \"target\": \"wg0\", \"value\": \"1280\"}, 0, "
                        "\"wslnode-1\"");
    assert_true(
        sd_bus_message_new_method_call(peers->client, &call, NULL, BUS_PATH, BUS_INTERFACE, "SetMTU") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_set_allow_interactive_authorization(call, true);
    sd_bus_message_append(call, "sut", "wg0", 1280, (uint64_t)0);
    assert_true(sd_bus_send(peers->client, call, &cookie) >= 0);
    sd_bus_message_unref(call);
    peers_drain(peers);
    assert_int_equal(peers->checks, 2);
    assert_non_null(
        strstr(peers->check, "}, 1, \"wslnode-2\"")); /* the only flag, and another cancellation id */
}

static void test_a_caller_that_the_bus_does_not_know(void **state)
{
    struct peers *peers = *state;

    peers->unknown_sender = true;
    send_set_mtu(peers, ":1.5");
    assert_int_equal(peers->lookups, 1);
    assert_int_equal(peers->checks, 0);
    assert_int_equal(peers->replies, 0);
    assert_int_equal(peers->stand->kernel.gets, 0);
    assert_int_equal(peers->bus.pending, 0);
}

static void test_a_caller_that_leaves(void **state)
{
    struct peers *peers = *state;

    peers->uid = 1000;
    peers->polkit = POLKIT_SILENT;
    send_set_mtu(peers, ":1.5");
    send_set_mtu(peers, ":1.6");
    assert_int_equal(peers->checks, 2);
    assert_int_equal(peers->bus.pending, 2);
    peers_leave(peers, ":1.7"); /* somebody else */
    assert_int_equal(peers->bus.pending, 2);
    peers_leave(peers, ":1.5");
    assert_int_equal(peers->cancels, 1);
    assert_int_equal(peers->bus.pending, 1);
    assert_int_equal(peers->stand->kernel.gets, 0);
    assert_int_equal(peers->replies, 0);
}

static void test_a_verb_without_a_reply_does_nothing(void **state)
{
    struct peers *peers = *state;
    sd_bus_message *call = NULL;

    assert_true(
        sd_bus_message_new_method_call(peers->client, &call, NULL, BUS_PATH, BUS_INTERFACE, "SetMTU") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_set_expect_reply(call, false);
    sd_bus_message_append(call, "sut", "wg0", 1280, (uint64_t)0);
    assert_true(sd_bus_send(peers->client, call, NULL) >= 0);
    sd_bus_message_unref(call);
    peers_run(peers, 50000);
    assert_int_equal(peers->lookups, 0);
    assert_int_equal(peers->stand->kernel.gets, 0);
    assert_int_equal(peers->bus.pending, 0);
}

static void assert_over_limit(struct peers *peers)
{
    assert_int_equal(peers->replies, 1);
    assert_string_equal(peers->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
    peers->replies = 0;
}

static void test_the_limit_for_one_sender(void **state)
{
    struct peers *peers = *state;

    peers->uid = 1000;
    peers->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_PER_SENDER; i++)
        send_set_mtu(peers, ":1.5");
    assert_int_equal(peers->checks, AUTHORIZE_PER_SENDER);
    assert_int_equal(peers->replies, 0);
    send_set_mtu(peers, ":1.5");
    assert_over_limit(peers);
    send_set_mtu(peers, ":1.6"); /* another one may */
    assert_int_equal(peers->replies, 0);
    peers_leave(peers, ":1.5");
    send_set_mtu(peers, ":1.5"); /* and those that left make room */
    assert_int_equal(peers->replies, 0);
}

static void test_the_limit_for_one_user(void **state)
{
    struct peers *peers = *state;
    char sender[16];

    peers->uid = 1000;
    peers->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_PER_UID; i++) {
        snprintf(sender, sizeof(sender), ":1.%u", i);
        send_set_mtu(peers, sender);
    }
    assert_int_equal(peers->replies, 0);
    send_set_mtu(peers, ":1.100");
    assert_over_limit(peers);
    peers->uid = 1001;
    send_set_mtu(peers, ":1.101");
    assert_int_equal(peers->replies, 0);
}

static void test_the_limit_in_all_does_not_hold_for_root(void **state)
{
    struct peers *peers = *state;
    char sender[16];

    peers->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_IN_ALL; i++) {
        snprintf(sender, sizeof(sender), ":1.%u", i);
        peers->uid = 1000 + i;
        send_set_mtu(peers, sender);
    }
    assert_int_equal(peers->checks, AUTHORIZE_IN_ALL);
    peers->uid = 5000;
    send_set_mtu(peers, ":1.900");
    assert_over_limit(peers);
    peers->uid = 0;
    peers->sender = ":1.901";
    assert_set_mtu(peers, "");
    assert_int_equal(peers->stand->kernel.mtu, 1280);
}

static void test_what_waits_ends_with_the_bus(void **state)
{
    struct peers *peers = *state;

    peers->uid = 1000;
    peers->polkit = POLKIT_SILENT;
    send_set_mtu(peers, ":1.5");
    send_set_mtu(peers, ":1.6");
    authorize_drop_all(peers->bus.authorize);
    assert_int_equal(peers->bus.pending, 0);
    peers_drain(peers);
    assert_int_equal(peers->replies, 0);
    assert_int_equal(peers->stand->kernel.gets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_root_passes),
        PEERS_TEST(test_what_polkit_says),
        PEERS_TEST(test_what_polkit_is_asked),
        PEERS_TEST(test_a_caller_that_the_bus_does_not_know),
        PEERS_TEST(test_a_caller_that_leaves),
        PEERS_TEST(test_a_verb_without_a_reply_does_nothing),
        PEERS_TEST(test_the_limit_for_one_sender),
        PEERS_TEST(test_the_limit_for_one_user),
        PEERS_TEST(test_the_limit_in_all_does_not_hold_for_root),
        PEERS_TEST(test_what_waits_ends_with_the_bus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
