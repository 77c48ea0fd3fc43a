/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods: SyncClock, by itself and as a mend, what it replies and what refuses it */
#include "ends.h"

#define OURS "org.wslnode.Node1.Error."
#define S    INT64_C(1000000)

/* In all of these the clock is behind: a reference that is would tell a time before this was built. */
static void look(struct ends *ends, int64_t offset_usec)
{
    stand_look(ends->stand, REFERENCE_PTP, offset_usec);
}

static void sync_with(struct ends *ends, uint64_t flags)
{
    ends_call(ends, "SyncClock", "t", flags);
}

static void assert_error(const struct ends *ends, const char *name)
{
    if (strcmp(ends->error, name) != 0)
        fail_msg("“%s” (%s) is not %s", ends->error, ends->reply, name);
}

/* The numbers differ from run to run. */
static void assert_reply(struct ends *ends, const char *begin, int64_t offset, const char *outcome)
{
    char reference[8], word[16];
    long long before;
    unsigned long long bound;
    int end = 0;

    assert_error(ends, "");
    if (strncmp(ends->reply, begin, strlen(begin)) != 0)
        fail_msg("%s: not %s", ends->reply, begin);
    assert_int_equal(sscanf(strchr(ends->reply, '{'),
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
    struct ends *ends = *state;

    look(ends, -7200500000);
    sync_with(ends, CALL_DRY_RUN);
    assert_reply(ends, "0, [(\"clock\", \"clock\", \"step by +7200.", -7200500000, "stepped");
    assert_int_equal(settime.calls, 0);
    sync_with(ends, 0);
    assert_reply(ends, "1, [(\"clock\", \"clock\", \"step by +7200.", -7200500000, "stepped");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(ends->stand->stepped, 1);
    look(ends, 10000);
    sync_with(ends, 0);
    assert_reply(ends, "0, [], {", 10000, "ok");
    sync_with(ends, CALL_FORCE); /* which is no reason to step a clock that is right */
    assert_reply(ends, "0, [], {", 10000, "ok");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(ends->bus.pending, 0);
}

static void right_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_PTP, 0);
}

static void test_one_that_was_right_by_then(void **state)
{
    struct ends *ends = *state;

    look(ends, -100 * S);
    ends->stand->on_measure = right_it;
    sync_with(ends, 0);
    assert_reply(ends, "1, [(\"clock\", \"clock\", \"not stepped: it was right\")], {", 0, "ok");
    assert_int_equal(settime.calls, 0);
    ends_call(ends, "ListChanges", "tu", (uint64_t)0, 0);
    assert_non_null(strstr(ends->reply,
                           "\"verb\": \"SyncClock\", \"state\": \"done\", \"steps\": [(\"clock\", "
                           "\"clock\", \"not stepped: it was right\")]"));
}

static void assert_asked(struct ends *ends, const char *verb, const char *action, const char *reference)
{
    char details[96], quoted[64];

    snprintf(details, sizeof(details), "{\"verb\": \"%s\", \"target\": \"the clock\", \"value\": \"%s\"}",
             verb, reference);
    snprintf(quoted, sizeof(quoted), "\"org.wslnode.node1.%s\"", action);
    if (!strstr(ends->check, details) || !strstr(ends->check, quoted))
        fail_msg("%s: not %s, %s", ends->check, details, quoted);
    ends->check[0] = 0;
}

static void test_who_is_asked_and_how(void **state)
{
    struct ends *ends = *state;

    look(ends, -100 * S);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    sync_with(ends, 0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "SyncClock", "sync-clock", "ptp");
    sync_with(ends, CALL_FORCE);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "SyncClock", "override", "ptp");
    sync_with(ends, CALL_DRY_RUN);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "SyncClock", "sync-clock", "ptp");
    assert_int_equal(settime.calls, 0);
    ends->polkit = POLKIT_YES;
    sync_with(ends, 0);
    assert_error(ends, "");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(change_list_find(&ends->stand->changes.list, 1)->uid, 1000);
}

