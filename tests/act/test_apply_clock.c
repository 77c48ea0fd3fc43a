/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one step of the clock: whether it is made, how far, and what refuses it. The machine's clock stays. */
#include "../../service/act/apply_clock.h"

#include <errno.h>
#include <string.h>

#include "../../service/sys/clock_time.h"
#include "../unit.h"
#include "settime.h"

#define MS INT64_C(1000)
#define S  INT64_C(1000000)

/* Other processes run in between. */
#define NEAR (100 * MS)

struct scene {
    struct clock clock;
    struct plan plan;
    struct step step;
};

static int set_up(void **state)
{
    static struct scene scene;

    memset(&scene, 0, sizeof(scene));
    memset(&settime, 0, sizeof(settime));
    scene.step.kind = STEP_CLOCK;
    *state = &scene;
    return 0;
}

/* It is so far ahead of the reference, whose bound is that. */
static void look(struct scene *scene, enum clock_reference reference, int64_t offset, int64_t bound)
{
    struct clock_fact fact;

    memset(&fact, 0, sizeof(fact));
    fact.reference = reference;
    fact.bound_usec = bound;
    clock_time_read(&fact.raw_usec, &fact.clock_usec);
    fact.base_usec = fact.clock_usec - offset;
    clock_look(&scene->clock, &fact);
}

/* So it was when the step was planned, against PTP. */
static void planned(struct scene *scene, int64_t offset)
{
    scene->plan.clock =
        (struct plan_clock){.offset_usec = offset, .bound_usec = 7, .reference = REFERENCE_PTP};
    scene->step.clock_by_usec = -offset;
}

static int apply(struct scene *scene)
{
    return apply_clock(&scene->clock, &scene->plan, &scene->step);
}

static void assert_near(int64_t usec, int64_t expected)
{
    if (usec < expected - NEAR || usec > expected + NEAR)
        fail_msg("%lld is not about %lld", (long long)usec, (long long)expected);
}

static void assert_stepped(struct scene *scene, int64_t offset)
{
    int64_t raw, clock, earliest;

    clock_time_read(&raw, &clock);
    earliest = raw + clock - offset - NEAR;
    assert_int_equal(apply(scene), 0);
    clock_time_read(&raw, &clock);
    assert_int_equal(settime.calls, 1);
    assert_true(settime.last_usec >= earliest && settime.last_usec <= raw + clock - offset + NEAR);
    assert_false(scene->step.clock_left);
    assert_near(scene->step.clock_by_usec, -offset);
    /* What is told is what was measured again. */
    assert_true(scene->plan.clock.offset_usec == -scene->step.clock_by_usec);
}

static void assert_left(struct scene *scene, int64_t offset)
{
    assert_int_equal(apply(scene), 0);
    assert_int_equal(settime.calls, 0);
    assert_true(scene->step.clock_left);
    assert_int_equal(scene->step.clock_by_usec, 0);
    assert_near(scene->plan.clock.offset_usec, offset);
}

static void assert_refused(struct scene *scene, int error, unsigned calls)
{
    struct plan_clock before = scene->plan.clock;
    int64_t by = scene->step.clock_by_usec;

    assert_int_equal(apply(scene), error);
    assert_int_equal(settime.calls, calls);
    assert_false(scene->step.clock_left);
    /* What was planned stays, for the log. */
    assert_true(scene->step.clock_by_usec == by);
    assert_true(scene->plan.clock.offset_usec == before.offset_usec);
    assert_true(scene->plan.clock.bound_usec == before.bound_usec);
    settime.calls = 0;
}

static void test_it_is_stepped_onto_the_reference(void **state)
{
    static const int64_t offsets[] = {-7200 * S, -2 * S,   -300 * MS,      300 * MS,
                                      2 * S,     7200 * S, 86400 * 400 * S};
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT(offsets); i++) {
        set_up(state);
        look(scene, REFERENCE_PTP, offsets[i], MS);
        planned(scene, offsets[i]);
        assert_stepped(scene, offsets[i]);
        assert_in_range(scene->plan.clock.bound_usec, MS, MS + NEAR);
    }
}

