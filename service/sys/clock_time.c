/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clocks of this machine */
#include "clock_time.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define TRIES        3
#define TICK_NOMINAL 10000 /* microseconds, at the 100 ticks a second that the kernel shows */

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

int64_t clock_time_raw(void)
{
    return read_clock(CLOCK_MONOTONIC_RAW);
}

int64_t clock_time_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_time_read(int64_t *raw_usec, int64_t *clock_usec)
{
    int64_t narrowest = INT64_MAX;

    /* Another process may run between the readings. */
    for (int i = 0; i < TRIES; i++) {
        int64_t before = clock_time_raw(), real = read_clock(CLOCK_REALTIME), after = clock_time_raw();

        if (after - before >= narrowest)
            continue;
        narrowest = after - before;
        *raw_usec = before + narrowest / 2;
        *clock_usec = real - *raw_usec;
    }
}

int32_t clock_time_slew(void)
{
    struct timex timex = {.modes = 0};

    if (adjtimex(&timex) < 0)
        return 0;
    return (timex.tick - TICK_NOMINAL) * 100 + timex.freq / 65536;
}

bool clock_time_settable(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    /* glibc has no function for it. */
    if (syscall(SYS_capget, &header, data) < 0)
        return false;
    return data[CAP_TO_INDEX(CAP_SYS_TIME)].effective & CAP_TO_MASK(CAP_SYS_TIME);
}

int clock_time_set(int64_t base_usec)
{
    int64_t now = base_usec + clock_time_raw();
    struct timespec time = {.tv_sec = now / 1000000, .tv_nsec = now % 1000000 * 1000};

    return clock_settime(CLOCK_REALTIME, &time) < 0 ? -errno : 0;
}
