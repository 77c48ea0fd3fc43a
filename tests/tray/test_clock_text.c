/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock in plain words */
#include "../unit.h"

#include "../../tray/clock_text.h"

struct row {
    const char *dictionary, *text;
};

static void run(char *(*say)(GVariant *), const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GVariant) dictionary =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, rows[i].dictionary, NULL, NULL, NULL);
        g_autofree char *text = say(dictionary);

        if (g_strcmp0(text, rows[i].text) != 0)
            fail_msg("%s is \"%s\", not \"%s\"", rows[i].dictionary, text, rows[i].text);
    }
}

#define OK        "'ClockState': <'ok'>, 'ClockReference': <'ptp'>"
#define DRIFTING  "'ClockState': <'drifting'>, 'ClockReference': <'ptp'>"
#define OFFSET(n) ", 'ClockOffsetUSec': <int64 " n ">"
#define BOUND(n)  ", 'ClockErrorBoundUSec': <uint64 " n ">"

static void test_state(void **state)
{
    static const struct row rows[] = {
        {"{'ClockState': <'drifting'>, 'ClockReference': <'none'>}", "wrong"},
        {"{" DRIFTING OFFSET("-7380000000") BOUND("900") "}", "2 h 3 min behind"},
        {"{" DRIFTING OFFSET("2100000") BOUND("900") "}", "2.1 s ahead"},
        {"{" DRIFTING OFFSET("-9223372036854775808") "}", "106751991 d 4 h behind"},
        {"{'ClockState': <'fighting'>, 'ClockReference': <'ptp'>" OFFSET("1") "}",
         "others step it again and again"},
        {"{'ClockState': <'unknown'>, 'ClockReference': <'none'>" OFFSET("0") BOUND("0") "}", "not known"},
        {"{'ClockState': <'something new'>}", "not known"},
        {"{}", NULL}, /* an older daemon */
        {"{'ClockState': <''>}", NULL},
        {"{'ClockState': <uint32 1>}", NULL},
    };

    run(clock_text, rows, COUNT(rows));
}

static void test_right(void **state)
{
    static const struct row rows[] = {
        {"{" OK OFFSET("-300") BOUND("900") "}", "right (Windows' clock, within 50 ms)"},
        {"{" OK OFFSET("40000") BOUND("10000") "}", "right (Windows' clock, within 50 ms)"},
        {"{" OK OFFSET("-40000") BOUND("10001") "}", "right (Windows' clock, within 100 ms)"},
        {"{" OK OFFSET("1500000") BOUND("900") "}", "right (Windows' clock, within 2 s)"},
        {"{" OK OFFSET("1") BOUND("18446744073709551615") "}",
         "right (Windows' clock, within 213503982 d 8 h)"},
        {"{" OK OFFSET("0") BOUND("61000000") "}", "right (Windows' clock, within 1 min 1 s)"},
        {"{'ClockState': <'ok'>, 'ClockReference': <'rtc'>" OFFSET("0") BOUND("1") "}",
         "right (the hardware clock, within 50 ms)"},
        {"{'ClockState': <'ok'>, 'ClockReference': <'ntp'>" OFFSET("0") BOUND("150000") "}",
         "right (NTP, within 200 ms)"},
        /* Not read yet, or of another kind. */
        {"{" OK "}", "right (Windows' clock)"},
        {"{" OK OFFSET("5") "}", "right (Windows' clock)"},
        {"{" OK BOUND("5") "}", "right (Windows' clock)"},
        {"{" OK ", 'ClockOffsetUSec': <'5'>" BOUND("5") "}", "right (Windows' clock)"},
        {"{'ClockState': <'ok'>, 'ClockReference': <'moon'>" OFFSET("0") BOUND("1") "}", "right"},
        {"{'ClockState': <'ok'>}", "right"},
    };

    run(clock_text, rows, COUNT(rows));
}

static void test_answer(void **state)
{
    static const struct row rows[] = {
        {"{'outcome': <'ok'>, 'reference': <'ptp'>, 'offset-before-usec': <int64 900>, 'error-bound-usec': "
         "<uint64 900>}",
         "right (Windows' clock, within 50 ms)"},
        {"{'outcome': <'stepped'>, 'reference': <'ptp'>, 'offset-before-usec': <int64 -7200120000>}",
         "forward by 2 h"},
        {"{'outcome': <'stepped'>, 'offset-before-usec': <int64 3000000>}", "back by 3 s"},
        {"{'outcome': <'stepped'>, 'offset-before-usec': <int64 -9223372036854775808>}",
         "forward by 106751991 d 4 h"},
        {"{'outcome': <'stepped'>}", NULL},
        {"{'outcome': <'stepped'>, 'offset-before-usec': <'3'>}", NULL},
        {"{'outcome': <'slewed'>, 'offset-before-usec': <int64 3000000>}", NULL},
        {"{'mtu': <uint32 1280>}", NULL},
        {"{'outcome': <['ok']>}", NULL},
    };

    run(clock_text_answer, rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
