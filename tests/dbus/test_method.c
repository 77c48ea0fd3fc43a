/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: no verb without authorisation, their replies, their refusals */
#include "../../dbus/method.h"
#include "../state/packed.h"
#include "resolver.h"

#define OURS "org.wslnode.Node1.Error."

static void assert_error(const struct peers *peers, const char *name)
{
    if (strcmp(peers->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", peers->error, peers->reply, name);
}

static void wish_for(struct peers *peers, const char *link, uint32_t mtu)
{
    struct wish wish = {.set = true, .mtu = mtu};

    wanted_set(&peers->stand->wanted, link, &wish);
}

/* Every row of the table says how it is authorised; these alone ask nobody. */
static void test_only_what_reads_is_free(void **state)
{
#define ROW(member, in, out, authorisation, runs) {#member, #authorisation, #in},
    static const struct {
        const char *member, *authorisation, *in;
    } rows[] = {METHOD_TABLE(ROW)};
    static const char *const free_ones[] = {"ListChanges", "ListLinks", "Diagnose"};

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool expected = false;

        for (size_t j = 0; j < COUNT(free_ones); j++)
            expected |= strcmp(rows[i].member, free_ones[j]) == 0;
        assert_int_equal(strcmp(rows[i].authorisation, "METHOD_FREE") == 0, expected);
        /* Every verb takes flags, and takes them last. */
        if (!expected)
            assert_non_null(strstr(rows[i].in, "\"t\", flags)"));
    }
}

static void call_verb(struct peers *peers, size_t which, uint64_t flags)
{
    switch (which) {
    case 0:
        peers_call(peers, "SetMTU", "sut", "wg0", 1280, flags);
        break;
    case 1:
        peers_call(peers, "Mend", "sst", "some-finding", "wg0", flags);
        break;
    case 2:
        peers_call(peers, "Undo", "tt", (uint64_t)1, flags);
        break;
    case 3:
        peers_call(peers, "RefreshIP", "t", flags);
        break;
    case 4:
        peers_call(peers, "SyncClock", "t", flags);
        break;
    case 5:
        peers_call(peers, "FixDNS", "t", flags);
        break;
    default:
        peers_call(peers, "Release", "sst", "mtu", "wg0", flags);
    }
}

/* Something that RefreshIP can do, be it nothing today. */
static void follow_unit(struct peers *peers)
{
    peers->stand->targets.units_count = 1;
    strcpy(peers->stand->targets.units[0], "node.service");
}

static void prepare_verbs(struct peers *peers)
{
    struct finding *finding = findings_add(&peers->stand->findings, "some-finding", "wg0", SEVERITY_WARNING);

    finding->mend = (struct mend){.verb = MEND_SET_MTU, .link = "wg0", .mtu = 1300};
    follow_unit(peers);
    stand_look(peers->stand, REFERENCE_PTP, -100000000);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
    peers->uid = 1000;
    peers_call(peers, "SetMTU", "sut", "wg0", 1290, (uint64_t)0); /* change 1, of this user */
    assert_string_equal(peers->error, "");
    stand_hear(peers->stand);
}

static void test_no_verb_runs_without_authorisation(void **state)
{
    struct peers *peers = *state;

    prepare_verbs(peers);
    peers->polkit = POLKIT_NO;
    for (size_t i = 0; i < VERBS; i++)
        for (uint64_t flags = 0; flags < 4; flags++) {
            call_verb(peers, i, flags); /* a dry run needs it too */
            assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
        }
    assert_int_equal(peers->checks, 1 + 4 * VERBS);
    assert_int_equal(peers->stand->kernel.mtu, 1290);
    assert_int_equal(peers->stand->changes.list.count, 1);
    peers->polkit = POLKIT_YES; /* positive control */
    for (size_t i = 0; i < VERBS; i++) {
        call_verb(peers, i, CALL_DRY_RUN);
        assert_error(peers, "");
    }
    peers->sender = NULL;
    for (size_t i = 0; i < VERBS; i++) {
        call_verb(peers, i, 0);
        assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    }
    assert_int_equal(settime.calls, 0);
}

static void assert_action(struct peers *peers, size_t verb, uint64_t flags, const char *action)
{
    char quoted[64];

    snprintf(quoted, sizeof(quoted), "\"%s\"", action);
    call_verb(peers, verb, flags);
    if (!strstr(peers->check, quoted))
        fail_msg("%s: not %s", peers->check, action);
}

static void test_each_verb_has_its_action(void **state)
{
    static const char *const actions[] = {"org.wslnode.node1.set-mtu",    "org.wslnode.node1.set-mtu",
                                          "org.wslnode.node1.undo-own",   "org.wslnode.node1.refresh-ip",
                                          "org.wslnode.node1.sync-clock", "org.wslnode.node1.fix-dns",
                                          "org.wslnode.node1.set-mtu"};
    struct peers *peers = *state;

    prepare_verbs(peers);
    peers->polkit = POLKIT_NO;
    for (size_t i = 0; i < VERBS; i++) {
        assert_action(peers, i, 0, actions[i]);
        assert_action(peers, i, CALL_DRY_RUN, actions[i]);
        assert_action(peers, i, CALL_FORCE, "org.wslnode.node1.override");
        assert_action(peers, i, CALL_FORCE | CALL_DRY_RUN, "org.wslnode.node1.override");
    }
    peers->uid = 1001; /* somebody else's change */
    assert_action(peers, 2, 0, "org.wslnode.node1.undo");
    call_verb(peers, 0, 0);
    assert_non_null(strstr(peers->check, "{\"verb\": \"SetMTU\", \"target\": \"wg0\", \"value\": \"1280\"}"));
}

static void test_a_verb_replies_what_was_done(void **state)
{
    struct peers *peers = *state;

    peers_call(peers, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    assert_error(peers, "");
    assert_string_equal(peers->reply, "1, [(\"kernel\", \"wg0\", \"mtu 1420 → 1280\"), "
                                      "(\"wanted\", \"wg0\", \"mtu none → 1280 until the next start\")], "
                                      "{\"mtu\": 1280}");
    assert_int_equal(peers->checks, 0); /* root */
    stand_hear(peers->stand);
    peers_call(peers, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    assert_string_equal(peers->reply, "0, [], {\"mtu\": 1280}");
    peers_call(peers, "SetMTU", "sut", "wg0", 1300, (uint64_t)CALL_DRY_RUN);
    assert_non_null(strstr(peers->reply, "0, [(\"kernel\", \"wg0\", \"mtu 1280 → 1300\")"));
    assert_int_equal(peers->stand->kernel.mtu, 1280);
    assert_int_equal(peers->bus.pending, 0);
}

static void test_refusals(void **state)
{
    struct peers *peers = *state;
    char longer[CALL_TEXT_SIZE + 1];

    peers_call(peers, "SetMTU", "sut", "wg9", 1280, (uint64_t)0);
    assert_error(peers, OURS "NoSuchLink");
    peers_call(peers, "SetMTU", "sut", "wg0", 100000, (uint64_t)0);
    assert_error(peers, OURS "InvalidMTU");
    peers_call(peers, "SetMTU", "sut", "wg0", 1000, (uint64_t)0);
    assert_error(peers, OURS "NeedsForce");
    peers_call(peers, "SetMTU", "sut", "wg0", 1280, (uint64_t)8);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "SetMTU", "sut", "wg0", 1280, UINT64_C(1) << 63);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "SetMTU", "su", "wg0", 1280);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "Nonsense", "");
    assert_error(peers, SD_BUS_ERROR_UNKNOWN_METHOD);
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    peers_call(peers, "SetMTU", "sut", longer, 1280, (uint64_t)0);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    assert_int_equal(peers->lookups, 0); /* refused before anybody is asked */
    assert_int_equal(peers->bus.pending, 0);
}

