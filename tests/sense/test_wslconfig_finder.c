/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose .wslconfig counts, and what is in it, below a scratch root */
#include "../../service/sense/wslconfig_finder.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../service/state/wsl_config.h"
#include "../scratch.h"
#include "../unit.h"

#define USERS   "mnt/c/Users"
#define ANN     "mnt/c/Users/Ann/.wslconfig"
#define BOB     "mnt/c/Users/Bob/.wslconfig"
#define STAYS   "[general]\ninstanceIdleTimeout=-1\n"
#define STOPS   "[general]\ninstanceIdleTimeout=60000\n"
#define REMARKS "[network]\ngenerateResolvConf=false\n[general]\ninstanceIdleTimeout=-1\n"

static struct wslconfig_fact fact;

static void look(const struct scratch *scratch)
{
    memset(&fact, 0xa5, sizeof(fact));
    wslconfig_finder_read(scratch->root, &fact);
}

static void assert_unknown(const struct scratch *scratch)
{
    static const struct wslconfig_fact nothing;

    look(scratch);
    assert_memory_equal(&fact, &nothing, sizeof(fact));
}

static void assert_files(const struct scratch *scratch, uint32_t folders, uint32_t files, uint32_t staying)
{
    look(scratch);
    assert_int_equal(fact.folders, folders);
    assert_int_equal(fact.files, files);
    assert_int_equal(fact.staying, staying);
}

static void assert_meant(const char *path, int32_t idle_msec, uint32_t first_line, uint32_t remarks)
{
    assert_string_equal(fact.path, path);
    assert_int_equal(fact.idle_msec, idle_msec);
    assert_int_equal(fact.first_line, first_line);
    assert_int_equal(fact.remarks, remarks);
}

static void test_without_users(void **state)
{
    struct scratch *scratch = *state;

    assert_unknown(scratch);
    scratch_write(scratch, "mnt/c/Windows/System32/cmd.exe", "MZ");
    assert_unknown(scratch);
    scratch_mkdir(scratch, USERS);
    assert_unknown(scratch);
}

static void test_the_systems_folders_are_no_users(void **state)
{
    static const char *const names[] = {"Public", "default", "Default User", "All Users", "desktop.ini"};
    struct scratch *scratch = *state;
    char path[64];

    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof(path), USERS "/%s/.wslconfig", names[i]);
        scratch_write(scratch, path, STOPS);
    }
    scratch_write(scratch, USERS "/notes.txt", "no folder");
    assert_unknown(scratch);
    scratch_mkdir(scratch, USERS "/Ann");
    assert_files(scratch, 1, 0, 0);
}

static void test_of_one_user_it_counts_or_is_missing(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, USERS "/Ann");
    assert_files(scratch, 1, 0, 0);
    assert_meant("/" ANN, 15000, 0, 0);
    scratch_write(scratch, ANN, "");
    assert_files(scratch, 1, 1, 0);
    assert_meant("/" ANN, 15000, 0, 0);
    scratch_write(scratch, ANN, STAYS);
    assert_files(scratch, 1, 1, 1);
    assert_meant("/" ANN, -1, 0, 0);
    scratch_write(scratch, ANN, REMARKS);
    assert_files(scratch, 1, 1, 1);
    assert_meant("/" ANN, -1, 2, 1);
}

static void test_of_several_those_with_a_file_count(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, USERS "/Ann");
    scratch_mkdir(scratch, USERS "/Bob");
    assert_files(scratch, 2, 0, 0);
    assert_meant("", 15000, 0, 0); /* whose is missing is not known */
    scratch_write(scratch, BOB, STAYS);
    assert_files(scratch, 2, 1, 1);
    assert_meant("/" BOB, -1, 0, 0);
    /* One that lets it stop is meant before one that does not, */
    scratch_write(scratch, ANN, STOPS);
    assert_files(scratch, 2, 2, 1);
    assert_meant("/" ANN, 60000, 0, 0);
    scratch_write(scratch, ANN, STAYS);
    scratch_write(scratch, BOB, STOPS);
    assert_files(scratch, 2, 2, 1);
    assert_meant("/" BOB, 60000, 0, 0);
    /* whatever else is wrong with that, */
    scratch_write(scratch, ANN, REMARKS);
    assert_files(scratch, 2, 2, 1);
    assert_meant("/" BOB, 60000, 0, 0);
    /* and one with remarks before one without. */
    scratch_write(scratch, ANN, STAYS);
    scratch_write(scratch, BOB, REMARKS);
    assert_files(scratch, 2, 2, 2);
    assert_meant("/" BOB, -1, 2, 1);
}

static void test_the_key_as_wsl_reads_it(void **state)
{
    static const struct {
        const char *text;
        int32_t idle_msec;
        uint32_t remarks;
    } rows[] = {
        {"[General]\r\nINSTANCEIDLETIMEOUT = -1\r\n", -1, 0},
        {"[general]\ninstanceIdleTimeout=0\n", 0, 0},
        {"[general]\ninstanceIdleTimeout=-1\ninstanceIdleTimeout=5\n", -1, 1},
        {"[general]\ninstanceIdleTimeout=never\ninstanceIdleTimeout=-1\n", 15000,
         2}, /* it blocks the other */
        {"[wsl2]\ninstanceIdleTimeout=-1\n", 15000, 1},
        {"[wsl2]\nvmIdleTimeout=-1\n", 15000, 0},
        {"\xef\xbb\xbf[general]\ninstanceIdleTimeout=-1\n", -1, 0},
        {"; no comment\n[general]\ninstanceIdleTimeout=-1\n", -1, 1}, /* that line alone is ignored */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        scratch_write(*state, ANN, rows[i].text);
        look(*state);
        if (fact.idle_msec != rows[i].idle_msec || fact.remarks != rows[i].remarks ||
            fact.staying != (rows[i].idle_msec < 0))
            fail_msg("row %zu: %d, %u remarks", i, fact.idle_msec, fact.remarks);
    }
}

