/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child: its answer, its limits, its end */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../service/sys/child.h"
#include "../unit.h"

#define SECOND UINT64_C(1000000)

struct answer {
    sd_event *event;
    struct child *child;
    int root;
    unsigned calls;
    int status;
    size_t length;
    char output[CHILD_OUTPUT_MAX + 1];
    bool keep; /* done() does not free the child */
};

static int set_up(void **state)
{
    static struct answer answer;
    sigset_t signals;

    memset(&answer, 0, sizeof(answer));
    answer.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    assert_int_equal(sd_event_new(&answer.event), 0);
    *state = &answer;
    return 0;
}

static void run_for(struct answer *answer, uint64_t usec)
{
    uint64_t until, now;

    sd_event_now(answer->event, CLOCK_MONOTONIC, &now);
    for (until = now + usec; now < until;) {
        assert_true(sd_event_run(answer->event, until - now) >= 0);
        sd_event_now(answer->event, CLOCK_MONOTONIC, &now);
    }
}

static int tear_down(void **state)
{
    struct answer *answer = *state;

    answer->child = child_free(answer->child);
    run_for(answer, 50000); /* what was killed is reaped here */
    sd_event_unref(answer->event);
    close(answer->root);
    return 0;
}

static void on_done(void *userdata, int status, const char *output, size_t length)
{
    struct answer *answer = userdata;

    assert_in_range(length, 0, CHILD_OUTPUT_MAX);
    answer->calls++;
    answer->status = status;
    answer->length = length;
    memcpy(answer->output, output, length + 1);
    if (!answer->keep)
        answer->child = child_free(answer->child);
}

static void start(struct answer *answer, const char *script, uint64_t deadline_usec)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};

    answer->calls = 0;
    assert_int_equal(child_start(answer->event, answer->root, "bin/sh", argv, deadline_usec, on_done, answer,
                                 &answer->child),
                     0);
}

static void run(struct answer *answer, const char *script, uint64_t deadline_usec)
{
    start(answer, script, deadline_usec);
    for (int i = 0; i < 1000 && !answer->calls; i++)
        assert_true(sd_event_run(answer->event, 10000) >= 0);
    assert_int_equal(answer->calls, 1);
}

static pid_t printed_pid(const struct answer *answer)
{
    pid_t pid = atoi(answer->output);

    assert_true(pid > 1);
    return pid;
}

/* Its parent may be slow to reap it, so a zombie is gone too. */
static void assert_gone(pid_t pid)
{
    char path[64], state = 0;

    for (int i = 0; i < 100; i++) {
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        file = fopen(path, "re");
        if (!file)
            return;
        if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            state = 0;
        fclose(file);
        if (state == 'Z' || state == 'X')
            return;
        usleep(10000);
    }
    fail_msg("process %d is still there (%c)", pid, state);
}

static void test_exit_code_and_output(void **state)
{
    struct answer *answer = *state;

    run(answer, "echo hello; exit 3", 5 * SECOND);
    assert_int_equal(answer->status, 3);
    assert_string_equal(answer->output, "hello\n");
    assert_int_equal(answer->length, 6);
    run(answer, ":", 5 * SECOND);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->length, 0);
    run(answer, "kill -TERM $$", 5 * SECOND);
    assert_int_equal(answer->status, -EPROTO);
}

/* No input, no stderr, no fds of ours, a fixed environment, no way to more privilege. */
static void test_what_it_gets(void **state)
{
    struct answer *answer = *state;
    int kept = open("/dev/null", O_RDONLY); /* one that somebody forgot to close on exec would show */

    assert_true(kept >= 0);
    fcntl(kept, F_SETFD, FD_CLOEXEC);
    setenv("SECRET", "x", 1);
    run(answer,
        "cat; echo oops >&2; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort; "
        "grep NoNewPrivs /proc/self/status; cat /proc/self/status | grep SigBlk; "
        "readlink /proc/self/fd/0",
        5 * SECOND);
    assert_string_equal(answer->output, "LC_ALL=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
                                        "NoNewPrivs:\t1\nSigBlk:\t0000000000000000\n/dev/null\n");
    close(kept);
}

static void test_too_much_output(void **state)
{
    struct answer *answer = *state;

    run(answer, "echo $$; exec yes", 5 * SECOND);
    assert_int_equal(answer->status, -EFBIG);
    assert_gone(printed_pid(answer));
    run(answer, "head -c 4095 /dev/zero", 5 * SECOND);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->length, 4095);
}

static void test_as_much_output_as_fits(void **state)
{
    struct answer *answer = *state;

    run(answer, "head -c 4096 /dev/zero", 5 * SECOND);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->length, CHILD_OUTPUT_MAX);
}

