/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock: what follows from looks, steps and resumes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "clock_rows.h"
#include "clock_step_rows.h"

#define START (1000 * S) /* CLOCK_MONOTONIC_RAW when a course begins */

struct scene {
    struct clock clock;
    struct clock_fact look; /* the next one */
};

static struct scene scene_new(void)
{
    struct scene scene;

    memset(&scene, 0, sizeof(scene));
    scene.look.reference = REFERENCE_PTP;
    scene.look.raw_usec = START;
    scene.look.base_usec = scene.look.clock_usec = NOW;
    scene.look.bound_usec = 10000;
    return scene;
}

static int64_t usec_of(const char *seconds)
{
    double usec = strtod(seconds, NULL) * 1e6;

    return (int64_t)(usec < 0 ? usec - 0.5 : usec + 0.5);
}

static enum clock_reference reference_of(const char *name)
{
    static const char *const names[REFERENCES] = {
        [REFERENCE_NONE] = "none", [REFERENCE_PTP] = "ptp", [REFERENCE_RTC] = "rtc", [REFERENCE_NTP] = "ntp"};
    enum clock_reference reference = REFERENCE_NONE;

    while (strcmp(names[reference], name) != 0)
        reference++;
    return reference;
}

static void look_at(struct scene *scene, int64_t offset_usec)
{
    scene->look.clock_usec = scene->look.base_usec + offset_usec;
    clock_look(&scene->clock, &scene->look);
}

static void step_to(struct scene *scene, int64_t offset_usec, bool own)
{
    int64_t to = scene->look.base_usec + offset_usec;
    struct step_fact step = {.raw_usec = scene->look.raw_usec,
                             .by_usec = to - scene->look.clock_usec,
                             .clock_usec = to,
                             .own = own};

    scene->look.clock_usec = to;
    clock_note_step(&scene->clock, &step);
}

static void go_on(struct scene *scene, const char *key, const char *value)
{
    if (key[0] == '+')
        scene->look.raw_usec += usec_of(key + 1);
    else if (strcmp(key, "look") == 0)
        look_at(scene, usec_of(value));
    else if (strcmp(key, "step") == 0 || strcmp(key, "own") == 0)
        step_to(scene, usec_of(value), key[0] == 'o');
    else if (strcmp(key, "by") == 0)
        step_to(scene, scene->look.clock_usec - scene->look.base_usec + usec_of(value), false);
    else if (strcmp(key, "ref") == 0)
        scene->look.reference = reference_of(value);
    else if (strcmp(key, "bound") == 0)
        scene->look.bound_usec = usec_of(value);
    else if (strcmp(key, "slew") == 0)
        scene->look.slew_ppm = strtol(value, NULL, 10);
    else if (strcmp(key, "stale") == 0)
        scene->look.stale = true;
    else if (strcmp(key, "jumping") == 0)
        scene->look.jumping = true;
    else if (strcmp(key, "settable") == 0)
        scene->look.settable = true;
    else
        fail_msg("no such word: %s", key);
}

static struct scene scene_after(const char *words)
{
    struct scene scene = scene_new();
    char text[256], *rest = text;

    assert_true(strlen(words) < sizeof(text));
    strcpy(text, words);
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');

        if (value)
            *value++ = 0;
        if (*word)
            go_on(&scene, word, value);
    }
    return scene;
}

static void test_offsets(void **state)
{
    for (size_t i = 0; i < COUNT(offset_rows); i++) {
        struct clock_fact look = {.reference = REFERENCE_PTP,
                                  .base_usec = offset_rows[i].base_usec,
                                  .clock_usec = offset_rows[i].clock_usec};
        struct clock clock = {.spoken = false};
        int64_t expected = offset_rows[i].offset_usec;

        assert_int_equal(clock_offset(&clock), 0);
        clock_look(&clock, &look);
        assert_int_equal(clock_offset(&clock), expected);
        assert_int_equal(clock_offset_at(&clock, look.clock_usec), expected);
        assert_int_equal(clock_offset_at(&clock, look.clock_usec + 7 * S), expected + 7 * S);
        assert_int_equal(clock_offset_at(&clock, look.base_usec), 0);
        look.reference = REFERENCE_NONE;
        clock_look(&clock, &look);
        assert_int_equal(clock_offset(&clock), 0);
        assert_int_equal(clock_offset_at(&clock, look.clock_usec + S), 0);
    }
}

