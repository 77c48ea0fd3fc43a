/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The course of one plan: its steps, one after the other, and back again where one fails. */
#pragma once

#include "executor.h"

struct course {
    const struct executor_context *context;
    /* All file steps are done, before the next kind. A negative errno takes them back. */
    int (*files)(void *userdata);
    /* The end; the refusal says, too, what could not be taken back. */
    void (*done)(void *userdata, const struct refusal *refusal);
    void *userdata;
    struct plan *plan;
    size_t sequence[STEPS_MAX]; /* the indexes of the steps, in the order in which they run */
    size_t at;                  /* in it; what is before is done */
    size_t together;            /* how many of them are being run */
    uint64_t deadline_usec;     /* monotonic, of all restarts together; 0: none has begun */
    struct refusal refusal;     /* why it is taken back */
    bool unfinished;            /* of a daemon that ended: only files were touched */
};

void course_run(struct course *course, struct plan *plan);
/* As if all steps were done, and then this came. */
void course_take_back(struct course *course, struct plan *plan, const struct refusal *refusal);
