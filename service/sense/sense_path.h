/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of what the ways of tunnels carry: beside the tunnel to the peer's endpoint, and through it to the
 * peer's address.
 *
 * It measures when it is given another course, and when it is told to; never by itself, for each measurement
 * sends some kilobytes. What runs is eight ways at once, 14 s at most each (path_probe.h).
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/path.h"
#include "../state/path_course.h"

/* A link that comes up is given its MTU a moment later, and a tunnel shakes hands first. */
#define SENSE_PATH_DOUBT_USEC 1000000

struct sense_path;

/* For path_judge(). Called from the loop, once for each measurement of a course; it may set others, but not
 * free. */
typedef void (*sense_path_told)(void *userdata, int32_t ifindex, const struct path_input *input);

struct sense_path_context {
    sd_event *event;
    sense_path_told told;
    /* Whether the peer may be asked; if not, what was measured through this tunnel before still holds. */
    bool (*may_ask)(void *userdata, int32_t ifindex);
    /* It is, from now on; and later that it was: `answered` if nothing of it is open. */
    void (*asked)(void *userdata, int32_t ifindex, bool answered);
    void *userdata;
};

int sense_path_new(const struct sense_path_context *context, struct sense_path **ret);
struct sense_path *sense_path_free(struct sense_path *path);
/*
 * What there is to measure, now: zeroed courses, filled in. Those that are new or have changed are measured
 * in a second, those that are gone are forgotten, and of the others nothing is asked. To be called whenever
 * any of it may have changed: it costs a comparison.
 */
void sense_path_set(struct sense_path *path, const struct path_course *courses, size_t count);
/* Measures all of them, at once: after a resume, and for Diagnose. */
void sense_path_refresh(struct sense_path *path);
/* Such a refresh is under way. */
bool sense_path_busy(const struct sense_path *path);
