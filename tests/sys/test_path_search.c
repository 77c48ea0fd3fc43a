/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search for the largest packet that is answered, over ways that are made up */
#include "../../service/sys/path_search.h"

#include "../unit.h"

#define NO_NUMBER UINT32_MAX

/* What a way does with packets, and what the search is to make of it. */
struct row {
    uint32_t floor, wanted;
    uint32_t carries;
    uint32_t links[3]; /* that tell, from here on; 0: none */
    uint32_t told;     /* as the hop's MTU, instead of the truth; NO_NUMBER: none */
    uint32_t lost[4];  /* tries, from 1 on, that are not answered though they could be */
    uint32_t expected;
    uint32_t tries; /* at most */
};

static const struct row rows[] = {
    /* It carries all. */
    {.floor = 576, .wanted = 1420, .carries = 1500, .expected = 1420, .tries = 1},
    {.floor = 1280, .wanted = 1280, .carries = 1280, .expected = 1280, .tries = 1},
    {.floor = 576, .wanted = 9216, .carries = 65535, .expected = 9216, .tries = 1},
    /* Black holes. */
    {.floor = 576, .wanted = 1500, .carries = 1400, .expected = 1400, .tries = 14},
    {.floor = 576, .wanted = 1500, .carries = 1499, .expected = 1499, .tries = 14},
    {.floor = 576, .wanted = 1500, .carries = 576, .expected = 576, .tries = 14},
    {.floor = 576, .wanted = 1500, .carries = 577, .expected = 577, .tries = 14},
    {.floor = 1280, .wanted = 1281, .carries = 1280, .expected = 1280, .tries = 3},
    {.floor = 576, .wanted = 9216, .carries = 1500, .expected = 1500, .tries = 18},
    /* Large ones are not answered at all. */
    {.floor = 576, .wanted = 1500, .carries = 575, .expected = 0, .tries = 2},
    {.floor = 1280, .wanted = 1280, .carries = 0, .expected = 0, .tries = 1},
    /* Links that tell. */
    {.floor = 576, .wanted = 1500, .carries = 1500, .links = {1400}, .expected = 1400, .tries = 2},
    {.floor = 576, .wanted = 1500, .carries = 1500, .links = {1400, 1300}, .expected = 1300, .tries = 3},
    {.floor = 576, .wanted = 1500, .carries = 1500, .links = {1300, 1400}, .expected = 1300, .tries = 2},
    {.floor = 576, .wanted = 1500, .carries = 1280, .links = {1400}, .expected = 1280, .tries = 15},
    {.floor = 1280, .wanted = 1500, .carries = 1500, .links = {1280}, .expected = 1280, .tries = 2},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = NO_NUMBER,
     .expected = 1400,
     .tries = 14},
    /* Lies. */
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = 1500,
     .expected = 1400,
     .tries = 14},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = 9000,
     .expected = 1400,
     .tries = 14},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = 68,
     .expected = 1400,
     .tries = 14},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = 1450,
     .expected = 1400,
     .tries = 15},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1500,
     .links = {1400},
     .told = 1000,
     .expected = 1000,
     .tries = 2},
    {.floor = 1280, .wanted = 1500, .carries = 1500, .links = {1279}, .expected = 0, .tries = 2},
    /* Lost packets. */
    {.floor = 576, .wanted = 1500, .carries = 1500, .lost = {1}, .expected = 1500, .tries = 14},
    {.floor = 576, .wanted = 1500, .carries = 1400, .lost = {3}, .expected = 1400, .tries = 24},
    {.floor = 576, .wanted = 1500, .carries = 1500, .lost = {1, 3}, .expected = 1500, .tries = 24},
    {.floor = 576,
     .wanted = 1500,
     .carries = 1400,
     .links = {1450},
     .lost = {1},
     .expected = 1400,
     .tries = 24},
};

static bool is_lost(const struct row *row, uint32_t try)
{
    for (size_t i = 0; i < COUNT(row->lost); i++)
        if (row->lost[i] == try)
            return true;
    return false;
}

/* The first link that is too small tells; true if there is one. */
static bool is_told(const struct row *row, struct path_search *search, uint32_t size)
{
    for (size_t i = 0; i < COUNT(row->links); i++) {
        if (!row->links[i] || size <= row->links[i])
            continue;
        path_search_told(search, size, row->told == NO_NUMBER ? 0 : row->told ? row->told : row->links[i]);
        return true;
    }
    return false;
}

static uint32_t run(const struct row *row, struct path_search *search)
{
    uint32_t tries = 0, size;

    path_search_begin(search, row->floor, row->wanted);
    while ((size = path_search_next(search))) {
        assert_true(size >= row->floor && size <= row->wanted);
        tries++;
        if (is_lost(row, tries))
            path_search_silent(search, size);
        else if (is_told(row, search, size))
            continue;
        else if (size > row->carries)
            path_search_silent(search, size);
        else
            path_search_answered(search, size);
        assert_true(tries <= PATH_SEARCH_TRIES_MAX);
    }
    return tries;
}

static void test_ways(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct path_search search;
        uint32_t tries = run(&rows[i], &search);

        if (search.answered != rows[i].expected || tries > rows[i].tries)
            fail_msg("row %zu: %u after %u tries", i, search.answered, tries);
    }
}

/* Each black hole there may be is found to the byte, and none takes long. */
static void test_all_black_holes(void **state)
{
    for (uint32_t carries = 1279; carries <= 1500; carries++) {
        struct row row = {.floor = 1280, .wanted = 1500, .carries = carries};
        struct path_search search;

        assert_true(run(&row, &search) <= 11);
        assert_int_equal(search.answered, carries < 1280 ? 0 : carries);
    }
}

/* That a size is not carried is told by two silences; and nobody asks twice where a router told. */
static void test_a_silence_is_doubted(void **state)
{
    struct row silent = {.floor = 576, .wanted = 577, .carries = 576}, told = {.floor = 576, .wanted = 577};
    struct path_search search;

    assert_int_equal(run(&silent, &search), 3);
    told.carries = 577;
    told.links[0] = 576;
    assert_int_equal(run(&told, &search), 2);
}

static void test_a_late_answer(void **state)
{
    struct path_search search;

    path_search_begin(&search, 576, 1500);
    assert_int_equal(path_search_next(&search), 1500);
    path_search_silent(&search, 1500);
    assert_int_equal(path_search_next(&search), 576);
    path_search_answered(&search, 1500);
    assert_int_equal(path_search_next(&search), 0);
    assert_int_equal(search.answered, 1500);
    path_search_answered(&search, 576);
    assert_int_equal(search.answered, 1500);
}

/* What becomes of the small packet says nothing of sizes, nor does one that nobody asked for. */
static void test_answers_out_of_range(void **state)
{
    struct path_search search;

    path_search_begin(&search, 1280, 1400);
    path_search_answered(&search, 104);
    path_search_answered(&search, 1401);
    assert_int_equal(search.answered, 0);
    path_search_told(&search, 104, 0);
    path_search_silent(&search, 104);
    assert_int_equal(path_search_next(&search), 1400);
}

/* Whoever tells without end has told enough. */
static void test_there_is_an_end(void **state)
{
    struct path_search search;
    uint32_t tries = 0, size;

    path_search_begin(&search, 576, 1500);
    for (int i = 0; i < 100; i++)
        path_search_told(&search, 1500, 0);
    while ((size = path_search_next(&search))) {
        path_search_silent(&search, size);
        tries++;
    }
    assert_int_equal(tries, PATH_SEARCH_TRIES_MAX);
    assert_int_equal(path_search_next(&search), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_all_black_holes),
        cmocka_unit_test(test_a_silence_is_doubted),
        cmocka_unit_test(test_a_late_answer),
        cmocka_unit_test(test_answers_out_of_range),
        cmocka_unit_test(test_there_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
