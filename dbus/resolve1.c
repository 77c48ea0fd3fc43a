/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The servers of a link of resolved's */
#include "resolve1.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../service/sys/timer.h"

#define NAME          "org.freedesktop.resolve1"
#define MANAGER       NAME, "/org/freedesktop/resolve1", NAME ".Manager"
#define DEADLINE_USEC 4000000

static void finish(struct resolve1 *resolve1, const char *problem)
{
    resolve1_drop(resolve1);
    timer_stop(resolve1->timer_source);
    resolve1->done(resolve1->userdata, problem, &resolve1->before);
}

static const char *problem_of(const sd_bus_error *error)
{
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return "systemd-resolved does not run";
    if (sd_bus_error_has_name(error, NAME ".LinkBusy"))
        return "systemd-networkd manages that link: name the servers in its .network file";
    if (sd_bus_error_has_name(error, NAME ".NoSuchLink"))
        return "systemd-resolved does not know that link";
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
        return "the connection to the bus ended";
    return "systemd-resolved refused it";
}

static size_t size_of(int family)
{
    return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static int on_set(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const sd_bus_error *refused = sd_bus_message_get_error(reply);

    finish(userdata, refused ? problem_of(refused) : NULL);
    return 0;
}

static int append_servers(sd_bus_message *call, const struct dns_list *servers)
{
    int r = sd_bus_message_open_container(call, 'a', "(iay)");

    for (size_t i = 0; r >= 0 && i < servers->count; i++) {
        const struct dns_address *server = &servers->servers[i];

        r = sd_bus_message_open_container(call, 'r', "iay");
        if (r >= 0)
            r = sd_bus_message_append(call, "i", server->family);
        if (r >= 0)
            r = sd_bus_message_append_array(call, 'y', server->bytes, size_of(server->family));
        if (r >= 0)
            r = sd_bus_message_close_container(call);
    }
    return r < 0 ? r : sd_bus_message_close_container(call);
}

/* RevertLink() would take more than the servers; an empty list takes just them. */
static int set(struct resolve1 *resolve1)
{
    sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(resolve1->connection, &call, MANAGER, "SetLinkDNS");

    if (r >= 0)
        r = sd_bus_message_append(call, "i", resolve1->ifindex);
    if (r >= 0)
        r = append_servers(call, &resolve1->wanted);
    resolve1->call = sd_bus_slot_unref(resolve1->call);
    if (r >= 0)
        r = sd_bus_call_async(resolve1->connection, &resolve1->call, call, on_set, resolve1, DEADLINE_USEC);
    sd_bus_message_unref(call);
    return r;
}

static int read_server(sd_bus_message *reply, struct dns_list *list)
{
    struct dns_address *server = &list->servers[list->count];
    const void *bytes;
    int32_t family;
    size_t size;
    int r = sd_bus_message_enter_container(reply, 'r', "iay");

    if (r <= 0)
        return r;
    r = sd_bus_message_read(reply, "i", &family);
    if (r >= 0)
        r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
    if (r < 0)
        return r;
    /* More than can be given back is not taken away. */
    if (!size || size != size_of(family) || list->count == DNS_SERVERS_MAX)
        return -E2BIG;
    server->family = family;
    memcpy(server->bytes, bytes, size);
    list->count++;
    r = sd_bus_message_exit_container(reply);
    return r < 0 ? r : 1;
}

static int read_servers(sd_bus_message *reply, struct dns_list *list)
{
    int r = sd_bus_message_enter_container(reply, 'v', "a(iay)");

    if (r >= 0)
        r = sd_bus_message_enter_container(reply, 'a', "(iay)");
    while (r > 0 && (r = read_server(reply, list)) > 0)
        ;
    return r;
}

static int on_before(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct resolve1 *resolve1 = userdata;
    const sd_bus_error *refused = sd_bus_message_get_error(reply);
    int r = refused ? 0 : read_servers(reply, &resolve1->before);

    if (refused)
        finish(resolve1, problem_of(refused));
    else if (r == -E2BIG)
        finish(resolve1, "the link has more servers than could be given back: use resolvectl");
    else if (r < 0 || set(resolve1) < 0)
        finish(resolve1, "systemd-resolved answers what is not understood");
    return 0;
}

static int on_link(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct resolve1 *resolve1 = userdata;
    const sd_bus_error *refused = sd_bus_message_get_error(reply);
    const char *path;
    int r = refused ? 0 : sd_bus_message_read(reply, "o", &path);

    if (refused) {
        finish(resolve1, problem_of(refused));
        return 0;
    }
    resolve1->call = sd_bus_slot_unref(resolve1->call);
    if (r >= 0)
        r = sd_bus_call_method_async(resolve1->connection, &resolve1->call, NAME, path,
                                     "org.freedesktop.DBus.Properties", "Get", on_before, resolve1, "ss",
                                     NAME ".Link", "DNS");
    if (r < 0)
        finish(resolve1, "systemd-resolved answers what is not understood");
    return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    finish(userdata, "systemd-resolved does not answer");
    return 0;
}

void resolve1_set(struct resolve1 *resolve1, sd_bus *connection, int32_t ifindex,
                  const struct dns_list *servers, resolve1_done done, void *userdata)
{
    int r = connection ? 0 : -ENOTCONN;

    resolve1->connection = connection;
    resolve1->ifindex = ifindex;
    resolve1->wanted = *servers;
    memset(&resolve1->before, 0, sizeof(resolve1->before));
    resolve1->done = done;
    resolve1->userdata = userdata;
    if (r == 0)
        r = sd_bus_call_method_async(connection, &resolve1->call, MANAGER, "GetLink", on_link, resolve1, "i",
                                     ifindex);
    if (r >= 0)
        r = timer_set(resolve1->timer_source, DEADLINE_USEC);
    if (r < 0)
        finish(resolve1, "there is no connection to the bus");
}

int resolve1_init(struct resolve1 *resolve1, sd_event *event)
{
    return timer_new(event, &resolve1->timer_source, 10000, on_deadline, resolve1);
}

void resolve1_drop(struct resolve1 *resolve1)
{
    resolve1->call = sd_bus_slot_unref(resolve1->call);
}

void resolve1_clear(struct resolve1 *resolve1)
{
    resolve1_drop(resolve1);
    resolve1->timer_source = sd_event_source_disable_unref(resolve1->timer_source);
}
