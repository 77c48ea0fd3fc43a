/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ListPeers: who may, and what it replies */
#include "tunnels.h"

#define FIRST_KEY "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void list(struct ends *ends, uint32_t offset, uint32_t limit)
{
    ends_call_at(ends, WG0_AT, VPN_INTERFACE, "ListPeers", "uu", offset, limit);
}

static void send_list(struct ends *ends, const char *sender)
{
    ends->sender = sender;
    ends->path = WG0_AT;
    ends_send(ends, VPN_INTERFACE, "ListPeers", "uu", 0, 0);
    ends->path = NULL;
    ends_drain(ends);
}

static void watch(struct ends *ends)
{
    name_wg0(ends);
    read_one(ends, peer_now(1, NEVER));
}

static void test_root_passes(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    ends->polkit = POLKIT_NO;
    list(ends, 0, 0);
    assert_string_equal(ends->error, "");
    assert_string_equal(
        ends->reply, "[{\"key\": \"" FIRST_KEY "\", \"endpoint\": \"198.51.100.1:51820\", "
                     "\"state\": \"unknown\", \"reason\": \"\", \"rx\": 0, \"tx\": 0, \"keepalive\": 25}]");
    assert_int_equal(ends->lookups, 1);
    assert_int_equal(ends->checks, 0);
    assert_int_equal(ends->bus.pending, 0);
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

    watch(ends);
    ends->uid = 1000;
    for (size_t i = 0; i < COUNT(answers); i++) {
        ends->polkit = answers[i].polkit;
        list(ends, 0, 0);
        assert_string_equal(ends->error, answers[i].error);
        assert_int_equal(ends->checks, i + 1);
        assert_int_equal(strstr(ends->reply, FIRST_KEY) != NULL, !answers[i].error[0]);
    }
    assert_non_null(strstr(ends->check, "\"org.wslnode.node1.list-peers\", {\"verb\": \"ListPeers\", "
                                        "\"target\": \"wg0\", \"value\": \"\"}, 0, "));
    assert_int_equal(ends->bus.pending, 0);
}

static void test_a_caller_that_leaves(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    send_list(ends, ":1.5");
    send_list(ends, ":1.6");
    assert_int_equal(ends->bus.pending, 2);
    ends_leave(ends, ":1.5");
    assert_int_equal(ends->cancels, 1);
    assert_int_equal(ends->bus.pending, 1);
    assert_int_equal(ends->replies, 0);
}

