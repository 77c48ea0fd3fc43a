/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we know, as D-Bus values. Keys and types stand in the introspection XML. */
#pragma once

#include <systemd/sd-bus.h>

#include "../service/state/health.h"
#include "../service/state/plan.h"
#include "../service/state/resumed.h"

/* One entry of an a{sv}; of a value that is filled in between, by its two ends. */
int encode_entry(sd_bus_message *message, const char *key, const char *type, ...);
int encode_open_entry(sd_bus_message *message, const char *key, const char *type);
int encode_close_entry(sd_bus_message *message);
int encode_addresses(sd_bus_message *message, const struct node *node, int32_t ifindex, bool global_only);
int encode_findings(sd_bus_message *message, const struct findings *findings);
int encode_finding_details(sd_bus_message *message, const struct finding *finding);
/* Every check: its findings, or that it passes. */
int encode_checks(sd_bus_message *message, const struct node *node, const struct findings *findings);
int encode_wanted(sd_bus_message *message, const struct wanted *wanted);
int encode_steps(sd_bus_message *message, const struct step *steps, size_t count);
/* What RefreshIP has to say beside its steps. */
int encode_refreshed(sd_bus_message *message, const struct view *view);
/* What SyncClock measured and did. */
int encode_synced(sd_bus_message *message, const struct plan *plan);
int encode_resumed(sd_bus_message *message, const struct resumed *resumed, const struct findings *findings);
int encode_change(sd_bus_message *message, const struct change *change);
int encode_link(sd_bus_message *message, const struct node *node, const struct link_fact *link);
