/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client: the daemon as seen from here: one connection, calls that wait and calls on their way. */
#include "client.h"

#include <errno.h>
#include <time.h>

#include "cleanup.h"
#include "failure.h"
#include "json.h"

int client_open(sd_bus **ret)
{
    return sd_bus_open_system(ret);
}

int client_new_call(sd_bus *bus, const char *interface, const char *member, sd_bus_message **ret)
{
    return sd_bus_message_new_method_call(bus, ret, CLIENT_NAME, CLIENT_PATH, interface, member);
}

static uint64_t client_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int client_on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct client_call *call = userdata;

    call->reply = sd_bus_message_ref(m);
    /* For a call that came too late sd_bus_process hands this on: 0 would mean that nothing happened. */
    return 1;
}

int client_send(sd_bus *bus, sd_bus_message *m, uint64_t timeout_usec, struct client_call *call)
{
    call->deadline = client_now() + timeout_usec;
    return sd_bus_call_async(bus, &call->slot, m, client_on_reply, call, timeout_usec);
}

int client_send_get_all(sd_bus *bus, struct client_call *call)
{
    _message_ sd_bus_message *m = NULL;
    int r = client_new_call(bus, "org.freedesktop.DBus.Properties", "GetAll", &m);

    if (r >= 0)
        r = sd_bus_message_append(m, "s", CLIENT_INTERFACE);
    return r < 0 ? r : client_send(bus, m, CLIENT_TIMEOUT_USEC, call);
}

int client_wait(sd_bus *bus, struct client_call *call, sd_bus_error *error)
{
    const sd_bus_error *failure;
    int r = 0;

    while (!call->reply) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
        if (r < 0 && r != -EINTR)
            return r;
    }
    failure = sd_bus_message_get_error(call->reply);
    if (!failure)
        return 0;
    sd_bus_error_copy(error, failure);
    /* sd-bus gives a call that came too late the name that the bus gives to a daemon that died. */
    if (sd_bus_error_has_name(failure, SD_BUS_ERROR_NO_REPLY) && client_now() >= call->deadline)
        return -ETIMEDOUT;
    return -EIO;
}

void client_call_end(struct client_call *call)
{
    sd_bus_slot_unref(call->slot);
    sd_bus_message_unref(call->reply);
}

int client_take(const struct command_options *options, sd_bus *bus, struct client_call *call, json_t **ret)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = client_wait(bus, call, &error);

    if (r < 0)
        return failure_report(options, &error, r);
    return json_from_message(call->reply, ret);
}

int client_ask(const struct command_options *options, sd_bus *bus, sd_bus_message *m, json_t **ret)
{
    _call_ struct client_call call = {0};
    int r = client_send(bus, m, CLIENT_TIMEOUT_USEC, &call);

    return r < 0 ? failure_report(options, NULL, r) : client_take(options, bus, &call, ret);
}

int client_get_all(const struct command_options *options, json_t **properties)
{
    _bus_ sd_bus *bus = NULL;
    _call_ struct client_call call = {0};
    int r = client_open(&bus);

    if (r < 0)
        return failure_no_bus(options, r);
    r = client_send_get_all(bus, &call);
    if (r < 0)
        return failure_report(options, NULL, r);
    return client_take(options, bus, &call, properties);
}
