/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock of whole seconds, read exactly */
#include <stdlib.h>

#include "../unit.h"

#include "../../service/state/rtc_edge.h"

#define S       INT64_C(1000000)
#define HOUR    (3600 * S)
#define NOW     (1790000000 * S)
#define Y38     ((INT64_C(1) << 31) * S)
#define Y106    ((INT64_C(1) << 32) * S)
#define MOST    26 /* readings until the edge is found */
#define SLACK   2  /* microseconds that the clocks part during one reading, rounded */
#define REPEATS 3000

/* What is read: it tells `base_usec` + CLOCK_MONOTONIC_RAW, and runs `ppm` faster. */
struct rtc {
    int64_t base_usec;
    int64_t ppm;
    int64_t cost_usec; /* of one reading, at most */
    int64_t raw_usec;  /* now */
    uint64_t seed;
};

static int64_t any(uint64_t *seed, int64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

static int64_t base_now(const struct rtc *rtc)
{
    return rtc->base_usec + rtc->raw_usec * rtc->ppm / 1000000;
}

static int64_t seconds_of(int64_t usec)
{
    return usec / S - (usec % S < 0);
}

static bool read_it(struct rtc *rtc, struct rtc_edge *edge)
{
    int64_t before = rtc->raw_usec, cost = any(&rtc->seed, rtc->cost_usec + 1), seconds;

    rtc->raw_usec = before + any(&rtc->seed, cost + 1);
    seconds = seconds_of(rtc->raw_usec + base_now(rtc));
    rtc->raw_usec = before + cost;
    return rtc_edge_add(edge, seconds, before, rtc->raw_usec);
}

static void assert_within(const struct rtc *rtc, const struct rtc_edge *edge)
{
    struct clock_reading reading = rtc_edge_reading(edge);
    int64_t off = llabs(reading.base_usec - base_now(rtc));

    if (off > reading.bound_usec + SLACK)
        fail_msg("%lld µs off, with a bound of %lld: base %lld, %lld ppm", (long long)off,
                 (long long)reading.bound_usec, (long long)rtc->base_usec, (long long)rtc->ppm);
}

static struct rtc any_rtc(uint64_t *seed)
{
    static const int64_t years[] = {NOW, Y38 - HOUR, Y106 - HOUR, 0, -NOW};

    return (struct rtc){.base_usec = years[any(seed, COUNT(years))] + any(seed, 2 * HOUR),
                        .ppm = any(seed, 201) - 100,
                        .cost_usec = any(seed, 5001),
                        .raw_usec = any(seed, 1000 * HOUR),
                        .seed = *seed};
}

/* Returns how many readings it took. */
static int find(struct rtc *rtc, struct rtc_edge *edge)
{
    int readings = 0;

    while (!rtc_edge_is_fine(edge) && readings < 100) {
        int64_t next = rtc->raw_usec + RTC_EDGE_READ_USEC;

        assert_true(read_it(rtc, edge));
        assert_within(rtc, edge);
        readings++;
        rtc->raw_usec = next;
    }
    return readings;
}

/* One reading a minute; returns whether it contradicts. */
static bool a_minute_later(struct rtc *rtc, struct rtc_edge *edge, bool after)
{
    rtc->raw_usec = rtc_edge_near(edge, rtc->raw_usec + 60 * S, after);
    return !read_it(rtc, edge);
}

static const struct {
    int64_t seconds, before_usec, after_usec, low_usec, high_usec;
} first_rows[] = {
    {0, 0, 0, 0, S},
    {5, 0, 0, 5 * S, 6 * S},
    {5, 5 * S, 5 * S, 0, S},
    {5, 5 * S, 5 * S + 100, -100, S},
    {5, 7 * S, 7 * S + 40000, -2 * S - 40000, -S},
    {-1, 0, 0, -S, 0},
    {-1, S, S + 10, -2 * S - 10, -S},
    {1790000000, S, S + 1000, NOW - S - 1000, NOW},
    {INT64_C(1) << 31, 0, 1, Y38 - 1, Y38 + S},
    {INT64_C(1) << 32, 3, 3, Y106 - 3, Y106 + S - 3},
};

/* One reading alone: within its second, and what it took. */
static void test_the_first_reading(void **state)
{
    for (size_t i = 0; i < COUNT(first_rows); i++) {
        struct rtc_edge edge = {.known = false};
        struct clock_reading reading;

        assert_false(rtc_edge_is_fine(&edge));
        assert_true(
            rtc_edge_add(&edge, first_rows[i].seconds, first_rows[i].before_usec, first_rows[i].after_usec));
        reading = rtc_edge_reading(&edge);
        assert_true(edge.known);
        assert_false(rtc_edge_is_fine(&edge));
        assert_int_equal(edge.raw_usec, first_rows[i].after_usec);
        assert_int_equal(edge.low, first_rows[i].low_usec);
        assert_int_equal(edge.high, first_rows[i].high_usec);
        assert_in_range(reading.base_usec - edge.low, S / 2, S / 2 + 20000);
        assert_true(reading.base_usec - reading.bound_usec <= edge.low);
        assert_true(reading.base_usec + reading.bound_usec >= edge.high);
        assert_true(reading.bound_usec <= (edge.high - edge.low) / 2 + 1);
    }
}

/* The base is from `low` to `high`. */
static const struct {
    int64_t low_usec, high_usec;
    bool fine;
} fine_rows[] = {
    {NOW, NOW, true},          {NOW, NOW + 1, true},       {NOW, NOW + 99999, true},
    {NOW, NOW + 100000, true}, {NOW, NOW + 100001, false}, {NOW, NOW + S, false},
    {-50000, 50000, true},     {-50001, 50000, false},     {Y38 - 50000, Y38 + 50000, true},
};

static void test_fine(void **state)
{
    for (size_t i = 0; i < COUNT(fine_rows); i++) {
        struct rtc_edge edge = {.known = true, .low = fine_rows[i].low_usec, .high = fine_rows[i].high_usec};
        struct clock_reading reading = rtc_edge_reading(&edge);

        assert_true(rtc_edge_is_fine(&edge) == fine_rows[i].fine);
        assert_true((reading.bound_usec <= RTC_EDGE_FINE_USEC) == fine_rows[i].fine);
        edge.known = false;
        assert_false(rtc_edge_is_fine(&edge));
    }
}

static const struct {
    int64_t base_usec, raw_usec;
    bool after;
    int64_t expected_usec;
} near_rows[] = {
    {0, 0, true, 30000},
    {0, 0, false, 970000},
    {0, 29999, true, 30000},
    {0, 30000, true, 30000},
    {0, 30001, true, 1030000},
    {0, 969999, false, 970000},
    {0, 970000, false, 970000},
    {0, 970001, false, 1970000},
    {0, 60 * S, true, 60 * S + 30000},
    {250000, 0, true, 780000},
    {250000, 0, false, 720000},
    {-250000, 0, true, 280000},
    {-250000, 0, false, 220000},
    {-5 * S, 0, true, 30000},
    {-5 * S, S / 2, false, 970000},
    {-NOW, 7 * S + 1, true, 7 * S + 30000},
    {NOW, 7 * S, true, 7 * S + 30000},
    {NOW + 400000, 7 * S, false, 7 * S + 570000},
    {Y38 - 10, 0, true, 30010},
    {Y106 + 10, S, false, 1969990},
};

static void test_near_an_edge(void **state)
{
    for (size_t i = 0; i < COUNT(near_rows); i++) {
        struct rtc_edge edge = {.known = true, .low = near_rows[i].base_usec, .high = near_rows[i].base_usec};
        struct rtc_edge wide = {.known = true,
                                .low = near_rows[i].base_usec - 40000,
                                .high = near_rows[i].base_usec + 40000};

        assert_int_equal(rtc_edge_near(&edge, near_rows[i].raw_usec, near_rows[i].after),
                         near_rows[i].expected_usec);
        assert_int_equal(rtc_edge_near(&wide, near_rows[i].raw_usec, near_rows[i].after),
                         near_rows[i].expected_usec);
    }
}

static void test_the_edge_is_found(void **state)
{
    uint64_t seed = 14;

    for (int i = 0; i < REPEATS; i++) {
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};

        assert_in_range(find(&rtc, &edge), 2, MOST);
        assert_true(rtc_edge_reading(&edge).bound_usec <= RTC_EDGE_FINE_USEC);
    }
}

