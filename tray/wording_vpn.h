/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording_vpn: what the daemon's findings on the VPN say. Pure. */
#pragma once

#include "wording.h"

extern const struct wording wordings_vpn[];
extern const gsize wordings_vpn_count;
