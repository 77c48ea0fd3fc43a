/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peers: the peers of a tunnel, which not everybody may see. */
#ifndef WSLNODE_CTL_PEERS_H
#define WSLNODE_CTL_PEERS_H

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "command.h"

/*
 * All peers of the tunnel at that path, page by page; a password may be asked for. What was got stays in
 * `peers`, an array, when the bus answers with an error: then -EIO or a better errno, and the error.
 */
int peers_list(const struct command_options *options, sd_bus *bus, const char *path, json_t *peers,
               sd_bus_error *error);
int peers_print(const struct command_options *options, const json_t *peers);

#endif
