/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which way a notice goes: the notification service, a toast, and always the list */
#include "notify.h"

#include <string.h>

#include "notify_worker.h"
#include "toast.h"

#define SERVICE     "org.freedesktop.Notifications"
#define PATIENCE_S  5
#define MOST_ASKED  16
#define MOST_LISTED 50

struct notify {
    GDBusConnection *session;
    const struct notify_hooks *hooks;
    gpointer userdata;
    struct toast *toast;
    struct notify_worker *worker;
    GCancellable *stop;
    guint watch;
    gboolean unknown; /* nobody answered yet whether there is a service: it is tried then */
    gboolean owned, activatable;
    gboolean hung;
    GPtrArray *asked;                  /* struct notify_job: no answer yet */
    GHashTable *by_service, *by_toast; /* keys */
    GPtrArray *list;
};

static void line_free(gpointer data)
{
    struct notify_line *line = data;

    g_free(line->text);
    g_free(line);
}

static void list_add(struct notify *notify, const struct notify_message *message)
{
    const char *body = message->body ? message->body : "";
    g_autofree char *text = g_strdup_printf("%s%s%s", message->title, *body ? " – " : "", body);
    struct notify_line *line = g_new0(struct notify_line, 1);

    line->realtime = g_get_real_time();
    line->text = g_utf8_make_valid(text, -1);
    g_strdelimit(line->text, "\r\n\t", ' ');
    g_ptr_array_insert(notify->list, 0, line);
    if (notify->list->len > MOST_LISTED)
        g_ptr_array_set_size(notify->list, MOST_LISTED);
    if (notify->hooks->listed)
        notify->hooks->listed(notify->userdata);
}

static void forget_toast(struct notify *notify, const char *key)
{
    if (g_hash_table_remove(notify->by_toast, key))
        toast_withdraw(notify->toast, key);
}

static void forget_service(struct notify *notify, const char *key)
{
    if (g_hash_table_remove(notify->by_service, key))
        notify_worker_withdraw(notify->worker, key);
}

static void show_toast(struct notify *notify, const char *key, const char *title, const char *body,
                       enum notify_urgency urgency)
{
    if (!notify->toast)
        return;
    g_hash_table_add(notify->by_toast, g_strdup(key));
    toast_show(notify->toast, key, title, body, urgency != NOTIFY_CRITICAL);
}

static void show_job_as_toast(struct notify *notify, const struct notify_job *job)
{
    show_toast(notify, job->key, job->title, job->body, job->urgency);
}

static gboolean on_no_answer(gpointer userdata)
{
    struct notify_job *job = userdata;
    struct notify *notify = job->owner;

    job->deadline = 0;
    notify->hung = TRUE;
    /* Without toasts it may still be shown late. */
    if (!notify->toast || g_atomic_int_get(&job->abandoned))
        return G_SOURCE_REMOVE;
    g_atomic_int_set(&job->abandoned, TRUE);
    show_job_as_toast(notify, job);
    return G_SOURCE_REMOVE;
}

static void on_answered(struct notify_job *job, const char *failure, gpointer userdata)
{
    struct notify *notify = userdata;
    gboolean abandoned = g_atomic_int_get(&job->abandoned);

    notify->hung = FALSE;
    g_clear_handle_id(&job->deadline, g_source_remove);
    if (failure)
        g_debug("%s: %s", SERVICE, failure);
    if (failure && !abandoned) {
        g_hash_table_remove(notify->by_service, job->key);
        show_job_as_toast(notify, job);
    } else if (!abandoned) {
        g_hash_table_add(notify->by_service, g_strdup(job->key));
        forget_toast(notify, job->key);
    }
    g_ptr_array_remove(notify->asked, job);
}

static void on_pressed(const char *key, const char *action, gpointer userdata)
{
    struct notify *notify = userdata;

    if (strcmp(action, "fix") == 0 && notify->hooks->fix)
        notify->hooks->fix(key, notify->userdata);
    else if (notify->hooks->details)
        notify->hooks->details(key, notify->userdata);
}

static const struct notify_worker_hooks worker_hooks = {.answered = on_answered, .pressed = on_pressed};

static void on_activatable(GObject *session, GAsyncResult *result, gpointer userdata)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(session), result, &error);
    struct notify *notify = userdata;
    g_autofree const char **names = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    notify->unknown = FALSE;
    notify->activatable = FALSE;
    if (!answer)
        return;
    g_variant_get(answer, "(^a&s)", &names);
    notify->activatable = g_strv_contains(names, SERVICE);
}

