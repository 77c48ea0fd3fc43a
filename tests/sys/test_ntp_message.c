/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SNTP messages: what is asked, and every way in which an answer may be none */
#include "../../service/sys/ntp_message.h"

#include <errno.h>
#include <string.h>

#include "../unit.h"

#define SECOND   INT64_C(1000000)
#define NTP_UNIX UINT64_C(2208988800) /* NTP's seconds begin in 1900 */
#define COOKIE   UINT64_C(0x0123456789abcdef)
#define BUILD    (1767225600 * SECOND)          /* 2026-01-01 */
#define THEN     (1800000000 * SECOND)          /* 2027 */
#define ROLLOVER (INT64_C(2085978496) * SECOND) /* 2036-02-07 06:28:16: NTP's seconds are 0 again */
#define ERA      ((INT64_C(1) << 32) * SECOND)
#define SENT     (100 * SECOND)

static void write_32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = value >> (24 - 8 * i);
}

static void write_64(uint8_t *bytes, uint64_t value)
{
    write_32(bytes, value >> 32);
    write_32(bytes + 4, value);
}

/* As a server writes it; rounded up, so that a round trip ends where it began. */
static uint64_t stamp_of(int64_t usec)
{
    return (((uint64_t)(usec / SECOND) + NTP_UNIX) << 32) + ((uint64_t)(usec % SECOND) << 32) / SECOND + 1;
}

struct row {
    const char *what;
    int result;
    int64_t base, bound; /* base: what it is more than the server's transmit time minus SENT */
    int64_t transmit;    /* THEN where it is 0 */
    int64_t busy;        /* from receive to transmit */
    int64_t elapsed, build;
    uint32_t delay, dispersion; /* 1 << 16 is a second */
    const char *code;
    int leap, version, stratum, mode; /* -1 stands for 0 where 0 stands for the usual */
    size_t length;
    uint64_t cookie;
    bool no_receive, no_transmit;
};

static int or_usual(int value, int usual)
{
    return value < 0 ? 0 : value ? value : usual;
}

static void fill(uint8_t bytes[64], const struct row *row)
{
    int64_t transmit = row->transmit ? row->transmit : THEN;

    memset(bytes, 0, 64);
    bytes[0] = row->leap << 6 | or_usual(row->version, 4) << 3 | or_usual(row->mode, 4);
    bytes[1] = or_usual(row->stratum, 2);
    write_32(bytes + 4, row->delay);
    write_32(bytes + 8, row->dispersion);
    memcpy(bytes + 12, row->code ? row->code : "\x0a\0\0\1", 4);
    write_64(bytes + 16, stamp_of(transmit - 60 * SECOND));
    write_64(bytes + 24, row->cookie ? row->cookie : COOKIE);
    write_64(bytes + 32, row->no_receive ? 0 : stamp_of(transmit - row->busy));
    write_64(bytes + 40, row->no_transmit ? 0 : stamp_of(transmit));
}

static void assert_near(const char *what, int64_t is, int64_t expected)
{
    if (is < expected - 1 || is > expected + 1) /* the fraction is cut off twice */
        fail_msg("%s: %lld, not %lld", what, (long long)is, (long long)expected);
}

static void check(const struct row *row)
{
    struct clock_reading reading = {-7, -7};
    uint8_t bytes[64];
    int64_t transmit = row->transmit ? row->transmit : THEN;
    int r;

    fill(bytes, row);
    r = ntp_message_parse(bytes, row->length ? row->length : NTP_MESSAGE_SIZE, COOKIE, SENT,
                          SENT + row->elapsed, row->build ? row->build : BUILD, &reading);
    if (r != row->result)
        fail_msg("%s: %d, not %d", row->what, r, row->result);
    if (r < 0) {
        assert_int_equal(reading.base_usec, -7); /* untouched */
        assert_int_equal(reading.bound_usec, -7);
        return;
    }
    assert_near(row->what, reading.base_usec, transmit - SENT + row->base);
    assert_near(row->what, reading.bound_usec, row->bound);
    assert_true(reading.bound_usec >= row->bound); /* rather too much */
}

static void check_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&rows[i]);
}

