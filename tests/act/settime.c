/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock_settime() that sets nothing */
#include "settime.h"

#include <errno.h>
#include <time.h>

#include "../unit.h"

struct settime settime;

int __wrap_clock_settime(clockid_t id, const struct timespec *time);

int __wrap_clock_settime(clockid_t id, const struct timespec *time)
{
    assert_int_equal(id, CLOCK_REALTIME);
    assert_in_range(time->tv_nsec, 0, 999999999);
    settime.calls++;
    settime.last_usec = time->tv_sec * INT64_C(1000000) + time->tv_nsec / 1000;
    errno = settime.error;
    return settime.error ? -1 : 0;
}
