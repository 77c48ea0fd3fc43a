/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PTP hardware clocks: found below a scratch root, and read with a kernel that says what the test wants */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sys/phc.h"
#include "../scratch.h"
#include "../unit.h"

#define S    INT64_C(1000000)
#define FD   33
#define NOW  (1790000000 * S)
#define MOST 5 /* readings */

/* One reading: CLOCK_MONOTONIC_RAW before and after, and what the clock says at the middle of it. */
struct reading {
    int64_t before_usec, after_usec, base_usec;
    int error;
};

static struct {
    bool wrapped;
    struct reading list[MOST];
    size_t at;
    bool asked;
    struct timespec time; /* instead of what a reading says, if there is any */
} clocks;

int __real_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_gettime(clockid_t id, struct timespec *time);

static int tell(struct timespec *time, int64_t usec)
{
    *time = (struct timespec){.tv_sec = usec / S, .tv_nsec = usec % S * 1000};
    return 0;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
    const struct reading *reading = &clocks.list[clocks.at];

    if (!clocks.wrapped)
        return __real_clock_gettime(id, time);
    assert_true(clocks.at < MOST);
    if (id == CLOCK_MONOTONIC_RAW) {
        if (clocks.asked)
            clocks.at++;
        tell(time, clocks.asked ? reading->after_usec : reading->before_usec);
        clocks.asked = false;
        return 0;
    }
    /* As linux/posix-timers.h makes a clock of an fd. */
    assert_int_equal(id, (clockid_t)(~(unsigned)FD << 3 | 3));
    assert_false(clocks.asked);
    clocks.asked = true;
    if (clocks.time.tv_sec) {
        *time = clocks.time;
        return 0;
    }
    if (reading->error) {
        errno = reading->error;
        return -1;
    }
    return tell(time, reading->base_usec + (reading->before_usec + reading->after_usec + 1) / 2);
}

/* Readings of 20 µs, a millisecond apart, that agree. */
static int set_up(void **state)
{
    memset(&clocks, 0, sizeof(clocks));
    clocks.wrapped = true;
    for (int i = 0; i < MOST; i++)
        clocks.list[i] = (struct reading){.before_usec = (i + 1) * 1000,
                                          .after_usec = (i + 1) * 1000 + 20,
                                          .base_usec = NOW};
    return 0;
}

static int tear_down(void **state)
{
    clocks.wrapped = false;
    return 0;
}

static void widen(int i, int64_t usec)
{
    clocks.list[i].after_usec = clocks.list[i].before_usec + usec;
}

static void test_readings_that_agree(void **state)
{
    struct clock_reading reading;

    assert_int_equal(phc_read(FD, &reading), 0);
    assert_int_equal(reading.base_usec, NOW);
    assert_int_equal(reading.bound_usec, 10);
    assert_int_equal(clocks.at, MOST);
}

/* Another process ran during the others. */
static void test_the_best_is_taken(void **state)
{
    for (int best = 0; best < MOST; best++) {
        struct clock_reading reading;

        set_up(NULL);
        for (int i = 0; i < MOST; i++) {
            widen(i, i == best ? 21 : 400 + i);
            clocks.list[i].base_usec = NOW + i;
        }
        assert_int_equal(phc_read(FD, &reading), 0);
        assert_int_equal(reading.base_usec, NOW + best);
        assert_int_equal(reading.bound_usec, 11); /* never less than the half */
    }
}

static void test_no_fresh_sample(void **state)
{
    for (int i = 0; i < MOST; i++) {
        struct clock_reading reading;

        set_up(NULL);
        clocks.list[i].error = ESTALE;
        assert_int_equal(phc_read(FD, &reading), -ESTALE);
        assert_int_equal(clocks.at, i);
    }
}

static void test_a_clock_that_is_gone(void **state)
{
    struct clock_reading reading;

    clocks.list[0].error = ENODEV;
    assert_int_equal(phc_read(FD, &reading), -ENODEV);
}

static void test_readings_that_contradict(void **state)
{
    static const struct {
        int at;
        int64_t by_usec;
        int result;
    } rows[] = {
        {1, 25020, 0},        {1, 25021, -EBADMSG},     {1, -25020, 0},   {1, -25021, -EBADMSG},
        {4, 25021, -EBADMSG}, {3, -3600 * S, -EBADMSG}, {2, S, -EBADMSG}, {4, -1790000000 * S, -EBADMSG},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct clock_reading reading;

        set_up(NULL);
        clocks.list[rows[i].at].base_usec += rows[i].by_usec;
        assert_int_equal(phc_read(FD, &reading), rows[i].result);
    }
}

/* A reading that took long may be anywhere within it. */
static void test_a_slow_reading_contradicts_later(void **state)
{
    struct clock_reading reading;

    widen(2, 200000);
    clocks.list[2].base_usec += 125010;
    assert_int_equal(phc_read(FD, &reading), 0);
    assert_int_equal(reading.base_usec, NOW);
    set_up(NULL);
    widen(2, 200000);
    clocks.list[2].base_usec += 125011;
    assert_int_equal(phc_read(FD, &reading), -EBADMSG);
}

