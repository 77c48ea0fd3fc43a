/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of Windows: which one is run and how, and what becomes of one that misbehaves */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../service/sys/child.h"
#include "../../service/sys/winrun.h"
#include "../scratch.h"
#include "../unit.h"

#define LIMIT   65536
#define PROGRAM "mnt/c/Program Files/App/app.exe"
#define FOLDER  "/mnt/c/Program Files/App"
/* Begins as a program of Windows does, and sets a variable to the shell. */
#define SAYS(script) "MZ=1\n" script "\n"

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct winrun *winrun;
    unsigned calls;
    int status;
    size_t length;
    char output[LIMIT + 1];
};

static struct stand stand;
/* What a file system of Windows calls itself here, where none can be mounted, and how long a test waits. */
static long type;
static uint64_t patience_usec;
static bool handed_over;

int fstatfs(int fd, struct statfs *fs)
{
    int r = syscall(SYS_fstatfs, fd, fs);

    fs->f_type = type;
    return r;
}

int __wrap_fexecve(int fd, char *const argv[], char *const envp[]);

/* As binfmt_misc does it: the interpreter gets a name of what is open already. */
int __wrap_fexecve(int fd, char *const argv[], char *const envp[])
{
    char name[32], *words[8] = {"init", name};

    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    if (!handed_over || fcntl(fd, F_GETFD) & FD_CLOEXEC) {
        errno = ENOEXEC;
        return -1;
    }
    for (size_t i = 0; i < 5; i++)
        if (!(words[2 + i] = argv[i]))
            break;
    return execve("/bin/sh", words, envp);
}

int __real_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);
int __wrap_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret);

int __wrap_child_run(sd_event *event, child_work work, const void *data, uid_t uid, size_t limit,
                     uint64_t deadline_usec, child_done done, void *userdata, struct child **ret)
{
    assert_int_equal(deadline_usec, 15000000);
    return __real_child_run(event, work, data, uid, limit, patience_usec, done, userdata, ret);
}

static int set_up(void **state)
{
    sigset_t signals;

    memset(&stand, 0, sizeof(stand));
    type = 0x01021997; /* 9p */
    patience_usec = 15000000;
    handed_over = true;
    scratch_make(&stand.scratch);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return sd_event_new(&stand.event) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    siginfo_t info;

    assert_null(winrun_free(stand.winrun));
    /* Nobody is left behind. */
    for (int i = 0; i < 500 && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0; i++)
        sd_event_run(stand.event, 10000);
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
    sd_event_unref(stand.event);
    scratch_remove(&stand.scratch);
    return 0;
}

static void on_done(void *userdata, int status, const char *output, size_t length)
{
    assert_in_range(length, 0, LIMIT);
    assert_int_equal(output[length], 0);
    memcpy(stand.output, output, length + 1);
    stand.status = status;
    stand.length = length;
    stand.calls++;
    stand.winrun = winrun_free(stand.winrun);
}

static void start(void)
{
    char *argv[] = {"app.exe", "status", "--json", NULL};

    stand.calls = 0;
    assert_int_equal(winrun_start(stand.event, stand.scratch.root, PROGRAM, argv, LIMIT, on_done, NULL,
                                  &stand.winrun),
                     0);
}

static void assert_ends(int status)
{
    start();
    for (int i = 0; i < 2000 && !stand.calls; i++)
        assert_true(sd_event_run(stand.event, 10000) >= 0);
    assert_int_equal(stand.calls, 1);
    assert_int_equal(stand.status, status);
}

static void install(const char *text)
{
    scratch_write(&stand.scratch, PROGRAM, text);
}

static void assert_says(const char *script, int status, const char *said)
{
    install(script);
    assert_ends(status);
    assert_string_equal(stand.output, said);
}

static void test_what_it_says_comes_back(void **state)
{
    assert_says(SAYS("printf 'a\\r\\nb'"), 0, "a\r\nb");
    assert_says(SAYS("printf 'a\\0b'; exit 7"), 7, "a");
    assert_int_equal(stand.length, 3);
    assert_says(SAYS("exit 0"), 0, "");
    assert_says(SAYS("echo not this >&2"), 0, "");
    type = 0x65735546; /* virtiofs */
    assert_says(SAYS("echo ${0%%[0-9]*} $1 $2 $3 $4"), 0, "/dev/fd/ app.exe status --json\n");
}

