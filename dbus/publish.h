/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What clients are told: PropertiesChanged, then the signals of the VPN and of findings.
 *
 * A change leaves at once; further ones at most every PUBLISH_USEC, merged. A finding that came and went in
 * between is not told.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "../service/state/plan.h"
#include "../service/state/resumed.h"
#include "publish_vpn.h"

/* A little more than 20 ms, for at most 50 a second are promised. */
#define PUBLISH_USEC 21000

struct publish {
    const struct view *view;
    sd_bus *connection; /* NULL: nobody listens */
    sd_event_source *timer_source;
    bool holding; /* until the timer */
    bool held;    /* while a resume is seen to */
    int mask;
    struct findings told;
    uint64_t steps_told; /* of the clock's */
    struct publish_vpn vpn;
};

int publish_init(struct publish *publish, sd_event *event, const struct view *view,
                 struct vpn_object *vpn_object);
void publish_done(struct publish *publish);
void publish_start(struct publish *publish, sd_bus *connection);
void publish_stop(struct publish *publish);
/* From here on only PropertiesChanged and InterfacesAdded are sent, until the report of the resume. */
void publish_hold(struct publish *publish);
/* What is wrong now stands in it and is not raised besides. */
void publish_resumed(struct publish *publish, const struct resumed *resumed);
void publish_changed(struct publish *publish, int mask);
