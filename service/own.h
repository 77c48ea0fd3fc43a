/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon does by itself: nobody waits for an answer, the log has it. */
#pragma once

#include "act/executor.h"

void own_submit(struct executor *executor, enum job_kind kind, struct call call);
/* What was begun and not ended when the daemon did. */
void own_roll_back(struct executor *executor, const struct change_list *changes);
