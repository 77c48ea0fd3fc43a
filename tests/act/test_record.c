/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes and wishes as JSON */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/act/record.h"
#include "../state/packed.h"
#include "../unit.h"

static struct change change_of(void)
{
    static struct step steps[] = {
        {.kind = STEP_KERNEL, .target = "wg0", .mtu_before = 1420, .mtu_after = 1280},
        {.kind = STEP_WANTED,
         .target = "wg0",
         .wish_after = {.set = true, .persist = true, .mtu = 1280, .since_usec = 77}},
    };

    return (struct change){.id = 12,
                           .time_usec = 1700000000123456,
                           .uid = 1000,
                           .verb = VERB_SET_MTU,
                           .steps = packed(steps, COUNT(steps))};
}

static int read_text(const char *text, struct change *change)
{
    json_t *record = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    int r = record_read_change(record, change);

    json_decref(record);
    return r;
}

static void test_the_form_on_disk(void **state)
{
    struct change change = change_of();
    json_t *record = record_of_change(&change);
    char *text = json_dumps(record, JSON_COMPACT);

    assert_string_equal(
        text, "{\"id\":12,\"time\":1700000000123456,\"uid\":1000,\"verb\":\"SetMTU\",\"state\":\"done\","
              "\"steps\":[{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":1420,\"after\":1280},"
              "{\"kind\":\"wanted\",\"target\":\"wg0\",\"before\":null,"
              "\"after\":{\"mtu\":1280,\"persist\":true,\"since\":77}}]}");
    free(text);
    json_decref(record);
    steps_done(&change.steps);
}

static void assert_steps(const struct steps *steps)
{
    struct step kernel = steps_at(steps, 0), wanted = steps_at(steps, 1);
    struct wish wish = {.set = true, .persist = true, .mtu = 1280};

    assert_int_equal(steps->count, 2);
    assert_string_equal(kernel.target, "wg0");
    assert_int_equal(kernel.mtu_before, 1420);
    assert_int_equal(kernel.mtu_after, 1280);
    assert_int_equal(wanted.kind, STEP_WANTED);
    assert_false(wanted.wish_before.set);
    assert_true(wish_equal(&wanted.wish_after, &wish));
    assert_int_equal(wanted.wish_after.since_usec, 77);
}

static void test_there_and_back(void **state)
{
    struct change change = change_of(), again;

    for (enum verb verb = VERB_SET_MTU; verb < VERBS; verb++)
        for (enum change_state done = CHANGE_DONE; done < CHANGE_STATES; done++) {
            json_t *record;

            change.verb = verb;
            change.state = done;
            change.undoes = verb == VERB_UNDO ? 11 : 0;
            record = record_of_change(&change);
            assert_int_equal(record_read_change(record, &again), 0);
            assert_int_equal(again.id, change.id);
            assert_int_equal(again.time_usec, change.time_usec);
            assert_int_equal(again.uid, change.uid);
            assert_int_equal(again.verb, verb);
            assert_int_equal(again.state, done);
            assert_int_equal(again.undoes, change.undoes);
            assert_steps(&again.steps);
            json_decref(record);
            steps_done(&again.steps);
        }
    steps_done(&change.steps);
}

#define STEP "{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":1420,\"after\":1280}"
#define HEAD "\"id\":1,\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\""