static void test_the_limit_is_that_of_verbs(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    ends->uid = 1000;
    ends->polkit = POLKIT_SILENT;
    for (unsigned i = 0; i < AUTHORIZE_PER_SENDER; i++)
        send_list(ends, ":1.5");
    assert_int_equal(ends->replies, 0);
    send_list(ends, ":1.5");
    assert_int_equal(ends->replies, 1);
    assert_string_equal(ends->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
    ends_send(ends, BUS_INTERFACE, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    ends_drain(ends);
    assert_int_equal(ends->replies, 2);
    assert_string_equal(ends->error, SD_BUS_ERROR_LIMITS_EXCEEDED);
}

static void test_without_a_reply_nobody_is_asked(void **state)
{
    struct ends *ends = *state;
    sd_bus_message *call = NULL;

    watch(ends);
    assert_true(
        sd_bus_message_new_method_call(ends->client, &call, NULL, WG0_AT, VPN_INTERFACE, "ListPeers") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_set_expect_reply(call, false);
    sd_bus_message_append(call, "uu", 0, 0);
    assert_true(sd_bus_send(ends->client, call, NULL) >= 0);
    sd_bus_message_unref(call);
    ends_drain(ends);
    assert_int_equal(ends->lookups, 0);
    assert_int_equal(ends->bus.pending, 0);
}

static void test_other_arguments(void **state)
{
    struct ends *ends = *state;

    watch(ends);
    ends_call_at(ends, WG0_AT, VPN_INTERFACE, "ListPeers", "u", 0);
    assert_string_equal(ends->error, SD_BUS_ERROR_INVALID_ARGS);
    assert_int_equal(ends->lookups, 0);
}

/* The user is looked up in between, and a password may be typed. */
static void test_a_tunnel_that_goes_meanwhile(void **state)
{
    struct ends *ends = *state;
    struct fact fact = tunnel_of("wg1", 0);

    watch(ends);
    ends->path = WG0_AT;
    ends_send(ends, VPN_INTERFACE, "ListPeers", "uu", 0, 0);
    ends->path = NULL;
    for (int i = 0; i < 500 && !ends->lookups; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    name_tunnels(&ends->stand->node, &fact, 1);
    ends_drain(ends);
    assert_int_equal(ends->replies, 1);
    assert_string_equal(ends->error, SD_BUS_ERROR_UNKNOWN_OBJECT);
    assert_string_equal(ends->reply, "The tunnel wg0 is gone.");
    assert_int_equal(ends->bus.pending, 0);
}

static unsigned listed, first_number, last_number;

/* The numbers stand at the head of the keys. */
static int on_list(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    uint8_t key[PEER_KEY_SIZE];
    const char *name, *text;

    listed = 0;
    assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
    while (sd_bus_message_enter_container(reply, 'a', "{sv}") > 0) {
        assert_true(sd_bus_message_enter_container(reply, 'e', "sv") > 0);
        assert_true(sd_bus_message_read(reply, "sv", &name, "s", &text) > 0);
        assert_int_equal(peer_key_parse(text, key), 0);
        last_number = (unsigned)key[2] << 8 | key[3];
        if (!listed++)
            first_number = last_number;
        sd_bus_message_exit_container(reply);
        while (sd_bus_message_skip(reply, "{sv}") > 0)
            ;
        assert_true(sd_bus_message_exit_container(reply) >= 0);
    }
    ((struct ends *)userdata)->replies++;
    return 1;
}

static void assert_page(struct ends *ends, uint32_t offset, uint32_t limit, unsigned count)
{
    unsigned before = ends->replies;
    sd_bus_message *call = NULL;

    assert_true(
        sd_bus_message_new_method_call(ends->client, &call, NULL, WG0_AT, VPN_INTERFACE, "ListPeers") >= 0);
    sd_bus_message_set_sender(call, ":1.5");
    sd_bus_message_append(call, "uu", offset, limit);
    assert_true(sd_bus_call_async(ends->client, NULL, call, on_list, ends, 0) >= 0);
    sd_bus_message_unref(call);
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    assert_int_equal(ends->replies, before + 1);
    assert_int_equal(listed, count);
    if (count) {
        assert_int_equal(first_number, offset);
        assert_int_equal(last_number, offset + count - 1);
    }
}

static void test_pages(void **state)
{
    struct ends *ends = *state;

    name_wg0(ends);
    assert_page(ends, 0, 0, 0);
    read_many(ends, 2500, false);
    assert_page(ends, 0, 0, 1000);
    assert_page(ends, 0, 1000, 1000);
    assert_page(ends, 500, UINT32_MAX, 1000);
    assert_page(ends, 2000, 1000, 500);
    assert_page(ends, 2499, 7, 1);
    assert_page(ends, 10, 2, 2);
    assert_page(ends, 2500, 0, 0);
    assert_page(ends, UINT32_MAX, UINT32_MAX, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_root_passes),
        ENDS_TEST(test_what_polkit_says),
        ENDS_TEST(test_a_caller_that_leaves),
        ENDS_TEST(test_the_limit_is_that_of_verbs),
        ENDS_TEST(test_without_a_reply_nobody_is_asked),
        ENDS_TEST(test_other_arguments),
        ENDS_TEST(test_a_tunnel_that_goes_meanwhile),
        ENDS_TEST(test_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