/* At any time, however near to an edge or not. */
static void test_readings_at_random(void **state)
{
    uint64_t seed = 15;

    for (int i = 0; i < REPEATS / 10; i++) {
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};

        rtc.cost_usec = any(&seed, 300000);
        for (int j = 0; j < 100; j++) {
            assert_true(read_it(&rtc, &edge));
            assert_within(&rtc, &edge);
            rtc.raw_usec += any(&seed, any(&seed, 4) ? 2 * S : 2 * HOUR);
        }
    }
}

/* The two clocks part by as much as they may. */
static void test_it_stays_fine_for_hours(void **state)
{
    uint64_t seed = 16;

    for (int i = 0; i < REPEATS / 10; i++) {
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};

        rtc.ppm = i % 3 * 100 - 100;
        find(&rtc, &edge);
        for (int minute = 0; minute < 5 * 60; minute++) {
            assert_false(a_minute_later(&rtc, &edge, minute % 2 == 0));
            assert_within(&rtc, &edge);
            assert_true(rtc_edge_is_fine(&edge));
        }
    }
}

/* What nobody read for long is known less well, and still right. */
static void test_what_is_known_grows_old(void **state)
{
    uint64_t seed = 17;

    for (int i = 0; i < REPEATS / 10; i++) {
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};
        int64_t width;

        find(&rtc, &edge);
        width = edge.high - edge.low;
        rtc.raw_usec += 1000 * S + any(&seed, HOUR);
        assert_true(read_it(&rtc, &edge));
        assert_within(&rtc, &edge);
        assert_true(edge.high - edge.low <= width + 2 * (HOUR + 1000 * S) / S * CLOCK_RAW_PPM + S / 100);
        find(&rtc, &edge);
        assert_within(&rtc, &edge);
    }
}

