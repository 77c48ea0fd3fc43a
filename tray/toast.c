/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Toasts: the queue of PowerShell's runs */
#include "toast.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS     15000
#define MOST_OUTPUT  (64 * 1024)
#define MOST_WAITING 16

struct job {
    char *key, *input;
};

/* One PowerShell. Its callbacks hold a reference; `toast` is NULL as soon as nobody waits for it any more. */
struct run {
    gatomicrefcount references;
    struct toast *toast;
    GSubprocess *process;
    GCancellable *stop;
    pid_t group;
    guint deadline;
    gsize output;
    char *input;
    char buffer[4096];
};

struct toast {
    char *powershell, *directory;
    guint limit;
    GQueue waiting; /* struct job, the oldest first */
    struct run *run;
    gboolean warned;
};

static void next(struct toast *toast);

static void job_free(gpointer data)
{
    struct job *job = data;

    g_free(job->key);
    g_free(job->input);
    g_free(job);
}

static struct run *run_ref(struct run *run)
{
    g_atomic_ref_count_inc(&run->references);
    return run;
}

static void run_unref(struct run *run)
{
    if (!g_atomic_ref_count_dec(&run->references))
        return;
    g_object_unref(run->process);
    g_object_unref(run->stop);
    g_free(run->input);
    g_free(run);
}

static void complain(struct toast *toast, const char *what)
{
    g_log(G_LOG_DOMAIN, toast->warned ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING,
          "no notification of Windows: %s", what);
    toast->warned = TRUE;
}

/*
 * Ends it with all that it started. The group may be left over after the process itself ended; its number is
 * not given to another one while it is.
 */
static void run_end(struct run *run)
{
    run->toast->run = NULL;
    run->toast = NULL;
    if (run->group > 0) /* 0 would be our own */
        kill(-run->group, SIGKILL);
    g_clear_handle_id(&run->deadline, g_source_remove);
    g_cancellable_cancel(run->stop);
    run_unref(run);
}

static void finish(struct run *run, const char *failure)
{
    struct toast *toast = run->toast;

    if (failure)
        complain(toast, failure);
    run_end(run);
    next(toast);
}

static gboolean on_deadline(gpointer userdata)
{
    struct run *run = userdata;

    run->deadline = 0;
    finish(run, "PowerShell takes too long");
    return G_SOURCE_REMOVE;
}

static void on_exited(GObject *process, GAsyncResult *result, gpointer userdata)
{
    struct run *run = userdata;
    gboolean fine = g_subprocess_wait_check_finish(G_SUBPROCESS(process), result, NULL);

    if (run->toast)
        finish(run, fine ? NULL : "PowerShell failed");
    run_unref(run);
}

static void on_written(GObject *stream, GAsyncResult *result, gpointer userdata)
{
    /* One that does not read all of it ends with an error of its own, or with its time. */
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, NULL, NULL);
    g_output_stream_close_async(G_OUTPUT_STREAM(stream), G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    run_unref(userdata);
}

static void read_on(struct run *run);

static void on_read(GObject *stream, GAsyncResult *result, gpointer userdata)
{
    struct run *run = userdata;
    gssize length = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, NULL);

    if (run->toast && length > 0) {
        run->output += (gsize)length;
        if (run->output > MOST_OUTPUT)
            finish(run, "PowerShell says too much");
        else
            read_on(run);
    }
    run_unref(run);
}

static void read_on(struct run *run)
{
    g_input_stream_read_async(g_subprocess_get_stdout_pipe(run->process), run->buffer, sizeof(run->buffer),
                              G_PRIORITY_DEFAULT, run->stop, on_read, run_ref(run));
}

/* Says its number, for GSubprocess does not tell that of one that has ended. */
static void in_the_child(gpointer userdata)
{
    pid_t self = getpid();
    ssize_t written;

    setpgid(0, 0);
    written = write(GPOINTER_TO_INT(userdata), &self, sizeof(self));
    (void)written; /* then the parent reads nothing */
}

/*
 * By a shell, for a drive that does not answer would hold up whoever changes to it or starts a program on it.
 * Nothing of a message is in this command.
 */
