/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of toast: how the runs of PowerShell go and end; a shell script stands in for it */
#include "../unit.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../tray/toast.h"

struct stage {
    char *folder, *powershell;
    struct toast *toast;
};

static guint warnings;

static void count_warnings(const char *domain, GLogLevelFlags level, const char *text, gpointer userdata)
{
    if (level & G_LOG_LEVEL_WARNING)
        warnings++;
}

static int set_up(void **state)
{
    struct stage *stage = g_new0(struct stage, 1);

    stage->folder = g_dir_make_tmp("toast-XXXXXX", NULL);
    assert_non_null(stage->folder);
    stage->powershell = g_build_filename(stage->folder, "it's $HOME = a power`shell`.exe", NULL);
    warnings = 0;
    *state = stage;
    return 0;
}

static void remove_all(const char *folder)
{
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(files))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
}

/* What was ended still has callbacks to come. */
static void settle(void)
{
    for (int i = 0; i < 50; i++) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(1000);
    }
}

static int tear_down(void **state)
{
    struct stage *stage = *state;

    toast_free(stage->toast);
    settle();
    remove_all(stage->folder);
    g_free(stage->folder);
    g_free(stage->powershell);
    g_free(stage);
    return 0;
}

/* The script starts in our folder, and `text` is what it does. */
static void fake(struct stage *stage, const char *text)
{
    g_autofree char *script = g_strdup_printf("#!/bin/sh\nhere=$(pwd)\ncd '%s'\n%s\n", stage->folder, text);
    g_autofree char *fresh = g_strconcat(stage->powershell, ".new", NULL);

    assert_true(g_file_set_contents(fresh, script, -1, NULL));
    assert_int_equal(g_chmod(fresh, 0700), 0);
    assert_int_equal(g_rename(fresh, stage->powershell), 0);
    if (!stage->toast)
        stage->toast = toast_new(stage->powershell);
}

