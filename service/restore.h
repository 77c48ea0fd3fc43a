/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes that something took away are put back. */
#pragma once

#include "act/executor.h"

struct restore {
    const struct node *node;
    struct wanted *wanted;
    struct executor *executor;
    void (*restored)(void *userdata, const char *link);
    void *userdata;
};

/* The end of a turn. Returns whether a fight ended, so that the wishes are others. */
bool restore_turn(struct restore *restore, uint64_t now_usec);
