/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnotify's thread */
#include "notify_worker.h"

#include <glib/gi18n.h>
#include <libnotify/notify.h>

/* How long the end waits for what is shown to be closed. */
#define END_USEC (G_USEC_PER_SEC / 2)

struct notify_worker {
    gatomicrefcount references;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;
    GMutex mutex;
    GCond ended_cond;
    gboolean ended; /* under the mutex */
    /* The main loop's: */
    const struct notify_worker_hooks *hooks; /* NULL: nobody listens any more */
    gpointer userdata;
    /* The thread's: */
    GHashTable *shown; /* key: NotifyNotification */
    gboolean asked, actions, markup;
};

enum what {
    ORDER_SHOW,
    ORDER_WITHDRAW,
    ORDER_FORGET,
    ORDER_END,
};

struct order {
    struct notify_worker *worker;
    enum what what;
    struct notify_job *job;
    char *key;
};

/* From the thread: an answer to `job`, or a button that was pressed. */
struct report {
    struct notify_worker *worker;
    struct notify_job *job;
    char *failure, *key, *action;
};

struct notify_job *notify_job_new(const struct notify_message *message)
{
    struct notify_job *job = g_new0(struct notify_job, 1);

    g_atomic_ref_count_init(&job->references);
    job->key = g_strdup(message->key);
    job->icon = g_strdup(message->icon);
    job->title = g_utf8_make_valid(message->title ? message->title : "", -1);
    job->body = g_utf8_make_valid(message->body ? message->body : "", -1);
    job->urgency = message->urgency;
    job->fix = message->fix;
    return job;
}

struct notify_job *notify_job_ref(struct notify_job *job)
{
    g_atomic_ref_count_inc(&job->references);
    return job;
}

void notify_job_unref(struct notify_job *job)
{
    if (!g_atomic_ref_count_dec(&job->references))
        return;
    g_free(job->key);
    g_free(job->icon);
    g_free(job->title);
    g_free(job->body);
    g_free(job);
}

static struct notify_worker *worker_ref(struct notify_worker *worker)
{
    g_atomic_ref_count_inc(&worker->references);
    return worker;
}

static void worker_unref(struct notify_worker *worker)
{
    if (!g_atomic_ref_count_dec(&worker->references))
        return;
    g_main_loop_unref(worker->loop);
    g_main_context_unref(worker->context);
    g_mutex_clear(&worker->mutex);
    g_cond_clear(&worker->ended_cond);
    g_free(worker);
}

static void report_free(gpointer data)
{
    struct report *report = data;

    if (report->job)
        notify_job_unref(report->job);
    g_free(report->failure);
    g_free(report->key);
    g_free(report->action);
    worker_unref(report->worker);
    g_free(report);
}

static gboolean on_report(gpointer data)
{
    struct report *report = data;
    struct notify_worker *worker = report->worker;

    if (worker->hooks && report->job)
        worker->hooks->answered(report->job, report->failure, worker->userdata);
    else if (worker->hooks)
        worker->hooks->pressed(report->key, report->action, worker->userdata);
    return G_SOURCE_REMOVE;
}

/* Not g_main_context_invoke(): while the main loop is not running, that would call from this thread. */
static void attach(GMainContext *context, GSourceFunc function, gpointer data, GDestroyNotify destroy)
{
    g_autoptr(GSource) source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, function, data, destroy);
    g_source_attach(source, context);
}

static struct report *report_new(struct notify_worker *worker)
{
    struct report *report = g_new0(struct report, 1);

    report->worker = worker_ref(worker);
    return report;
}

static void on_action(NotifyNotification *notification, char *action, gpointer userdata)
{
    struct report *report = report_new(userdata);

    report->key = g_strdup(g_object_get_data(G_OBJECT(notification), "key"));
    report->action = g_strdup(action);
    attach(NULL, on_report, report, report_free);
}

static void on_closed(NotifyNotification *notification, gpointer userdata)
{
    struct notify_worker *worker = userdata;
    const char *key = g_object_get_data(G_OBJECT(notification), "key");

    if (g_hash_table_lookup(worker->shown, key) == notification)
        g_hash_table_remove(worker->shown, key);
}

