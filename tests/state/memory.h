/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is refused when a test says so, linked with -Wl,--wrap=calloc,--wrap=realloc. For one file of a
 * program. */
#pragma once

#include <stddef.h>

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

#define MEMORY_ENOUGH (-1)

/* So often it is still given. */
static int memory_left = MEMORY_ENOUGH;

static int memory_take(void)
{
    if (memory_left > 0)
        memory_left--;
    else if (memory_left == 0)
        return 0;
    return 1;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_take() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return memory_take() ? __real_realloc(pointer, size) : NULL;
}