static void test_the_deadline(void **state)
{
    struct answer *answer = *state;

    run(answer, "trap '' TERM; echo $$; sleep 100", SECOND);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
}

/* It is over before the loop looks, whose deadline has passed by then. */
static void test_the_loop_is_late(void **state)
{
    struct answer *answer = *state;

    start(answer, "echo x; exit 3", SECOND / 2);
    usleep(SECOND);
    run_for(answer, 50000);
    assert_int_equal(answer->calls, 1);
    assert_int_equal(answer->status, 3);
    assert_string_equal(answer->output, "x\n");
}

/*
 * The header says it: killed when a limit is passed, done() called once, whether or not it frees the child.
 */
static void test_the_deadline_kills_by_itself(void **state)
{
    struct answer *answer = *state;

    answer->keep = true;
    run(answer, "echo $$; exec sleep 100", SECOND);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
    run_for(answer, SECOND / 5);
    assert_int_equal(answer->calls, 1);
}

static void test_the_deadline_kills_the_group(void **state)
{
    struct answer *answer = *state;

    run(answer, "sleep 100 & echo $!; wait", SECOND);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
}

static void test_a_grandchild_does_not_outlive_it(void **state)
{
    struct answer *answer = *state;

    /* It holds on to the pipe, which must not hold us up either. */
    run(answer, "sleep 100 & echo $!", 5 * SECOND);
    assert_int_equal(answer->status, 0);
    assert_gone(printed_pid(answer));
}

static void test_output_closed_early(void **state)
{
    struct answer *answer = *state;

    run(answer, "echo x; exec >&-; sleep 0.2; exit 4", 5 * SECOND);
    assert_int_equal(answer->status, 4);
    assert_string_equal(answer->output, "x\n");
}

static void test_a_missing_program(void **state)
{
    struct answer *answer = *state;
    char *argv[] = {"x", NULL};

    assert_int_equal(child_start(answer->event, answer->root, "no/such", argv, SECOND, on_done, answer,
                                 &answer->child),
                     -ENOENT);
    assert_null(answer->child);
    assert_int_equal(child_start(answer->event, answer->root, "etc/passwd", argv, SECOND, on_done, answer,
                                 &answer->child),
                     0);
    run_for(answer, SECOND / 5);
    assert_int_equal(answer->calls, 1);
    assert_int_equal(answer->status, 127);
}

static void test_freed_while_it_runs(void **state)
{
    struct answer *answer = *state;
    int fds[2];
    char script[64], text[32] = "";

    assert_int_equal(pipe(fds), 0);
    snprintf(script, sizeof(script), "echo $$ > /proc/%d/fd/%d; exec sleep 100", getpid(), fds[1]);
    start(answer, script, 5 * SECOND);
    assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
    answer->child = child_free(answer->child);
    assert_null(answer->child);
    assert_gone(atoi(text));
    run_for(answer, SECOND / 10);
    assert_int_equal(answer->calls, 0);
    assert_null(child_free(NULL));
    close(fds[0]);
    close(fds[1]);
}

static void run_task(struct answer *answer, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec)
{
    answer->calls = 0;
    assert_int_equal(child_run(answer->event, work, data, uid, limit, deadline_usec, on_done, answer,
                               &answer->child),
                     0);
    for (int i = 0; i < 1000 && !answer->calls; i++)
        assert_true(sd_event_run(answer->event, 10000) >= 0);
    assert_int_equal(answer->calls, 1);
}

static int say_data(const void *data, int output)
{
    dprintf(output, "%s", (const char *)data);
    return 7;
}

static void test_a_task_says_and_ends(void **state)
{
    struct answer *answer = *state;

    run_task(answer, say_data, "hello", 0, 100, 5 * SECOND);
    assert_int_equal(answer->status, 7);
    assert_string_equal(answer->output, "hello");
    assert_int_equal(answer->length, 5);
    run_task(answer, say_data, "", 0, 100, 5 * SECOND);
    assert_int_equal(answer->status, 7);
    assert_int_equal(answer->length, 0);
}

static void test_a_tasks_limit_is_its_own(void **state)
{
    struct answer *answer = *state;

    run_task(answer, say_data, "hello", 0, 5, 5 * SECOND);
    assert_int_equal(answer->status, 7);
    assert_string_equal(answer->output, "hello");
    run_task(answer, say_data, "hello", 0, 4, 5 * SECOND);
    assert_int_equal(answer->status, -EFBIG);
    assert_string_equal(answer->output, "hell");
}

