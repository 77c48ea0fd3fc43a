/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tunnels: the VPN's tunnels, as the bus tells them. */
#ifndef WSLNODE_CTL_TUNNELS_H
#define WSLNODE_CTL_TUNNELS_H

#include <jansson.h>

#include "amount.h"
#include "client.h"
#include "table.h"

#define TUNNELS_INTERFACE "org.wslnode.Node1.VPN"

/* Asks for them without waiting. */
int tunnels_ask(sd_bus *bus, struct client_call *call);
/* Waits for what tunnels_ask() began: the properties of each and its Path, by name. As client_take(). */
int tunnels_take(const struct command_options *options, sd_bus *bus, struct client_call *call, json_t **ret);
/* The same, but a daemon that knows none yet has none. */
int tunnels_take_known(const struct command_options *options, sd_bus *bus, struct client_call *call,
                       json_t **ret);
/* NULL if there is none of this name. The reference is the array's. */
json_t *tunnels_find(const json_t *tunnels, const char *name);

/* "34 s ago", "never"; the local time of one whose age is not known, "-" where no peer is. */
const char *tunnels_handshake(const json_t *tunnel, char buffer[AMOUNT_SIZE]);
enum table_colour tunnels_colour(const json_t *tunnel);
/* A line for each, those that are down first, and one that counts what would be too much. */
void tunnels_print_lines(const json_t *tunnels);

#endif
