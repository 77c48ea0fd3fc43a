/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals of the node's object, one after the other. Each is logged too, with or without a bus. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/drop.h"
#include "../service/state/plan.h"
#include "../service/state/resumed.h"

/* `connection` may be NULL: nobody listens. */
void announce_raised(sd_bus *connection, const struct finding *finding);
void announce_cleared(sd_bus *connection, const struct finding *finding);
void announce_drift(sd_bus *connection, const struct clock *clock, bool drifting);
void announce_stepped(sd_bus *connection, const struct clock *clock, const struct clock_step *step);
void announce_resumed(sd_bus *connection, const struct resumed *resumed, const struct findings *findings);
void announce_vpn_down(sd_bus *connection, const struct node *node, const struct drop *drop);
void announce_vpn_up(sd_bus *connection, const struct node *node, const struct drop *drop);
