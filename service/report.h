/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the log and systemd are told of a turn. */
#pragma once

#include "state/events.h"
#include "state/plan.h"

#define REPORT_STATUS_SIZE 160

void report_events(const struct events *events);
/* `status` is what was told last. */
void report_status(const struct view *view, char status[REPORT_STATUS_SIZE]);