/* A service that does not even say its name would only be started again and again by what follows. */
static gboolean is_there(void)
{
    g_autofree char *name = NULL, *vendor = NULL, *version = NULL, *specification = NULL;

    return notify_get_server_info(&name, &vendor, &version, &specification);
}

static gboolean ask_capabilities(struct notify_worker *worker)
{
    GList *capabilities;

    if (worker->asked)
        return TRUE;
    if (!is_there())
        return FALSE;
    capabilities = notify_get_server_caps();
    worker->asked = capabilities != NULL;
    worker->actions = g_list_find_custom(capabilities, "actions", (GCompareFunc)strcmp) != NULL;
    worker->markup = g_list_find_custom(capabilities, "body-markup", (GCompareFunc)strcmp) != NULL;
    g_list_free_full(capabilities, g_free);
    return TRUE;
}

/* The one that is shown under that key, to be replaced, or a new one. */
static NotifyNotification *prepare(struct notify_worker *worker, const struct notify_job *job)
{
    g_autofree char *body = worker->markup ? g_markup_escape_text(job->body, -1) : g_strdup(job->body);
    const char *title = *job->title ? job->title : "wslnode"; /* libnotify takes no empty one */
    NotifyNotification *notification = g_hash_table_lookup(worker->shown, job->key);

    if (notification) {
        notify_notification_update(notification, title, body, job->icon);
        notify_notification_clear_actions(notification);
        return notification;
    }
    notification = notify_notification_new(title, body, job->icon);
    g_object_set_data_full(G_OBJECT(notification), "key", g_strdup(job->key), g_free);
    g_signal_connect(notification, "closed", G_CALLBACK(on_closed), worker);
    g_hash_table_insert(worker->shown, g_strdup(job->key), notification);
    return notification;
}

static void decorate(struct notify_worker *worker, NotifyNotification *notification,
                     const struct notify_job *job)
{
    static const NotifyUrgency urgencies[] = {
        [NOTIFY_LOW] = NOTIFY_URGENCY_LOW,
        [NOTIFY_NORMAL] = NOTIFY_URGENCY_NORMAL,
        [NOTIFY_CRITICAL] = NOTIFY_URGENCY_CRITICAL,
    };

    notify_notification_set_urgency(notification, urgencies[job->urgency]);
    notify_notification_set_timeout(notification, job->urgency == NOTIFY_CRITICAL ? NOTIFY_EXPIRES_NEVER
                                                                                  : NOTIFY_EXPIRES_DEFAULT);
    notify_notification_set_category(notification, "network.error");
    notify_notification_set_hint(notification, "desktop-entry", g_variant_new_string("org.wslnode.Tray"));
    if (!worker->actions)
        return;
    notify_notification_add_action(notification, "default", _("Details"), on_action, worker, NULL);
    if (job->fix)
        notify_notification_add_action(notification, "fix", _("Fix"), on_action, worker, NULL);
    notify_notification_add_action(notification, "details", _("Details"), on_action, worker, NULL);
}

static void withdraw(struct notify_worker *worker, const char *key)
{
    NotifyNotification *notification = g_hash_table_lookup(worker->shown, key);

    if (!notification)
        return;
    g_object_ref(notification);
    g_hash_table_remove(worker->shown, key);
    g_signal_handlers_disconnect_by_data(notification, worker);
    notify_notification_close(notification, NULL);
    g_object_unref(notification);
}

static char *show(struct notify_worker *worker, struct notify_job *job)
{
    NotifyNotification *notification;
    g_autoptr(GError) error = NULL;

    if (!notify_is_initted() && !notify_init("wslnode"))
        return g_strdup("libnotify cannot be used");
    if (!g_atomic_int_get(&job->abandoned) && !ask_capabilities(worker))
        return g_strdup("it does not answer");
    if (!g_atomic_int_get(&job->abandoned)) {
        notification = prepare(worker, job);
        decorate(worker, notification, job);
        if (!notify_notification_show(notification, &error)) {
            g_hash_table_remove(worker->shown, job->key);
            return g_strdup(error->message);
        }
    }
    /* While this hung it became a toast, or was over: then nothing of it stays here. */
    if (g_atomic_int_get(&job->abandoned))
        withdraw(worker, job->key);
    return NULL;
}

