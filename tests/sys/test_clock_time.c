/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clocks of this machine, with a kernel that says what the test wants; the real clock is never set */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sys/clock_time.h"
#include "../unit.h"

#define S INT64_C(1000000)

/* What the kernel answers; without readings it answers itself. */
static struct {
    const int64_t *raw, *real; /* microseconds, one after the other */
    size_t raw_count, real_count, raw_at, real_at;
    long tick, freq;
    int adjtimex_errno, set_errno;
    unsigned sets;
    clockid_t set_id;
    struct timespec set;
} kernel;

int __real_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_settime(clockid_t id, const struct timespec *time);
int __wrap_adjtimex(struct timex *timex);

static int64_t next_of(const int64_t *list, size_t count, size_t *at)
{
    assert_true(*at < count);
    return list[(*at)++];
}

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
    int64_t usec;

    if (!kernel.raw)
        return __real_clock_gettime(id, time);
    if (id == CLOCK_MONOTONIC_RAW) {
        usec = next_of(kernel.raw, kernel.raw_count, &kernel.raw_at);
    } else {
        assert_int_equal(id, CLOCK_REALTIME);
        usec = next_of(kernel.real, kernel.real_count, &kernel.real_at);
    }
    /* What is less than a microsecond does not count. */
    *time = (struct timespec){.tv_sec = usec / S, .tv_nsec = usec % S * 1000 + 999};
    return 0;
}

int __wrap_clock_settime(clockid_t id, const struct timespec *time)
{
    kernel.sets++;
    kernel.set_id = id;
    kernel.set = *time;
    errno = kernel.set_errno;
    return kernel.set_errno ? -1 : 0;
}

int __wrap_adjtimex(struct timex *timex)
{
    assert_int_equal(timex->modes, 0); /* it is only asked */
    timex->tick = kernel.tick;
    timex->freq = kernel.freq;
    errno = kernel.adjtimex_errno;
    return kernel.adjtimex_errno ? -1 : TIME_ERROR;
}

static void capabilities(long call, uint32_t data[6])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    assert_int_equal(syscall(call, &header, data), 0);
}

/* Whatever becomes of the wrapping: the real clock cannot be set from here. */
static int give_up_the_right(void **state)
{
    uint32_t data[6] = {0}; /* effective, permitted, inheritable, and the upper halves */

    capabilities(SYS_capget, data);
    data[0] &= ~(1U << CAP_SYS_TIME);
    capabilities(SYS_capset, data);
    return 0;
}

static int set_up(void **state)
{
    memset(&kernel, 0, sizeof(kernel));
    return 0;
}

static void read_from(const int64_t *raw, size_t raw_count, const int64_t *real, size_t real_count)
{
    kernel.raw = raw;
    kernel.raw_count = raw_count;
    kernel.real = real;
    kernel.real_count = real_count;
}

static void test_raw(void **state)
{
    static const int64_t raw[] = {0, 999999, 1000000, INT64_C(4000000000123456)};

    read_from(raw, COUNT(raw), NULL, 0);
    for (size_t i = 0; i < COUNT(raw); i++)
        assert_int_equal(clock_time_raw(), raw[i]);
}

/* Three readings between two each; the narrowest is taken, with its middle. */
static void test_the_best_of_three(void **state)
{
    static const struct {
        int64_t raw[6], real[3], raw_usec, clock_usec;
    } rows[] = {
        {{100, 900, 1000, 1020, 2000, 2200}, {5000, 6000, 7000}, 1010, 4990},
        {{100, 110, 1000, 1020, 2000, 2200}, {5000, 6000, 7000}, 105, 4895},
        {{100, 900, 1000, 1020, 2000, 2004}, {5000, 6000, 7000}, 2002, 4998},
        {{100, 120, 1000, 1020, 2000, 2020}, {5000, 6000, 7000}, 110, 4890},
        {{100, 100, 1000, 1000, 2000, 2000}, {5000, 6000, 7000}, 100, 4900},
        {{S, S + 7, S, S + 8, S, S + 9}, {0, 1, 2}, S + 3, -S - 3}, /* a clock before 1970 plus uptime */
        {{S, S + 7, S, S + 8, S, S + 9}, {8000000000 * S, 0, 0}, S + 3, 7999999999 * S - 3},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t raw = 0, clock = 0;

        set_up(NULL);
        read_from(rows[i].raw, 6, rows[i].real, 3);
        clock_time_read(&raw, &clock);
        assert_int_equal(raw, rows[i].raw_usec);
        assert_int_equal(clock, rows[i].clock_usec);
        assert_int_equal(kernel.raw_at, 6);
        assert_int_equal(kernel.real_at, 3);
    }
}

