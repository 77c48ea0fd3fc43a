/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The executor runs plans, one at a time, from a queue of EXECUTOR_QUEUE_MAX.
 *
 * A plan is made again when its call leaves the queue. Then: the entry in the log, the wish in its file, the
 * kernel, last. A step that fails takes back those before it, and the entry is marked failed.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/plan.h"
#include "apply_kernel.h"
#include "changes.h"

#define EXECUTOR_QUEUE_MAX 16

struct executor;

struct outcome {
    struct refusal refusal; /* REFUSAL_NONE: it was done, or is what would be done */
    uint64_t change;        /* 0: nothing to do, or a dry run */
    struct plan plan;
};

/* Called once for each job. NULL: the executor ends before the job did. */
typedef void (*executor_done)(void *userdata, const struct outcome *outcome);

struct job {
    bool put_back;                  /* a lost wish: quiet, and not in the log */
    struct call call;               /* put_back: only the target */
    struct plan_subject authorised; /* not looked at for put_back */
    executor_done done;
    void *userdata;
};

struct executor_context {
    sd_event *event;
    struct view view;
    struct wanted *wanted;
    struct changes *changes;
    struct apply_kernel *apply;
    /* After every job, before its done(): the wanted state or the log may be another. */
    void (*ran)(void *userdata);
    void *userdata;
};

int executor_new(const struct executor_context *context, struct executor **ret);
struct executor *executor_free(struct executor *executor);
/* 0, or -1 with the refusal Busy. */
int executor_submit(struct executor *executor, const struct job *job, struct refusal *refusal);
bool executor_idle(const struct executor *executor);