/* Cut after 64 bytes, within a character: the error still has to be one that the bus carries. */
static void test_a_refusal_of_a_foreign_name(void **state)
{
    struct peers *peers = *state;
    char name[128] = "x";

    while (strlen(name) < 100)
        strcat(name, "é");
    peers_call(peers, "SetMTU", "sut", name, 1280, (uint64_t)0);
    assert_error(peers, OURS "NoSuchLink");
}

static void test_the_plan_is_made_again_after_authorisation(void **state)
{
    struct peers *peers = *state;
    unsigned before = peers->replies;

    peers_send(peers, BUS_INTERFACE, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    for (int i = 0; i < 100 && !peers->lookups; i++)
        sd_event_run(peers->stand->event, 1000);
    tell(&peers->stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    tell(&peers->stand->node, link_up(70, "wg0", "wireguard", 1420));
    while (peers->replies == before)
        sd_event_run(peers->stand->event, 10000);
    assert_error(peers, OURS "ChangedSince");
    assert_int_equal(peers->stand->kernel.gets, 0);
}

static void test_list_changes(void **state)
{
    struct peers *peers = *state;

    for (uint64_t id = 1; id <= 5; id++) {
        struct step step = {.kind = STEP_KERNEL, .target = "wg0"};
        struct change change = {.id = id, .steps = packed(&step, 1)};

        change_list_put(&peers->stand->changes.list, &change);
        steps_done(&change.steps);
    }
    peers_call(peers, "ListChanges", "tu", (uint64_t)0, 2);
    assert_non_null(strstr(peers->reply, "[{\"id\": 5, "));
    assert_non_null(strstr(peers->reply, "{\"id\": 4, "));
    assert_null(strstr(peers->reply, "{\"id\": 3, "));
    peers_call(peers, "ListChanges", "tu", (uint64_t)3, 0);
    assert_non_null(strstr(peers->reply, "[{\"id\": 2, "));
    assert_non_null(strstr(peers->reply, "{\"id\": 1, "));
    peers_call(peers, "ListChanges", "tu", (uint64_t)1, 0);
    assert_string_equal(peers->reply, "[]");
    assert_int_equal(peers->lookups, 0);
}

static void test_list_links(void **state)
{
    struct peers *peers = *state;

    peers_call(peers, "ListLinks", "uu", 0, 0);
    assert_non_null(strstr(peers->reply, "\"eth0\""));
    assert_non_null(strstr(peers->reply, "\"wg0\""));
    peers_call(peers, "ListLinks", "uu", 1, 1);
    assert_null(strstr(peers->reply, "\"eth0\""));
    assert_non_null(strstr(peers->reply, "\"wg0\""));
    peers_call(peers, "ListLinks", "uu", 2, 10);
    assert_string_equal(peers->reply, "[]");
    peers_call(peers, "ListLinks", "uu", UINT32_MAX, UINT32_MAX);
    assert_string_equal(peers->reply, "[]");
}

static void test_release_and_undo(void **state)
{
    struct peers *peers = *state;

    wish_for(peers, "wg0", 1420);
    peers_call(peers, "Release", "sst", "mtu", "wg0", (uint64_t)0);
    assert_string_equal(peers->reply,
                        "1, [(\"wanted\", \"wg0\", \"mtu 1420 until the next start → none\")], {}");
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(peers, "");
    assert_non_null(
        strstr(peers->reply, "2, [(\"wanted\", \"wg0\", \"mtu none → 1420 until the next start\")]"));
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(peers, OURS "NotUndoable");
}

static void test_refresh_ip(void **state)
{
    struct peers *peers = *state;
    struct finding *finding =
        findings_add(&peers->stand->findings, "stale-address", "/etc/a", SEVERITY_WARNING);

    peers_call(peers, "RefreshIP", "t", (uint64_t)0);
    assert_error(peers, OURS "Unsupported"); /* nothing is configured */
    stand_follow(peers->stand, "/etc/a", "10.0.0.1");
    stand_follow_unit(peers->stand, "node.service");
    tell(&peers->stand->node, file_of("/etc/b", "it is not a regular file"));
    peers->uid = 1000;
    peers_call(peers, "RefreshIP", "t", (uint64_t)CALL_DRY_RUN);
    assert_string_equal(peers->reply,
                        "0, [(\"file\", \"/etc/a\", \"WSL_IP 10.0.0.1 → 172.20.1.2\"), "
                        "(\"effect\", \"node.service\", \"restart\")], "
                        "{\"address\": \"172.20.1.2\", \"skipped\": [\"/etc/b: it is not a regular file\"]}");
    /* What a person at polkit's dialogue reads. */
    assert_non_null(strstr(peers->check, "{\"verb\": \"RefreshIP\", \"target\": \"files and units\", "
                                         "\"value\": \"172.20.1.2\"}"));
    stand_assert_file(peers->stand, "/etc/a", "10.0.0.1");
    peers_call(peers, "RefreshIP", "t", (uint64_t)0);
    assert_non_null(strstr(peers->reply, "1, [(\"file\", \"/etc/a\", \"WSL_IP 10.0.0.1 → 172.20.1.2\"), "
                                         "(\"effect\", \"node.service\", \"restart: done\")], "
                                         "{\"address\": "));
    stand_assert_file(peers->stand, "/etc/a", "172.20.1.2");
    /* Its undoing has nothing to add, and says what is undone. */
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_string_equal(peers->reply, "2, [(\"file\", \"/etc/a\", \"WSL_IP 172.20.1.2 → 10.0.0.1\")], {}");
    assert_non_null(strstr(peers->check, "{\"verb\": \"Undo\", \"target\": \"files and units\", "
                                         "\"value\": \"1\"}"));
    /* As the mend of its finding it is the same verb, with the same action. */
    finding->mend.verb = MEND_REFRESH_IP;
    peers_call(peers, "Mend", "sst", "stale-address", "/etc/a", (uint64_t)0);
    assert_non_null(strstr(peers->reply, "3, [(\"file\", \"/etc/a\","));
    assert_non_null(strstr(peers->reply, "{\"address\": \"172.20.1.2\""));
    assert_non_null(strstr(peers->check, "\"org.wslnode.node1.refresh-ip\""));
    peers_call(peers, "Mend", "sst", "stale-address", "/etc/a", (uint64_t)CALL_FORCE);
    assert_non_null(strstr(peers->check, "\"org.wslnode.node1.override\""));
}

static void test_refresh_ip_of_another_configuration(void **state)
{
    struct peers *peers = *state;
    unsigned before = peers->replies;

    stand_follow(peers->stand, "/etc/a", "10.0.0.1");
    peers->uid = 1000;
    peers_send(peers, BUS_INTERFACE, "RefreshIP", "t", (uint64_t)0);
    for (int i = 0; i < 100 && !peers->lookups; i++)
        sd_event_run(peers->stand->event, 1000);
    stand_follow(peers->stand, "/etc/b", "10.0.0.1");
    while (peers->replies == before)
        sd_event_run(peers->stand->event, 10000);
    assert_error(peers, OURS "ChangedSince");
    stand_assert_file(peers->stand, "/etc/a", "10.0.0.1");
    stand_assert_file(peers->stand, "/etc/b", "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_reads_is_free),
        PEERS_TEST(test_no_verb_runs_without_authorisation),
        PEERS_TEST(test_each_verb_has_its_action),
        PEERS_TEST(test_a_verb_replies_what_was_done),
        PEERS_TEST(test_refusals),
        PEERS_TEST(test_a_refusal_of_a_foreign_name),
        PEERS_TEST(test_the_plan_is_made_again_after_authorisation),
        PEERS_TEST(test_list_changes),
        PEERS_TEST(test_list_links),
        PEERS_TEST(test_release_and_undo),
        PEERS_TEST(test_refresh_ip),
        PEERS_TEST(test_refresh_ip_of_another_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
