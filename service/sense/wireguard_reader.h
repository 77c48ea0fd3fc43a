/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What whoever has a WireGuard tunnel read is told, be it in the kernel or in user space. */
#pragma once

#include "../state/fact.h"

struct wireguard_reader {
    void (*peer)(void *userdata, const struct peer_fact *peer); /* the times of the reading are not in */
    /* It has ended: 0 with the tunnel, or a negative errno. */
    void (*done)(void *userdata, int result, const struct tunnel_fact *tunnel);
    void *userdata;
};
