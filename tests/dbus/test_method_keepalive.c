/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: SetKeepalive, by itself and as a mend, what it replies and what refuses it */
#include "ends.h"

#define OURS   "org.wslnode.Node1.Error."
#define ONE    "AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define THREE  "AAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define STEP   "(\"keepalive\", \"wg0\", \"keepalive off → 25 s, peer " ONE "\")"
#define RESULT "{\"peers\": 1}"

static void assert_error(const struct ends *ends, const char *name)
{
    if (strcmp(ends->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", ends->error, ends->reply, name);
}

static void assert_reply(const struct ends *ends, const char *expected)
{
    assert_error(ends, "");
    assert_string_equal(ends->reply, expected);
}

static void set(struct ends *ends, const char *peer, uint32_t seconds, uint64_t flags)
{
    ends_call(ends, "SetKeepalive", "ssut", "wg0", peer, seconds, flags);
}

static void test_it_replies_what_was_done(void **state)
{
    struct ends *ends = *state;

    stand_pose_tunnel(ends->stand);
    set(ends, ONE, 25, CALL_DRY_RUN);
    assert_reply(ends, "0, [" STEP "], " RESULT);
    assert_int_equal(ends->stand->go.sets, 0);
    set(ends, ONE, 25, 0);
    assert_reply(ends, "1, [" STEP "], " RESULT);
    assert_int_equal(ends->stand->keepalive[0], 25);
    set(ends, ONE, 25, 0);
    assert_reply(ends, "0, [], " RESULT);
    set(ends, "", 25, 0);
    assert_error(ends, "");
    assert_non_null(strstr(ends->reply, "{\"peers\": 2}"));
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, "");
    assert_non_null(strstr(ends->reply, "keepalive 25 s → off, peer " ONE));
    assert_int_equal(ends->stand->keepalive[0], 0);
}

static void test_arguments(void **state)
{
    struct ends *ends = *state;
    char name[CALL_TEXT_SIZE + 1];

    memset(name, 'a', CALL_TEXT_SIZE);
    name[CALL_TEXT_SIZE] = 0;
    stand_pose_tunnel(ends->stand);
    set(ends, name, 25, 0);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "SetKeepalive", "ssut", name, "", 25, (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    set(ends, ONE, 65536, 0);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    set(ends, ONE, 25, 8);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "SetKeepalive", "ssut", "nolink", "", 25, (uint64_t)0);
    assert_error(ends, OURS "NoSuchLink");
    ends_call(ends, "SetKeepalive", "ssut", "eth0", "", 25, (uint64_t)0);
    assert_error(ends, OURS "Unsupported");
    set(ends, "no key", 25, 0);
    assert_error(ends, OURS "NoSuchPeer");
    set(ends, THREE, 25, 0);
    assert_error(ends, OURS "NoSuchPeer");
    assert_int_equal(ends->stand->go.sets, 0);
}

static void assert_asked(struct ends *ends, const char *action, const char *verb, const char *target,
                         const char *value)
{
    char expected[160];

    snprintf(expected, sizeof(expected),
             "\"org.wslnode.node1.%s\", {\"verb\": \"%s\", \"target\": \"%s\", \"value\": "
             "\"%s\"}",
             action, verb, target, value);
    if (!strstr(ends->check, expected))
        fail_msg("%s: not %s", ends->check, expected);
}

static void test_who_may(void **state)
{
    struct ends *ends = *state;

    stand_pose_tunnel(ends->stand);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    for (uint64_t flags = 0; flags < 8; flags++) {
        set(ends, ONE, 25, flags);
        assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(ends, flags & CALL_FORCE ? "override" : "set-keepalive", "SetKeepalive", "wg0", "25 s");
        /* Nor is anybody told whether there is such a peer. */
        set(ends, THREE, 0, flags);
        assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(ends, flags & CALL_FORCE ? "override" : "set-keepalive", "SetKeepalive", "wg0", "off");
    }
    assert_int_equal(ends->stand->go.sets, 0);
    ends->polkit = POLKIT_YES;
    set(ends, ONE, 25, 0);
    assert_reply(ends, "1, [" STEP "], " RESULT);
    ends->polkit = POLKIT_NO;
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "undo-own", "Undo", "wg0", "1");
}

static void test_mend(void **state)
{
    struct ends *ends = *state;
    struct finding *finding = findings_add(&ends->stand->findings, "vpn-no-keepalive", "wg0", SEVERITY_INFO);

    finding->mend = (struct mend){.verb = MEND_SET_KEEPALIVE, .link = "wg0", .seconds = 25};
    stand_pose_tunnel(ends->stand);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    ends_call(ends, "Mend", "sst", "vpn-no-keepalive", "wg0", (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "set-keepalive", "Mend", "wg0", "25 s");
    ends->polkit = POLKIT_YES;
    ends_call(ends, "Mend", "sst", "vpn-no-keepalive", "wg0", (uint64_t)0);
    assert_error(ends, "");
    assert_non_null(strstr(ends->reply, "{\"peers\": 2}"));
    assert_int_equal(ends->stand->keepalive[1], 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_it_replies_what_was_done),
        ENDS_TEST(test_arguments),
        ENDS_TEST(test_who_may),
        ENDS_TEST(test_mend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
