/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Timers of an event loop for which time is the test's: it passes at once.
 *
 * To be linked with --wrap=sd_event_source_set_time_relative.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

extern int64_t timers_now_usec;

void timers_start(sd_event *event, int64_t now_usec);
/* What is ready now. */
void timers_run(void);
/* Time passes, and what falls due in it goes off at its time. */
void timers_pass(int64_t usec);
/* In how long the next one goes off; -1 if none will. */
int64_t timers_next(void);
