/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Steps, packed: of each its bytes in turns of zeros, which are only counted, and others, which follow
 *
 * So no kind needs a format of its own.
 */
#include "steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"

#define HEAD       2 /* bytes before each turn: how many zeros, how many others */
#define TURN_MAX   UINT8_MAX
#define ZEROS_MIN  (HEAD + 1) /* fewer within others would take more room as a turn */
#define PACKED_MAX (sizeof(struct step) + HEAD * (sizeof(struct step) / TURN_MAX + 1))

void steps_done(struct steps *steps)
{
    free(steps->packed);
    memset(steps, 0, sizeof(*steps));
}

static size_t zeros_at(const uint8_t *bytes, size_t size, size_t limit)
{
    size_t count = 0;

    while (count < size && count < limit && !bytes[count])
        count++;
    return count;
}

static size_t others_at(const uint8_t *bytes, size_t size)
{
    size_t count = 0;

    while (count < size && count < TURN_MAX && zeros_at(bytes + count, size - count, ZEROS_MIN) < ZEROS_MIN)
        count++;
    return count;
}

static size_t pack(const struct step *step, uint8_t *packed)
{
    const uint8_t *bytes = (const uint8_t *)step;
    size_t left = sizeof(*step), length = 0;

    while (left) {
        size_t zeros = zeros_at(bytes, left, TURN_MAX), others = others_at(bytes + zeros, left - zeros);

        packed[length] = zeros;
        packed[length + 1] = others;
        memcpy(packed + length + HEAD, bytes + zeros, others);
        length += HEAD + others;
        bytes += zeros + others;
        left -= zeros + others;
    }
    return length;
}

/* Returns what is behind it. */
static const uint8_t *unpack(const uint8_t *packed, struct step *step)
{
    uint8_t *bytes = (uint8_t *)step, *end = bytes + sizeof(*step);

    while (bytes < end) {
        size_t zeros = packed[0], others = packed[1];

        memset(bytes, 0, zeros);
        memcpy(bytes + zeros, packed + HEAD, others);
        bytes += zeros + others;
        packed += HEAD + others;
    }
    return packed;
}

int steps_add(struct steps *steps, const struct step *step)
{
    uint8_t packed[PACKED_MAX];
    size_t length = pack(step, packed);
    uint8_t *larger = realloc(steps->packed, steps->size + length);

    if (!larger)
        return -ENOMEM;
    memcpy(larger + steps->size, packed, length);
    steps->packed = larger;
    steps->size += length;
    steps->count++;
    return 0;
}

int steps_copy(struct steps *steps, const struct steps *from)
{
    uint8_t *packed = malloc(from->size + 1);

    if (!packed)
        return -ENOMEM;
    if (from->size)
        memcpy(packed, from->packed, from->size);
    *steps = (struct steps){.count = from->count, .size = from->size, .packed = packed};
    return 0;
}

struct step steps_at(const struct steps *steps, size_t index)
{
    const uint8_t *packed = steps->packed;
    struct step step = {.kind = STEP_KINDS};

    for (size_t i = 0; index < steps->count && i <= index; i++)
        packed = unpack(packed, &step);
    return step;
}
