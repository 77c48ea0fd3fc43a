/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations for people */
#include "../unit.h"

#include "../../tray/duration.h"

#define SECOND G_GUINT64_CONSTANT(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void test_units(void **state)
{
    static const struct {
        guint64 usec;
        const char *text;
    } rows[] = {
        {0, "0 ms"},
        {499, "0 ms"},
        {500, "1 ms"},
        {50000, "50 ms"},
        {999499, "999 ms"},
        {999500, "1 s"}, /* never 1000 ms */
        {1 * SECOND, "1 s"},
        {1949999, "1.9 s"},
        {1950000, "2 s"},
        {4500000, "4.5 s"},
        {9949999, "9.9 s"},
        {9950000, "10 s"},
        {10400000, "10 s"},
        {59499999, "59 s"},
        {59500000, "1 min"},
        {MINUTE, "1 min"},
        {200 * SECOND, "3 min 20 s"},
        {HOUR - SECOND, "59 min 59 s"},
        {HOUR - 1, "1 h"},
        {7200120000, "2 h"},
        {2 * HOUR - 10 * SECOND, "2 h"},
        {2 * HOUR + 3 * MINUTE, "2 h 3 min"},
        {DAY - MINUTE, "23 h 59 min"},
        {DAY - 1, "1 d"},
        {5 * DAY + HOUR + 20 * MINUTE, "5 d 1 h"},
        {30 * DAY, "30 d"},
        {G_MAXUINT64, "213503982 d 8 h"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        g_autofree char *text = duration_text(rows[i].usec);

        assert_string_equal(text, rows[i].text);
    }
}

static void test_without_its_sign(void **state)
{
    assert_true(duration_of(-5) == 5 && duration_of(5) == 5 && duration_of(0) == 0);
    assert_true(duration_of(G_MININT64) == G_GUINT64_CONSTANT(1) << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_without_its_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
