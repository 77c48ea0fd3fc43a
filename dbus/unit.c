/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restarts of units */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../service/sys/timer.h"

#define SYSTEMD "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

static void finish(struct unit *unit, const char *result)
{
    unit_drop(unit);
    timer_stop(unit->timer_source);
    unit->done(unit->userdata, result);
}

static const char *word_for(const sd_bus_error *error)
{
    if (sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit"))
        return "no such unit";
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return "no systemd";
    /* The connection ended first; what became of the unit nobody can say. */
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
        return "no bus";
    return "refused";
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct unit *unit = userdata;
    const char *job;

    if (sd_bus_message_is_method_error(reply, NULL))
        finish(unit, word_for(sd_bus_message_get_error(reply)));
    else if (sd_bus_message_read(reply, "o", &job) < 0)
        finish(unit, "refused");
    else
        snprintf(unit->job, sizeof(unit->job), "%s", job);
    return 0;
}

static int on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    struct unit *unit = userdata;
    const char *job, *name, *result;
    uint32_t number;

    /* systemd answers the call before it removes the job. */
    if (sd_bus_message_read(signal, "uoss", &number, &job, &name, &result) >= 0 && unit->job[0] &&
        strcmp(job, unit->job) == 0)
        finish(unit, result);
    return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    finish(userdata, "still going");
    return 0;
}

void unit_restart(struct unit *unit, sd_bus *connection, const char *name, uint64_t deadline_usec,
                  unit_done done, void *userdata)
{
    int r = connection ? 0 : -ENOTCONN;

    unit->done = done;
    unit->userdata = userdata;
    unit->job[0] = 0;
    if (r == 0)
        r = sd_bus_match_signal_async(connection, &unit->match, SYSTEMD, "JobRemoved", on_removed, NULL,
                                      unit);
    /* Without a subscriber systemd tells nobody. */
    if (r >= 0)
        r = sd_bus_call_method_async(connection, NULL, SYSTEMD, "Subscribe", NULL, NULL, NULL);
    if (r >= 0)
        r = sd_bus_call_method_async(connection, &unit->call, SYSTEMD, "TryRestartUnit", on_reply, unit, "ss",
                                     name, "replace");
    if (r >= 0)
        r = sd_event_source_set_time(unit->timer_source, deadline_usec);
    if (r >= 0)
        r = sd_event_source_set_enabled(unit->timer_source, SD_EVENT_ONESHOT);
    if (r < 0)
        finish(unit, "no bus");
}

int unit_init(struct unit *unit, sd_event *event)
{
    return timer_new(event, &unit->timer_source, 10000, on_deadline, unit);
}

void unit_drop(struct unit *unit)
{
    unit->call = sd_bus_slot_unref(unit->call);
    unit->match = sd_bus_slot_unref(unit->match);
}

void unit_clear(struct unit *unit)
{
    unit_drop(unit);
    unit->timer_source = sd_event_source_disable_unref(unit->timer_source);
}