static void test_it_has_a_small_world(void **state)
{
    char wanted[PATH_MAX];

    setenv("WSL_INTEROP", "/run/WSL/9_interop", 1);
    assert_says(SAYS("env | grep -v -e ^PWD= -e ^_= -e ^MZ= -e ^OLDPWD= -e ^SHLVL="), 0,
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
    unsetenv("WSL_INTEROP");
    assert_says(SAYS("readlink /proc/self/fd/0"), 0, "/dev/null\n");
    snprintf(wanted, sizeof(wanted), "%s" FOLDER "\n", stand.scratch.path);
    assert_says(SAYS("pwd -P"), 0, wanted);
}

static void test_only_a_program_of_windows_is_run(void **state)
{
    assert_ends(-ENOENT);
    assert_says("#!/bin/sh\necho run\n", -ENOEXEC, "");
    assert_says("M", -ENOEXEC, "");
    assert_says("", -ENOEXEC, "");
    type = 0xef53; /* ext4 */
    assert_says(SAYS("echo run"), -EXDEV, "");
    type = 0x01021997;
    handed_over = false;
    assert_says(SAYS("echo run"), -ENOEXEC, "");
    handed_over = true;
    assert_says(SAYS("echo run"), 0, "run\n");
}

static void test_only_a_file_is_run(void **state)
{
    scratch_fifo(&stand.scratch, PROGRAM);
    assert_ends(-EINVAL);
    scratch_unlink(&stand.scratch, PROGRAM);
    scratch_mkdir(&stand.scratch, PROGRAM);
    assert_ends(-EINVAL);
}

/* Links lead nowhere beyond the root. */
static void test_it_is_below_the_root(void **state)
{
    install("");
    scratch_unlink(&stand.scratch, PROGRAM);
    scratch_link(&stand.scratch, PROGRAM, "/bin/sh");
    assert_ends(-ENOENT);
    scratch_write(&stand.scratch, "bin/sh", SAYS("echo below"));
    assert_ends(0);
    assert_string_equal(stand.output, "below\n");
}

static void test_one_that_hangs_is_ended_with_what_it_started(void **state)
{
    patience_usec = 300000;
    install(SAYS("echo first; sleep 1000 & sleep 1000"));
    assert_ends(-ETIME);
    assert_string_equal(stand.output, "first\n");
}

static void test_one_that_does_not_stop_talking(void **state)
{
    install(SAYS("exec yes"));
    assert_ends(-EFBIG);
    assert_int_equal(stand.length, LIMIT);
    assert_memory_equal(stand.output, "y\ny\n", 4);
    /* As much as is allowed, and one byte more. */
    assert_says(SAYS("head -c 65536 /dev/zero"), 0, "");
    assert_int_equal(stand.length, LIMIT);
    assert_says(SAYS("head -c 65537 /dev/zero; sleep 1000"), -EFBIG, "");
}

static void test_one_that_is_killed(void **state)
{
    assert_says(SAYS("echo a; kill -9 $$"), -EPROTO, "a\n");
}

static void test_it_goes_while_it_runs(void **state)
{
    install(SAYS("rm app.exe; echo gone"));
    assert_ends(0);
    assert_string_equal(stand.output, "gone\n");
    assert_ends(-ENOENT);
}

static void test_nobody_wants_to_know_any_more(void **state)
{
    install(SAYS("sleep 1000"));
    start();
    for (int i = 0; i < 20; i++)
        sd_event_run(stand.event, 1000);
    stand.winrun = winrun_free(stand.winrun);
    sd_event_run(stand.event, 100000);
    assert_int_equal(stand.calls, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_what_it_says_comes_back),
        STAND_TEST(test_it_has_a_small_world),
        STAND_TEST(test_only_a_program_of_windows_is_run),
        STAND_TEST(test_only_a_file_is_run),
        STAND_TEST(test_it_is_below_the_root),
        STAND_TEST(test_one_that_hangs_is_ended_with_what_it_started),
        STAND_TEST(test_one_that_does_not_stop_talking),
        STAND_TEST(test_one_that_is_killed),
        STAND_TEST(test_it_goes_while_it_runs),
        STAND_TEST(test_nobody_wants_to_know_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
