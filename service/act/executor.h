/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The executor runs plans, one at a time, from a queue of EXECUTOR_QUEUE_MAX.
 *
 * A plan is made again when its call leaves the queue. Then: the entry in the log, files, the wish in its
 * file, the kernel, and last what cannot be taken back. A step that fails takes back those before it, and the
 * entry is marked failed. An entry whose files were under way when the daemon ended is taken back at the next
 * start.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/plan.h"
#include "apply_file.h"
#include "apply_peer.h"
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

enum job_kind {
    JOB_CALL,      /* somebody's, authorised */
    JOB_PUT_BACK,  /* a lost wish: quiet, and not in the log */
    JOB_OWN,       /* ours: what is done by itself */
    JOB_ROLL_BACK, /* what an entry says that was not finished */
};

struct job {
    enum job_kind kind;
    struct call call;               /* JOB_PUT_BACK: only the target; JOB_ROLL_BACK: only the change */
    struct plan_subject authorised; /* JOB_CALL */
    int64_t raw_usec;               /* CLOCK_MONOTONIC_RAW when it was submitted */
    executor_done done;
    void *userdata;
};

/* Called once, perhaps at once. `result` is "done", or a word for why not. */
typedef void (*executor_effect_done)(void *userdata, const char *result);

/* Called once, perhaps at once. `problem` is NULL where it was done; `before` is what the link had. */
typedef void (*executor_link_dns_done)(void *userdata, const char *problem, const struct dns_list *before);

typedef void (*executor_measured)(void *userdata);

struct executor_context {
    sd_event *event;
    struct view view;
    struct wanted *wanted;
    struct changes *changes;
    struct apply_kernel *kernel;
    struct apply_file *file;
    struct apply_peer *peer;
    /* Restarts a unit, if it runs. */
    void (*restart)(void *userdata, const char *unit, uint64_t deadline_usec, executor_effect_done done,
                    void *done_userdata);
    /* All units of a plan were asked to. */
    void (*restarted)(void *userdata);
    /* Whether what is known is good enough to plan this one; if not, it waits for executor_resume(). */
    bool (*ready)(void *userdata, const struct job *next);
    /* Measures the clock afresh, then calls back, perhaps at once. */
    void (*measure_clock)(void *userdata, executor_measured done, void *done_userdata);
    /* Has systemd-resolved ask these servers on a link. */
    void (*set_link_dns)(void *userdata, int32_t ifindex, const struct dns_list *servers,
                         executor_link_dns_done done, void *done_userdata);
    /* The clock was just stepped, by us. */
    void (*stepped)(void *userdata);
    /* After every job, before its done(): the wanted state, the log or a file may be another. */
    void (*ran)(void *userdata, const struct outcome *outcome);
    void *userdata;
};

int executor_new(const struct executor_context *context, struct executor **ret);
struct executor *executor_free(struct executor *executor);
/* 0, or -1 with the refusal Busy. */
int executor_submit(struct executor *executor, const struct job *job, struct refusal *refusal);
/* What is known may be another. */
void executor_resume(struct executor *executor);
bool executor_idle(const struct executor *executor);
