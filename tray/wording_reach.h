/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wording_reach: what the daemon's findings on a peer that is down say of where it should be. Pure. */
#pragma once

#include "wording.h"

extern const struct wording wordings_reach[];
extern const gsize wordings_reach_count;
