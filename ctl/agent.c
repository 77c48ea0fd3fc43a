/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent: asks for a password on this terminal when polkit wants one. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define AGENT_READY_MSEC 15000 /* polkit may have to be started for it */
#define AGENT_END_MSEC   2000
#define AGENT_STEP_MSEC  5

static bool agent_is_useful(void)
{
    return geteuid() != 0 && isatty(STDIN_FILENO) && (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO));
}

/* polkit ignores a fallback agent of a process without a session, and no WSL shell has one. */
static bool agent_has_session(void)
{
    _free_ char *session = NULL;

    return sd_pid_get_session(0, &session) >= 0 || sd_uid_get_display(getuid(), &session) >= 0;
}

static void __attribute__((noreturn)) agent_exec(pid_t parent, int notify, bool fallback)
{
    char pid[16], fd[16];
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* The parent may have died before the kernel knew of the wish. */
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fcntl(notify, F_SETFD, 0);
    snprintf(pid, sizeof(pid), "%d", parent);
    snprintf(fd, sizeof(fd), "%d", notify);
    execlp("pkttyagent", "pkttyagent", "--process", pid, "--notify-fd", fd, fallback ? "--fallback" : NULL,
           NULL);
    _exit(EXIT_FAILURE);
}

/* The agent closes its end once polkit knows it; so does its death. */
static void agent_await(int notify)
{
    struct pollfd end = {.fd = notify, .events = POLLIN};
    char ignored[64];
    int left = AGENT_READY_MSEC;

    while (left > 0) {
        struct timespec before, after;

        clock_gettime(CLOCK_MONOTONIC, &before);
        if (poll(&end, 1, left) > 0 && read(notify, ignored, sizeof(ignored)) <= 0)
            return;
        clock_gettime(CLOCK_MONOTONIC, &after);
        left -= (int)((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000);
    }
}

int agent_start(pid_t *ret)
{
    pid_t parent = getpid();
    bool fallback;
    int notify[2];
    pid_t pid;

    if (!agent_is_useful())
        return 0;
    fallback = agent_has_session();
    if (pipe2(notify, O_CLOEXEC) < 0)
        return -errno;
    pid = fork();
    if (pid == 0)
        agent_exec(parent, notify[1], fallback);
    close(notify[1]);
    if (pid > 0) {
        agent_await(notify[0]);
        *ret = pid;
    }
    close(notify[0]);
    return pid < 0 ? -EAGAIN : 0;
}

void agent_end(pid_t *agent)
{
    const struct timespec step = {.tv_nsec = AGENT_STEP_MSEC * 1000000L};

    if (*agent <= 0)
        return;
    kill(*agent, SIGTERM);
    kill(*agent, SIGCONT);
    for (int waited = 0; waited < AGENT_END_MSEC; waited += AGENT_STEP_MSEC) {
        if (waitpid(*agent, NULL, WNOHANG) != 0)
            return;
        nanosleep(&step, NULL);
    }
    kill(*agent, SIGKILL);
    waitpid(*agent, NULL, 0);
}