static void test_what_others_wrote(void **state)
{
    static const char *const bad[] = {
        "null",
        "[]",
        "{}",
        "\"x\"",
        "{" HEAD "}",
        "{" HEAD ",\"steps\":[]}",
        "{" HEAD ",\"steps\":{}}",
        "{" HEAD ",\"steps\":[null]}",
        "{\"id\":0,\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\",\"steps\":[" STEP "]}",
        "{\"id\":-1,\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\",\"steps\":[" STEP "]}",
        "{\"id\":\"1\",\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\",\"steps\":[" STEP "]}",
        "{\"id\":1,\"time\":1,\"uid\":-1,\"verb\":\"SetMTU\",\"state\":\"done\",\"steps\":[" STEP "]}",
        "{\"id\":1,\"time\":1,\"uid\":4294967296,\"verb\":\"SetMTU\",\"state\":\"done\",\"steps\":[" STEP
        "]}",
        "{\"id\":1,\"time\":1,\"uid\":0,\"verb\":\"Delete\",\"state\":\"done\",\"steps\":[" STEP "]}",
        "{\"id\":1,\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"gone\",\"steps\":[" STEP "]}",
        "{" HEAD ",\"undoes\":1,\"steps\":[" STEP "]}",
        "{" HEAD ",\"undoes\":-1,\"steps\":[" STEP "]}",
        "{" HEAD ",\"undoes\":\"0\",\"steps\":[" STEP "]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"file\",\"target\":\"wg0\",\"before\":1,\"after\":2}]}",
        "{" HEAD
        ",\"steps\":[{\"kind\":\"kernel\",\"target\":\"sixteen-letters+\",\"before\":1,\"after\":2}]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":\"1\",\"after\":2}]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":1.5,\"after\":2}]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"wanted\",\"target\":\"wg0\",\"before\":1,\"after\":null}]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"wanted\",\"target\":\"wg0\",\"before\":null,\"after\":{}}]}",
        "{" HEAD ",\"steps\":[{\"kind\":\"wanted\",\"target\":\"wg0\",\"before\":null,"
        "\"after\":{\"mtu\":4294967296,\"persist\":true,\"since\":1}}]}",
    };
    struct change change;

    assert_int_equal(record_read_change(NULL, &change), -EINVAL);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (read_text(bad[i], &change) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(read_text("{" HEAD ",\"steps\":[" STEP "],\"later\":1}", &change), 0);
    assert_int_equal(change.steps.count, 1);
    steps_done(&change.steps);
}

#define SPAN                                                                                                 \
    "\"variable\":\"WSL_IP\",\"before\":\"10.0.0.1\",\"after\":\"10.0.0.20\",\"create\":false,"              \
    "\"remove\":true,\"line\":3,\"offset\":17,\"uid\":1000"
#define FILE_STEP "{\"kind\":\"file\",\"target\":\"/etc/a\",\"span\":{" SPAN "}}"
#define EFFECT    "{\"kind\":\"effect\",\"target\":\"node.service\",\"result\":\"timeout\"}"

static void test_file_and_effect_steps(void **state)
{
    static const char text[] = "{\"id\":1,\"time\":1,\"uid\":0,\"verb\":\"RefreshIP\",\"state\":\"started\","
                               "\"steps\":[" FILE_STEP "," EFFECT "]}";
    struct change change;
    json_t *record;
    char *again;

    assert_int_equal(read_text(text, &change), 0);
    assert_int_equal(change.verb, VERB_REFRESH_IP);
    assert_int_equal(change.state, CHANGE_STARTED);
    assert_int_equal(change.steps.count, 2);
    assert_int_equal(steps_at(&change.steps, 0).kind, STEP_FILE);
    assert_string_equal(steps_at(&change.steps, 0).target, "/etc/a");
    assert_string_equal(steps_at(&change.steps, 0).file.variable, "WSL_IP");
    assert_string_equal(steps_at(&change.steps, 0).file.before, "10.0.0.1");
    assert_string_equal(steps_at(&change.steps, 0).file.after, "10.0.0.20");
    assert_false(steps_at(&change.steps, 0).file.create);
    assert_true(steps_at(&change.steps, 0).file.remove);
    assert_int_equal(steps_at(&change.steps, 0).file.line, 3);
    assert_int_equal(steps_at(&change.steps, 0).file.offset, 17);
    assert_int_equal(steps_at(&change.steps, 0).file.uid, 1000);
    assert_int_equal(steps_at(&change.steps, 1).kind, STEP_EFFECT);
    assert_string_equal(steps_at(&change.steps, 1).target, "node.service");
    assert_string_equal(steps_at(&change.steps, 1).result, "timeout");
    record = record_of_change(&change);
    again = json_dumps(record, JSON_COMPACT);
    assert_string_equal(again, text);
    free(again);
    json_decref(record);
    steps_done(&change.steps);
}

/* Whoever could write the log is root; but a step names a file and who writes it. */
static void test_hostile_file_and_effect_steps(void **state)
{
#define HOSTILE(span) "{\"kind\":\"file\",\"target\":\"/etc/a\",\"span\":{" span "}}"
#define WITH(variable, before, after, create, line, offset, uid)                                             \
    HOSTILE("\"variable\":" variable ",\"before\":" before ",\"after\":" after ",\"create\":" create         \
            ",\"remove\":false,\"line\":" line ",\"offset\":" offset ",\"uid\":" uid)
#define LONG16 "0123456789abcdef"
#define LONG48 LONG16 LONG16 LONG16
#define TEXT64 LONG48 LONG16
    static const char *const bad[] = {
        "{\"kind\":\"file\",\"target\":\"/etc/a\"}",
        "{\"kind\":\"file\",\"target\":\"/etc/a\",\"span\":null}",
        "{\"kind\":\"file\",\"target\":\"/etc/a\",\"span\":[]}",
        "{\"kind\":\"file\",\"target\":7,\"span\":{" SPAN "}}",
        "{\"kind\":\"file\",\"target\":\"/" TEXT64 TEXT64 "\",\"span\":{" SPAN "}}",
        HOSTILE(""),
        WITH("7", "\"\"", "\"\"", "false", "1", "0", "0"),
        WITH("\"" TEXT64 "\"", "\"\"", "\"\"", "false", "1", "0", "0"),
        WITH("\"A\"", "null", "\"\"", "false", "1", "0", "0"),
        WITH("\"A\"", "\"" LONG48 "\"", "\"\"", "false", "1", "0", "0"),
        WITH("\"A\"", "\"\"", "\"" LONG48 "\"", "false", "1", "0", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "0", "1", "0", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "-1", "0", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "4294967296", "0", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "-1", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "4294967296", "0"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "0", "-1"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "0", "4294967295"), /* setresuid() would change nothing */
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "0", "4294967296"),
        WITH("\"A\"", "\"\"", "\"\"", "false", "1", "0", "\"0\""),
        "{\"kind\":\"effect\",\"target\":\"node.service\"}",
        "{\"kind\":\"effect\",\"target\":\"node.service\",\"result\":null}",
        "{\"kind\":\"effect\",\"target\":\"node.service\",\"result\":\"" LONG16 LONG16 "\"}",
        "{\"kind\":\"kernel\",\"target\":\"/etc/a\",\"span\":{" SPAN "}}",
        "{\"kind\":\"\",\"target\":\"/etc/a\",\"span\":{" SPAN "}}",
    };
    struct change change;
    char text[2048];

    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "{" HEAD ",\"steps\":[" FILE_STEP ",%s]}", bad[i]);
        if (read_text(text, &change) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_null(change.steps.packed); /* nothing is left to be freed */
    }
    snprintf(text, sizeof(text), "{" HEAD ",\"steps\":[%s]}",
             WITH("\"A\"", "\"\"", "\"\"", "false", "4294967295", "4294967295", "4294967294"));
    assert_int_equal(read_text(text, &change), 0); /* positive control */
    steps_done(&change.steps);
}