static void test_bounds(void **state)
{
    for (size_t i = 0; i < COUNT(bound_rows); i++) {
        struct scene scene = scene_new();
        int64_t then = START + bound_rows[i].age_usec;

        scene.look.bound_usec = bound_rows[i].bound_usec;
        assert_int_equal(clock_bound_at(&scene.clock, then), 0);
        look_at(&scene, 0);
        assert_int_equal(clock_bound_at(&scene.clock, then), bound_rows[i].grown_usec);
        scene.look.reference = REFERENCE_NONE;
        look_at(&scene, 0);
        assert_int_equal(clock_bound_at(&scene.clock, then), 0);
    }
}

static void test_tolerances(void **state)
{
    for (size_t i = 0; i < COUNT(tolerance_rows); i++)
        assert_int_equal(clock_tolerance(tolerance_rows[i].bound_usec), tolerance_rows[i].tolerance_usec);
}

static void test_states(void **state)
{
    for (size_t i = 0; i < COUNT(state_rows); i++) {
        struct scene scene = scene_after(state_rows[i].words);
        const char *found = clock_state_name(clock_state(&scene.clock));

        if (strcmp(found, state_rows[i].expected) != 0)
            fail_msg("%s, not %s, after: %s", found, state_rows[i].expected, state_rows[i].words);
    }
}

static void test_fights(void **state)
{
    for (size_t i = 0; i < COUNT(fight_rows); i++) {
        struct scene scene = scene_after(fight_rows[i].words);
        bool fights = clock_fights(&scene.clock);

        if (strcmp(fights ? "yes" : "no", fight_rows[i].expected) != 0)
            fail_msg("%s fight after: %s", fights ? "a" : "no", fight_rows[i].words);
        assert_true(fights == (clock_state(&scene.clock) == CLOCK_STATE_FIGHTING));
    }
}

static void test_beats(void **state)
{
    for (size_t i = 0; i < COUNT(beat_rows); i++) {
        struct scene scene = scene_after(beat_rows[i].words);
        int64_t beat = clock_beat(&scene.clock);

        if (beat < beat_rows[i].least * 1e6 - 5 || beat > beat_rows[i].most * 1e6 + 5)
            fail_msg("%f s is the beat of: %s", beat / 1e6, beat_rows[i].words);
    }
}

static void test_slews(void **state)
{
    for (size_t i = 0; i < COUNT(slew_rows); i++) {
        struct scene scene = scene_after(slew_rows[i].words);
        int64_t left = clock_slew_left(&scene.clock);

        if (llabs(left - (int64_t)(slew_rows[i].left * 1e6)) > 1000 ||
            (left == 0) != (slew_rows[i].left == 0))
            fail_msg("%f s, not %f, after: %s", left / 1e6, slew_rows[i].left, slew_rows[i].words);
    }
}

static void test_expected(void **state)
{
    for (size_t i = 0; i < COUNT(expected_rows); i++) {
        struct clock_fact look = {.raw_usec = START,
                                  .clock_usec = expected_rows[i].clock_usec,
                                  .slew_ppm = expected_rows[i].slew_ppm};
        int64_t expected = expected_rows[i].expected_usec;

        assert_int_equal(clock_expected(&look, START + expected_rows[i].elapsed_usec), expected);
        look.reference = REFERENCE_RTC;
        look.base_usec = NOW - DAY;
        assert_int_equal(clock_expected(&look, START + expected_rows[i].elapsed_usec), expected);
    }
}

static void test_jumps(void **state)
{
    for (size_t i = 0; i < COUNT(jump_rows); i++) {
        enum clock_jump jump =
            clock_jump(&jump_rows[i].before, &jump_rows[i].after, jump_rows[i].elapsed_usec);

        if (jump != jump_rows[i].jump)
            fail_msg("row %zu: %d, not %d", i, jump, jump_rows[i].jump);
    }
}

static void test_steps(void **state)
{
    for (size_t i = 0; i < COUNT(step_rows); i++) {
        struct scene scene = scene_after(step_rows[i].words);
        const struct clock_step *last = &scene.clock.steps[scene.clock.steps_count - 1];

        assert_int_equal(last->raw_usec, scene.look.raw_usec);
        if (last->by_usec != step_rows[i].by_usec || last->left_usec != step_rows[i].left_usec ||
            last->measured != step_rows[i].measured || last->own != step_rows[i].own)
            fail_msg("by %f, left %f, %d %d: %s", last->by_usec / 1e6, last->left_usec / 1e6, last->measured,
                     last->own, step_rows[i].words);
    }
}

