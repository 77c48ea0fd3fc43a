/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS, as D-Bus values. Keys and types stand in the introspection XML. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/plan.h"

/* Every server that was asked, or is to be. */
int encode_dns_servers(sd_bus_message *message, const struct node *node);
/* What FixDNS chose. */
int encode_dns_fixed(sd_bus_message *message, const struct plan *plan);
