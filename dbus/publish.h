/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What clients are told: PropertiesChanged, then the signals of findings.
 *
 * A change leaves at once; further ones at most every PUBLISH_USEC, merged. A finding that came and went in
 * between is not told.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "../service/state/plan.h"

/* A little more than 20 ms, for at most 50 a second are promised. */
#define PUBLISH_USEC 21000

struct publish {
    const struct view *view;
    sd_bus *connection; /* NULL: nobody listens */
    sd_event_source *timer_source;
    bool holding; /* until the timer */
    int mask;
    struct findings told;
};

int publish_init(struct publish *publish, sd_event *event, const struct view *view);
void publish_done(struct publish *publish);
void publish_start(struct publish *publish, sd_bus *connection);
void publish_stop(struct publish *publish);
void publish_changed(struct publish *publish, int mask);
