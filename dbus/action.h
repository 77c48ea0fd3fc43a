/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The polkit action of each call: with FORCE it is another one, and of Mend it is its finding's
 * verb's. */
#pragma once

#include "../service/state/plan.h"

typedef const char *(*action_function)(const struct view *view, const struct call *call);

const char *action_set_mtu(const struct view *view, const struct call *call);
const char *action_refresh_ip(const struct view *view, const struct call *call);
const char *action_sync_clock(const struct view *view, const struct call *call);
const char *action_fix_dns(const struct view *view, const struct call *call);
const char *action_set_keepalive(const struct view *view, const struct call *call);
const char *action_mend(const struct view *view, const struct call *call);
const char *action_undo(const struct view *view, const struct call *call);
const char *action_release(const struct view *view, const struct call *call);
const char *action_list_peers(const struct view *view, const struct call *call);
