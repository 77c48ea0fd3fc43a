/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tunnels: the VPN's tunnels, as the bus tells them. */
#include "tunnels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "failure.h"
#include "json.h"
#include "text.h"

#define TUNNELS_LINES 5

int tunnels_ask(sd_bus *bus, struct client_call *call)
{
    _message_ sd_bus_message *m = NULL;
    int r = client_new_call(bus, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &m);

    return r < 0 ? r : client_send(bus, m, CLIENT_TIMEOUT_USEC, call);
}

static int tunnels_insert(json_t *tunnels, json_t *tunnel)
{
    size_t at = 0;

    while (at < json_array_size(tunnels) &&
           strcmp(json_text(json_array_get(tunnels, at), "Name"), json_text(tunnel, "Name")) < 0)
        at++;
    return json_array_insert(tunnels, at, tunnel) < 0 ? -ENOMEM : 0;
}

/* The bus gives them in no order, and each with what every object has. */
static int tunnels_collect(json_t *objects, json_t *tunnels)
{
    const char *path;
    json_t *object;

    json_object_foreach(objects, path, object)
    {
        json_t *tunnel = json_object_get(object, TUNNELS_INTERFACE);

        if (!json_is_object(tunnel))
            continue;
        if (json_put(tunnel, "Path", json_string(path)) < 0 || tunnels_insert(tunnels, tunnel) < 0)
            return -ENOMEM;
    }
    return 0;
}

int tunnels_take(const struct command_options *options, sd_bus *bus, struct client_call *call, json_t **ret)
{
    _json_ json_t *objects = NULL, *tunnels = json_array();
    int r = client_take(options, bus, call, &objects);

    if (r != 0)
        return r;
    if (!tunnels || tunnels_collect(objects, tunnels) < 0)
        return -ENOMEM;
    *ret = tunnels;
    tunnels = NULL;
    return 0;
}

int tunnels_take_known(const struct command_options *options, sd_bus *bus, struct client_call *call,
                       json_t **ret)
{
    _error_ sd_bus_error error = SD_BUS_ERROR_NULL;

    if (client_wait(bus, call, &error) < 0 &&
        (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_METHOD) ||
         sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_INTERFACE))) {
        *ret = json_array();
        return *ret ? 0 : -ENOMEM;
    }
    return tunnels_take(options, bus, call, ret);
}

json_t *tunnels_find(const json_t *tunnels, const char *name)
{
    json_t *tunnel;
    size_t i;

    json_array_foreach(tunnels, i, tunnel) if (strcmp(json_text(tunnel, "Name"), name) == 0) return tunnel;
    return NULL;
}

static uint64_t tunnels_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

const char *tunnels_handshake(const json_t *tunnel, char buffer[AMOUNT_SIZE])
{
    uint64_t when = json_unsigned(tunnel, "LastHandshakeUSecMonotonic");
    uint64_t stamp = json_unsigned(tunnel, "LastHandshakeUSec");
    uint64_t now = tunnels_now();

    if (when > 0)
        return amount_ago(now > when ? now - when : 0, buffer);
    if (stamp > 0)
        return text_time(stamp, buffer);
    /* Tailscale tells of none. */
    return json_number(tunnel, "PeerCount") > 0 && strcmp(json_text(tunnel, "Kind"), "tailscale") != 0
               ? "never"
               : "-";
}

static bool tunnels_is(const json_t *tunnel, const char *state)
{
    return strcmp(json_text(tunnel, "State"), state) == 0;
}

enum table_colour tunnels_colour(const json_t *tunnel)
{
    if (tunnels_is(tunnel, "down"))
        return TABLE_RED;
    if (json_number(tunnel, "PeersDown") > 0)
        return TABLE_YELLOW;
    return tunnels_is(tunnel, "idle") ? TABLE_DIM : TABLE_PLAIN;
}

/* "wg0 up, 1 of 3 peers down, handshake 34 s ago" */
static void tunnels_print_line(const json_t *tunnel)
{
    json_int_t peers = json_number(tunnel, "PeerCount"), down = json_number(tunnel, "PeersDown");
    char buffer[AMOUNT_SIZE];
    const char *handshake = tunnels_handshake(tunnel, buffer);

    printf("  %-11s", "VPN:");
    text_write(stdout, json_text(tunnel, "Name"));
    fputc(' ', stdout);
    text_write(stdout, json_text(tunnel, "State"));
    if (peers > 1 && down > 0)
        printf(", %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " peers down", down, peers);
    if (strcmp(handshake, "never") == 0)
        fputs(", no handshake yet", stdout);
    else if (strcmp(handshake, "-") != 0)
        printf(", handshake %s", handshake);
    fputc('\n', stdout);
}

static void tunnels_print_rest(size_t count, size_t down)
{
    if (count == 0)
        return;
    printf("  %-11s%zu more", "VPN:", count);
    if (down > 0)
        printf(", %zu of them down", down);
    fputs(" (wslnodectl vpn)\n", stdout);
}

void tunnels_print_lines(const json_t *tunnels)
{
    size_t left = TUNNELS_LINES, rest = 0, rest_down = 0, i;
    json_t *tunnel;

    for (int down = 1; down >= 0; down--)
        json_array_foreach(tunnels, i, tunnel)
        {
            if (tunnels_is(tunnel, "down") != down)
                continue;
            if (left > 0) {
                tunnels_print_line(tunnel);
                left--;
                continue;
            }
            rest++;
            rest_down += (size_t)down;
        }
    tunnels_print_rest(rest, rest_down);
}
