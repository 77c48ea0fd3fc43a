/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our side of the bus: one connection, one name, the node's object and those of tunnels. A lost bus is opened
 * again.
 */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "../service/act/executor.h"
#include "../service/state/plan.h"
#include "authorize.h"
#include "diagnose.h"
#include "publish.h"
#include "resolve1.h"
#include "unit.h"
#include "vpn_object.h"

#define BUS_NAME      "org.wslnode.Node1"
#define BUS_PATH      "/org/wslnode/Node1"
#define BUS_INTERFACE "org.wslnode.Node1"
#define BUS_TRIM_USEC 100000 /* after the last of a burst of calls */

struct bus_context {
    sd_event *event;
    struct view view;
    struct executor *executor;
    /* Measure afresh; bus_measured() is called when that has ended. */
    void (*measure)(void *userdata);
    /* What is not measured yet; NULL: all is. */
    const char *(*late)(void *userdata);
    /* The name is ours; or (negative errno) it can never be: give up. */
    void (*named)(void *userdata, int result);
    void *userdata;
};

struct bus {
    struct bus_context context;
    sd_bus *connection; /* NULL while there is none */
    sd_event_source *retry_source, *trim_source;
    uint64_t retry_usec;
    bool name_wanted, named;
    struct authorize *authorize;
    struct vpn_object vpn_object;
    struct publish publish;
    struct diagnose diagnose;
    struct unit unit;
    struct resolve1 resolve1;
    unsigned pending; /* calls that wait for something */
};

int bus_open(struct bus *bus, const struct bus_context *context);
void bus_close(struct bus *bus);
/* From now on the name is asked for, on this connection and every later one. */
void bus_want_name(struct bus *bus);
/* The end of a turn: what changed since the last. */
void bus_publish(struct bus *bus, int mask);
/* A resume is being seen to: until bus_resumed() no signal is sent but PropertiesChanged and
 * InterfacesAdded. */
void bus_hold(struct bus *bus);
void bus_resumed(struct bus *bus, const struct resumed *resumed);
void bus_measured(struct bus *bus);
/* A call waits for something; it was answered, or is not to be. */
void bus_call_waits(struct bus *bus);
void bus_call_ended(struct bus *bus);
void bus_restart(struct bus *bus, const char *unit, uint64_t deadline_usec, unit_done done, void *userdata);
void bus_set_link_dns(struct bus *bus, int32_t ifindex, const struct dns_list *servers, resolve1_done done,
                      void *userdata);