static void ask_activatable(struct notify *notify)
{
    g_dbus_connection_call(notify->session, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "ListActivatableNames", NULL, G_VARIANT_TYPE("(as)"),
                           G_DBUS_CALL_FLAGS_NONE, -1, notify->stop, on_activatable, notify);
}

static void on_appeared(GDBusConnection *session, const char *name, const char *owner, gpointer userdata)
{
    struct notify *notify = userdata;

    notify->owned = TRUE;
}

/* Also called once at first, if it is not there; and between two owners. */
static void on_vanished(GDBusConnection *session, const char *name, gpointer userdata)
{
    struct notify *notify = userdata;

    if (notify->owned) {
        notify->owned = notify->hung = FALSE;
        g_hash_table_remove_all(notify->by_service);
        if (notify->worker)
            notify_worker_forget(notify->worker);
    }
    if (session)
        ask_activatable(notify);
    else
        notify->unknown = notify->activatable = FALSE;
}

struct notify *notify_new(GDBusConnection *session, const char *powershell, const struct notify_hooks *hooks,
                          gpointer userdata)
{
    struct notify *notify = g_new0(struct notify, 1);

    notify->hooks = hooks;
    notify->userdata = userdata;
    notify->toast = powershell ? toast_new(powershell) : NULL;
    notify->stop = g_cancellable_new();
    notify->asked = g_ptr_array_new_with_free_func((GDestroyNotify)notify_job_unref);
    notify->by_service = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    notify->by_toast = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    notify->list = g_ptr_array_new_with_free_func(line_free);
    if (!session)
        return notify;
    notify->unknown = TRUE;
    notify->session = g_object_ref(session);
    notify->watch = g_bus_watch_name_on_connection(session, SERVICE, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                   on_appeared, on_vanished, notify, NULL);
    return notify;
}

void notify_free(struct notify *notify)
{
    if (!notify)
        return;
    g_clear_handle_id(&notify->watch, g_bus_unwatch_name);
    g_cancellable_cancel(notify->stop);
    for (guint i = 0; i < notify->asked->len; i++) {
        struct notify_job *job = notify->asked->pdata[i];

        g_clear_handle_id(&job->deadline, g_source_remove);
        g_atomic_int_set(&job->abandoned, TRUE);
    }
    if (notify->worker)
        notify_worker_free(notify->worker, notify->hung || notify->asked->len > 0);
    toast_free(notify->toast);
    g_clear_object(&notify->session);
    g_object_unref(notify->stop);
    g_ptr_array_unref(notify->asked);
    g_hash_table_unref(notify->by_service);
    g_hash_table_unref(notify->by_toast);
    g_ptr_array_unref(notify->list);
    g_free(notify);
}

/* A service that hangs is given more only where there is nothing else. */
static gboolean is_usable(const struct notify *notify)
{
    return (notify->unknown || notify->owned || notify->activatable) && (!notify->hung || !notify->toast) &&
           notify->asked->len < MOST_ASKED;
}

static void show_by_service(struct notify *notify, const struct notify_message *message)
{
    struct notify_job *job = notify_job_new(message);

    if (!notify->worker)
        notify->worker = notify_worker_new(&worker_hooks, notify);
    job->owner = notify;
    job->deadline = g_timeout_add_seconds(PATIENCE_S, on_no_answer, job);
    g_ptr_array_add(notify->asked, job);
    g_hash_table_add(notify->by_service, g_strdup(message->key));
    notify_worker_show(notify->worker, job);
}

void notify_show(struct notify *notify, const struct notify_message *message)
{
    list_add(notify, message);
    if (is_usable(notify)) {
        show_by_service(notify, message);
        return;
    }
    forget_service(notify, message->key);
    show_toast(notify, message->key, message->title, message->body, message->urgency);
}

void notify_withdraw(struct notify *notify, const char *key)
{
    for (guint i = 0; i < notify->asked->len; i++) {
        struct notify_job *job = notify->asked->pdata[i];

        if (strcmp(job->key, key) == 0)
            g_atomic_int_set(&job->abandoned, TRUE);
    }
    forget_service(notify, key);
    forget_toast(notify, key);
}

const GPtrArray *notify_list(const struct notify *notify)
{
    return notify->list;
}