static void test_where_drives_are_mounted(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "win/c/Users/Ann/.wslconfig", STAYS);
    scratch_write(scratch, BOB, STOPS);
    scratch_write(scratch, "win/d/Users/Eve/.wslconfig", STOPS);
    scratch_write(scratch, "etc/wsl.conf", "[automount]\nroot = /win\n");
    assert_files(scratch, 1, 1, 1);
    assert_meant("/win/c/Users/Ann/.wslconfig", -1, 0, 0);
}

/* Windows keeps other users' folders shut, whoever asks here. */
static void test_what_is_shut_is_anothers(void **state)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    struct scratch *scratch = *state;
    int status = 0;
    pid_t child;

    scratch_write(scratch, ANN, STAYS);
    scratch_write(scratch, BOB, STOPS);
    assert_int_equal(fchmodat(scratch->root, USERS "/Bob", 0, 0), 0);
    child = fork();
    if (child == 0) {
        /* Root is let in everywhere. */
        if (syscall(SYS_capset, &header, none) < 0)
            _exit(2);
        look(scratch);
        _exit(fact.folders != 1 || fact.files != 1 || fact.staying != 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fchmodat(scratch->root, USERS "/Bob", 0755, 0), 0);
}

/* Windows may read it, so that it is missing cannot be said. */
static void test_what_cannot_be_read_leaves_all_unknown(void **state)
{
    static char large[WSL_CONFIG_SIZE_MAX + 1];
    struct scratch *scratch = *state;

    scratch_write(scratch, BOB, STAYS);
    scratch_mkdir(scratch, USERS "/Ann");
    scratch_link(scratch, ANN, "/mnt/d/dots/.wslconfig");
    assert_unknown(scratch);
    scratch_write(scratch, "mnt/d/dots/.wslconfig", STOPS);
    assert_files(scratch, 2, 2, 1);
    scratch_unlink(scratch, ANN);
    scratch_fifo(scratch, ANN);
    assert_unknown(scratch);
    scratch_unlink(scratch, ANN);
    memset(large, '\n', sizeof(large));
    scratch_write_bytes(scratch, ANN, large, sizeof(large));
    assert_unknown(scratch);
    scratch_write_bytes(scratch, ANN, large, sizeof(large) - 1);
    assert_files(scratch, 2, 2, 1);
}

static void test_a_profile_elsewhere(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "mnt/d/home/.wslconfig", STAYS);
    scratch_mkdir(scratch, USERS);
    scratch_link(scratch, USERS "/Ann", "/mnt/d/home");
    scratch_link(scratch, USERS "/Bob", "/mnt/e/home"); /* that leads nowhere */
    assert_files(scratch, 1, 1, 1);
}

static void test_many_users(void **state)
{
    struct scratch *scratch = *state;
    char path[64];

    for (int i = 0; i < 64; i++) {
        snprintf(path, sizeof(path), USERS "/%d", i);
        scratch_mkdir(scratch, path);
    }
    assert_files(scratch, 64, 0, 0);
    scratch_mkdir(scratch, USERS "/Ann");
    assert_unknown(scratch);
}

/* What is told on the bus must be UTF-8, and is to be shown. */
static void test_names_that_are_odd(void **state)
{
    struct scratch *scratch = *state;
    char expected[sizeof(fact.path)] = "", path[512];

    scratch_write(scratch, USERS "/\xc3\x84nn\n\xff/.wslconfig", STAYS);
    look(scratch);
    assert_meant("/" USERS "/\xc3\x84nn?"
                 "?/.wslconfig",
                 -1, 0, 0);
    scratch_unlink(scratch, USERS "/\xc3\x84nn\n\xff/.wslconfig");
    assert_int_equal(unlinkat(scratch->root, USERS "/\xc3\x84nn\n\xff", AT_REMOVEDIR), 0);
    /* Cut where its place ends, */
    snprintf(path, sizeof(path), USERS "/%0200d/.wslconfig", 0);
    scratch_write(scratch, path, STAYS);
    look(scratch);
    snprintf(expected, sizeof(expected), "/%.*s", (int)sizeof(expected) - 2, path);
    assert_meant(expected, -1, 0, 0);
    scratch_unlink(scratch, path);
    path[strlen(path) - strlen("/.wslconfig")] = 0;
    scratch_unlink(scratch, path);
    /* and not within a character. */
    snprintf(path, sizeof(path), USERS "/");
    while (strlen(path) < 240)
        strcat(path, "\xe4\xb8\xad");
    snprintf(expected, sizeof(expected), "/%.*s", (int)(strlen(USERS "/") + 38 * 3), path);
    strcat(path, "/.wslconfig");
    scratch_write(scratch, path, STAYS);
    look(scratch);
    assert_meant(expected, -1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_users, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_the_systems_folders_are_no_users, scratch_set_up,
                                        scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_of_one_user_it_counts_or_is_missing, scratch_set_up,
                                        scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_of_several_those_with_a_file_count, scratch_set_up,
                                        scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_the_key_as_wsl_reads_it, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_where_drives_are_mounted, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_shut_is_anothers, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_leaves_all_unknown, scratch_set_up,
                                        scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_a_profile_elsewhere, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_many_users, scratch_set_up, scratch_tear_down),
        cmocka_unit_test_setup_teardown(test_names_that_are_odd, scratch_set_up, scratch_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