#define CLOCK_STEP(by, left) "{\"kind\":\"clock\",\"target\":\"clock\",\"by\":" by ",\"left\":" left "}"
#define CLOCK_MAX            "8000000000000000"

static void test_a_step_of_the_clock(void **state)
{
    static const struct {
        const char *step;
        int64_t by;
        bool left;
    } rows[] = {
        {CLOCK_STEP("7200120000", "false"), INT64_C(7200120000), false},
        {CLOCK_STEP("-1", "false"), -1, false},
        {CLOCK_STEP("0", "true"), 0, true},
        {CLOCK_STEP(CLOCK_MAX, "false"), CLOCK_TIME_MAX_USEC, false},
        {CLOCK_STEP("-" CLOCK_MAX, "false"), -CLOCK_TIME_MAX_USEC, false},
    };
    struct change change;
    char text[512];

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *record;
        char *again;

        snprintf(text, sizeof(text),
                 "{\"id\":1,\"time\":1,\"uid\":0,\"verb\":\"SyncClock\",\"state\":\"done\",\"steps\":[%s]}",
                 rows[i].step);
        assert_int_equal(read_text(text, &change), 0);
        assert_int_equal(change.verb, VERB_SYNC_CLOCK);
        assert_int_equal(steps_at(&change.steps, 0).kind, STEP_CLOCK);
        assert_string_equal(steps_at(&change.steps, 0).target, "clock");
        assert_true(steps_at(&change.steps, 0).clock_by_usec == rows[i].by);
        assert_int_equal(steps_at(&change.steps, 0).clock_left, rows[i].left);
        record = record_of_change(&change);
        again = json_dumps(record, JSON_COMPACT);
        assert_string_equal(again, text);
        free(again);
        json_decref(record);
        steps_done(&change.steps);
    }
}

static void test_hostile_steps_of_the_clock(void **state)
{
    static const char *const bad[] = {
        "{\"kind\":\"clock\",\"target\":\"clock\"}",
        "{\"kind\":\"clock\",\"target\":\"clock\",\"by\":1}",
        "{\"kind\":\"clock\",\"target\":\"clock\",\"left\":false}",
        "{\"kind\":\"clock\",\"by\":1,\"left\":false}",
        "{\"kind\":\"clock\",\"target\":1,\"by\":1,\"left\":false}",
        CLOCK_STEP("8000000000000001", "false"),
        CLOCK_STEP("-8000000000000001", "false"),
        CLOCK_STEP("9223372036854775807", "false"),
        CLOCK_STEP("-9223372036854775808", "false"),
        CLOCK_STEP("9223372036854775808", "false"), /* more than JSON's integers hold: no JSON at all */
        CLOCK_STEP("1.5", "false"),
        CLOCK_STEP("1e3", "false"),
        CLOCK_STEP("\"1\"", "false"),
        CLOCK_STEP("null", "false"),
        CLOCK_STEP("true", "false"),
        CLOCK_STEP("[1]", "false"),
        CLOCK_STEP("1", "0"),
        CLOCK_STEP("1", "null"),
        CLOCK_STEP("1", "\"false\""),
    };
    struct change change;
    char text[512];

    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof(text), "{" HEAD ",\"steps\":[" STEP ",%s]}", bad[i]);
        if (read_text(text, &change) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
        assert_null(change.steps.packed);
    }
}

