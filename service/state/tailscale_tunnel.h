/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tailscale as a tunnel of the VPN: there while tailscaled is, or did not take its socket along when it went.
 *
 * It is down when tailscaled is, or lets nobody through; what a person stops is not. Its peers are counted
 * only: they come and go as they like, and none of them is missed.
 */
#pragma once

#include "node.h"

#define TAILSCALE_TUNNEL "tailscale" /* its name: there is one */

/* What tailscaled says, a link or an address is another: TUNNELS_CHANGED if so is the tunnel, 0 or -ENOMEM.
 */
int tailscale_tunnel_note(struct node *node);