static void test_within_what_is_tolerated_it_is_left(void **state)
{
    struct scene *scene = *state;

    planned(scene, 2 * S);
    look(scene, REFERENCE_PTP, 0, MS);
    assert_left(scene, 0);
    look(scene, REFERENCE_PTP, 30 * MS, 0); /* less than 50 ms is right, whatever the bound */
    assert_left(scene, 30 * MS);
    look(scene, REFERENCE_PTP, -30 * MS, 0);
    assert_left(scene, -30 * MS);
    look(scene, REFERENCE_PTP, S, S + NEAR);
    assert_left(scene, S);
    look(scene, REFERENCE_PTP, -S, S + NEAR);
    assert_left(scene, -S);
    assert_in_range(scene->plan.clock.bound_usec, S + NEAR, S + 2 * NEAR);
    /* One that was left before, and is wrong now. */
    planned(scene, S);
    look(scene, REFERENCE_PTP, S, S - NEAR);
    assert_stepped(scene, S);
}

/* The reference is less exact, the longer ago it was asked: 200 ms after 1000 s. */
static void test_the_bound_grows_meanwhile(void **state)
{
    struct scene *scene = *state;

    planned(scene, 120 * MS);
    look(scene, REFERENCE_PTP, 120 * MS, 0);
    scene->clock.seen.raw_usec -= 1000 * S;
    assert_left(scene, 120 * MS);
    assert_in_range(scene->plan.clock.bound_usec, 200 * MS, 200 * MS + NEAR);
}

static void test_a_reference_that_went_or_is_another(void **state)
{
    struct scene *scene = *state;

    planned(scene, 10 * S);
    assert_refused(scene, -ESTALE, 0); /* never looked at */
    look(scene, REFERENCE_RTC, 10 * S, MS);
    assert_refused(scene, -ESTALE, 0);
    look(scene, REFERENCE_NONE, 10 * S, MS);
    assert_refused(scene, -ESTALE, 0);
    scene->plan.clock.reference = REFERENCE_NONE; /* both none: that is no reference either */
    assert_refused(scene, -ESTALE, 0);
    scene->plan.clock.reference = REFERENCE_PTP;
    look(scene, REFERENCE_PTP, 10 * S, MS);
    assert_stepped(scene, 10 * S); /* positive control */
}

static void test_far_from_what_was_planned(void **state)
{
    static const struct {
        int64_t planned, measured;
        bool stale;
    } rows[] = {
        {10 * S, 12 * S - NEAR, false},  {10 * S, 12 * S + NEAR, true},    {10 * S, 8 * S + NEAR, false},
        {10 * S, 8 * S - NEAR, true},    {-10 * S, -12 * S + NEAR, false}, {-10 * S, -12 * S - NEAR, true},
        {-10 * S, -8 * S - NEAR, false}, {-10 * S, -8 * S + NEAR, true},   {S, -S + NEAR, false},
        {2 * S, -2 * S, true},           {10 * S, 86400 * 400 * S, true},  {10 * S, -86400 * 400 * S, true},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(state);
        planned(scene, rows[i].planned);
        look(scene, REFERENCE_PTP, rows[i].measured, MS);
        if (rows[i].stale)
            assert_refused(scene, -ESTALE, 0);
        else
            assert_stepped(scene, rows[i].measured);
    }
}

/* Somebody else put it right meanwhile: there is nothing to be refused. */
static void test_far_from_what_was_planned_but_right(void **state)
{
    struct scene *scene = *state;

    planned(scene, 86400 * S);
    look(scene, REFERENCE_PTP, 0, MS);
    assert_left(scene, 0);
}

static void test_what_the_kernel_says_is_passed_on(void **state)
{
    static const int errors[] = {EPERM, EINVAL};
    struct scene *scene = *state;

    for (size_t i = 0; i < COUNT(errors); i++) {
        planned(scene, -10 * S);
        look(scene, REFERENCE_PTP, -10 * S, MS);
        settime.error = errors[i];
        assert_refused(scene, -errors[i], 1);
    }
}

#define CLOCK_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(test_it_is_stepped_onto_the_reference),
        CLOCK_TEST(test_within_what_is_tolerated_it_is_left),
        CLOCK_TEST(test_the_bound_grows_meanwhile),
        CLOCK_TEST(test_a_reference_that_went_or_is_another),
        CLOCK_TEST(test_far_from_what_was_planned),
        CLOCK_TEST(test_far_from_what_was_planned_but_right),
        CLOCK_TEST(test_what_the_kernel_says_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
