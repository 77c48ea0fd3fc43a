/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PTP hardware clock, found by its name.
 *
 * It is read between two readings of CLOCK_MONOTONIC_RAW. PTP_SYS_OFFSET_EXTENDED would put readings of
 * CLOCK_REALTIME around it, which is what steps and slews, and Hyper-V's driver does not have it.
 */
#pragma once

#include "../state/fact.h"

#define PHC_HYPERV "hyperv"

/* An fd, or -ENOENT …  */
int phc_open(int root, const char *name);
/* The best of several readings; -ESTALE where its driver says that it has no fresh sample, -EBADMSG where the
 * readings contradict each other. */
int phc_read(int fd, struct clock_reading *reading);
