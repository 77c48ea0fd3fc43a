/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one step of the clock. */
#pragma once

#include "../state/plan.h"

/*
 * What was measured again decides: within its bound nothing is done, and the step says so. Returns 0, or a
 * negative errno with nothing done; `plan` holds what was measured and by how much it was stepped.
 */
int apply_clock(const struct clock *clock, struct plan *plan, struct step *step);