static void test_the_question(void **state)
{
    static const uint8_t expected[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    uint8_t bytes[NTP_MESSAGE_SIZE];

    memset(bytes, 0xaa, sizeof(bytes));
    ntp_message_build(bytes, COOKIE);
    assert_int_equal(bytes[0], 0x23); /* version 4, client */
    for (int i = 1; i < 40; i++)
        assert_int_equal(bytes[i], 0);
    assert_memory_equal(bytes + 40, expected, 8);
}

/* Written down by hand, so that test and code cannot be wrong alike. */
static void test_an_answer_byte_by_byte(void **state)
{
    static const uint8_t bytes[NTP_MESSAGE_SIZE] = {0x24, 2,    6,    0xe9, 0,    0,    0x80, 0,    0,
                                                    1,    0x40, 0,    10,   0,    0,    1, /* 0.5 s; 1.25 s */
                                                    0xee, 0xf4, 0x50, 0x40, 0,    0,    0,    0,    0x01,
                                                    0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xee, 0xf4,
                                                    0x50, 0x80, 0x40, 0,    0,    0,    0xee, 0xf4, 0x50,
                                                    0x80, 0xc0, 0,    0,    0}; /* .25; .75 */
    struct clock_reading reading;

    /* 0xeef45080 - 2208988800 = 1800000000 */
    assert_int_equal(ntp_message_parse(bytes, sizeof(bytes), COOKIE, 5000000, 6500000, BUILD, &reading), 0);
    assert_int_equal(reading.base_usec, INT64_C(1800000000500000) - 5750000);
    assert_int_equal(reading.bound_usec, 500000 + 250000 + 1250000);
}

static void test_what_is_no_answer(void **state)
{
    static const struct row rows[] = {
        {"a byte", -EBADMSG, .length = 1},
        {"short", -EBADMSG, .length = 47},
        {"long", -EBADMSG, .length = 49},
        {"with a key's id", -EBADMSG, .length = 52},
        {"to another question", -EBADMSG, .cookie = COOKIE + 1},
        {"only the seconds are ours", -EBADMSG, .cookie = COOKIE ^ UINT64_C(1) << 31},
        {"only the fraction is ours", -EBADMSG, .cookie = COOKIE ^ UINT64_C(1) << 63},
        {"our own question", -EBADMSG, .mode = 3},
        {"a peer", -EBADMSG, .mode = 1},
        {"a broadcast", -EBADMSG, .mode = 5},
        {"control", -EBADMSG, .mode = 6},
        {"no mode", -EBADMSG, .mode = -1},
        {"version 0", -EBADMSG, .version = -1},
        {"version 2", -EBADMSG, .version = 2},
        {"version 5", -EBADMSG, .version = 5},
        {"version 7", -EBADMSG, .version = 7},
        {"a kiss to another question", -EBADMSG, .cookie = 1, .stratum = -1, .code = "RATE"},
        {"unsynchronised, to another", -EBADMSG, .cookie = 1, .leap = 3},
    };
    struct clock_reading reading;

    check_all(rows, COUNT(rows));
    assert_int_equal(ntp_message_parse((const uint8_t *)"", 0, COOKIE, 0, 0, BUILD, &reading), -EBADMSG);
}

static void test_servers_that_do_not_know(void **state)
{
    static const struct row rows[] = {
        {"leap 3", -EPROTO, .leap = 3},
        {"leap 1", 0, .leap = 1},
        {"leap 2", 0, .leap = 2},
        {"version 3", 0, .version = 3},
        {"stratum 1", 0, .stratum = 1},
        {"stratum 15", 0, .stratum = 15},
        {"stratum 16", -EPROTO, .stratum = 16},
        {"stratum 255", -EPROTO, .stratum = 255},
        {"stratum 0 without a code", -EPROTO, .stratum = -1, .code = "\0\0\0"},
        {"INIT", -EPROTO, .stratum = -1, .leap = 3, .code = "INIT"},
        {"STEP", -EPROTO, .stratum = -1, .code = "STEP"},
        {"RATE", -EACCES, .stratum = -1, .leap = 3, .code = "RATE"},
        {"RATE without leap 3", -EACCES, .stratum = -1, .code = "RATE"},
        {"DENY", -EACCES, .stratum = -1, .leap = 3, .code = "DENY"},
        {"RSTR", -EACCES, .stratum = -1, .leap = 3, .code = "RSTR"},
        {"RATE, but of stratum 2", 0, .code = "RATE"},
        {"a kiss without times", -EACCES, .stratum = -1, .code = "DENY", .no_receive = true,
         .no_transmit = true},
        {"no transmit time", -EPROTO, .no_transmit = true},
        {"no receive time", -EPROTO, .no_receive = true},
    };

    check_all(rows, COUNT(rows));
}

static void test_the_round_trip(void **state)
{
    static const struct row rows[] = {
        {"at once", 0, .base = 0, .bound = 0},
        {"20 ms", 0, .base = -10000, .bound = 10000, .elapsed = 20000},
        {"20 ms, half of it busy", 0, .base = -15000, .bound = 5000, .elapsed = 20000, .busy = 10000},
        {"busy all the time", 0, .base = -10000 - 10000, .bound = 0, .elapsed = 20000, .busy = 20000},
        {"busy for longer", 0, .base = -10000 - 20000, .bound = 10000, .elapsed = 20000, .busy = 40000},
        {"sent before it came", 0, .base = -10000 + 20000, .bound = 30000, .elapsed = 20000, .busy = -40000},
        {"16 s", 0, .base = -8 * SECOND, .bound = 8 * SECOND, .elapsed = 16 * SECOND},
        {"more", -ERANGE, .elapsed = 16 * SECOND + 10},
        {"an hour, but busy", 0, .base = -3600 * SECOND, .elapsed = 3600 * SECOND, .busy = 3600 * SECOND},
        {"busy for years", -ERANGE, .elapsed = 20000, .busy = 50000000 * SECOND},
        {"sent years before it came", -ERANGE, .elapsed = 20000, .busy = -50000000 * SECOND},
    };

    check_all(rows, COUNT(rows));
}

static void test_the_root(void **state)
{
    static const struct row rows[] = {
        {"delay", 0, .bound = 250000, .delay = 0x8000},
        {"the least of a delay", 0, .bound = 8, .delay = 1},
        {"delay of 16 s", 0, .bound = 8 * SECOND, .delay = 16 << 16},
        {"more", -ERANGE, .delay = (16 << 16) + 1},
        {"less than nothing", -ERANGE, .delay = UINT32_C(0xffff8000)},
        {"dispersion", 0, .bound = 500000, .dispersion = 0x8000},
        {"the least of a dispersion", 0, .bound = 16, .dispersion = 1},
        {"dispersion of 16 s", 0, .bound = 16 * SECOND, .dispersion = 16 << 16},
        {"more", -ERANGE, .dispersion = (16 << 16) + 1},
        {"most", -ERANGE, .dispersion = UINT32_MAX},
        {"all together", 0, .base = -500000, .bound = 500000 + 2 * SECOND + 3 * SECOND, .elapsed = SECOND,
         .delay = 4 << 16, .dispersion = 3 << 16},
    };

    check_all(rows, COUNT(rows));
}

static void test_eras(void **state)
{
    static const struct row rows[] = {
        {"the last second of the era", 0, .transmit = ROLLOVER - SECOND},
        {"just before", 0, .transmit = ROLLOVER - 10},
        {"the first second of the next", 0, .transmit = ROLLOVER + SECOND},
        {"just after", 0, .transmit = ROLLOVER + 10},
        {"across", 0, .base = -20000, .bound = 0, .transmit = ROLLOVER + 10000, .elapsed = 20000,
         .busy = 20000},
        {"2090", 0, .transmit = 3786912000 * SECOND},
        {"before the build", 0, .transmit = BUILD - SECOND},
        {"long before the build", 0, .transmit = 946684800 * SECOND},
        {"2100 is 1964, which is none", -ERANGE, .transmit = 4102444800 * SECOND},
        {"just what was built", 0, .transmit = BUILD + 1},
        {"just what was built, in 2150", 0, .transmit = 5680281600 * SECOND, .build = 5680281600 * SECOND},
        {"across the build", 0, .base = -20000, .bound = 0, .transmit = BUILD + 10000, .elapsed = 20000,
         .busy = 20000},
        {"half an era after", 0, .transmit = BUILD + ERA / 2 - SECOND},
        {"built in 2040", 0, .transmit = 2300000000 * SECOND, .build = 2208988800 * SECOND},
        {"built in 2150", 0, .transmit = 5700000000 * SECOND, .build = 5680281600 * SECOND},
        {"built in 2150, era 2", 0, .transmit = 7000000000 * SECOND, .build = 5680281600 * SECOND},
        {"the last", 0, .transmit = CLOCK_TIME_MAX_USEC - 10, .build = 7900000000 * SECOND},
        {"one more", -ERANGE, .transmit = CLOCK_TIME_MAX_USEC + 10, .build = 7900000000 * SECOND},
        {"much more", -ERANGE, .transmit = 9000000000 * SECOND, .build = 7900000000 * SECOND},
    };

    check_all(rows, COUNT(rows));
}

static void test_times_that_make_no_sense(void **state)
{
    static const struct {
        int64_t sent, received, build;
        int result;
    } rows[] = {
        {0, 0, 0, 0},
        {1, 0, BUILD, -EINVAL},
        {-1, 0, BUILD, -EINVAL},
        {INT64_MIN, INT64_MAX, BUILD, -EINVAL},
        {0, INT64_MAX, BUILD, -EINVAL},
        {CLOCK_TIME_MAX_USEC, CLOCK_TIME_MAX_USEC, BUILD, 0},
        {CLOCK_TIME_MAX_USEC, CLOCK_TIME_MAX_USEC + 1, BUILD, -EINVAL},
        {0, 0, -1, -EINVAL},
        {0, 0, CLOCK_TIME_MAX_USEC + 1, -EINVAL},
        {0, 0, INT64_MAX, -EINVAL},
    };
    struct row usual = {""};
    struct clock_reading reading;
    uint8_t bytes[64];

    fill(bytes, &usual);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(ntp_message_parse(bytes, NTP_MESSAGE_SIZE, COOKIE, rows[i].sent, rows[i].received,
                                           rows[i].build, &reading),
                         rows[i].result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_question),
        cmocka_unit_test(test_an_answer_byte_by_byte),
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_servers_that_do_not_know),
        cmocka_unit_test(test_the_round_trip),
        cmocka_unit_test(test_the_root),
        cmocka_unit_test(test_eras),
        cmocka_unit_test(test_times_that_make_no_sense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