static void test_steps_without_being_asked(void **state)
{
    for (size_t i = 0; i < COUNT(auto_rows); i++) {
        struct scene scene = scene_after(auto_rows[i].words);

        if (clock_is_right(&scene.clock) != auto_rows[i].right)
            fail_msg("%s after: %s", auto_rows[i].right ? "wrong" : "right", auto_rows[i].words);
        if (clock_may_be_stepped(&scene.clock) != auto_rows[i].may)
            fail_msg("it may %sbe stepped after: %s", auto_rows[i].may ? "not " : "", auto_rows[i].words);
    }
}

static void test_suspects(void **state)
{
    for (size_t i = 0; i < COUNT(suspect_rows); i++) {
        struct scene scene = scene_after(suspect_rows[i].words);
        size_t size = suspect_rows[i].size;
        char buffer[256];

        memset(buffer, '#', sizeof(buffer));
        clock_note_writers(&scene.clock, &suspect_rows[i].writers);
        assert_ptr_equal(clock_suspects(&scene.clock, buffer, size ? size : sizeof(buffer)), buffer);
        assert_string_equal(buffer, suspect_rows[i].expected);
        if (size)
            assert_int_equal(buffer[size], '#');
    }
}

/* However small the buffer is: what is in it stands in the whole list, too. */
static void test_suspects_are_whole(void **state)
{
    static const struct writers_fact all = {true, true, true, true, true};
    struct scene scene = scene_after("by=6");
    char whole[260] = ", ", part[260], buffer[256];

    clock_note_writers(&scene.clock, &all);
    clock_suspects(&scene.clock, whole + 2, 256);
    strcat(whole, ", ");
    for (size_t size = sizeof("unknown"); size < sizeof(buffer); size++) {
        clock_suspects(&scene.clock, buffer, size);
        assert_true(strlen(buffer) < size);
        for (char *item, *rest = buffer; (item = strsep(&rest, ","));) {
            snprintf(part, sizeof(part), ", %s, ", item + (*item == ' '));
            assert_true(strcmp(item, "unknown") == 0 || strstr(whole, part));
        }
    }
}

static void test_names(void **state)
{
    static const char *const states[] = {[CLOCK_STATE_UNKNOWN] = "unknown",
                                         [CLOCK_STATE_OK] = "ok",
                                         [CLOCK_STATE_DRIFTING] = "drifting",
                                         [CLOCK_STATE_FIGHTING] = "fighting"};
    static const char *const references[] = {
        [REFERENCE_NONE] = "none", [REFERENCE_PTP] = "ptp", [REFERENCE_RTC] = "rtc", [REFERENCE_NTP] = "ntp"};

    for (size_t i = 0; i < COUNT(states); i++)
        assert_string_equal(clock_state_name(i), states[i]);
    assert_int_equal(COUNT(references), REFERENCES);
    for (size_t i = 0; i < COUNT(references); i++)
        assert_string_equal(clock_reference_name(i), references[i]);
}

static void test_a_reference(void **state)
{
    struct scene scene = scene_new();

    assert_false(clock_has_reference(&scene.clock));
    for (int i = 0; i < REFERENCES; i++) {
        scene.look.reference = i;
        look_at(&scene, S);
        assert_true(clock_has_reference(&scene.clock) == (i != REFERENCE_NONE));
        assert_int_equal(scene.clock.seen.reference, i);
    }
}

/* Every field of it makes a look another. */
static void test_an_equal_look_says_nothing(void **state)
{
    struct scene scene = scene_new();
    struct clock_fact *look = &scene.look;

    assert_true(clock_look(&scene.clock, look));
    for (int field = 0; field < 9; field++) {
        assert_false(clock_look(&scene.clock, look));
        look->reference += field == 0;
        look->stale ^= field == 1;
        look->jumping ^= field == 2;
        look->settable ^= field == 3;
        look->slew_ppm += field == 4;
        look->raw_usec += field == 5;
        look->base_usec += field == 6;
        look->bound_usec += field == 7;
        look->clock_usec += field == 8;
        assert_true(clock_look(&scene.clock, look));
        assert_memory_equal(&scene.clock.seen, look, sizeof(*look));
    }
    assert_false(clock_look(&scene.clock, look));
}

/* Even if all of it is nought. */
static void test_the_first_look_says_something(void **state)
{
    struct clock clock;
    struct clock_fact look;

    memset(&clock, 0, sizeof(clock));
    memset(&look, 0, sizeof(look));
    assert_true(clock_look(&clock, &look));
    assert_true(clock.spoken);
    assert_false(clock_look(&clock, &look));
    assert_int_equal(clock_state(&clock), CLOCK_STATE_UNKNOWN);
}