static void test_what_is_no_time(void **state)
{
    static const struct {
        time_t seconds;
        int result;
    } rows[] = {{1, 0},         {8000000000, 0},      {8000000001, -EBADMSG}, {INT64_MAX, -EBADMSG},
                {-1, -EBADMSG}, {INT64_MIN, -EBADMSG}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct clock_reading reading;

        set_up(NULL);
        clocks.time.tv_sec = rows[i].seconds;
        assert_int_equal(phc_read(FD, &reading), rows[i].result);
    }
}

/* The real kernel knows no such clock. */
static void test_an_fd_that_is_no_clock(void **state)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct clock_reading reading;

    assert_true(phc_read(fd, &reading) < 0);
    assert_int_not_equal(phc_read(fd, &reading), -ESTALE);
    close(fd);
}

static void name_clock(const struct scratch *scratch, const char *clock, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "sys/class/ptp/%s/clock_name", clock);
    scratch_write(scratch, path, name);
}

/* A device that does nothing; false where none may be made. */
static bool make_device(const struct scratch *scratch, const char *path)
{
    int fd = -1;

    scratch_mkdir(scratch, "dev");
    if (mknodat(scratch->root, path, S_IFCHR | 0600, makedev(1, 3)) == 0)
        fd = openat(scratch->root, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void test_no_clock(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENOENT);
    scratch_mkdir(scratch, "sys/class/ptp");
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENOENT);
    scratch_mkdir(scratch, "sys/class/ptp/ptp0"); /* without a name */
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENOENT);
}

static void test_other_names(void **state)
{
    static const char *const names[] = {"",        "\n",        "KVM virtual PTP\n", "hyperv2\n",
                                        "hyper\n", " hyperv\n", "Hyperv\n",          "x\nhyperv\n"};
    struct scratch *scratch = *state;

    (void)make_device(scratch, "dev/ptp0");
    for (size_t i = 0; i < COUNT(names); i++) {
        name_clock(scratch, "ptp0", names[i]);
        assert_int_equal(phc_open(scratch->root, "hyperv"), -ENOENT);
    }
}

static void test_a_name_without_device(void **state)
{
    struct scratch *scratch = *state;

    name_clock(scratch, "ptp0", "hyperv\n");
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENOENT);
    scratch_write(scratch, "dev/ptp0", "");
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENODEV);
    scratch_unlink(scratch, "dev/ptp0");
    scratch_fifo(scratch, "dev/ptp0"); /* nobody writes to it, and nobody waits */
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENODEV);
    scratch_unlink(scratch, "dev/ptp0");
    scratch_mkdir(scratch, "dev/ptp0");
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ENODEV);
    scratch_unlink(scratch, "dev/ptp0");
    scratch_link(scratch, "dev/ptp0", "/dev/null");
    assert_int_equal(phc_open(scratch->root, "hyperv"), -ELOOP);
}

static void test_the_device(void **state)
{
    struct scratch *scratch = *state;
    struct stat status;
    int fd;

    name_clock(scratch, "ptp0", "KVM virtual PTP\n");
    scratch_write(scratch, "sys/devices/ptp1/clock_name", "hyperv\n");
    scratch_link(scratch, "sys/class/ptp/ptp1", "../../devices/ptp1"); /* as sysfs has it */
    if (!make_device(scratch, "dev/ptp1"))
        skip();
    fd = phc_open(scratch->root, "hyperv");
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_true(status.st_rdev == makedev(1, 3));
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

/* The first that can be opened. */
static void test_two_of_that_name(void **state)
{
    struct scratch *scratch = *state;
    int fd;

    name_clock(scratch, "ptp0", "hyperv\n");
    name_clock(scratch, "ptp1", "hyperv\n");
    if (!make_device(scratch, "dev/ptp1"))
        skip();
    fd = phc_open(scratch->root, "hyperv");
    assert_true(fd >= 0);
    close(fd);
}

static void test_too_many(void **state)
{
    struct scratch *scratch = *state;
    char name[16];

    for (int i = 0; i < 65; i++) {
        snprintf(name, sizeof(name), "ptp%d", i);
        name_clock(scratch, name, "hyperv\n");
    }
    assert_int_equal(phc_open(scratch->root, "hyperv"), -E2BIG);
}

#define READ_TEST(name)    cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READ_TEST(test_readings_that_agree),
        READ_TEST(test_the_best_is_taken),
        READ_TEST(test_no_fresh_sample),
        READ_TEST(test_a_clock_that_is_gone),
        READ_TEST(test_readings_that_contradict),
        READ_TEST(test_a_slow_reading_contradicts_later),
        READ_TEST(test_what_is_no_time),
        cmocka_unit_test(test_an_fd_that_is_no_clock),
        SCRATCH_TEST(test_no_clock),
        SCRATCH_TEST(test_other_names),
        SCRATCH_TEST(test_a_name_without_device),
        SCRATCH_TEST(test_the_device),
        SCRATCH_TEST(test_two_of_that_name),
        SCRATCH_TEST(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