/* As the mend of its finding it is the same verb, with the same action and the same reply. */
static void test_the_mend_of_a_drift(void **state)
{
    struct ends *ends = *state;
    struct finding *finding = findings_add(&ends->stand->findings, "clock-drift", "", SEVERITY_WARNING);

    finding->mend.verb = MEND_SYNC_CLOCK;
    look(ends, -100500000);
    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    ends_call(ends, "Mend", "sst", "clock-drift", "", (uint64_t)0);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "Mend", "sync-clock", "ptp");
    ends_call(ends, "Mend", "sst", "clock-drift", "", (uint64_t)CALL_FORCE);
    assert_error(ends, SD_BUS_ERROR_ACCESS_DENIED);
    assert_asked(ends, "Mend", "override", "ptp");
    assert_int_equal(settime.calls, 0);
    ends->polkit = POLKIT_YES;
    ends_call(ends, "Mend", "sst", "clock-drift", "", (uint64_t)0);
    assert_reply(ends, "1, [(\"clock\", \"clock\", \"step by +100.", -100500000, "stepped");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(change_list_find(&ends->stand->changes.list, 1)->verb, VERB_MEND);
    ends_call(ends, "Mend", "sst", "clock-drift", "", (uint64_t)CALL_PERSIST);
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
}

static void assert_refused(struct ends *ends, uint64_t flags, const char *name)
{
    sync_with(ends, flags);
    assert_error(ends, name);
}

static void test_what_is_refused_before_anybody_is_asked(void **state)
{
    struct ends *ends = *state;

    assert_refused(ends, CALL_PERSIST, SD_BUS_ERROR_INVALID_ARGS);
    assert_refused(ends, 8, SD_BUS_ERROR_INVALID_ARGS);
    ends_call(ends, "SyncClock", "");
    assert_error(ends, SD_BUS_ERROR_INVALID_ARGS);
    look(ends, -100 * S);
    ends->stand->node.clock.seen.settable = false;
    assert_refused(ends, CALL_FORCE, OURS "Unsupported");
    assert_int_equal(ends->lookups, 0);
    assert_int_equal(ends->bus.pending, 0);
}