static void test_writers(void **state)
{
    struct scene scene = scene_new();
    struct writers_fact writers;

    memset(&writers, 0, sizeof(writers));
    for (int field = 0; field < 5; field++) {
        assert_false(clock_note_writers(&scene.clock, &writers));
        writers.timesyncd ^= field == 0;
        writers.chronyd ^= field == 1;
        writers.ntpd ^= field == 2;
        writers.hv_utils ^= field == 3;
        writers.docker ^= field == 4;
        assert_true(clock_note_writers(&scene.clock, &writers));
        assert_memory_equal(&scene.clock.writers, &writers, sizeof(writers));
    }
}

static void test_resumes(void **state)
{
    struct scene scene = scene_new();
    const struct resume_fact long_one = {.asleep_usec = YEAR}, unknown = {.asleep_usec = 0};

    clock_note_resume(&scene.clock, &long_one);
    assert_int_equal(scene.clock.asleep_usec, YEAR);
    assert_int_equal(scene.clock.resumes_total, 1);
    clock_note_resume(&scene.clock, &unknown);
    assert_int_equal(scene.clock.asleep_usec, 0);
    assert_int_equal(scene.clock.resumes_total, 2);
}

/* The oldest are forgotten, and counted. */
static void test_more_steps_than_are_kept(void **state)
{
    struct scene scene = scene_after("look=0");

    for (int i = 1; i <= 100; i++) {
        scene.look.raw_usec += 30 * S;
        step_to(&scene, i * S, i % 10 == 0);
        assert_int_equal(scene.clock.steps_count, i < CLOCK_STEPS_MAX ? i : CLOCK_STEPS_MAX);
        assert_int_equal(scene.clock.steps_total, i);
        for (size_t j = 0; j < scene.clock.steps_count; j++) {
            int64_t which = i - (int64_t)scene.clock.steps_count + 1 + (int64_t)j;

            assert_int_equal(scene.clock.steps[j].raw_usec, START + which * 30 * S);
            assert_int_equal(scene.clock.steps[j].left_usec, which * S);
            assert_int_equal(scene.clock.steps[j].own, which % 10 == 0);
        }
    }
}

static void test_many_steps_and_what_they_tell(void **state)
{
    struct scene scene = scene_after("look=0");

    for (int i = 0; i < 50; i++) {
        scene.look.raw_usec += 30 * S;
        step_to(&scene, 3 * S, false);
        look_at(&scene, 3 * S);
    }
    assert_true(clock_fights(&scene.clock));
    assert_in_range(clock_beat(&scene.clock), 30 * S - 5, 30 * S + 5);
    /* All that is kept is SyncClock's. */
    for (int i = 0; i < CLOCK_STEPS_MAX; i++)
        step_to(&scene, 0, true);
    assert_false(clock_fights(&scene.clock));
    assert_int_equal(clock_beat(&scene.clock), 0);
    assert_int_equal(clock_steps_since(&scene.clock, 0), 0);
}

static void test_steps_since(void **state)
{
    struct scene scene = scene_after("look=0 step=1 +10 own=0 +10 step=1 +10 step=2 own=0");
    const struct clock *clock = &scene.clock;

    assert_int_equal(clock_steps_since(clock, 0), 3);
    assert_int_equal(clock_steps_since(clock, START), 3);
    assert_int_equal(clock_steps_since(clock, START + 1), 2);
    assert_int_equal(clock_steps_since(clock, START + 20 * S), 2);
    assert_int_equal(clock_steps_since(clock, START + 20 * S + 1), 1);
    assert_int_equal(clock_steps_since(clock, START + 30 * S), 1);
    assert_int_equal(clock_steps_since(clock, START + 30 * S + 1), 0);
    assert_int_equal(clock_steps_since(clock, -YEAR), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_tolerances),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_fights),
        cmocka_unit_test(test_beats),
        cmocka_unit_test(test_slews),
        cmocka_unit_test(test_expected),
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_steps_without_being_asked),
        cmocka_unit_test(test_suspects),
        cmocka_unit_test(test_suspects_are_whole),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_reference),
        cmocka_unit_test(test_an_equal_look_says_nothing),
        cmocka_unit_test(test_the_first_look_says_something),
        cmocka_unit_test(test_writers),
        cmocka_unit_test(test_resumes),
        cmocka_unit_test(test_more_steps_than_are_kept),
        cmocka_unit_test(test_many_steps_and_what_they_tell),
        cmocka_unit_test(test_steps_since),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