static char *contents(struct stage *stage, const char *name)
{
    g_autofree char *path = g_build_filename(stage->folder, name, NULL);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void put(struct stage *stage, const char *name)
{
    g_autofree char *path = g_build_filename(stage->folder, name, NULL);

    assert_true(g_file_set_contents(path, "", 0, NULL));
}

/* Until the file is there; scripts write it elsewhere and move it, or it is written by one echo. */
static char *await(struct stage *stage, const char *name)
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    char *text;

    while (!(text = contents(stage, name)) || !*text) {
        g_free(text);
        if (g_get_monotonic_time() > end)
            fail_msg("there is no %s", name);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
    return text;
}

static void await_and_forget(struct stage *stage, const char *name)
{
    g_autofree char *path = g_build_filename(stage->folder, name, NULL);

    g_free(await(stage, name));
    g_unlink(path);
}

/* It was started by what was killed, so it becomes ours; nobody else waits for it. */
static void assert_killed(pid_t pid)
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) != pid) {
        if (g_get_monotonic_time() > end) {
            kill(pid, SIGKILL);
            fail_msg("%d lives", (int)pid);
        }
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static pid_t await_pid(struct stage *stage, const char *name)
{
    g_autofree char *text = await(stage, name);

    return (pid_t)g_ascii_strtoll(text, NULL, 10);
}

#define KEEP_STDIN "cat >stdin.new; mv stdin.new stdin"

static void test_a_configured_one(void **state)
{
    struct stage *stage = *state;
    g_autofree char *found = NULL, *none = g_build_filename(stage->folder, "none", NULL);
    g_autofree char *plain = g_build_filename(stage->folder, "plain", NULL);

    fake(stage, "");
    put(stage, "plain");
    found = toast_find_powershell(stage->powershell);
    assert_string_equal(found, stage->powershell);
    assert_null(toast_find_powershell(none));
    assert_null(toast_find_powershell(plain));         /* is not to be run */
    assert_null(toast_find_powershell(stage->folder)); /* is no file */
    assert_null(toast_find_powershell("sh"));
}

static void test_a_run(void **state)
{
    struct stage *stage = *state;
    g_autofree char *expected = toast_input("show", "a b", "it's \"$(calc)\"", "`x`\n\303\244", FALSE);
    g_autofree char *stdin_text = NULL, *seen = NULL;

    g_setenv("WSL_INTEROP", "/run/WSL/9_interop", TRUE);
    g_setenv("TOAST_TEST", "kept", TRUE);
    fake(stage, "printf '%s\\n' \"$#\" \"$@\" \"$here\" \"${WSL_INTEROP-unset}\" \"$TOAST_TEST\" >seen\n"
                "sh -c 'kill -PIPE $$' && echo survived >>seen\n" KEEP_STDIN);
    toast_show(stage->toast, "a b", "it's \"$(calc)\"", "`x`\n\303\244", FALSE);
    stdin_text = await(stage, "stdin");
    assert_string_equal(stdin_text, expected);
    seen = contents(stage, "seen");
    assert_string_equal(seen, "5\n-NoLogo\n-NoProfile\n-NonInteractive\n-Command\n-\n/\nunset\nkept\n");
    g_unsetenv("WSL_INTEROP");
    assert_int_equal(warnings, 0);
}

static void test_a_withdrawal_runs(void **state)
{
    struct stage *stage = *state;
    g_autofree char *expected = toast_input("withdraw", "a", NULL, NULL, TRUE), *stdin_text = NULL;

    fake(stage, KEEP_STDIN);
    toast_withdraw(stage->toast, "a");
    stdin_text = await(stage, "stdin");
    assert_string_equal(stdin_text, expected);
}

/* Titles of those that ran, in order. The first run waits until it may go on. */
static void run_many(struct stage *stage)
{
    fake(stage, "tail -n 1 >line; echo started >started; until [ -e go ]; do sleep 0.01; done\n"
                "sed 's/.*\"act\":\"\\([^\"]*\\)\".*\"title\":\"\\([^\"]*\\)\".*/\\1 \\2/' line >>log\n"
                "if grep -q '\"last\"' line; then cp log all.new; mv all.new all; fi");
    toast_show(stage->toast, "first", "first", "", FALSE);
    await_and_forget(stage, "started");
}

static void test_the_queue(void **state)
{
    struct stage *stage = *state;
    GString *expected = g_string_new("show first\n");
    g_autofree char *all = NULL;

    run_many(stage);
    for (int i = 0; i < 20; i++) {
        g_autofree char *title = g_strdup_printf("%d", i);

        toast_show(stage->toast, title, title, "", FALSE);
        if (i >= 5) /* 15 and the last one wait */
            g_string_append_printf(expected, "show %d\n", i);
    }
    toast_show(stage->toast, "last", "last", "", FALSE);
    g_string_append(expected, "show last\n");
    put(stage, "go");
    all = await(stage, "all");
    assert_string_equal(all, expected->str);
    g_string_free(expected, TRUE);
}

static void test_a_newer_one_replaces_what_waits(void **state)
{
    struct stage *stage = *state;
    g_autofree char *all = NULL;

    run_many(stage);
    toast_show(stage->toast, "first", "first again", "", FALSE); /* the first does not wait, it runs */
    toast_show(stage->toast, "a", "old", "", FALSE);
    toast_show(stage->toast, "b", "never", "", FALSE);
    toast_show(stage->toast, "a", "new", "", FALSE);
    toast_withdraw(stage->toast, "b");
    toast_show(stage->toast, "last", "last", "", FALSE);
    put(stage, "go");
    all = await(stage, "all");
    assert_string_equal(all, "show first\nshow first again\nshow new\nwithdraw \nshow last\n");
}

/* Whatever the first one did: the next one runs soon, and there is one warning at most. */
static void assert_the_next_one_runs(struct stage *stage, guint expected_warnings)
{
    gint64 start = g_get_monotonic_time();

    fake(stage, KEEP_STDIN);
    toast_show(stage->toast, "next", "next", "", FALSE);
    await_and_forget(stage, "stdin");
    assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC);
    assert_int_equal(warnings, expected_warnings);
}

#define GRANDCHILD "sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >pid\n"

