/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of wireguard-go, below a root directory fd. */
#pragma once

#define WIREGUARD_SOCKET_FOLDER "/run/wireguard"
#define WIREGUARD_SOCKET_SUFFIX ".sock"

/* The folder's fd, or a negative errno: -EPERM if others than root can write to it, for whoever could put a
 * socket there could tell us what he likes. */
int wireguard_uapi_open_folder(int root);
/* A stream that never blocks, connected to the tunnel's socket; or a negative errno. */
int wireguard_uapi_connect(int root, const char *name);
