/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from what tailscaled says. Pure. */
#pragma once

#include "node.h"

/* The link that has its address, whatever its name; NULL: none has, or it runs in user space. */
const struct link_fact *tailscale_link(const struct node *node);
/* "no-state" "in-use-other-user" "needs-login" "needs-machine-auth" "stopped" "starting" "running" */
const char *tailscale_state_name(enum tailscale_state state);
/* The same of Tailscale in Windows, or "absent" or "unknown". */
const char *tailscale_windows_name(const struct node *node);
/* It lets packets through, by its last answer. */
bool tailscale_windows_runs(const struct node *node);
