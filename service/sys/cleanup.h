/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owners that clean up after themselves when they leave scope. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_close_     _cleanup_(cleanup_close)
#define _cleanup_free_      _cleanup_(cleanup_free)

static inline int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

#define take_pointer(pointer)                                                                                \
    ({                                                                                                       \
        __typeof__(pointer) taken_ = (pointer);                                                              \
        (pointer) = NULL;                                                                                    \
        taken_;                                                                                              \
    })
