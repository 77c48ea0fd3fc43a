/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: no verb without authorisation, their replies, their refusals */
#include "../../dbus/method.h"
#include "../state/packed.h"
#include "resolver.h"

#define OURS "org.wslnode.Node1.Error."

static void assert_error(const struct ends *ends, const char *name)
{
    if (strcmp(ends->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", ends->error, ends->reply, name);
}

static void wish_for(struct ends *ends, const char *link, uint32_t mtu)
{
    struct wish wish = {.set = true, .mtu = mtu};

    wanted_set(&ends->stand->wanted, link, &wish);
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

static void call_verb(struct ends *ends, size_t which, uint64_t flags)
{
    switch (which) {
    case 0:
        ends_call(ends, "SetMTU", "sut", "wg0", 1280, flags);
        break;
    case 1:
        ends_call(ends, "Mend", "sst", "some-finding", "wg0", flags);
        break;
    case 2:
        ends_call(ends, "Undo", "tt", (uint64_t)1, flags);
        break;
    case 3:
        ends_call(ends, "RefreshIP", "t", flags);
        break;
    case 4:
        ends_call(ends, "SyncClock", "t", flags);
        break;
    case 5:
        ends_call(ends, "FixDNS", "t", flags);
        break;
    case 6:
        ends_call(ends, "SetKeepalive", "ssut", "wg0", "", 25, flags);
        break;
    default:
        ends_call(ends, "Release", "sst", "mtu", "wg0", flags);
    }
}

/* Something that RefreshIP can do, be it nothing today. */
static void follow_unit(struct ends *ends)
{
    ends->stand->targets.units_count = 1;
    strcpy(ends->stand->targets.units[0], "node.service");
}

static void prepare_verbs(struct ends *ends)
{
    struct finding *finding = findings_add(&ends->stand->findings, "some-finding", "wg0", SEVERITY_WARNING);
    struct fact tunnel = tunnel_of("wg0", WG0), peer = peer_of(WG0, 1, 1, -1);

    name_tunnels(&ends->stand->node, &tunnel, 1);
    read_peers(&ends->stand->node, WG0, &peer, 1);
    finding->mend = (struct mend){.verb = MEND_SET_MTU, .link = "wg0", .mtu = 1300};
    follow_unit(ends);
    stand_look(ends->stand, REFERENCE_PTP, -100000000);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
    ends->uid = 1000;
    ends_call(ends, "SetMTU", "sut", "wg0", 1290, (uint64_t)0); /* change 1, of this user */
    assert_string_equal(ends->error, "");
    stand_hear(ends->stand);
}

static void test_no_verb_runs_without_authorisation(void **state)
{
    struct ends *ends = *state;

    prepare_verbs(ends);
    ends->polkit = POLKIT_NO;
    for (size_t i = 0; i < VERBS; i++)
        for (uint64_t flags = 0; flags < 4; flags++) {
            call_verb(ends, i, flags); /* a dry run needs it too */
            assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
        }
    assert_int_equal(ends->checks, 1 + 4 * VERBS);
    assert_int_equal(ends->stand->kernel.mtu, 1290);
    assert_int_equal(ends->stand->changes.list.count, 1);
    ends->polkit = POLKIT_YES; /* positive control */
    for (size_t i = 0; i < VERBS; i++) {
        call_verb(ends, i, CALL_DRY_RUN);
        assert_error(ends, "");
    }
    ends->sender = NULL;
    for (size_t i = 0; i < VERBS; i++) {
        call_verb(ends, i, 0);
        assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    }
    assert_int_equal(settime.calls, 0);
}

static void assert_action(struct ends *ends, size_t verb, uint64_t flags, const char *action)
{
    char quoted[64];

    snprintf(quoted, sizeof(quoted), "\"%s\"", action);
    call_verb(ends, verb, flags);
    if (!strstr(ends->check, quoted))
        fail_msg("%s: not %s", ends->check, action);
}

static void test_each_verb_has_its_action(void **state)
{
    static const char *const actions[] = {"org.wslnode.node1.set-mtu",       "org.wslnode.node1.set-mtu",
                                          "org.wslnode.node1.undo-own",      "org.wslnode.node1.refresh-ip",
                                          "org.wslnode.node1.sync-clock",    "org.wslnode.node1.fix-dns",
                                          "org.wslnode.node1.set-keepalive", "org.wslnode.node1.set-mtu"};
    struct ends *ends = *state;

    prepare_verbs(ends);
    ends->polkit = POLKIT_NO;
    for (size_t i = 0; i < VERBS; i++) {
        assert_action(ends, i, 0, actions[i]);
        assert_action(ends, i, CALL_DRY_RUN, actions[i]);
        assert_action(ends, i, CALL_FORCE, "org.wslnode.node1.override");
        assert_action(ends, i, CALL_FORCE | CALL_DRY_RUN, "org.wslnode.node1.override");
    }
    ends->uid = 1001; /* somebody else's change */
    assert_action(ends, 2, 0, "org.wslnode.node1.undo");
    call_verb(ends, 0, 0);
    assert_non_null(strstr(ends->check, "{\"verb\": \"SetMTU\", \"target\": \"wg0\", \"value\": \"1280\"}"));
}

static void test_a_verb_replies_what_was_done(void **state)
{
    struct ends *ends = *state;

    ends_call(ends, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    assert_error(ends, "");
    assert_string_equal(ends->reply, "1, [(\"kernel\", \"wg0\", \"mtu 1420 → 1280\"), "
                                     "(\"wanted\", \"wg0\", \"mtu none → 1280 until the next start\")], "
                                     "{\"mtu\": 1280}");
    assert_int_equal(ends->checks, 0); /* root */
    stand_hear(ends->stand);
    ends_call(ends, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    assert_string_equal(ends->reply, "0, [], {\"mtu\": 1280}");
    ends_call(ends, "SetMTU", "sut", "wg0", 1300, (uint64_t)CALL_DRY_RUN);
    assert_non_null(strstr(ends->reply, "0, [(\"kernel\", \"wg0\", \"mtu 1280 → 1300\")"));
    assert_int_equal(ends->stand->kernel.mtu, 1280);
    assert_int_equal(ends->bus.pending, 0);
}

static void test_refusals(void **state)
{
    struct ends *ends = *state;
    char longer[CALL_TEXT_SIZE + 1];

    ends_call(ends, "SetMTU", "sut", "wg9", 1280, (uint64_t)0);
    assert_error(ends, OURS "NoSuchLink");
    ends_call(ends, "SetMTU", "sut", "wg0", 100000, (uint64_t)0);
    assert_error(ends, OURS "InvalidMTU");
    ends_call(ends, "SetMTU", "sut", "wg0", 1000, (uint64_t)0);
    assert_error(ends, OURS "NeedsForce");
    ends_call(ends, "SetMTU", "sut", "wg0", 1280, (uint64_t)8);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "SetMTU", "sut", "wg0", 1280, UINT64_C(1) << 63);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "SetMTU", "su", "wg0", 1280);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "Nonsense", "");
    assert_error(ends, SD_BUS_ERROR_UNKNOWN_METHOD);
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    ends_call(ends, "SetMTU", "sut", longer, 1280, (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    assert_int_equal(ends->lookups, 0); /* refused before anybody is asked */
    assert_int_equal(ends->bus.pending, 0);
}

/* Cut after 64 bytes, within a character: the error still has to be one that the bus carries. */
static void test_a_refusal_of_a_foreign_name(void **state)
{
    struct ends *ends = *state;
    char name[128] = "x";

    while (strlen(name) < 100)
        strcat(name, "é");
    ends_call(ends, "SetMTU", "sut", name, 1280, (uint64_t)0);
    assert_error(ends, OURS "NoSuchLink");
}

static void test_the_plan_is_made_again_after_authorisation(void **state)
{
    struct ends *ends = *state;
    unsigned before = ends->replies;

    ends_send(ends, BUS_INTERFACE, "SetMTU", "sut", "wg0", 1280, (uint64_t)0);
    for (int i = 0; i < 100 && !ends->lookups; i++)
        sd_event_run(ends->stand->event, 1000);
    tell(&ends->stand->node, gone(link_up(WG0, "wg0", "wireguard", 1420)));
    tell(&ends->stand->node, link_up(70, "wg0", "wireguard", 1420));
    while (ends->replies == before)
        sd_event_run(ends->stand->event, 10000);
    assert_error(ends, OURS "ChangedSince");
    assert_int_equal(ends->stand->kernel.gets, 0);
}

static void test_list_changes(void **state)
{
    struct ends *ends = *state;

    for (uint64_t id = 1; id <= 5; id++) {
        struct step step = {.kind = STEP_KERNEL, .target = "wg0"};
        struct change change = {.id = id, .steps = packed(&step, 1)};

        change_list_put(&ends->stand->changes.list, &change);
        steps_done(&change.steps);
    }
    ends_call(ends, "ListChanges", "tu", (uint64_t)0, 2);
    assert_non_null(strstr(ends->reply, "[{\"id\": 5, "));
    assert_non_null(strstr(ends->reply, "{\"id\": 4, "));
    assert_null(strstr(ends->reply, "{\"id\": 3, "));
    ends_call(ends, "ListChanges", "tu", (uint64_t)3, 0);
    assert_non_null(strstr(ends->reply, "[{\"id\": 2, "));
    assert_non_null(strstr(ends->reply, "{\"id\": 1, "));
    ends_call(ends, "ListChanges", "tu", (uint64_t)1, 0);
    assert_string_equal(ends->reply, "[]");
    assert_int_equal(ends->lookups, 0);
}

static void test_list_links(void **state)
{
    struct ends *ends = *state;

    ends_call(ends, "ListLinks", "uu", 0, 0);
    assert_non_null(strstr(ends->reply, "\"eth0\""));
    assert_non_null(strstr(ends->reply, "\"wg0\""));
    ends_call(ends, "ListLinks", "uu", 1, 1);
    assert_null(strstr(ends->reply, "\"eth0\""));
    assert_non_null(strstr(ends->reply, "\"wg0\""));
    ends_call(ends, "ListLinks", "uu", 2, 10);
    assert_string_equal(ends->reply, "[]");
    ends_call(ends, "ListLinks", "uu", UINT32_MAX, UINT32_MAX);
    assert_string_equal(ends->reply, "[]");
}

static void test_release_and_undo(void **state)
{
    struct ends *ends = *state;

    wish_for(ends, "wg0", 1420);
    ends_call(ends, "Release", "sst", "mtu", "wg0", (uint64_t)0);
    assert_string_equal(ends->reply,
                        "1, [(\"wanted\", \"wg0\", \"mtu 1420 until the next start → none\")], {}");
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, "");
    assert_non_null(
        strstr(ends->reply, "2, [(\"wanted\", \"wg0\", \"mtu none → 1420 until the next start\")]"));
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, OURS "NotUndoable");
}

static void test_refresh_ip(void **state)
{
    struct ends *ends = *state;
    struct finding *finding =
        findings_add(&ends->stand->findings, "stale-address", "/etc/a", SEVERITY_WARNING);

    ends_call(ends, "RefreshIP", "t", (uint64_t)0);
    assert_error(ends, OURS "Unsupported"); /* nothing is configured */
    stand_follow(ends->stand, "/etc/a", "10.0.0.1");
    stand_follow_unit(ends->stand, "node.service");
    tell(&ends->stand->node, file_of("/etc/b", "it is not a regular file"));
    ends->uid = 1000;
    ends_call(ends, "RefreshIP", "t", (uint64_t)CALL_DRY_RUN);
    assert_string_equal(ends->reply,
                        "0, [(\"file\", \"/etc/a\", \"WSL_IP 10.0.0.1 → 172.20.1.2\"), "
                        "(\"effect\", \"node.service\", \"restart\")], "
                        "{\"address\": \"172.20.1.2\", \"skipped\": [\"/etc/b: it is not a regular file\"]}");
    /* What a person at polkit's dialogue reads. */
    assert_non_null(strstr(ends->check, "{\"verb\": \"RefreshIP\", \"target\": \"files and units\", "
                                        "\"value\": \"172.20.1.2\"}"));
    stand_assert_file(ends->stand, "/etc/a", "10.0.0.1");
    ends_call(ends, "RefreshIP", "t", (uint64_t)0);
    assert_non_null(strstr(ends->reply, "1, [(\"file\", \"/etc/a\", \"WSL_IP 10.0.0.1 → 172.20.1.2\"), "
                                        "(\"effect\", \"node.service\", \"restart: done\")], "
                                        "{\"address\": "));
    stand_assert_file(ends->stand, "/etc/a", "172.20.1.2");
    /* Its undoing has nothing to add, and says what is undone. */
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_string_equal(ends->reply, "2, [(\"file\", \"/etc/a\", \"WSL_IP 172.20.1.2 → 10.0.0.1\")], {}");
    assert_non_null(strstr(ends->check, "{\"verb\": \"Undo\", \"target\": \"files and units\", "
                                        "\"value\": \"1\"}"));
    /* As the mend of its finding it is the same verb, with the same action. */
    finding->mend.verb = MEND_REFRESH_IP;
    ends_call(ends, "Mend", "sst", "stale-address", "/etc/a", (uint64_t)0);
    assert_non_null(strstr(ends->reply, "3, [(\"file\", \"/etc/a\","));
    assert_non_null(strstr(ends->reply, "{\"address\": \"172.20.1.2\""));
    assert_non_null(strstr(ends->check, "\"org.wslnode.node1.refresh-ip\""));
    ends_call(ends, "Mend", "sst", "stale-address", "/etc/a", (uint64_t)CALL_FORCE);
    assert_non_null(strstr(ends->check, "\"org.wslnode.node1.override\""));
}

static void test_refresh_ip_of_another_configuration(void **state)
{
    struct ends *ends = *state;
    unsigned before = ends->replies;

    stand_follow(ends->stand, "/etc/a", "10.0.0.1");
    ends->uid = 1000;
    ends_send(ends, BUS_INTERFACE, "RefreshIP", "t", (uint64_t)0);
    for (int i = 0; i < 100 && !ends->lookups; i++)
        sd_event_run(ends->stand->event, 1000);
    stand_follow(ends->stand, "/etc/b", "10.0.0.1");
    while (ends->replies == before)
        sd_event_run(ends->stand->event, 10000);
    assert_error(ends, OURS "ChangedSince");
    stand_assert_file(ends->stand, "/etc/a", "10.0.0.1");
    stand_assert_file(ends->stand, "/etc/b", "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_reads_is_free),
        ENDS_TEST(test_no_verb_runs_without_authorisation),
        ENDS_TEST(test_each_verb_has_its_action),
        ENDS_TEST(test_a_verb_replies_what_was_done),
        ENDS_TEST(test_refusals),
        ENDS_TEST(test_a_refusal_of_a_foreign_name),
        ENDS_TEST(test_the_plan_is_made_again_after_authorisation),
        ENDS_TEST(test_list_changes),
        ENDS_TEST(test_list_links),
        ENDS_TEST(test_release_and_undo),
        ENDS_TEST(test_refresh_ip),
        ENDS_TEST(test_refresh_ip_of_another_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
