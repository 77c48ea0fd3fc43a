/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hardware clock, below a scratch root */
#include <errno.h>
#include <string.h>

#include "../../service/sys/rtc.h"
#include "../scratch.h"
#include "../unit.h"

#define CLOCK  "sys/class/rtc/rtc0/since_epoch"
#define ADJUST "etc/adjtime"

static int read_text(const struct scratch *scratch, const char *text, int64_t *seconds)
{
    *seconds = -7;
    scratch_write(scratch, CLOCK, text);
    return rtc_read(scratch->root, seconds);
}

static void test_good(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"1790000000\n", 1790000000}, {"1790000000", 1790000000},   {"0\n", 0},
        {"2147483647\n", 2147483647}, {"2147483648\n", 2147483648}, {"4294967296\n", 4294967296},
        {"8000000000\n", 8000000000},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds;

        assert_int_equal(read_text(*state, rows[i].text, &seconds), 0);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

static void test_no_time(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "junk\n",
        "-1\n",
        "-1790000000\n",
        "8000000001\n",
        "9223372036854775807\n",
        "9223372036854775808\n",
        "99999999999999999999999\n",
        "-99999999999999999999999\n",
        "1790000000.5\n",
        "1790000000 \n",
        "0x10\n",
        "17z",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t seconds;

        assert_int_equal(read_text(*state, texts[i], &seconds), -EBADMSG);
    }
}

static void test_a_text_without_end(void **state)
{
    char text[100] = {0};
    int64_t seconds;

    memset(text, '0', sizeof(text) - 1);
    assert_int_equal(read_text(*state, text, &seconds), -EFBIG);
}

static void test_none(void **state)
{
    struct scratch *scratch = *state;
    int64_t seconds;

    assert_int_equal(rtc_read(scratch->root, &seconds), -ENOENT);
    /* Without one it does not matter how it would run. */
    scratch_write(scratch, ADJUST, "0.0 0 0.0\n0\nLOCAL\n");
    assert_int_equal(rtc_read(scratch->root, &seconds), -ENOENT);
}

static void test_what_is_no_file(void **state)
{
    struct scratch *scratch = *state;
    int64_t seconds;

    scratch_fifo(scratch, CLOCK);
    assert_int_equal(rtc_read(scratch->root, &seconds), -EINVAL);
    scratch_unlink(scratch, CLOCK);
    scratch_mkdir(scratch, CLOCK);
    assert_true(rtc_read(scratch->root, &seconds) < 0);
}

/* As sysfs has it. */
static void test_a_link_to_the_device(void **state)
{
    struct scratch *scratch = *state;
    int64_t seconds;

    scratch_write(scratch, "sys/devices/rtc0/since_epoch", "1790000000\n");
    scratch_link(scratch, "sys/class/rtc/rtc0", "../../devices/rtc0");
    assert_int_equal(rtc_read(scratch->root, &seconds), 0);
    assert_int_equal(seconds, 1790000000);
}

static void test_local_time(void **state)
{
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"0.0 0 0.0\n0\nLOCAL\n", -ENOTSUP},
        {"0.0 0 0.0\n0\nLOCAL", -ENOTSUP},
        {"\n\nLOCAL\n", -ENOTSUP},
        {"0.0 0 0.0\n0\nUTC\n", 0},
        {"0.0 0 0.0\n0\n", 0},
        {"0.0 0 0.0\n0", 0},
        {"0.0 0 0.0\n", 0},
        {"LOCAL\n", 0},
        {"0.0\nLOCAL\n0\n", 0},
        {"0.0\n0\n\nLOCAL\n", 0},
        {"0.0\n0\nLOC", 0},
        {"", 0},
        {"junk", 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds;

        scratch_write(*state, ADJUST, rows[i].text);
        assert_int_equal(read_text(*state, "1790000000\n", &seconds), rows[i].result);
    }
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_good),
        SCRATCH_TEST(test_no_time),
        SCRATCH_TEST(test_a_text_without_end),
        SCRATCH_TEST(test_none),
        SCRATCH_TEST(test_what_is_no_file),
        SCRATCH_TEST(test_a_link_to_the_device),
        SCRATCH_TEST(test_local_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