static GSubprocess *launch(const struct toast *toast, int number_fd, GError **error)
{
    const char *const argv[] = {
        "/bin/sh", "-c",         "cd \"$0\" && exec \"$@\"", toast->directory, toast->powershell,
        "-NoLogo", "-NoProfile", "-NonInteractive",          "-Command",       "-",
        NULL};
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);

    g_subprocess_launcher_set_child_setup(launcher, in_the_child, GINT_TO_POINTER(number_fd), NULL);
    /* It may be that of a terminal which is closed; without it the way to Windows is looked for. */
    g_subprocess_launcher_unsetenv(launcher, "WSL_INTEROP");
    g_subprocess_launcher_set_cwd(launcher, "/");
    return g_subprocess_launcher_spawnv(launcher, argv, error);
}

/* `group` is its number and its group's; 0 if that is not known. */
static GSubprocess *spawn(const struct toast *toast, pid_t *group, GError **error)
{
    GSubprocess *process;
    int fds[2];

    *group = 0;
    if (!g_unix_open_pipe(fds, FD_CLOEXEC, error))
        return NULL;
    process = launch(toast, fds[1], error);
    close(fds[1]);
    if (process && read(fds[0], group, sizeof(*group)) != (ssize_t)sizeof(*group))
        *group = 0;
    close(fds[0]);
    return process;
}

static void start(struct toast *toast, GSubprocess *process, pid_t group, char *input)
{
    struct run *run = toast->run = g_new0(struct run, 1);

    g_atomic_ref_count_init(&run->references);
    run->toast = toast;
    run->process = process;
    run->stop = g_cancellable_new();
    run->input = input;
    run->group = group;
    run->deadline = g_timeout_add(toast->limit, on_deadline, run);
    g_output_stream_write_all_async(g_subprocess_get_stdin_pipe(process), input, strlen(input),
                                    G_PRIORITY_DEFAULT, run->stop, on_written, run_ref(run));
    read_on(run);
    g_subprocess_wait_check_async(process, run->stop, on_exited, run_ref(run));
}

static void next(struct toast *toast)
{
    struct job *job;

    while (!toast->run && (job = g_queue_pop_head(&toast->waiting))) {
        g_autoptr(GError) error = NULL;
        pid_t group;
        GSubprocess *process = spawn(toast, &group, &error);

        if (process)
            start(toast, process, group, g_steal_pointer(&job->input));
        else
            complain(toast, error->message);
        job_free(job);
    }
}

/* Whatever still waits for that key is out of date. */
static void enqueue(struct toast *toast, const char *key, char *input)
{
    struct job *job;

    for (GList *link = toast->waiting.head; link; link = link->next) {
        job = link->data;
        if (strcmp(job->key, key) == 0) {
            g_free(job->input);
            job->input = input;
            return;
        }
    }
    job = g_new0(struct job, 1);
    job->key = g_strdup(key);
    job->input = input;
    g_queue_push_tail(&toast->waiting, job);
    if (toast->waiting.length > MOST_WAITING)
        job_free(g_queue_pop_head(&toast->waiting));
    next(toast);
}

static void ignore_broken_pipes(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        signal(SIGPIPE, SIG_IGN);
        g_once_init_leave(&done, 1);
    }
}

/* A place that Windows has too, for a program of its own there; else PowerShell would complain. */
static char *directory_of(const char *powershell)
{
    g_autofree char *mountinfo = NULL, *drive = NULL, *below = NULL;

    if (g_file_get_contents("/proc/self/mountinfo", &mountinfo, NULL, NULL))
        drive = toast_windows_drive(mountinfo);
    below = drive ? g_strconcat(drive, "/", NULL) : NULL;
    return g_strdup(below && g_str_has_prefix(powershell, below) ? drive : "/");
}

struct toast *toast_new(const char *powershell)
{
    struct toast *toast = g_new0(struct toast, 1);

    ignore_broken_pipes();
    toast->powershell = g_strdup(powershell);
    toast->directory = directory_of(powershell);
    toast->limit = LIMIT_MS;
    g_queue_init(&toast->waiting);
    return toast;
}

void toast_free(struct toast *toast)
{
    if (!toast)
        return;
    if (toast->run)
        run_end(toast->run);
    g_queue_clear_full(&toast->waiting, job_free);
    g_free(toast->powershell);
    g_free(toast->directory);
    g_free(toast);
}

void toast_set_limit(struct toast *toast, guint milliseconds)
{
    toast->limit = milliseconds;
}

void toast_show(struct toast *toast, const char *key, const char *title, const char *body, gboolean silent)
{
    enqueue(toast, key, toast_input("show", key, title, body, silent));
}

void toast_withdraw(struct toast *toast, const char *key)
{
    enqueue(toast, key, toast_input("withdraw", key, NULL, NULL, TRUE));
}