/* When the jump is, how far, and how many readings a minute apart tell it at the latest. */
static const struct {
    int64_t base_usec, by_usec;
    int readings;
} jump_rows[] = {
    {NOW, 0, 0},
    {NOW, 1000, 0},
    {NOW, -1000, 0},
    /* Near an edge a second more or less is not seen at once. */
    {NOW, S, 10},
    {NOW, -S, 10},
    {NOW, 1500000, 1},
    {NOW, -1500000, 1},
    {NOW, S / 2, 10},
    {NOW, -S / 2, 10},
    {NOW, 2 * S, 1},
    {NOW, -2 * S, 1},
    {NOW, 61 * S, 1},
    {NOW, -61 * S, 1},
    {NOW, HOUR, 1},
    {NOW, -HOUR, 1},
    {NOW, 365 * 24 * HOUR, 1},
    {NOW, Y38 - NOW, 1},
    {Y38, NOW - Y38, 1},
    {Y38 - HOUR, 2 * HOUR, 1},
    {Y38 + HOUR, -2 * HOUR, 1},
    {Y38 - HOUR, 0, 0},
    {Y106 - HOUR, 2 * HOUR, 1},
    {Y106 - HOUR, 0, 0},
    {0, -HOUR, 1},
    {-NOW, 2 * NOW, 1},
};

/* Only the new reading holds then, and the edge is found again. */
static void assert_told(struct rtc *rtc, struct rtc_edge *edge, size_t row)
{
    int reading = 1;

    while (!a_minute_later(rtc, edge, reading % 2 == 0) && reading <= jump_rows[row].readings)
        reading++;
    if (reading > jump_rows[row].readings)
        fail_msg("row %zu: nothing in %d readings", row, reading);
    assert_within(rtc, edge);
    assert_false(rtc_edge_is_fine(edge));
    assert_in_range(edge->high - edge->low, S, S + rtc->cost_usec);
    rtc->raw_usec += RTC_EDGE_READ_USEC;
    assert_in_range(find(rtc, edge), 1, MOST);
}

static void test_jumps(void **state)
{
    uint64_t seed = 18;

    for (size_t i = 0; i < COUNT(jump_rows) * 100; i++) {
        size_t row = i % COUNT(jump_rows);
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};

        rtc.base_usec = jump_rows[row].base_usec + any(&seed, S);
        find(&rtc, &edge);
        for (int minute = any(&seed, 60) * 2; minute > 0; minute--)
            assert_false(a_minute_later(&rtc, &edge, minute % 2 == 0));
        rtc.base_usec += jump_rows[row].by_usec;
        if (jump_rows[row].readings)
            assert_told(&rtc, &edge, row);
        else
            assert_false(a_minute_later(&rtc, &edge, false));
    }
}

/* In the middle of a second a whole one is told at once. */
static void test_a_jump_that_is_read_in_the_middle(void **state)
{
    static const int64_t jumps[] = {S, -S, HOUR, -HOUR, Y38 - NOW};
    uint64_t seed = 19;

    for (int i = 0; i < REPEATS; i++) {
        struct rtc rtc = any_rtc(&seed);
        struct rtc_edge edge = {.known = false};

        rtc.base_usec = NOW + any(&seed, S);
        find(&rtc, &edge);
        rtc.raw_usec = rtc_edge_near(&edge, rtc.raw_usec, true) + 200000 + any(&seed, 500000);
        rtc.base_usec += jumps[i % COUNT(jumps)];
        assert_false(read_it(&rtc, &edge));
        assert_within(&rtc, &edge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_reading),
        cmocka_unit_test(test_fine),
        cmocka_unit_test(test_near_an_edge),
        cmocka_unit_test(test_the_edge_is_found),
        cmocka_unit_test(test_readings_at_random),
        cmocka_unit_test(test_it_stays_fine_for_hours),
        cmocka_unit_test(test_what_is_known_grows_old),
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_a_jump_that_is_read_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
