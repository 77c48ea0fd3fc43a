/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A timer: when it goes off, and that it does so once */
#include <time.h>

#include "../../service/sys/timer.h"
#include "../unit.h"

#define ACCURACY_USEC 1000
#define SOON_USEC     30000
#define LATE_USEC     120000
#define NEVER_USEC    UINT64_C(3600000000)

struct world {
    sd_event *event;
    sd_event_source *timer;
    unsigned calls;
    uint64_t called_usec;
};

static uint64_t now_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct world *world = userdata;

    assert_ptr_equal(source, world->timer);
    /* Before anybody is told. */
    assert_false(timer_is_set(source));
    world->calls++;
    world->called_usec = now_usec();
    return 0;
}

static int set_up(void **state)
{
    static struct world world;

    world = (struct world){0};
    assert_int_equal(sd_event_new(&world.event), 0);
    assert_int_equal(timer_new(world.event, &world.timer, ACCURACY_USEC, on_timer, &world), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    sd_event_source_disable_unref(world->timer);
    sd_event_unref(world->event);
    return 0;
}

static void run_for(struct world *world, uint64_t usec)
{
    uint64_t end = now_usec() + usec;

    for (uint64_t now; (now = now_usec()) < end;)
        assert_true(sd_event_run(world->event, end - now) >= 0);
}

static void run_until_called(struct world *world)
{
    unsigned before = world->calls;

    while (world->calls == before)
        assert_true(sd_event_run(world->event, 10 * UINT64_C(1000000)) > 0);
}

static void test_off_at_first(void **state)
{
    struct world *world = *state;
    clockid_t clock;
    uint64_t usec;

    assert_false(timer_is_set(world->timer));
    run_for(world, SOON_USEC);
    assert_int_equal(world->calls, 0);
    assert_int_equal(sd_event_source_get_time_clock(world->timer, &clock), 0);
    assert_int_equal(clock, CLOCK_MONOTONIC);
    assert_int_equal(sd_event_source_get_time_accuracy(world->timer, &usec), 0);
    assert_int_equal(usec, ACCURACY_USEC);
}

static void test_it_goes_off_once(void **state)
{
    struct world *world = *state;
    uint64_t begin_usec = now_usec();

    assert_int_equal(timer_set(world->timer, SOON_USEC), 0);
    assert_true(timer_is_set(world->timer));
    run_until_called(world);
    assert_true(world->called_usec - begin_usec >= SOON_USEC);
    assert_false(timer_is_set(world->timer));
    run_for(world, 2 * SOON_USEC);
    assert_int_equal(world->calls, 1);
    /* And then anew. */
    assert_int_equal(timer_set(world->timer, SOON_USEC), 0);
    run_until_called(world);
    assert_int_equal(world->calls, 2);
}

static void test_set_again(void **state)
{
    struct world *world = *state;
    uint64_t begin_usec = now_usec();

    timer_set(world->timer, SOON_USEC);
    assert_int_equal(timer_set(world->timer, LATE_USEC), 0);
    run_until_called(world);
    assert_true(world->called_usec - begin_usec >= LATE_USEC);
    assert_int_equal(timer_set(world->timer, NEVER_USEC), 0);
    assert_int_equal(timer_set(world->timer, SOON_USEC), 0);
    run_until_called(world);
    assert_int_equal(world->calls, 2);
}

static void test_stop(void **state)
{
    struct world *world = *state;

    timer_stop(world->timer); /* it is off */
    timer_set(world->timer, SOON_USEC);
    timer_stop(world->timer);
    assert_false(timer_is_set(world->timer));
    run_for(world, 2 * SOON_USEC);
    assert_int_equal(world->calls, 0);
    timer_set(world->timer, SOON_USEC);
    run_until_called(world);
    assert_int_equal(world->calls, 1);
}

static void test_at_once(void **state)
{
    struct world *world = *state;

    assert_int_equal(timer_set(world->timer, 0), 0);
    /* Not within the call. */
    assert_int_equal(world->calls, 0);
    run_until_called(world);
    run_for(world, SOON_USEC);
    assert_int_equal(world->calls, 1);
}

static void test_too_far_away(void **state)
{
    struct world *world = *state;

    assert_true(timer_set(world->timer, UINT64_MAX - 1) < 0);
    assert_false(timer_is_set(world->timer));
}

static void test_another_has_it_as_well(void **state)
{
    struct world *world = *state;
    sd_event_source *other = sd_event_source_ref(world->timer);

    timer_set(world->timer, SOON_USEC);
    sd_event_source_unref(other);
    assert_true(timer_is_set(world->timer));
    run_until_called(world);
    assert_int_equal(world->calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_off_at_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_goes_off_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_far_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_has_it_as_well, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
