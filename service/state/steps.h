/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of a change, as they are kept.
 *
 * A step has room for the longest path and value of any kind, most of it zeros, and a full log has hundreds
 * of them: what is kept is packed, and steps_at() gives a whole one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct step;

struct steps {
    size_t count;
    size_t size; /* bytes of `packed` */
    uint8_t *packed;
};

void steps_done(struct steps *steps);
/* A copy at the end. Returns -ENOMEM, after which they are as they were. */
int steps_add(struct steps *steps, const struct step *step);
/* Returns -ENOMEM. */
int steps_copy(struct steps *steps, const struct steps *from);
/* Beyond the last one: STEP_KINDS, for no target. */
struct step steps_at(const struct steps *steps, size_t index);
