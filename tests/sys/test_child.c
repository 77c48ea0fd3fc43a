/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child: its answer, its limits, its end */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

    run(answer, "trap '' TERM; echo $$; sleep 100", SECOND / 5);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
}

/*
 * The header says it: killed when a limit is passed, done() called once, whether or not it frees the child.
 */
static void test_the_deadline_kills_by_itself(void **state)
{
    struct answer *answer = *state;

    answer->keep = true;
    run(answer, "echo $$; exec sleep 100", SECOND / 5);
    assert_int_equal(answer->status, -ETIME);
    assert_gone(printed_pid(answer));
    run_for(answer, SECOND / 5);
    assert_int_equal(answer->calls, 1);
}

static void test_the_deadline_kills_the_group(void **state)
{
    struct answer *answer = *state;

    run(answer, "sleep 100 & echo $!; wait", SECOND / 5);
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

#define CHILD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHILD_TEST(test_exit_code_and_output),
        CHILD_TEST(test_what_it_gets),
        CHILD_TEST(test_too_much_output),
        CHILD_TEST(test_as_much_output_as_fits),
        CHILD_TEST(test_the_deadline),
        CHILD_TEST(test_the_deadline_kills_by_itself),
        CHILD_TEST(test_the_deadline_kills_the_group),
        CHILD_TEST(test_a_grandchild_does_not_outlive_it),
        CHILD_TEST(test_output_closed_early),
        CHILD_TEST(test_a_missing_program),
        CHILD_TEST(test_freed_while_it_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