static void test_one_that_hangs(void **state)
{
    struct stage *stage = *state;

    fake(stage, GRANDCHILD "exec sleep 1000");
    toast_set_limit(stage->toast, 1500);
    toast_show(stage->toast, "a", "", "", FALSE);
    assert_killed(await_pid(stage, "pid"));
    toast_set_limit(stage->toast, 15000);
    assert_the_next_one_runs(stage, 1);
}

static void test_one_that_floods(void **state)
{
    struct stage *stage = *state;

    fake(stage, GRANDCHILD "exec yes");
    toast_show(stage->toast, "a", "", "", FALSE);
    assert_killed(await_pid(stage, "pid"));
    assert_the_next_one_runs(stage, 1);
}

static void test_one_that_floods_by_its_errors(void **state)
{
    struct stage *stage = *state;

    fake(stage, GRANDCHILD "exec yes >&2");
    toast_show(stage->toast, "a", "", "", FALSE);
    assert_killed(await_pid(stage, "pid"));
    assert_the_next_one_runs(stage, 1);
}

static void test_one_that_says_much_but_not_too_much(void **state)
{
    struct stage *stage = *state;

    fake(stage, "head -c 65536 /dev/zero && sleep 0.3 && echo done >done");
    toast_show(stage->toast, "a", "", "", FALSE);
    await_and_forget(stage, "done");
    assert_the_next_one_runs(stage, 0);
}

static void test_one_that_leaves_somebody_behind(void **state)
{
    struct stage *stage = *state;

    fake(stage, "sleep 1000 & echo $! >pid"); /* who holds the output open */
    toast_show(stage->toast, "a", "", "", FALSE);
    assert_killed(await_pid(stage, "pid"));
    assert_the_next_one_runs(stage, 0);
}

static void test_one_that_reads_nothing(void **state)
{
    struct stage *stage = *state;
    struct sigaction action;

    fake(stage, "exec <&-; echo done >done");
    assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
    assert_ptr_equal(action.sa_handler, SIG_IGN);
    for (int i = 0; i < 10; i++) {
        toast_show(stage->toast, "a", "title", "body", FALSE);
        await_and_forget(stage, "done");
    }
    assert_the_next_one_runs(stage, 0);
}

static void test_failures_are_told_once(void **state)
{
    struct stage *stage = *state;

    fake(stage, "echo done >done; exit 3");
    for (int i = 0; i < 3; i++) {
        toast_show(stage->toast, "a", "", "", FALSE);
        await_and_forget(stage, "done");
        settle();
    }
    assert_int_equal(warnings, 1);
    g_unlink(stage->powershell);
    toast_show(stage->toast, "a", "", "", FALSE);
    settle();
    assert_the_next_one_runs(stage, 1);
}

static void test_a_failure_does_not_hold_up_the_next(void **state)
{
    struct stage *stage = *state;

    fake(stage, "echo >>runs; [ $(wc -l <runs) -lt 2 ] || echo done >done; exit 3");
    toast_show(stage->toast, "a", "", "", FALSE);
    toast_show(stage->toast, "b", "", "", FALSE);
    await_and_forget(stage, "done");
}

/* Before anybody asks for its number. */
static void test_many_that_end_at_once(void **state)
{
    struct stage *stage = *state;

    for (int i = 0; i < 50; i++) {
        fake(stage, "");
        toast_show(stage->toast, "a", "", "", FALSE);
        g_usleep(1000 * (guint)(i % 5));
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    assert_the_next_one_runs(stage, 0);
}

static void test_the_end_kills(void **state)
{
    struct stage *stage = *state;

    fake(stage, GRANDCHILD "exec sleep 1000");
    toast_show(stage->toast, "a", "", "", FALSE);
    toast_show(stage->toast, "b", "", "", FALSE);
    g_free(await(stage, "pid"));
    toast_free(g_steal_pointer(&stage->toast));
    assert_killed(await_pid(stage, "pid"));
    toast_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_configured_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_withdrawal_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_one_replaces_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_floods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_floods_by_its_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_says_much_but_not_too_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_leaves_somebody_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_reads_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures_are_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failure_does_not_hold_up_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_that_end_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_kills, set_up, tear_down),
    };

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    g_log_set_default_handler(count_warnings, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
