/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads WireGuard tunnels in user space (wireguard-go), one at a time, by their sockets in /run/wireguard. */
#pragma once

#include <systemd/sd-event.h>

#include "../sys/wireguard_uapi.h"
#include "wireguard_reader.h"

#define WIREGUARD_SOCKETS_MAX 64

struct wireguard_socket;

struct wireguard_socket_names {
    char list[WIREGUARD_SOCKETS_MAX][LINK_NAME_SIZE];
    size_t count;
};

int wireguard_socket_new(sd_event *event, int root, const struct wireguard_reader *reader,
                         struct wireguard_socket **ret);
struct wireguard_socket *wireguard_socket_free(struct wireguard_socket *socket);
/* The tunnels that have a socket there, be somebody at its other end or not. None of a folder that others
 * than root can write to. */
void wireguard_socket_list(int root, struct wireguard_socket_names *names);
bool wireguard_socket_is_one(const char *file); /* by its name */
/* Begins; `done` is called later, unless this returns an error. One at a time. */
int wireguard_socket_read(struct wireguard_socket *socket, const char *name, int32_t ifindex);
/* Whatever may come of the reading that is under way is dropped. */
void wireguard_socket_cancel(struct wireguard_socket *socket);
