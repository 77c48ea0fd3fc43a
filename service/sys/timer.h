/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A timer of the event loop: it goes off once, so long after it was set, and is off then.
 *
 * Times are in microseconds of CLOCK_MONOTONIC. It is an event source like any other: priorities, references
 * and accuracy are sd-event's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* It is off at first. That it goes off up to `accuracy_usec` late is meant: together with what else wakes the
 * machine then. After an error `*ret` may be there all the same, to be freed by who has it. */
int timer_new(sd_event *event, sd_event_source **ret, uint64_t accuracy_usec, sd_event_time_handler_t handler,
              void *userdata);
/* From now, whether it is set already or not; with 0 in the loop's next turn. */
int timer_set(sd_event_source *timer, uint64_t usec);
/* As well when it is off already. */
void timer_stop(sd_event_source *timer);
bool timer_is_set(sd_event_source *timer);
