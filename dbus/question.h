/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What polkit's dialogue says of a call: what it is done to, and a value. */
#pragma once

#include "../service/state/plan.h"

struct question {
    char target[FILE_PATH_SIZE];
    char value[ADDRESS_TEXT_SIZE];
};

/* The subject is that of the call's plan. */
void question_ask(struct question *question, const struct view *view, const struct call *call,
                  const struct plan_subject *subject);