static void test_refusals_without_a_reference(void **state)
{
    struct ends *ends = *state;

    assert_refused(ends, 0, OURS "Busy"); /* never looked at */
    stand_look(ends->stand, REFERENCE_NONE, 0);
    assert_refused(ends, 0, OURS "NoTimeReference");
    assert_refused(ends, CALL_FORCE, OURS "NoTimeReference");
    assert_refused(ends, CALL_DRY_RUN, OURS "NoTimeReference");
    assert_int_equal(ends->bus.pending, 0);
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
static void sync_and_look(struct ends *ends, const char *member, int64_t offset_usec)
{
    unsigned before = ends->replies;

    ends->stand->unready = true;
    if (strcmp(member, "Mend") == 0)
        ends_send(ends, BUS_INTERFACE, member, "sst", "clock-drift", "", (uint64_t)0);
    else
        ends_send(ends, BUS_INTERFACE, member, "t", (uint64_t)0);
    ends_run(ends, 10000);
    assert_int_equal(ends->replies, before);
    /* No step of others is known of, either. */
    memset(&ends->stand->node.clock, 0, sizeof(ends->stand->node.clock));
    look(ends, offset_usec);
    ends->stand->unready = false;
    executor_resume(ends->stand->executor);
    for (int i = 0; i < 500 && ends->replies == before; i++)
        assert_true(sd_event_run(ends->stand->event, 10000) >= 0);
    assert_error(ends, "");
}

static void test_what_was_known_may_be_old(void **state)
{
    struct ends *ends = *state;
    struct finding *finding = findings_add(&ends->stand->findings, "clock-drift", "", SEVERITY_WARNING);

    finding->mend.verb = MEND_SYNC_CLOCK;
    ends->uid = 1000;
    sync_and_look(ends, "SyncClock", -100 * S); /* never looked at */
    assert_asked(ends, "SyncClock", "sync-clock", "none");
    stand_look(ends->stand, REFERENCE_NONE, 0);
    sync_and_look(ends, "SyncClock", -100 * S);
    look(ends, -2 * CLOCK_FORCE_USEC);
    sync_and_look(ends, "Mend", -100 * S);
    assert_asked(ends, "Mend", "sync-clock", "ptp");
    look(ends, -60 * S);
    fight(ends->stand);
    sync_and_look(ends, "SyncClock", -100 * S);
    assert_int_equal(settime.calls, 4);
    look(ends, -100 * S);
    sync_and_look(ends, "SyncClock", 0); /* right by then */
    assert_reply(ends, "0, [], {", 0, "ok");
    assert_int_equal(settime.calls, 4);
}

/* But who may not do it is told nothing of it. */
static void test_a_doubt_is_no_authorisation(void **state)
{
    struct ends *ends = *state;

    ends->uid = 1000;
    ends->polkit = POLKIT_NO;
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    stand_look(ends->stand, REFERENCE_NONE, 0);
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    look(ends, -2 * CLOCK_FORCE_USEC);
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    look(ends, -60 * S);
    fight(ends->stand);
    assert_refused(ends, 0, SD_BUS_ERROR_ACCESS_DENIED);
    assert_int_equal(settime.calls, 0);
}

static void test_refusals_that_force_overrides(void **state)
{
    struct ends *ends = *state;

    look(ends, -CLOCK_FORCE_USEC - S);
    assert_refused(ends, 0, OURS "NeedsForce");
    assert_refused(ends, CALL_FORCE, "");
    assert_int_equal(settime.calls, 1);
    look(ends, -60 * S);
    fight(ends->stand);
    assert_refused(ends, 0, OURS "Fighting");
    assert_refused(ends, CALL_FORCE, "");
    assert_int_equal(settime.calls, 2);
}

static void lose_it(struct stand *stand)
{
    stand_look(stand, REFERENCE_NONE, 0);
}

static void test_refusals_of_the_step_itself(void **state)
{
    struct ends *ends = *state;

    look(ends, -100 * S);
    settime.error = EPERM;
    assert_refused(ends, 0, SD_BUS_ERROR_FAILED);
    assert_non_null(strstr(ends->reply, strerror(EPERM)));
    settime.error = 0;
    ends->stand->on_measure = lose_it;
    assert_refused(ends, 0, OURS "ChangedSince");
    assert_int_equal(settime.calls, 1);
    assert_int_equal(ends->stand->stepped, 0);
}

static void test_it_cannot_be_undone(void **state)
{
    struct ends *ends = *state;

    look(ends, -100 * S);
    sync_with(ends, 0);
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)0);
    assert_error(ends, OURS "NotUndoable");
    ends_call(ends, "Undo", "tt", (uint64_t)1, (uint64_t)CALL_FORCE);
    assert_error(ends, OURS "NotUndoable");
    assert_int_equal(settime.calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS_TEST(test_it_replies_what_was_done),
        ENDS_TEST(test_one_that_was_right_by_then),
        ENDS_TEST(test_who_is_asked_and_how),
        ENDS_TEST(test_the_mend_of_a_drift),
        ENDS_TEST(test_what_is_refused_before_anybody_is_asked),
        ENDS_TEST(test_refusals_without_a_reference),
        ENDS_TEST(test_what_was_known_may_be_old),
        ENDS_TEST(test_a_doubt_is_no_authorisation),
        ENDS_TEST(test_refusals_that_force_overrides),
        ENDS_TEST(test_refusals_of_the_step_itself),
        ENDS_TEST(test_it_cannot_be_undone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
