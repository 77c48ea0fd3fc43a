/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a change is made of, as JSON: its steps, and the wishes in them. */
#pragma once

#include <jansson.h>

#include "../state/change.h"

json_t *record_of_step(const struct step *step);
/* -EINVAL if it is not one that we wrote. */
int record_read_step(json_t *record, struct step *step);

json_t *record_of_wish(const struct wish *wish);
int record_read_wish(json_t *record, struct wish *wish);
