/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hardware clock, in whole seconds.
 *
 * It is read where the kernel shows it, not by RTC_RD_TIME: that is the same reading, but only one process at
 * a time may have the device open.
 */
#pragma once

#include <stdint.h>

/* Seconds since 1970; -ENOENT … without one, -ENOTSUP where it runs on local time. */
int rtc_read(int root, int64_t *seconds);
