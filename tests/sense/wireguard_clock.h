/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of --wrap for clock_time_raw, clock_time_read and sd_event_source_set_time_accuracy. */
#pragma once

#define WALL INT64_C(1790000000000000) /* CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW */
