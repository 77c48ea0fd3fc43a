/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known is fresh enough to plan a job by, and is read again after it. */
#pragma once

#include "act/executor.h"
#include "sensors.h"

struct fresh {
    const struct view *view;
    const struct sensors *sensors;
    struct keepalive_file *keepalive_file;
    int root;
};

/* If not, it is being measured from now on. */
bool fresh_for(const struct fresh *fresh, const struct job *job);
void fresh_after(const struct fresh *fresh, const struct plan *plan);
