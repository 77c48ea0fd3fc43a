/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VPN, as D-Bus values. Keys and types stand in the introspection XML. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/drop.h"

/* At most `limit` of them, `offset` left out. */
int encode_peers(sd_bus_message *message, const struct node *node, const struct tunnel *tunnel,
                 uint32_t offset, uint32_t limit);
/* The details of VPNDown, or of VPNUp. */
int encode_drop(sd_bus_message *message, const struct node *node, const struct drop *drop, bool down);
