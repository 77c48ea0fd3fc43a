/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A timer that goes off once */
#include "timer.h"

#include <time.h>

int timer_new(sd_event *event, sd_event_source **ret, uint64_t accuracy_usec, sd_event_time_handler_t handler,
              void *userdata)
{
    int r = sd_event_add_time_relative(event, ret, CLOCK_MONOTONIC, 0, accuracy_usec, handler, userdata);

    return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int timer_set(sd_event_source *timer, uint64_t usec)
{
    int r = sd_event_source_set_time_relative(timer, usec);

    return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

void timer_stop(sd_event_source *timer)
{
    sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

bool timer_is_set(sd_event_source *timer)
{
    int enabled = SD_EVENT_OFF;

    return sd_event_source_get_enabled(timer, &enabled) >= 0 && enabled != SD_EVENT_OFF;
}
