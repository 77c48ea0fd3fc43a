/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our side of the bus */
#include "bus.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "../service/sys/log.h"
#include "../service/sys/timer.h"
#include "log_control.h"
#include "object.h"

#define RETRY_FIRST_USEC 100000
#define RETRY_MOST_USEC  5000000

static void retry_later(struct bus *bus)
{
    timer_set(bus->retry_source, bus->retry_usec);
    bus->retry_usec = bus->retry_usec * 2 < RETRY_MOST_USEC ? bus->retry_usec * 2 : RETRY_MOST_USEC;
}

static void drop_connection(struct bus *bus)
{
    bus->named = false;
    authorize_drop_all(bus->authorize);
    diagnose_drop_all(&bus->diagnose);
    publish_stop(&bus->publish);
    unit_drop(&bus->unit);
    resolve1_drop(&bus->resolve1);
    if (bus->connection) {
        sd_bus_detach_event(bus->connection);
        bus->connection = sd_bus_close_unref(bus->connection);
    }
}

static int on_disconnected(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    struct bus *bus = userdata;

    log_event(LOG_WARNING, LOG_ID_BUS_LOST, NULL,
              "The connection to the system bus is lost; opening it again");
    publish_stop(&bus->publish);
    bus->named = false;
    /* The rest later, not from within the connection's own callback. */
    bus->retry_usec = RETRY_FIRST_USEC;
    retry_later(bus);
    return 0;
}

static int on_named(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct bus *bus = userdata;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    uint32_t result = 0;

    if (!failure && sd_bus_message_read(reply, "u", &result) >= 0 && (result == 1 || result == 4)) {
        bus->named = true;
        bus->retry_usec = RETRY_FIRST_USEC;
        publish_start(&bus->publish, bus->connection);
        bus->context.named(bus->context.userdata, 0);
    } else if (failure && sd_bus_error_has_name(failure, SD_BUS_ERROR_DISCONNECTED)) {
        return 0; /* on_disconnected() sees to it */
    } else {
        log_error("The name %s cannot be had: %s", BUS_NAME,
                  failure ? failure->message : "another daemon owns it; is wslnoded running already?");
        bus->context.named(bus->context.userdata, failure ? -sd_bus_error_get_errno(failure) : -EEXIST);
    }
    return 0;
}

static int ask_for_name(struct bus *bus)
{
    if (!bus->name_wanted || bus->named)
        return 0;
    return sd_bus_request_name_async(bus->connection, NULL, BUS_NAME, 0, on_named, bus);
}

static int set_up(struct bus *bus)
{
    int r = object_add(bus);

    if (r >= 0)
        r = vpn_object_add(bus);
    if (r >= 0)
        r = log_control_add(bus->connection);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus->connection, NULL, NULL, "/org/freedesktop/DBus/Local",
                                      "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL,
                                      bus);
    if (r >= 0)
        r = sd_bus_attach_event(bus->connection, bus->context.event, SD_EVENT_PRIORITY_NORMAL);
    return r < 0 ? r : ask_for_name(bus);
}

static void open_connection(struct bus *bus)
{
    int r = sd_bus_open_system_with_description(&bus->connection, "wslnoded");

    if (r >= 0)
        r = set_up(bus);
    if (r >= 0)
        return;
    log_event(LOG_WARNING, LOG_ID_BUS_LOST, NULL, "The system bus cannot be opened: %s; trying again",
              strerror(-r));
    drop_connection(bus);
    retry_later(bus);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bus *bus = userdata;

    drop_connection(bus);
    open_connection(bus);
    return 0;
}

static int on_trim(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct bus *bus = userdata;

    if (!bus->pending)
        malloc_trim(0);
    return 0;
}

void bus_call_waits(struct bus *bus)
{
    bus->pending++;
}

void bus_call_ended(struct bus *bus)
{
    /* glibc keeps what a burst of calls freed; the replies are still to be sent. */
    if (--bus->pending == 0)
        timer_set(bus->trim_source, BUS_TRIM_USEC);
}

void bus_want_name(struct bus *bus)
{
    if (bus->name_wanted)
        return;
    bus->name_wanted = true;
    if (bus->connection && ask_for_name(bus) < 0)
        retry_later(bus);
}

void bus_publish(struct bus *bus, int mask)
{
    publish_changed(&bus->publish, mask);
}

void bus_hold(struct bus *bus)
{
    publish_hold(&bus->publish);
}

void bus_resumed(struct bus *bus, const struct resumed *resumed)
{
    publish_resumed(&bus->publish, resumed);
}

void bus_measured(struct bus *bus)
{
    diagnose_measured(&bus->diagnose);
}

void bus_restart(struct bus *bus, const char *unit, uint64_t deadline_usec, unit_done done, void *userdata)
{
    unit_restart(&bus->unit, bus->connection, unit, deadline_usec, done, userdata);
}

void bus_set_link_dns(struct bus *bus, int32_t ifindex, const struct dns_list *servers, resolve1_done done,
                      void *userdata)
{
    resolve1_set(&bus->resolve1, bus->connection, ifindex, servers, done, userdata);
}

int bus_open(struct bus *bus, const struct bus_context *context)
{
    int r;

    memset(bus, 0, sizeof(*bus));
    bus->context = *context;
    bus->retry_usec = RETRY_FIRST_USEC;
    r = authorize_new(&bus->authorize);
    if (r >= 0)
        r = publish_init(&bus->publish, context->event, &bus->context.view, &bus->vpn_object);
    if (r >= 0)
        r = diagnose_init(&bus->diagnose, context->event, &bus->context.view, context->measure, context->late,
                          context->userdata);
    if (r >= 0)
        r = timer_new(context->event, &bus->retry_source, 10000, on_retry, bus);
    if (r >= 0)
        r = timer_new(context->event, &bus->trim_source, 10000, on_trim, bus);
    if (r >= 0)
        r = unit_init(&bus->unit, context->event);
    if (r >= 0)
        r = resolve1_init(&bus->resolve1, context->event);
    if (r >= 0)
        open_connection(bus);
    return r;
}

void bus_close(struct bus *bus)
{
    if (bus->connection)
        sd_bus_flush(bus->connection);
    if (bus->authorize)
        drop_connection(bus);
    publish_done(&bus->publish);
    unit_clear(&bus->unit);
    resolve1_clear(&bus->resolve1);
    diagnose_done(&bus->diagnose);
    bus->authorize = authorize_free(bus->authorize);
    bus->retry_source = sd_event_source_disable_unref(bus->retry_source);
    bus->trim_source = sd_event_source_disable_unref(bus->trim_source);
}
