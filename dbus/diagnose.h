/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Diagnose: measures afresh, one run at a time; later callers share it, and runs keep a distance. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/plan.h"

#define DIAGNOSE_CALLERS_MAX   64
#define DIAGNOSE_DISTANCE_USEC 5000000
#define DIAGNOSE_DEADLINE_USEC 10000000

struct diagnose {
    const struct view *view;
    sd_event *event;
    void (*measure)(void *userdata);
    const char *(*late)(void *userdata);
    void *userdata;
    sd_event_source *timer_source;
    sd_bus_message *callers[DIAGNOSE_CALLERS_MAX];
    size_t callers_count;   /* more than 0: a run is under way */
    uint64_t measured_usec; /* monotonic; 0: never */
};

/* late() says what is not measured yet; NULL: all is. */
int diagnose_init(struct diagnose *diagnose, sd_event *event, const struct view *view,
                  void (*measure)(void *userdata), const char *(*late)(void *userdata), void *userdata);
void diagnose_done(struct diagnose *diagnose);
/* As a method handler. */
int diagnose_call(struct diagnose *diagnose, sd_bus_message *call, sd_bus_error *error);
void diagnose_measured(struct diagnose *diagnose);
void diagnose_drop_all(struct diagnose *diagnose);
