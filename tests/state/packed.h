/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps as tests write them down, packed; who asks for them frees them. */
#pragma once

#include "../../service/state/change.h"
#include "../unit.h"

static inline struct steps packed(const struct step *list, size_t count)
{
    struct steps steps = {.count = 0};

    for (size_t i = 0; i < count; i++)
        assert_int_equal(steps_add(&steps, &list[i]), 0);
    return steps;
}
