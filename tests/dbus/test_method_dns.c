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

static void fix(struct ends *ends, uint64_t flags)
{
    ends_call(ends, "FixDNS", "t", flags);
}

static void assert_refused(struct ends *ends, uint64_t flags, const char *name)
{
    fix(ends, flags);
    assert_error(ends, name);
}

/* The files of it, as WSL lays them out. */
static void lay_out(struct ends *ends)
{
    scratch_write(&ends->stand->scratch, WSL, WSL_TEXT);
    scratch_mkdir(&ends->stand->scratch, "etc");
    scratch_mkdir(&ends->stand->scratch, "run/wslnode");
    scratch_link(&ends->stand->scratch, ETC, "/" WSL);
}

static void assert_untouched(struct ends *ends)
{
    char target[64] = "";

    assert_true(readlinkat(ends->stand->scratch.root, ETC, target, sizeof(target) - 1) > 0);
    assert_string_equal(target, "/" WSL);
    assert_null(scratch_read(&ends->stand->scratch, RUN));
}

static void trouble(struct ends *ends)
{
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_REFUSED, DNS_ANSWER_OK);
}

/* What the sensor sees of what was done. */
static void see(struct ends *ends)
{
    resolver_read(&ends->stand->node, DNS_OWNER_WSLNODE, RESOLVER_GATEWAY " " RESOLVER_TUNNEL);
}

static void assert_lines(struct ends *ends, const char *path)
{
    char *text = scratch_read(&ends->stand->scratch, path);

    assert_non_null(text);
    assert_non_null(strstr(text, "\nnameserver 172.20.0.1\nnameserver 10.255.255.254\n"));
    assert_non_null(strstr(text, "\nsearch corp.test\n"));
    free(text);
}

static void test_it_replies_what_was_done(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    fix(ends, CALL_DRY_RUN);
    assert_reply(ends, "0, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                       "\"restart-required\": false, \"public\": false}");
    assert_untouched(ends);
    fix(ends, 0);
    assert_reply(ends, "1, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                       "\"restart-required\": false, \"public\": false}");
    assert_lines(ends, RUN);
    assert_int_equal(ends->bus.pending, 0);
    assert_int_equal(ends->checks, 0); /* root */
}

static void test_with_persist_it_stays(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    scratch_write(&ends->stand->scratch, "etc/wsl.conf", "[boot]\nsystemd=true\n");
    fix(ends, CALL_PERSIST);
    assert_reply(
        ends, "1, [" FIXED_STEP "for good\"), "
              "(\"setting\", \"/etc/wsl.conf\", \"network.generateResolvConf none → false\")], " FIXED_RESULT
              "\"restart-required\": true, \"public\": false}");
    assert_lines(ends, ETC);
}

/* The bus refuses a whole message for it, and nobody would be answered. */
static void test_what_stands_in_wsl_conf_is_no_text(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    strcpy(ends->stand->node.resolver.generate, "\xff");
    fix(ends, CALL_PERSIST | CALL_DRY_RUN);
    assert_error(ends, "");
    assert_non_null(strstr(ends->reply, "\"network.generateResolvConf ? → false\""));
}

static void test_nothing_to_do(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    fix(ends, 0);
    assert_reply(ends, ALL_IS_WELL);
    fix(ends, CALL_DRY_RUN);
    assert_reply(ends, ALL_IS_WELL);
    assert_untouched(ends);
    assert_int_equal(ends->stand->changes.list.count, 0);
}

static void assert_asked(struct ends *ends, const char *verb, const char *action, const char *value)
{
    char details[112], quoted[64];

    snprintf(details, sizeof(details),
             "{\"verb\": \"%s\", \"target\": \"/etc/resolv.conf\", \"value\": \"%s\"}", verb, value);
    snprintf(quoted, sizeof(quoted), "\"org.wslnode.node1.%s\"", action);
    if (!strstr(ends->check, details) || !strstr(ends->check, quoted))
        fail_msg("%s: not %s, %s", ends->check, details, quoted);
    ends->check[0] = 0;
}

static void test_who_is_asked_and_how(void **state)
{
    static const uint64_t flags[] = {0, CALL_DRY_RUN, CALL_PERSIST, CALL_PERSIST | CALL_DRY_RUN};
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    for (size_t i = 0; i < COUNT(flags); i++) {
        assert_refused(ends, flags[i], SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(ends, "FixDNS", "fix-dns", "wsl");
        assert_refused(ends, flags[i] | CALL_FORCE, SD_BUS_ERROR_ACCESS_DENIED);
        assert_asked(ends, "FixDNS", "override", "wsl");
    }
    assert_untouched(ends);
    ends->polkit = POLKIT_YES;
    fix(ends, 0);
    assert_error(ends, "");
    assert_lines(ends, RUN);
    assert_int_equal(change_list_find(&ends->stand->changes.list, 1)->uid, 1000);
}

static void test_it_can_be_undone(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    fix(ends, 0);
    assert_error(ends, "");
    see(ends);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "Undo", "undo", "1");
    ends->polkit = POLKIT_YES;
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_reply(ends, "2, [(\"dns\", \"/etc/resolv.conf\", \"nameserver 172.20.0.1 10.255.255.254 → "
                       "10.255.255.254, as it was before\")], {}");
    assert_untouched(ends);
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, OURS "NotUndoable");
}