/* More than a pipe holds: it waits until we have read, and writes all of it. */
static int say_much(const void *data, int output)
{
    static char much[300000];
    size_t written = 0;

    while (written < sizeof(much)) {
        ssize_t r = write(output, much, sizeof(much) - written);

        if (r <= 0)
            return 1;
        written += r;
    }
    return 0;
}

static void on_much(void *userdata, int status, const char *output, size_t length)
{
    struct answer *answer = userdata;

    answer->calls++;
    answer->status = status;
    answer->length = length;
    answer->child = child_free(answer->child);
}

static void test_a_task_may_say_more_than_a_pipe_holds(void **state)
{
    struct answer *answer = *state;

    assert_int_equal(child_run(answer->event, say_much, NULL, 0, 300000, 5 * SECOND, on_much, answer,
                               &answer->child),
                     0);
    for (int i = 0; i < 1000 && !answer->calls; i++)
        assert_true(sd_event_run(answer->event, 10000) >= 0);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->length, 300000);
}

static int wait_for_ever(const void *data, int output)
{
    dprintf(output, "%d", getpid());
    while (pause() < 0)
        continue;
    return 0;
}

static void test_a_tasks_deadline(void **state)
{
    struct answer *answer = *state;

    run_task(answer, wait_for_ever, NULL, 0, 100, SECOND);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
}

static int end_by_a_signal(const void *data, int output)
{
    return kill(getpid(), SIGKILL);
}

static void test_a_task_that_is_killed(void **state)
{
    struct answer *answer = *state;

    run_task(answer, end_by_a_signal, NULL, 0, 100, 5 * SECOND);
    assert_int_equal(answer->status, -EPROTO);
}

/* Who it is, what it may, and what ends it. */
static int say_who(const void *data, int output)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    int signal_number = 0;

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, "Uid:", 4) == 0 || strncmp(line, "Gid:", 4) == 0 ||
            strncmp(line, "Groups:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0 ||
            strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "NoNewPrivs:", 11) == 0)
            dprintf(output, "%s", line);
    prctl(PR_GET_PDEATHSIG, &signal_number);
    dprintf(output, "death: %d\n", signal_number);
    return 0;
}

static void test_another_user_has_no_privilege(void **state)
{
    struct answer *answer = *state;
    struct passwd *user = getpwnam("nobody");
    char expected[400];

    assert_non_null(user);
    run_task(answer, say_who, NULL, user->pw_uid, 1000, 5 * SECOND);
    assert_int_equal(answer->status, 0);
    snprintf(expected, sizeof(expected),
             "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t%u \nCapPrm:\t0000000000000000\n"
             "CapEff:\t0000000000000000\nNoNewPrivs:\t1\ndeath: 9\n",
             user->pw_uid, user->pw_uid, user->pw_uid, user->pw_uid, user->pw_gid, user->pw_gid, user->pw_gid,
             user->pw_gid, user->pw_gid);
    assert_string_equal(answer->output, expected);
    run_task(answer, say_who, NULL, 0, 1000, 5 * SECOND); /* positive control */
    assert_non_null(strstr(answer->output, "Uid:\t0\t0\t0\t0\n"));
    assert_non_null(strstr(answer->output, "death: 9\n"));
    assert_null(strstr(answer->output, "CapEff:\t0000000000000000"));
}

/* A uid without a name has no groups to be looked up. */
static void test_a_user_that_is_none(void **state)
{
    struct answer *answer = *state;

    assert_null(getpwuid(4000000000u));
    run_task(answer, say_data, "hello", 4000000000u, 100, 5 * SECOND);
    assert_int_equal(answer->status, CHILD_NOT_STARTED);
    assert_int_equal(answer->length, 0);
}

#define CHILD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHILD_TEST(test_exit_code_and_output),
        CHILD_TEST(test_what_it_gets),
        CHILD_TEST(test_too_much_output),
        CHILD_TEST(test_as_much_output_as_fits),
        CHILD_TEST(test_the_loop_is_late),
        CHILD_TEST(test_the_deadline),
        CHILD_TEST(test_the_deadline_kills_by_itself),
        CHILD_TEST(test_the_deadline_kills_the_group),
        CHILD_TEST(test_a_grandchild_does_not_outlive_it),
        CHILD_TEST(test_output_closed_early),
        CHILD_TEST(test_a_missing_program),
        CHILD_TEST(test_freed_while_it_runs),
        CHILD_TEST(test_a_task_says_and_ends),
        CHILD_TEST(test_a_tasks_limit_is_its_own),
        CHILD_TEST(test_a_task_may_say_more_than_a_pipe_holds),
        CHILD_TEST(test_a_tasks_deadline),
        CHILD_TEST(test_a_task_that_is_killed),
        CHILD_TEST(test_another_user_has_no_privilege),
        CHILD_TEST(test_a_user_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
