/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restarts of units: what systemd is asked, and the word for what came of it */
#include "../../dbus/unit.h"
#include "ends.h"

#define SECOND UINT64_C(1000000)
#define JOB    "/org/freedesktop/systemd1/job/7"
#define SENDER "org.freedesktop.systemd1"

/* Systemd is the client of the ends. */
struct manager {
    struct ends *ends;
    struct unit unit;
    /* What it does. */
    const char *job;   /* it answers with; NULL: it does not answer */
    const char *error; /* instead */
    bool nonsense;
    /* What it was asked. */
    unsigned subscribes, restarts;
    char asked[128];
    /* What came of it. */
    unsigned done;
    char result[64];
    const char *next; /* a unit to be restarted when this one is done */
};

static int on_call(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    struct manager *manager = userdata;

    if (sd_bus_message_is_method_call(message, SENDER ".Manager", "Subscribe")) {
        manager->subscribes++;
        return 1;
    }
    if (!sd_bus_message_is_method_call(message, SENDER ".Manager", "TryRestartUnit"))
        return 0;
    manager->restarts++;
    assert_string_equal(sd_bus_message_get_destination(message), SENDER);
    assert_string_equal(sd_bus_message_get_path(message), "/org/freedesktop/systemd1");
    ends_flatten(message, manager->asked, sizeof(manager->asked));
    if (manager->error)
        return sd_bus_reply_method_errorf(message, manager->error, "no");
    if (manager->nonsense)
        return sd_bus_reply_method_return(message, "s", JOB);
    return manager->job ? sd_bus_reply_method_return(message, "o", manager->job) : 1;
}

static uint64_t now_usec(struct manager *manager)
{
    uint64_t now;

    sd_event_now(manager->ends->stand->event, CLOCK_MONOTONIC, &now);
    return now;
}

static void on_done(void *userdata, const char *result)
{
    struct manager *manager = userdata;
    const char *next = manager->next;

    manager->done++;
    snprintf(manager->result, sizeof(manager->result), "%s", result);
    manager->next = NULL;
    if (next)
        unit_restart(&manager->unit, manager->ends->bus.connection, next, now_usec(manager) + 5 * SECOND,
                     on_done, manager);
}

static int set_up(void **state)
{
    static struct manager manager;

    memset(&manager, 0, sizeof(manager));
    ends_set_up((void **)&manager.ends);
    assert_true(sd_bus_add_filter(manager.ends->client, NULL, on_call, &manager) >= 0);
    assert_true(unit_init(&manager.unit, manager.ends->stand->event) >= 0);
    manager.job = JOB;
    *state = &manager;
    return 0;
}

static int tear_down(void **state)
{
    struct manager *manager = *state;

    unit_clear(&manager->unit);
    return ends_tear_down((void **)&manager->ends);
}

static void restart(struct manager *manager, const char *name, uint64_t usec)
{
    manager->done = 0;
    unit_restart(&manager->unit, manager->ends->bus.connection, name, now_usec(manager) + usec, on_done,
                 manager);
    ends_drain(manager->ends);
}

static void job_removed(struct manager *manager, const char *job, const char *result)
{
    sd_bus_message *signal = NULL;

    assert_true(sd_bus_message_new_signal(manager->ends->client, &signal, "/org/freedesktop/systemd1",
                                          SENDER ".Manager", "JobRemoved") >= 0);
    assert_true(sd_bus_message_set_sender(signal, SENDER) >= 0);
    assert_true(sd_bus_message_append(signal, "uoss", 7, job, "a.service", result) >= 0);
    assert_true(sd_bus_send(manager->ends->client, signal, NULL) >= 0);
    sd_bus_message_unref(signal);
    ends_drain(manager->ends);
}

static void test_systemds_word_for_the_job(void **state)
{
    static const char *const results[] = {"done", "failed", "timeout", "canceled", "dependency", "skipped"};
    struct manager *manager = *state;

    for (size_t i = 0; i < COUNT(results); i++) {
        restart(manager, "wg-quick@wg0.service", 5 * SECOND);
        assert_string_equal(manager->asked, "\"wg-quick@wg0.service\", \"replace\"");
        assert_int_equal(manager->subscribes, i + 1); /* it may have started anew since the last one */
        assert_int_equal(manager->restarts, i + 1);
        assert_int_equal(manager->done, 0); /* the answer is not the end */
        job_removed(manager, JOB, results[i]);
        assert_int_equal(manager->done, 1);
        assert_string_equal(manager->result, results[i]);
        job_removed(manager, JOB, "failed"); /* nobody listens any more */
        assert_int_equal(manager->done, 1);
    }
}

static void test_jobs_of_others(void **state)
{
    struct manager *manager = *state;

    restart(manager, "a.service", 5 * SECOND);
    job_removed(manager, JOB "7", "failed");
    job_removed(manager, "/org/freedesktop/systemd1/job/8", "failed");
    assert_int_equal(manager->done, 0);
    job_removed(manager, JOB, "done");
    assert_string_equal(manager->result, "done");
}

