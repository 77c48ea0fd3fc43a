/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of --wrap=clock_time_raw and --wrap=clock_time_read. */
#pragma once

#define WALL INT64_C(1790000000000000) /* CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW */
