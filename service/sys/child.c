/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child with a deadline and an output limit */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cleanup.h"

struct child {
    pid_t pid; /* 0: reaped */
    int output;
    sd_event_source *exit_source, *output_source, *timer_source;
    child_done done;
    void *userdata;
    size_t length;
    bool told;    /* done() was called */
    bool orphan;  /* its owner has freed it; it goes when the process does */
    size_t limit; /* bytes of output */
    char text[];  /* one more than is allowed, and a NUL */
};

static struct child *release(struct child *child)
{
    sd_event_source_disable_unref(child->output_source);
    sd_event_source_disable_unref(child->timer_source);
    sd_event_source_disable_unref(child->exit_source);
    close(child->output);
    explicit_bzero(child->text, child->length); /* it may have been somebody's secret */
    free(child);
    return NULL;
}

struct child *child_free(struct child *child)
{
    if (!child)
        return NULL;
    if (!child->pid || !child->exit_source)
        return release(child);
    /* A process can be stuck in the kernel even after this: it is reaped when it goes, not waited for. */
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
    child->orphan = true;
    child->output_source = sd_event_source_disable_unref(child->output_source);
    child->timer_source = sd_event_source_disable_unref(child->timer_source);
    return NULL;
}

static void finish(struct child *child, int status)
{
    if (child->told)
        return;
    child->told = true;
    /* Whatever the reason, it is over; on_exited() reaps. */
    if (child->pid > 0)
        kill(-child->pid, SIGKILL);
    sd_event_source_set_enabled(child->output_source, SD_EVENT_OFF);
    sd_event_source_set_enabled(child->timer_source, SD_EVENT_OFF);
    if (child->length > child->limit)
        child->length = child->limit;
    child->text[child->length] = 0;
    child->done(child->userdata, status, child->text, child->length);
}

/* Returns -EFBIG when there is more than fits. */
static int drain(struct child *child)
{
    for (;;) {
        ssize_t got = read(child->output, child->text + child->length, child->limit + 1 - child->length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (got == 0)
            return 1;
        child->length += got;
        if (child->length > child->limit)
            return -EFBIG;
    }
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct child *child = userdata;
    int r = drain(child);

    if (r > 0)
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (r < 0)
        finish(child, r);
    return 0;
}

static void finish_exited(struct child *child, const siginfo_t *info)
{
    int r = drain(child);

    if (r < 0)
        finish(child, r);
    else
        finish(child, info->si_code == CLD_EXITED ? info->si_status : -EPROTO);
}

/* If the loop is late it may have exited by now; on_exited() reaps it. */
static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct child *child = userdata;
    siginfo_t info;

    memset(&info, 0, sizeof(info));
    if (waitid(P_PID, child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child->pid)
        finish_exited(child, &info);
    else
        finish(child, -ETIME);
    return 0;
}

static int on_exited(sd_event_source *source, const siginfo_t *info, void *userdata)
{
    struct child *child = userdata;

    /* The group outlives its leader if a grandchild holds on. */
    kill(-child->pid, SIGKILL);
    child->pid = 0;
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (child->orphan || child->told) {
        if (child->orphan)
            release(child);
        return 0;
    }
    finish_exited(child, info);
    return 0;
}

static int open_program(int root, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

static void settle_in(int output)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(null, 2) < 0)
        _exit(CHILD_NOT_STARTED);
}

static void become_program(int program, int output, char *const argv[])
{
    static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL};

    settle_in(output);
    syscall(SYS_execveat, program, "", argv, environment, AT_EMPTY_PATH);
    _exit(CHILD_NOT_STARTED);
}

/* The groups are looked up here, where it may wait. */
static int become_user(uid_t uid)
{
    struct passwd *user;

    if (uid == geteuid())
        return 0;
    user = getpwuid(uid);
    if (!user)
        return -1;
    if (initgroups(user->pw_name, user->pw_gid) < 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0)
        return -1;
    /* This takes all capabilities along, and the wish to end with the daemon. */
    if (setresuid(uid, uid, uid) < 0)
        return -1;
    return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void become_task(child_work work, const void *data, uid_t uid, int output)
{
    settle_in(output);
    /* A pipe that is full is to make the task wait. */
    if (fcntl(1, F_SETFL, 0) < 0 || become_user(uid) < 0)
        _exit(CHILD_NOT_STARTED);
    _exit(work(data, 1));
}

static int watch(struct child *child, sd_event *event, uint64_t deadline_usec)
{
    int r = sd_event_add_child(event, &child->exit_source, child->pid, WEXITED, on_exited, child);

    if (r < 0)
        return r;
    r = sd_event_add_io(event, &child->output_source, child->output, EPOLLIN, on_output, child);
    if (r < 0)
        return r;
    return sd_event_add_time_relative(event, &child->timer_source, CLOCK_MONOTONIC, deadline_usec, 10000,
                                      on_timeout, child);
}

/* An error, 0 in the child with `ret_theirs` to write to, or 1. */
static int split(sd_event *event, size_t limit, uint64_t deadline_usec, struct child **ret, int *ret_theirs)
{
    _cleanup_close_ int theirs = -1;
    struct child *child;
    int ends[2], r;

    child = calloc(1, sizeof(*child) + limit + 2);
    if (!child)
        return -ENOMEM;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        free(child);
        return -errno;
    }
    theirs = ends[1];
    child->output = ends[0];
    child->limit = limit;
    child->pid = fork();
    if (child->pid == 0) {
        *ret_theirs = take_fd(&theirs);
        return 0;
    }
    r = child->pid < 0 ? -errno : watch(child, event, deadline_usec);
    if (r < 0) {
        child_free(child);
        return r;
    }
    *ret = child;
    return 1;
}

int child_start(sd_event *event, int root, const char *path, char *const argv[], uint64_t deadline_usec,
                child_done done, void *userdata, struct child **ret)
{
    _cleanup_close_ int program = open_program(root, path);
    int theirs = -1, r;

    if (program < 0)
        return program;
    r = split(event, CHILD_OUTPUT_MAX, deadline_usec, ret, &theirs);
    if (r < 0)
        return r;
    if (r == 0)
        become_program(program, theirs, argv);
    (*ret)->done = done;
    (*ret)->userdata = userdata;
    return 0;
}

int child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
              uint64_t deadline_usec, child_done done, void *userdata, struct child **ret)
{
    int theirs = -1, r = split(event, limit, deadline_usec, ret, &theirs);

    if (r < 0)
        return r;
    if (r == 0)
        become_task(work, data, uid, theirs);
    (*ret)->done = done;
    (*ret)->userdata = userdata;
    return 0;
}
