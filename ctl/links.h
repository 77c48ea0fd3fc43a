/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: what links this node has. */
#ifndef WSLNODE_CTL_LINKS_H
#define WSLNODE_CTL_LINKS_H

#include <jansson.h>

#include "client.h"

/* Asks for the links from offset on, without waiting. */
int links_ask(sd_bus *bus, uint32_t offset, struct client_call *call);
/* Waits for what links_ask(bus, 0, first) began, and asks for the rest. As client_take. */
int links_take(const struct command_options *options, sd_bus *bus, struct client_call *first, json_t **ret);
/* What a status does not show elsewhere: no uplink, no loopback; prints nothing if nothing is left. */
int links_print_others(const struct command_options *options, const json_t *links);

#endif
