/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify_worker: libnotify in a thread of its own. Each of its calls may block for a minute, and its objects
 * are touched by that thread only; what it has to say arrives in the main loop.
 */
#pragma once

#include "notify.h"

struct notify_worker;

/* One thing to show. Shared by both sides; what it says does not change. */
struct notify_job {
    gatomicrefcount references;
    gint abandoned; /* atomic: it is not to be shown any more, and not to stay if it is */
    char *key, *icon, *title, *body;
    enum notify_urgency urgency;
    gboolean fix;
    guint deadline; /* the main loop's own */
    gpointer owner; /* too */
};

struct notify_job *notify_job_new(const struct notify_message *message);
struct notify_job *notify_job_ref(struct notify_job *job);
void notify_job_unref(struct notify_job *job);

struct notify_worker_hooks {
    /* `failure` is why it is not shown; NULL if it is, or was abandoned. */
    void (*answered)(struct notify_job *job, const char *failure, gpointer userdata);
    /* `action` is "fix", "details" or "default". */
    void (*pressed)(const char *key, const char *action, gpointer userdata);
};

struct notify_worker *notify_worker_new(const struct notify_worker_hooks *hooks, gpointer userdata);
/* What is shown is closed, since nobody would answer its buttons. That is waited for, a moment, unless it
 * `hangs`. */
void notify_worker_free(struct notify_worker *worker, gboolean hangs);
void notify_worker_show(struct notify_worker *worker, struct notify_job *job);
void notify_worker_withdraw(struct notify_worker *worker, const char *key);
/* The service is gone, and everything it showed with it. */
void notify_worker_forget(struct notify_worker *worker);