static void test_the_real_clocks(void **state)
{
    int64_t before = clock_time_raw(), raw, clock, wanted;
    struct timespec now;

    clock_time_read(&raw, &clock);
    __real_clock_gettime(CLOCK_REALTIME, &now);
    wanted = now.tv_sec * S + now.tv_nsec / 1000;
    assert_in_range(raw, before, clock_time_raw());
    assert_in_range(clock + raw, wanted - 10 * S, wanted);
    __real_clock_gettime(CLOCK_MONOTONIC, &now);
    wanted = now.tv_sec * S + now.tv_nsec / 1000;
    assert_in_range(clock_time_monotonic(), wanted, wanted + 10 * S);
}

static void test_the_slew(void **state)
{
    static const struct {
        long tick, freq;
        int32_t ppm;
    } rows[] = {
        {10000, 0, 0},
        {10001, 0, 100},
        {9999, 0, -100},
        {11000, 0, 100000},
        {9000, 0, -100000},
        {9167, 0, -83300},
        {10000, 65536, 1},
        {10000, -65536, -1},
        {10000, 500 * 65536, 500},
        {10000, -500 * 65536, -500},
        {10000, 65535, 0},
        {11000, 500 * 65536, 100500},
        {9000, 500 * 65536, -99500},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        kernel.tick = rows[i].tick;
        kernel.freq = rows[i].freq;
        assert_int_equal(clock_time_slew(), rows[i].ppm);
    }
}

static void test_a_slew_that_cannot_be_read(void **state)
{
    kernel.tick = 9000;
    kernel.adjtimex_errno = EPERM;
    assert_int_equal(clock_time_slew(), 0);
}

static void test_setting_it(void **state)
{
    static const struct {
        int64_t base_usec, raw_usec;
        time_t seconds;
        long nsec;
    } rows[] = {
        {0, 0, 0, 0},
        {1790000000 * S, 0, 1790000000, 0},
        {1790000000 * S, 5 * S + 1, 1790000005, 1000},
        {1790000000 * S + 999999, 0, 1790000000, 999999000},
        {1790000000 * S + 999999, 1, 1790000001, 0}, /* past a second's end */
        {1790000000 * S + 600000, 600000, 1790000001, 200000000},
        {-5 * S, 1790000000 * S + 500000, 1789999995, 500000000},
        {(INT64_C(1) << 31) * S - 1, 0, 2147483647, 999999000},
        {(INT64_C(1) << 31) * S - 1, 1, 2147483648, 0}, /* 2038 */
        {(INT64_C(1) << 32) * S, 1500000, 4294967297, 500000000},
        {8000000000 * S - 1, 1, 8000000000, 0}, /* 2223 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(NULL);
        read_from(&rows[i].raw_usec, 1, NULL, 0);
        assert_int_equal(clock_time_set(rows[i].base_usec), 0);
        assert_int_equal(kernel.sets, 1);
        assert_int_equal(kernel.set_id, CLOCK_REALTIME);
        assert_int_equal(kernel.set.tv_sec, rows[i].seconds);
        assert_int_equal(kernel.set.tv_nsec, rows[i].nsec);
    }
}

static void test_a_kernel_that_refuses(void **state)
{
    kernel.set_errno = EPERM;
    assert_int_equal(clock_time_set(1790000000 * S), -EPERM);
    kernel.set_errno = EINVAL;
    assert_int_equal(clock_time_set(1790000000 * S), -EINVAL);
}

/* Of ours; others that we have are no substitute. */
static void test_the_right_to_set_it(void **state)
{
    uint32_t data[6] = {0};

    capabilities(SYS_capget, data);
    assert_int_equal(clock_time_settable(), data[0] >> CAP_SYS_TIME & 1);
    if (!(data[1] >> CAP_SYS_TIME & 1))
        skip();
    data[0] |= 1U << CAP_SYS_TIME;
    capabilities(SYS_capset, data);
    assert_true(clock_time_settable());
    data[0] &= ~(1U << CAP_SYS_TIME);
    capabilities(SYS_capset, data);
    assert_false(clock_time_settable());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_raw, set_up),
        cmocka_unit_test_setup(test_the_best_of_three, set_up),
        cmocka_unit_test_setup(test_the_real_clocks, set_up),
        cmocka_unit_test_setup(test_the_slew, set_up),
        cmocka_unit_test_setup(test_a_slew_that_cannot_be_read, set_up),
        cmocka_unit_test_setup(test_setting_it, set_up),
        cmocka_unit_test_setup(test_a_kernel_that_refuses, set_up),
        cmocka_unit_test_setup(test_the_right_to_set_it, set_up),
    };

    return cmocka_run_group_tests(tests, give_up_the_right, NULL);
}