/* Of more steps than a plan can have nothing is read. */
static void test_too_many_steps(void **state)
{
    char text[8192] = "{" HEAD ",\"steps\":[" STEP;
    struct change change;

    for (int i = 1; i < STEPS_MAX; i++)
        strcat(text, "," STEP);
    strcat(text, "]}");
    assert_int_equal(read_text(text, &change), 0);
    assert_int_equal(change.steps.count, STEPS_MAX);
    steps_done(&change.steps);
    text[strlen(text) - 2] = 0;
    strcat(text, "," STEP "]}");
    assert_int_equal(read_text(text, &change), -EINVAL);
}

static void test_an_mtu_beyond_32_bits(void **state)
{
    struct change change;

    assert_int_equal(read_text("{" HEAD ",\"steps\":[{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":-1,"
                               "\"after\":2}]}",
                               &change),
                     -EINVAL);
    assert_int_equal(read_text("{" HEAD ",\"steps\":[{\"kind\":\"kernel\",\"target\":\"wg0\",\"before\":1420,"
                               "\"after\":4294968576}]}",
                               &change),
                     -EINVAL);
}

/* What is read goes onto the bus, and ids go on from the largest one. */
static void test_numbers_that_cannot_be(void **state)
{
    struct change change;

    assert_int_equal(
        read_text("{\"id\":9223372036854775807,\"time\":1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\","
                  "\"steps\":[" STEP "]}",
                  &change),
        -EINVAL);
    assert_int_equal(read_text("{\"id\":1,\"time\":-1,\"uid\":0,\"verb\":\"SetMTU\",\"state\":\"done\","
                               "\"steps\":[" STEP "]}",
                               &change),
                     -EINVAL);
}

static void test_wishes(void **state)
{
    struct wish now = {.set = true, .mtu = 1280, .since_usec = 5};
    struct wish for_good = {.set = true, .mtu = 1300, .persist = true, .since_usec = 6};
    static struct wanted wanted, again;
    json_t *record;
    char *text;

    wanted_set(&wanted, "wg0", &now);
    wanted_set(&wanted, "wg1", &for_good);
    wanted_set_configured(&wanted, "wg2", &for_good); /* not ours to write */
    record = record_of_wanted(&wanted, true);
    text = json_dumps(record, JSON_COMPACT);
    assert_string_equal(text, "{\"wg1\":{\"mtu\":1300,\"persist\":true,\"since\":6}}");
    assert_int_equal(record_read_wanted(record, true, &again), 0);
    free(text);
    json_decref(record);
    record = record_of_wanted(&wanted, false);
    text = json_dumps(record, JSON_COMPACT);
    assert_string_equal(text, "{\"wg0\":{\"mtu\":1280,\"persist\":false,\"since\":5}}");
    assert_int_equal(record_read_wanted(record, false, &again), 0);
    free(text);
    json_decref(record);
    assert_int_equal(again.count, 2);
    assert_true(wish_equal(&wanted_find(&again, "wg0")->by_verb, &now));
    assert_true(wish_equal(&wanted_find(&again, "wg1")->by_verb, &for_good));
    assert_int_equal(wanted_find(&again, "wg1")->by_verb.since_usec, 6);
}

static void test_wishes_of_others_are_counted(void **state)
{
    json_t *record = json_loads("{\"wg0\":{\"mtu\":1280,\"persist\":true,\"since\":1},\"wg1\":null,\"wg2\":7,"
                                "\"sixteen-letters+\":{\"mtu\":1280,\"persist\":true,\"since\":1},"
                                "\"wg3\":{\"mtu\":-1,\"persist\":true,\"since\":1},"
                                "\"wg4\":{\"mtu\":1280,\"persist\":false,\"since\":1}}",
                                0, NULL);
    static struct wanted wanted;

    assert_int_equal(record_read_wanted(record, true, &wanted), 5);
    assert_int_equal(wanted.count, 1);
    assert_non_null(wanted_find(&wanted, "wg0"));
    assert_int_equal(record_read_wanted(NULL, true, &wanted), 1);
    json_decref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_on_disk),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_what_others_wrote),
        cmocka_unit_test(test_file_and_effect_steps),
        cmocka_unit_test(test_hostile_file_and_effect_steps),
        cmocka_unit_test(test_a_step_of_the_clock),
        cmocka_unit_test(test_hostile_steps_of_the_clock),
        cmocka_unit_test(test_too_many_steps),
        cmocka_unit_test(test_an_mtu_beyond_32_bits),
        cmocka_unit_test(test_numbers_that_cannot_be),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_wishes_of_others_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
