/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The DNS servers of one link, as systemd-resolved has them: read, then set, one call at a time.
 *
 * Its interface is described in org.freedesktop.resolve1(5).
 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "../service/state/fact.h"

/* `problem` is NULL where it was done; `before` is what the link had then. */
typedef void (*resolve1_done)(void *userdata, const char *problem, const struct dns_list *before);

struct resolve1 {
    sd_event_source *timer_source;
    sd_bus *connection;
    sd_bus_slot *call;
    int32_t ifindex;
    struct dns_list wanted, before;
    resolve1_done done;
    void *userdata;
};

int resolve1_init(struct resolve1 *resolve1, sd_event *event);
void resolve1_clear(struct resolve1 *resolve1);
/* The connection goes: what is under way ends at its deadline. */
void resolve1_drop(struct resolve1 *resolve1);
/* No servers at all take away those that it has. `done` is called once, perhaps at once. */
void resolve1_set(struct resolve1 *resolve1, sd_bus *connection, int32_t ifindex,
                  const struct dns_list *servers, resolve1_done done, void *userdata);
