/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: SyncClock, by itself and as a mend, what it replies and what refuses it */
#include "peers.h"

#define OURS "org.wslnode.Node1.Error."
#define S    INT64_C(1000000)

/* In all of these the clock is behind: a reference that is would tell a time before this was built. */
static void look(struct peers *peers, int64_t offset_usec)
{
    stand_look(peers->stand, REFERENCE_PTP, offset_usec);
}

static void sync_with(struct peers *peers, uint64_t flags)
{
    peers_call(peers, "SyncClock", "t", flags);
}

static void assert_error(const struct peers *peers, const char *name)
{
    if (strcmp(peers->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", peers->error, peers->reply, name);
}

/* The numbers differ from run to run. */
static void assert_reply(struct peers *peers, const char *begin, int64_t offset, const char *outcome)
{
    char reference[8], word[16];
    long long before;
    unsigned long long bound;
    int end = 0;

    assert_error(peers, "");
    if (strncmp(peers->reply, begin, strlen(begin)) != 0)
        fail_msg("%s: not %s", peers->reply, begin);
    assert_int_equal(sscanf(strchr(peers->reply, '{'),
                            "{\"offset-before-usec\": %lld, \"error-bound-usec\": %llu, "
                            "\"reference\": \"%7[a-z]\", \"outcome\": \"%15[a-z]\"}%n",
                            &before, &bound, reference, word, &end),
                     4);
    assert_true(end > 0);
    assert_near(before, offset);
    assert_near(bound, 1000);
    assert_string_equal(reference, "ptp");
    assert_string_equal(word, outcome);
}

static void test_it_replies_what_was_done(void **state)
{
    struct peers *peers = *state;

    look(peers, -7200500000);
    sync_with(peers, CALL_DRY_RUN);
    assert_reply(peers, "0, [(\"clock\", \"clock\", \"step by +7200.", -7200500000, "stepped");
    assert_int_equal(settime.calls, 0);
    sync_with(peers, 0);
    assert_reply(peers, "1, [(\"clock\", \"clock\", \"step by +7200.", -7200500000, "stepped");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(peers->stand->stepped, 1);
    look(peers, 10000);
    sync_with(peers, 0);
    assert_reply(peers, "0, [], {", 10000, "ok");
    sync_with(peers, CALL_FORCE); /* which is no reason to step a clock that is right */
    assert_reply(peers, "0, [], {", 10000, "ok");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(peers->bus.pending, 0);
}

static void right_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_PTP, 0);
}

static void test_one_that_was_right_by_then(void **state)
{
    struct peers *peers = *state;

    look(peers, -100 * S);
    peers->stand->on_measure = right_it;
    sync_with(peers, 0);
    assert_reply(peers, "1, [(\"clock\", \"clock\", \"not stepped: it was right\")], {", 0, "ok");
    assert_int_equal(settime.calls, 0);
    peers_call(peers, "ListChanges", "tu", (uint64_t)0, 0);
    assert_non_null(strstr(peers->reply,
                           "\"verb\": \"SyncClock\", \"state\": \"done\", \"steps\": [(\"clock\", "
                           "\"clock\", \"not stepped: it was right\")]"));
}

static void assert_asked(struct peers *peers, const char *verb, const char *action, const char *reference)
{
    char details[96], quoted[64];

    snprintf(details, sizeof(details), "{\"verb\": \"%s\", \"target\": \"the clock\", \"value\": \"%s\"}",
             verb, reference);
    snprintf(quoted, sizeof(quoted), "\"org.wslnode.node1.%s\"", action);
    if (!strstr(peers->check, details) || !strstr(peers->check, quoted))
        fail_msg("%s: not %s, %s", peers->check, details, quoted);
    peers->check[0] = 0;
}