/* As the mend of its finding it is the same verb, with the same action and the same reply. */
static void test_the_mend_of_a_finding(void **state)
{
    struct ends *ends = *state;
    struct finding *finding = findings_add(&ends->stand->findings, "dns-no-answer", "", SEVERITY_CRITICAL);

    finding->mend.verb = MEND_FIX_DNS;
    lay_out(ends);
    trouble(ends);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    ends_call(ends, "Mend", "sst", "dns-no-answer", "", (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "Mend", "fix-dns", "wsl");
    ends_call(ends, "Mend", "sst", "dns-no-answer", "", (uint64_t)CALL_FORCE);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "Mend", "override", "wsl");
    assert_untouched(ends);
    ends->polkit = POLKIT_YES;
    ends_call(ends, "Mend", "sst", "dns-no-answer", "", (uint64_t)0);
    assert_reply(ends, "1, [" FIXED_STEP "until the next start of WSL\")], " FIXED_RESULT
                       "\"restart-required\": false, \"public\": false}");
    assert_int_equal(change_list_find(&ends->stand->changes.list, 1)->verb, VERB_MEND);
}

static void test_what_is_refused_before_anybody_is_asked(void **state)
{
    struct ends *ends = *state;

    trouble(ends);
    assert_refused(ends, 8, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "FixDNS", "");
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "FixDNS", "u", 0);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    resolver_read(&ends->stand->node, DNS_OWNER_TAILSCALE, "100.100.100.100");
    assert_refused(ends, 0, OURS "OwnedByOther");
    tell(&ends->stand->node, platform_of("linux", ""));
    assert_refused(ends, 0, OURS "NotWSL");
    assert_refused(ends, CALL_DRY_RUN | CALL_PERSIST, OURS "NotWSL");
    assert_int_equal(ends->lookups, 0);
    assert_int_equal(ends->bus.pending, 0);
}

/* Called by what was known then, and asked before the plan that counts. */
static void fix_and_ask(struct ends *ends, enum dns_answer tunnel, enum dns_answer gateway)
{
    unsigned before = ends->replies;

    ends->stand->unready = true;
    ends_send(ends, BUS_INTERFACE, "FixDNS", "t", (uint64_t)0);
    ends_run(ends, 10000);
    assert_int_equal(ends->replies, before);
    resolver_of_wsl(&ends->stand->node, tunnel, gateway);
    ends->stand->unready = false;
    executor_resume(ends->stand->executor);
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
}

static void test_what_was_known_may_be_old(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    tell(&ends->stand->node, platform_of("wsl2", "nat"));
    ends->uid = 1000;
    fix_and_ask(ends, DNS_ANSWER_OK, DNS_ANSWER_OK); /* never read, nor asked */
    assert_reply(ends, ALL_IS_WELL);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    fix_and_ask(ends, DNS_ANSWER_OK, DNS_ANSWER_TIMEOUT);
    assert_reply(ends, ALL_IS_WELL);
    trouble(ends);
    fix_and_ask(ends, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_error(ends, OURS "NoWorkingServer");
    assert_untouched(ends);
    /* There was nothing to do: that is asked again as well. */
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    fix_and_ask(ends, DNS_ANSWER_TIMEOUT, DNS_ANSWER_OK);
    assert_error(ends, "");
    assert_lines(ends, RUN);
}

/* But who may not do it is told nothing of it. */
static void test_a_doubt_is_no_authorisation(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    tell(&ends->stand->node, platform_of("wsl2", "nat"));
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_int_equal(ends->checks, 1);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT);
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_OK, DNS_ANSWER_OK);
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_untouched(ends);
}

static void test_no_server_answers(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    resolver_of_wsl(&ends->stand->node, DNS_ANSWER_TIMEOUT, DNS_ANSWER_DEGRADED);
    assert_refused(ends, 0, OURS "NoWorkingServer");
    assert_refused(ends, CALL_FORCE, OURS "NoWorkingServer");
    assert_refused(ends, CALL_DRY_RUN, OURS "NoWorkingServer");
    assert_untouched(ends);
    assert_int_equal(ends->stand->changes.list.count, 0);
}

/* Ours stands there, and was not read yet. */
static void test_what_stands_there_is_not_what_was_read(void **state)
{
    struct ends *ends = *state;

    lay_out(ends);
    trouble(ends);
    scratch_unlink(&ends->stand->scratch, ETC);
    scratch_link(&ends->stand->scratch, ETC, "/" RUN);
    assert_refused(ends, 0, OURS "ChangedSince");
    assert_int_equal(ends->bus.pending, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_it_replies_what_was_done),
        ENDS_TEST(test_with_persist_it_stays),
        ENDS_TEST(test_what_stands_in_wsl_conf_is_no_text),
        ENDS_TEST(test_nothing_to_do),
        ENDS_TEST(test_who_is_asked_and_how),
        ENDS_TEST(test_it_can_be_undone),
        ENDS_TEST(test_the_mend_of_a_finding),
        ENDS_TEST(test_what_is_refused_before_anybody_is_asked),
        ENDS_TEST(test_what_was_known_may_be_old),
        ENDS_TEST(test_a_doubt_is_no_authorisation),
        ENDS_TEST(test_no_server_answers),
        ENDS_TEST(test_what_stands_there_is_not_what_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
