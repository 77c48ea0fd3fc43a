/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: FixDNS, by itself and as a mend, what it replies and what refuses it */
#include "resolver.h"

#define OURS         "org.wslnode.Node1.Error."
#define ETC          "etc/resolv.conf"
#define WSL          "mnt/wsl/resolv.conf"
#define RUN          "run/wslnode/resolv.conf"
#define WSL_TEXT     "nameserver 10.255.255.254\nsearch corp.test\n"
#define FIXED_STEP   "(\"dns\", \"/etc/resolv.conf\", \"nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, "
#define FIXED_RESULT "{\"servers\": [\"172.20.0.1\", \"10.255.255.254\"], "
#define ALL_IS_WELL                                                                                          \
    "0, [], {\"servers\": [\"10.255.255.254\"], \"restart-required\": false, \"public\": false}"

static void assert_error(const struct peers *peers, const char *name)
{
    if (strcmp(peers->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", peers->error, peers->reply, name);
}

static void assert_reply(const struct peers *peers, const char *expected)
{
    assert_error(peers, "");
    assert_string_equal(peers->reply, expected);
}

static void fix(struct peers *peers, uint64_t flags)
{
    peers_call(peers, "FixDNS", "t", flags);
}

static void assert_refused(struct peers *peers, uint64_t flags, const char *name)
{
    fix(peers, flags);
    assert_error(peers, name);
}

/* The files of it, as WSL lays them out. */
static void lay_out(struct peers *peers)
{
    scratch_write(&peers->stand->scratch, WSL, WSL_TEXT);
    scratch_mkdir(&peers->stand->scratch, "etc");
    scratch_mkdir(&peers->stand->scratch, "run/wslnode");
    scratch_link(&peers->stand->scratch, ETC, "/" WSL);
}

static void assert_untouched(struct peers *peers)
{
    char target[64] = "";

    assert_true(readlinkat(peers->stand->scratch.root, ETC, target, sizeof(target) - 1) > 0);
    assert_string_equal(target, "/" WSL);
    assert_null(scratch_read(&peers->stand->scratch, RUN));
}

static void trouble(struct peers *peers)
{
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
}

/* What the sensor sees of what was done. */
static void see(struct peers *peers)
{
    resolver_read(&peers->stand->node, DNS_OWNER_WSLNODE, RESOLVER_GATEWAY " " RESOLVER_TUNNEL);
}

static void assert_lines(struct peers *peers, const char *path)
{
    char *text = scratch_read(&peers->stand->scratch, path);

    assert_non_null(text);
    assert_non_null(strstr(text, "\nnameserver 172.20.0.1\nnameserver 10.255.255.254\n"));
    assert_non_null(strstr(text, "\nsearch corp.test\n"));
    free(text);
}

static void test_it_replies_what_was_done(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    fix(peers, CALL_DRY_RUN);
    assert_reply(peers, "0, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                        "\"restart-required\": false, \"public\": false}");
    assert_untouched(peers);
    fix(peers, 0);
    assert_reply(peers, "1, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                        "\"restart-required\": false, \"public\": false}");
    assert_lines(peers, RUN);
    assert_int_equal(peers->bus.pending, 0);
    assert_int_equal(peers->checks, 0); /* root */
}

static void test_with_persist_it_stays(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    scratch_write(&peers->stand->scratch, "etc/wsl.conf", "[boot]\nsystemd=true\n");
    fix(peers, CALL_PERSIST);
    assert_reply(
        peers, "1, [" FIXED_STEP "for good\"), "
               "(\"setting\", \"/etc/wsl.conf\", \"network.generateResolvConf none → false\")], " FIXED_RESULT
               "\"restart-required\": true, \"public\": false}");
    assert_lines(peers, ETC);
}

/* The bus refuses a whole message for it, and nobody would be answered. */
static void test_what_stands_in_wsl_conf_is_no_text(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    strcpy(peers->stand->node.resolver.generate, "\xff");
    fix(peers, CALL_PERSIST | CALL_DRY_RUN);
    assert_error(peers, "");
    assert_non_null(strstr(peers->reply, "\"network.generateResolvConf ? → false\""));
}

static void test_nothing_to_do(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    fix(peers, 0);
    assert_reply(peers, ALL_IS_WELL);
    fix(peers, CALL_DRY_RUN);
    assert_reply(peers, ALL_IS_WELL);
    assert_untouched(peers);
    assert_int_equal(peers->stand->changes.list.count, 0);
}

static void assert_asked(struct peers *peers, const char *verb, const char *action, const char *value)
{
    char details[112], quoted[64];

    snprintf(details, sizeof(details),
             "{\"verb\": \"%s\", \"target\": \"/etc/resolv.conf\", \"value\": \"%s\"}", verb, value);
    snprintf(quoted, sizeof(quoted), "\"org.wslnode.node1.%s\"", action);
    if (!strstr(peers->check, details) || !strstr(peers->check, quoted))
        fail_msg("%s: not %s, %s", peers->check, details, quoted);
    peers->check[0] = 0;
}

static void test_who_is_asked_and_how(void **state)
{
    static const uint64_t flags[] = {0, CALL_DRY_RUN, CALL_PERSIST, CALL_PERSIST | CALL_DRY_RUN};
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    for (size_t i = 0; i < COUNT(flags); i++) {
        assert_refused(peers, flags[i], SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(peers, "FixDNS", "fix-dns", "wsl");
        assert_refused(peers, flags[i] | CALL_FORCE, SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(peers, "FixDNS", "override", "wsl");
    }
    assert_untouched(peers);
    peers->polkit = POLKIT_YES;
    fix(peers, 0);
    assert_error(peers, "");
    assert_lines(peers, RUN);
    assert_int_equal(change_list_find(&peers->stand->changes.list, 1)->uid, 1000);
}

static void test_it_can_be_undone(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    fix(peers, 0);
    assert_error(peers, "");
    see(peers);
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "Undo", "undo", "1");
    peers->polkit = POLKIT_YES;
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_reply(peers, "2, [(\"dns\", \"/etc/resolv.conf\", \"nameserver 172.20.0.1 10.255.255.254 → "
                        "10.255.255.254, as it was before\")], {}");
    assert_untouched(peers);
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(peers, OURS "NotUndoable");
}

/* As the mend of its finding it is the same verb, with the same action and the same reply. */
static void test_the_mend_of_a_finding(void **state)
{
    struct peers *peers = *state;
    struct finding *finding = findings_add(&peers->stand->findings, "dns-no-answer", "", SEVERITY_CRITICAL);

    finding->mend.verb = MEND_FIX_DNS;
    lay_out(peers);
    trouble(peers);
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    peers_call(peers, "Mend", "sst", "dns-no-answer", "", (uint64_t)0);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "Mend", "fix-dns", "wsl");
    peers_call(peers, "Mend", "sst", "dns-no-answer", "", (uint64_t)CALL_FORCE);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "Mend", "override", "wsl");
    assert_untouched(peers);
    peers->polkit = POLKIT_YES;
    peers_call(peers, "Mend", "sst", "dns-no-answer", "", (uint64_t)0);
    assert_reply(peers, "1, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                        "\"restart-required\": false, \"public\": false}");
    assert_int_equal(change_list_find(&peers->stand->changes.list, 1)->verb, VERB_MEND);
}

static void test_what_is_refused_before_anybody_is_asked(void **state)
{
    struct peers *peers = *state;

    trouble(peers);
    assert_refused(peers, 8, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "FixDNS", "");
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "FixDNS", "u", 0);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    resolver_read(&peers->stand->node, DNS_OWNER_TAILSCALE, "100.100.100.100");
    assert_refused(peers, 0, OURS "OwnedByOther");
    tell(&peers->stand->node, platform_of("linux", ""));
    assert_refused(peers, 0, OURS "NotWSL");
    assert_refused(peers, CALL_DRY_RUN | CALL_PERSIST, OURS "NotWSL");
    assert_int_equal(peers->lookups, 0);
    assert_int_equal(peers->bus.pending, 0);
}

