/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client: the daemon as seen from here: one connection, calls that wait and calls on their way. */
#ifndef WSLNODE_CTL_CLIENT_H
#define WSLNODE_CTL_CLIENT_H

#include <jansson.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "command.h"

#define CLIENT_NAME      "org.wslnode.Node1"
#define CLIENT_PATH      "/org/wslnode/Node1"
#define CLIENT_INTERFACE "org.wslnode.Node1"

/* As long as busctl waits for what needs no password. */
#define CLIENT_TIMEOUT_USEC (UINT64_C(25) * 1000000)

/* One call on its way. Zero it before it is sent. */
struct client_call {
    sd_bus_slot *slot;
    sd_bus_message *reply;
    uint64_t deadline;
};

/* Connects to the system bus. Nothing is asked of the daemon yet, so that a first call costs one trip. */
int client_open(sd_bus **ret);

int client_new_call(sd_bus *bus, const char *interface, const char *member, sd_bus_message **ret);
/* Sends without waiting, so that several calls share one trip. The message stays the caller's. */
int client_send(sd_bus *bus, sd_bus_message *m, uint64_t timeout_usec, struct client_call *call);
/* Sends for all properties; the reply has one value. */
int client_send_get_all(sd_bus *bus, struct client_call *call);
/*
 * Waits for one reply while others may come in. On an error -EIO or a better errno, and what was answered
 * in error.
 */
int client_wait(sd_bus *bus, struct client_call *call, sd_bus_error *error);
void client_call_end(struct client_call *call);

/* Waits for a reply and takes its first value. An error is told: then the exit code, or a negative errno. */
int client_take(const struct command_options *options, sd_bus *bus, struct client_call *call, json_t **ret);
/* All properties, by a connection that is gone again. As client_take(). */
int client_get_all(const struct command_options *options, json_t **properties);
/* Sends, waits and takes. */
int client_ask(const struct command_options *options, sd_bus *bus, sd_bus_message *m, json_t **ret);

#define _call_ __attribute__((cleanup(client_call_end)))

#endif