static void forget(struct notify_worker *worker)
{
    g_hash_table_remove_all(worker->shown);
    worker->asked = FALSE;
}

static gboolean on_order(gpointer data)
{
    struct order *order = data;
    struct notify_worker *worker = order->worker;
    struct report *report;

    switch (order->what) {
    case ORDER_SHOW:
        report = report_new(worker);
        report->job = notify_job_ref(order->job);
        report->failure = show(worker, order->job);
        attach(NULL, on_report, report, report_free);
        break;
    case ORDER_WITHDRAW:
        withdraw(worker, order->key);
        break;
    case ORDER_FORGET:
        forget(worker);
        break;
    case ORDER_END:
        g_main_loop_quit(worker->loop);
        break;
    }
    return G_SOURCE_REMOVE;
}

static void order_free(gpointer data)
{
    struct order *order = data;

    if (order->job)
        notify_job_unref(order->job);
    g_free(order->key);
    worker_unref(order->worker);
    g_free(order);
}

static void give_order(struct notify_worker *worker, enum what what, struct notify_job *job, const char *key)
{
    struct order *order = g_new0(struct order, 1);

    order->worker = worker_ref(worker);
    order->what = what;
    order->job = job ? notify_job_ref(job) : NULL;
    order->key = g_strdup(key);
    attach(worker->context, on_order, order, order_free);
}

static void end(struct notify_worker *worker)
{
    g_auto(GStrv) keys = (char **)g_hash_table_get_keys_as_array(worker->shown, NULL);

    for (char **key = keys; *key; key++)
        *key = g_strdup(*key);
    for (char **key = keys; *key; key++)
        withdraw(worker, *key);
    g_hash_table_unref(worker->shown);
    notify_uninit();
    /* What is freed by way of the context. */
    while (g_main_context_iteration(worker->context, FALSE))
        ;
}

/* Its context is the thread's own, so that the service's signals (closed, pressed) come here too. */
static gpointer work(gpointer userdata)
{
    struct notify_worker *worker = userdata;

    g_main_context_push_thread_default(worker->context);
    worker->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    g_main_loop_run(worker->loop);
    end(worker);
    g_main_context_pop_thread_default(worker->context);
    g_mutex_lock(&worker->mutex);
    worker->ended = TRUE;
    g_cond_signal(&worker->ended_cond);
    g_mutex_unlock(&worker->mutex);
    worker_unref(worker);
    return NULL;
}

struct notify_worker *notify_worker_new(const struct notify_worker_hooks *hooks, gpointer userdata)
{
    struct notify_worker *worker = g_new0(struct notify_worker, 1);

    g_atomic_ref_count_init(&worker->references);
    worker->context = g_main_context_new();
    worker->loop = g_main_loop_new(worker->context, FALSE);
    g_mutex_init(&worker->mutex);
    g_cond_init(&worker->ended_cond);
    worker->hooks = hooks;
    worker->userdata = userdata;
    worker->thread = g_thread_new("libnotify", work, worker_ref(worker));
    return worker;
}

/*
 * A thread that hangs in libnotify cannot be stopped. It is left alone with its reference, and with all that
 * it holds; mostly the process ends anyway.
 */
void notify_worker_free(struct notify_worker *worker, gboolean hangs)
{
    gint64 until = hangs ? 0 : g_get_monotonic_time() + END_USEC;
    gboolean ended;

    worker->hooks = NULL;
    give_order(worker, ORDER_END, NULL, NULL);
    g_mutex_lock(&worker->mutex);
    while (!worker->ended && g_cond_wait_until(&worker->ended_cond, &worker->mutex, until))
        ;
    ended = worker->ended;
    g_mutex_unlock(&worker->mutex);
    if (ended)
        g_thread_join(worker->thread);
    else
        g_thread_unref(worker->thread);
    worker_unref(worker);
}

void notify_worker_show(struct notify_worker *worker, struct notify_job *job)
{
    give_order(worker, ORDER_SHOW, job, NULL);
}

void notify_worker_withdraw(struct notify_worker *worker, const char *key)
{
    give_order(worker, ORDER_WITHDRAW, NULL, key);
}

void notify_worker_forget(struct notify_worker *worker)
{
    give_order(worker, ORDER_FORGET, NULL, NULL);
}