/* Called by what was known then, and asked before the plan that counts. */
static void fix_and_ask(struct peers *peers, enum dns_answer tunnel, enum dns_answer gateway)
{
    unsigned before = peers->replies;

    peers->stand->unready = true;
    peers_send(peers, BUS_INTERFACE, "FixDNS", "t", (uint64_t)0);
    peers_run(peers, 10000);
    assert_int_equal(peers->replies, before);
    resolver_of_wsl(&peers->stand->node, tunnel, gateway);
    peers->stand->unready = false;
    executor_resume(peers->stand->executor);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
}

static void test_what_was_known_may_be_old(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    tell(&peers->stand->node, platform_of("wsl2", "nat"));
    peers->uid = 1000;
    fix_and_ask(peers, DNS_ANSWER_OK, DNS_ANSWER_OK); /* never read, nor asked */
    assert_reply(peers, ALL_IS_WELL);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    fix_and_ask(peers, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT);
    assert_reply(peers, ALL_IS_WELL);
    trouble(peers);
    fix_and_ask(peers, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_error(peers, OURS "NoWorkingServer");
    assert_untouched(peers);
    /* There was nothing to do: that is asked again as well. */
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    fix_and_ask(peers, DNS_ANSWER_TIMEOUT, DNS_ANSWER_OK);
    assert_error(peers, "");
    assert_lines(peers, RUN);
}

/* But who may not do it is told nothing of it. */
static void test_a_doubt_is_no_authorisation(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    tell(&peers->stand->node, platform_of("wsl2", "nat"));
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_int_equal(peers->checks, 1);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_untouched(peers);
}

static void test_no_server_answers(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    resolver_of_wsl(&peers->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_DEGRADED);
    assert_refused(peers, 0, OURS "NoWorkingServer");
    assert_refused(peers, CALL_FORCE, OURS "NoWorkingServer");
    assert_refused(peers, CALL_DRY_RUN, OURS "NoWorkingServer");
    assert_untouched(peers);
    assert_int_equal(peers->stand->changes.list.count, 0);
}

/* Ours stands there, and was not read yet. */
static void test_what_stands_there_is_not_what_was_read(void **state)
{
    struct peers *peers = *state;

    lay_out(peers);
    trouble(peers);
    scratch_unlink(&peers->stand->scratch, ETC);
    scratch_link(&peers->stand->scratch, ETC, "/" RUN);
    assert_refused(peers, 0, OURS "ChangedSince");
    assert_int_equal(peers->bus.pending, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_it_replies_what_was_done),
        PEERS_TEST(test_with_persist_it_stays),
        PEERS_TEST(test_what_stands_in_wsl_conf_is_no_text),
        PEERS_TEST(test_nothing_to_do),
        PEERS_TEST(test_who_is_asked_and_how),
        PEERS_TEST(test_it_can_be_undone),
        PEERS_TEST(test_the_mend_of_a_finding),
        PEERS_TEST(test_what_is_refused_before_anybody_is_asked),
        PEERS_TEST(test_what_was_known_may_be_old),
        PEERS_TEST(test_a_doubt_is_no_authorisation),
        PEERS_TEST(test_no_server_answers),
        PEERS_TEST(test_what_stands_there_is_not_what_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