static void test_who_is_asked_and_how(void **state)
{
    struct peers *peers = *state;

    look(peers, -100 * S);
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    sync_with(peers, 0);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "SyncClock", "sync-clock", "ptp");
    sync_with(peers, CALL_FORCE);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "SyncClock", "override", "ptp");
    sync_with(peers, CALL_DRY_RUN);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "SyncClock", "sync-clock", "ptp");
    assert_int_equal(settime.calls, 0);
    peers->polkit = POLKIT_YES;
    sync_with(peers, 0);
    assert_error(peers, "");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(change_list_find(&peers->stand->changes.list, 1)->uid, 1000);
}

/* As the mend of its finding it is the same verb, with the same action and the same reply. */
static void test_the_mend_of_a_drift(void **state)
{
    struct peers *peers = *state;
    struct finding *finding = findings_add(&peers->stand->findings, "clock-drift", "", SEVERITY_WARNING);

    finding->mend.verb = MEND_SYNC_CLOCK;
    look(peers, -100500000);
    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    peers_call(peers, "Mend", "sst", "clock-drift", "", (uint64_t)0);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "Mend", "sync-clock", "ptp");
    peers_call(peers, "Mend", "sst", "clock-drift", "", (uint64_t)CALL_FORCE);
    assert_error(peers, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(peers, "Mend", "override", "ptp");
    assert_int_equal(settime.calls, 0);
    peers->polkit = POLKIT_YES;
    peers_call(peers, "Mend", "sst", "clock-drift", "", (uint64_t)0);
    assert_reply(peers, "1, [(\"clock\", \"clock\", \"step by +100.", -100500000, "stepped");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(change_list_find(&peers->stand->changes.list, 1)->verb, VERB_MEND);
    peers_call(peers, "Mend", "sst", "clock-drift", "", (uint64_t)CALL_PERSIST);
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
}

static void assert_refused(struct peers *peers, uint64_t flags, const char *name)
{
    sync_with(peers, flags);
    assert_error(peers, name);
}

static void test_what_is_refused_before_anybody_is_asked(void **state)
{
    struct peers *peers = *state;

    assert_refused(peers, CALL_PERSIST, SD_BUS_ERROR_INVALID_ARGS);
    assert_refused(peers, 8, SD_BUS_ERROR_INVALID_ARGS);
    peers_call(peers, "SyncClock", "");
    assert_error(peers, SD_BUS_ERROR_INVALID_ARGS);
    look(peers, -100 * S);
    peers->stand->node.clock.seen.settable = false;
    assert_refused(peers, CALL_FORCE, OURS "Unsupported");
    assert_int_equal(peers->lookups, 0);
    assert_int_equal(peers->bus.pending, 0);
}

static void test_refusals_without_a_reference(void **state)
{
    struct peers *peers = *state;

    assert_refused(peers, 0, OURS "Busy"); /* never looked at */
    stand_look(peers->stand, REFERENCE_NONE, 0);
    assert_refused(peers, 0, OURS "NoTimeReference");
    assert_refused(peers, CALL_FORCE, OURS "NoTimeReference");
    assert_refused(peers, CALL_DRY_RUN, OURS "NoTimeReference");
    assert_int_equal(peers->bus.pending, 0);
}

static void fight(struct stand *stand)
{
    for (int i = 0; i < CLOCK_FIGHT_STEPS; i++) {
        struct fact fact = fact_of(FACT_STEP);

        fact.step.raw_usec = stand->node.clock.seen.raw_usec;
        fact.step.clock_usec = stand->node.clock.seen.clock_usec;
        tell(&stand->node, fact);
    }
}

/* Called by what was known then, and measured before the plan that counts. */
static void sync_and_look(struct peers *peers, const char *member, int64_t offset_usec)
{
    unsigned before = peers->replies;

    peers->stand->unready = true;
    if (strcmp(member, "Mend") == 0)
        peers_send(peers, BUS_INTERFACE, member, "sst", "clock-drift", "", (uint64_t)0);
    else
        peers_send(peers, BUS_INTERFACE, member, "t", (uint64_t)0);
    peers_run(peers, 10000);
    assert_int_equal(peers->replies, before);
    /* No step of others is known of, either. */
    memset(&peers->stand->node.clock, 0, sizeof(peers->stand->node.clock));
    look(peers, offset_usec);
    peers->stand->unready = false;
    executor_resume(peers->stand->executor);
    for (int i = 0; i < 500 && peers->replies == before; i++)
        assert_true(sd_event_run(peers->stand->event, 10000) >= 0);
    assert_error(peers, "");
}