/* Before systemd has said which job it is, none is ours: not that of the last restart either. */
static void test_a_job_before_the_answer(void **state)
{
    struct manager *manager = *state;

    restart(manager, "a.service", 5 * SECOND);
    job_removed(manager, JOB, "done");
    manager->job = NULL;
    restart(manager, "b.service", SECOND / 10);
    job_removed(manager, JOB, "failed");
    assert_int_equal(manager->done, 0);
    ends_run(manager->ends, SECOND / 5);
    assert_string_equal(manager->result, "still going");
}

static void assert_word(struct manager *manager, const char *error, const char *word)
{
    manager->error = error;
    restart(manager, "a.service", 5 * SECOND);
    assert_int_equal(manager->done, 1);
    assert_string_equal(manager->result, word);
}

static void test_words_for_errors(void **state)
{
    struct manager *manager = *state;

    assert_word(manager, SENDER ".NoSuchUnit", "no such unit");
    assert_word(manager, SD_BUS_ERROR_SERVICE_UNKNOWN, "no systemd");
    assert_word(manager, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "no systemd");
    assert_word(manager, SD_BUS_ERROR_ACCESS_DENIED, "refused");
    assert_word(manager, SENDER ".UnitMasked", "refused");
    manager->nonsense = true;
    assert_word(manager, NULL, "refused");
    manager->nonsense = false;
    manager->error = NULL;
    restart(manager, "a.service", 5 * SECOND); /* positive control */
    job_removed(manager, JOB, "done");
    assert_string_equal(manager->result, "done");
}

static void test_the_deadline(void **state)
{
    struct manager *manager = *state;

    restart(manager, "a.service", SECOND / 5);
    ends_run(manager->ends, SECOND / 10);
    assert_int_equal(manager->done, 0);
    ends_run(manager->ends, SECOND / 5);
    assert_int_equal(manager->done, 1);
    assert_string_equal(manager->result, "still going");
    job_removed(manager, JOB, "done");
    assert_int_equal(manager->done, 1);
    restart(manager, "a.service", SECOND / 5);
    job_removed(manager, JOB, "done");
    ends_run(manager->ends, SECOND / 2); /* the deadline of what is over is none */
    assert_int_equal(manager->done, 1);
    assert_string_equal(manager->result, "done");
}

static void test_the_next_from_within(void **state)
{
    struct manager *manager = *state;

    manager->next = "b.service";
    restart(manager, "a.service", 5 * SECOND);
    job_removed(manager, JOB, "failed");
    assert_string_equal(manager->result, "failed");
    assert_string_equal(manager->asked, "\"b.service\", \"replace\"");
    job_removed(manager, JOB, "done");
    assert_int_equal(manager->done, 2);
    assert_string_equal(manager->result, "done");
    manager->next = "c.service"; /* and after an error */
    manager->error = SENDER ".NoSuchUnit";
    restart(manager, "a.service", 5 * SECOND);
    assert_int_equal(manager->done, 2);
    assert_string_equal(manager->asked, "\"c.service\", \"replace\"");
}

static void test_without_a_connection(void **state)
{
    struct manager *manager = *state;

    unit_restart(&manager->unit, NULL, "a.service", now_usec(manager) + 5 * SECOND, on_done, manager);
    assert_int_equal(manager->done, 1); /* at once */
    assert_string_equal(manager->result, "no bus");
    ends_run(manager->ends, SECOND / 20);
    assert_int_equal(manager->done, 1);
}

/* What systemd does without us is not known: it is told at the deadline, and nothing is left behind. */
static void test_the_connection_is_dropped(void **state)
{
    struct manager *manager = *state;

    restart(manager, "a.service", SECOND / 5);
    unit_drop(&manager->unit);
    job_removed(manager, JOB, "done");
    assert_int_equal(manager->done, 0);
    ends_run(manager->ends, SECOND / 4);
    assert_int_equal(manager->done, 1);
    assert_string_equal(manager->result, "still going");
    restart(manager, "a.service", 5 * SECOND);
    job_removed(manager, JOB, "done");
    assert_string_equal(manager->result, "done");
}

/* The bus itself goes before systemd has answered. */
static void test_the_connection_is_lost(void **state)
{
    struct manager *manager = *state;

    manager->job = NULL;
    restart(manager, "a.service", 5 * SECOND);
    assert_int_equal(manager->restarts, 1);
    sd_bus_close(manager->ends->client);
    ends_drain(manager->ends);
    assert_int_equal(manager->done, 1);
    assert_string_equal(manager->result, "no bus");
}

static void test_cleared_while_it_waits(void **state)
{
    struct manager *manager = *state;

    restart(manager, "a.service", SECOND / 10);
    unit_clear(&manager->unit);
    job_removed(manager, JOB, "done");
    ends_run(manager->ends, SECOND / 5);
    assert_int_equal(manager->done, 0);
}

#define UNIT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_systemds_word_for_the_job),
        UNIT_TEST(test_jobs_of_others),
        UNIT_TEST(test_a_job_before_the_answer),
        UNIT_TEST(test_words_for_errors),
        UNIT_TEST(test_the_deadline),
        UNIT_TEST(test_the_next_from_within),
        UNIT_TEST(test_without_a_connection),
        UNIT_TEST(test_the_connection_is_dropped),
        UNIT_TEST(test_the_connection_is_lost),
        UNIT_TEST(test_cleared_while_it_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
