/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Restarts of units, asked of systemd one at a time. A unit that does not run stays as it is.
 *
 * What comes of one is a word: systemd's own for the job ("done", "failed", "timeout" …), or "no systemd",
 * "no such unit", "refused", "no bus", "still going".
 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef void (*unit_done)(void *userdata, const char *result);

struct unit {
    sd_event_source *timer_source;
    sd_bus_slot *call, *match;
    char job[128]; /* its object, once systemd has said */
    unit_done done;
    void *userdata;
};

int unit_init(struct unit *unit, sd_event *event);
void unit_clear(struct unit *unit);
/* The connection goes: what is under way ends at its deadline. */
void unit_drop(struct unit *unit);
/* `deadline_usec` is monotonic. `done` is called once, perhaps at once. */
void unit_restart(struct unit *unit, sd_bus *connection, const char *name, uint64_t deadline_usec,
                  unit_done done, void *userdata);
