/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long calls take, from the call to its reply, one after the other on one connection:
 *
 *   call get COUNT NAME PATH INTERFACE PROPERTY
 *   call get-all COUNT NAME PATH INTERFACE
 *   call set-mtu COUNT NAME PATH LINK MTU OTHER    MTU and OTHER in turn; each call must change something
 *   call refresh COUNT NAME PATH                   RefreshIP; none may find anything to do
 *   call burst COUNT NAME PATH LINK MTU            dry runs, all at once: how many were answered and refused
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define PROPERTIES    "org.freedesktop.DBus.Properties"
#define NODE          "org.wslnode.Node1"
#define DRY_RUN       1
#define PATIENCE_NSEC UINT64_C(20000000000)

struct burst {
    size_t sent, answered, refused;
    bool done;
};

static sd_bus_message *new_call(sd_bus *bus, char **where, const char *interface, const char *member)
{
    sd_bus_message *call;
    int r = sd_bus_message_new_method_call(bus, &call, where[0], where[1], interface, member);

    if (r < 0)
        give_up(r, "%s cannot be called", member);
    return call;
}

static sd_bus_message *new_read(sd_bus *bus, char **where, const char *property)
{
    sd_bus_message *call = new_call(bus, where, PROPERTIES, property ? "Get" : "GetAll");
    int r = sd_bus_message_append(call, "s", where[2]);

    if (r >= 0 && property)
        r = sd_bus_message_append(call, "s", property);
    if (r < 0)
        give_up(r, "no call");
    return call;
}

static sd_bus_message *new_set_mtu(sd_bus *bus, char **where, uint32_t mtu, uint64_t flags)
{
    sd_bus_message *call = new_call(bus, where, NODE, "SetMTU");
    int r = sd_bus_message_append(call, "sut", where[2], mtu, flags);

    if (r < 0)
        give_up(r, "no call");
    return call;
}

static sd_bus_message *measure(sd_bus *bus, sd_bus_message *call, struct series *series)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    uint64_t started = now_nsec();
    int r = sd_bus_call(bus, call, 0, &error, &reply);

    series_add(series, now_nsec() - started);
    if (r < 0)
        give_up(r, "%s failed: %s", sd_bus_message_get_member(call), error.message ? error.message : "");
    sd_bus_message_unref(call);
    return reply;
}

static void measure_set_mtu(sd_bus *bus, char **where, uint32_t mtu, struct series *series)
{
    sd_bus_message *reply = measure(bus, new_set_mtu(bus, where, mtu, 0), series);
    uint64_t change = 0;

    if (sd_bus_message_read(reply, "t", &change) < 0 || !change)
        give_up(0, "SetMTU changed nothing");
    sd_bus_message_unref(reply);
}

static void measure_refresh(sd_bus *bus, char **where, struct series *series)
{
    sd_bus_message *call = new_call(bus, where, NODE, "RefreshIP"), *reply;
    uint64_t change = 1;

    if (sd_bus_message_append(call, "t", (uint64_t)0) < 0)
        give_up(0, "no call");
    reply = measure(bus, call, series);
    if (sd_bus_message_read(reply, "t", &change) < 0 || change)
        give_up(0, "RefreshIP changed something");
    sd_bus_message_unref(reply);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct burst *burst = userdata;

    if (sd_bus_message_is_method_error(reply, NODE ".Error.Busy"))
        burst->refused++;
    else if (sd_bus_message_is_method_error(reply, NULL))
        give_up(0, "SetMTU failed: %s", sd_bus_message_get_error(reply)->message);
    else
        burst->answered++;
    burst->done = burst->answered + burst->refused == burst->sent;
    return 0;
}

static void run_burst(sd_bus *bus, char **where, size_t count, uint32_t mtu)
{
    struct burst burst = {.sent = count};

    for (size_t i = 0; i < count; i++) {
        sd_bus_message *call = new_set_mtu(bus, where, mtu, DRY_RUN);
        int r = sd_bus_call_async(bus, NULL, call, on_reply, &burst, 0);

        if (r < 0)
            give_up(r, "SetMTU cannot be sent");
        sd_bus_message_unref(call);
    }
    if (!handle_until(bus, &burst.done, now_nsec() + PATIENCE_NSEC))
        give_up(0, "only %zu of %zu calls were answered", burst.answered + burst.refused, count);
    printf("{\"answered\": %zu, \"refused\": %zu}\n", burst.answered, burst.refused);
}

int main(int argc, char *argv[])
{
    const char *what = argc > 1 ? argv[1] : "";
    bool get = strcmp(what, "get") == 0, set_mtu = strcmp(what, "set-mtu") == 0,
         burst = strcmp(what, "burst") == 0, refresh = strcmp(what, "refresh") == 0;
    int wanted = refresh ? 5 : get || burst ? 7 : set_mtu ? 8 : strcmp(what, "get-all") == 0 ? 6 : 0;
    struct series series;
    char **where = argv + 3;
    size_t count;
    sd_bus *bus;

    if (argc != wanted)
        give_up(0, "call: wrong usage");
    count = parse_number(argv[2], 1);
    bus = open_bus();
    if (burst) {
        run_burst(bus, where, count, parse_number(where[3], 1));
    } else {
        series_init(&series, count);
        for (size_t i = 0; i < count; i++)
            if (refresh)
                measure_refresh(bus, where, &series);
            else if (set_mtu)
                measure_set_mtu(bus, where, parse_number(where[3 + i % 2], 1), &series);
            else
                sd_bus_message_unref(measure(bus, new_read(bus, where, get ? where[3] : NULL), &series));
        series_print(&series);
    }
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