static void test_what_was_known_may_be_old(void **state)
{
    struct peers *peers = *state;
    struct finding *finding = findings_add(&peers->stand->findings, "clock-drift", "", SEVERITY_WARNING);

    finding->mend.verb = MEND_SYNC_CLOCK;
    peers->uid = 1000;
    sync_and_look(peers, "SyncClock", -100 * S); /* never looked at */
    assert_asked(peers, "SyncClock", "sync-clock", "none");
    stand_look(peers->stand, REFERENCE_NONE, 0);
    sync_and_look(peers, "SyncClock", -100 * S);
    look(peers, -2 * CLOCK_FORCE_USEC);
    sync_and_look(peers, "Mend", -100 * S);
    assert_asked(peers, "Mend", "sync-clock", "ptp");
    look(peers, -60 * S);
    fight(peers->stand);
    sync_and_look(peers, "SyncClock", -100 * S);
    assert_int_equal(settime.calls, 4);
    look(peers, -100 * S);
    sync_and_look(peers, "SyncClock", 0); /* right by then */
    assert_reply(peers, "0, [], {", 0, "ok");
    assert_int_equal(settime.calls, 4);
}

/* But who may not do it is told nothing of it. */
static void test_a_doubt_is_no_authorisation(void **state)
{
    struct peers *peers = *state;

    peers->uid = 1000;
    peers->polkit = POLKIT_NO;
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    stand_look(peers->stand, REFERENCE_NONE, 0);
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    look(peers, -2 * CLOCK_FORCE_USEC);
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    look(peers, -60 * S);
    fight(peers->stand);
    assert_refused(peers, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_int_equal(settime.calls, 0);
}

static void test_refusals_that_force_overrides(void **state)
{
    struct peers *peers = *state;

    look(peers, -CLOCK_FORCE_USEC - S);
    assert_refused(peers, 0, OURS "NeedsForce");
    assert_refused(peers, CALL_FORCE, "");
    assert_int_equal(settime.calls, 1);
    look(peers, -60 * S);
    fight(peers->stand);
    assert_refused(peers, 0, OURS "Fighting");
    assert_refused(peers, CALL_FORCE, "");
    assert_int_equal(settime.calls, 2);
}

static void lose_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_NONE, 0);
}

static void test_refusals_of_the_step_itself(void **state)
{
    struct peers *peers = *state;

    look(peers, -100 * S);
    settime.error = EPERM;
    assert_refused(peers, 0, SD_BUS_ERROR_FAILED);
    assert_non_null(strstr(peers->reply, strerror(EPERM)));
    settime.error = 0;
    peers->stand->on_measure = lose_it;
    assert_refused(peers, 0, OURS "ChangedSince");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(peers->stand->stepped, 0);
}

static void test_it_cannot_be_undone(void **state)
{
    struct peers *peers = *state;

    look(peers, -100 * S);
    sync_with(peers, 0);
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(peers, OURS "NotUndoable");
    peers_call(peers, "Undo", "tt", (uint64_t)1, (uint64_t)CALL_FORCE);
    assert_error(peers, OURS "NotUndoable");
    assert_int_equal(settime.calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEERS_TEST(test_it_replies_what_was_done),
        PEERS_TEST(test_one_that_was_right_by_then),
        PEERS_TEST(test_who_is_asked_and_how),
        PEERS_TEST(test_the_mend_of_a_drift),
        PEERS_TEST(test_what_is_refused_before_anybody_is_asked),
        PEERS_TEST(test_refusals_without_a_reference),
        PEERS_TEST(test_what_was_known_may_be_old),
        PEERS_TEST(test_a_doubt_is_no_authorisation),
        PEERS_TEST(test_refusals_that_force_overrides),
        PEERS_TEST(test_refusals_of_the_step_itself),
        PEERS_TEST(test_it_cannot_be_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
