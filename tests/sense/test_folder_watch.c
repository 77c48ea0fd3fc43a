/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes to files in folders: which are told, and how often */
#include "../../service/sense/folder_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "../timers.h"
#include "../unit.h"

#define GATHER 50000

struct stand {
    struct scratch scratch;
    sd_event *event;
    struct folder_watch *watch;
    unsigned changes;
};

static bool is_meant(const char *name)
{
    return strcmp(name, "resolv.conf") == 0 || strcmp(name, "wsl.conf") == 0;
}

static void on_changed(void *userdata)
{
    ((struct stand *)userdata)->changes++;
}

static int set_up(void **state)
{
    static struct stand stand;

    memset(&stand, 0, sizeof(stand));
    scratch_make(&stand.scratch);
    scratch_mkdir(&stand.scratch, "etc");
    assert_true(sd_event_new(&stand.event) >= 0);
    timers_start(stand.event, 1000000);
    assert_int_equal(folder_watch_new(stand.event, stand.scratch.root, is_meant, on_changed, &stand,
                                      &stand.watch),
                     0);
    folder_watch_add(stand.watch, "/etc/resolv.conf");
    *state = &stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;

    folder_watch_free(stand->watch);
    sd_event_unref(stand->event);
    scratch_remove(&stand->scratch);
    return 0;
}

/* What was told of what was done. */
static void assert_told(struct stand *stand, unsigned changes)
{
    stand->changes = 0;
    timers_pass(GATHER);
    assert_int_equal(stand->changes, changes);
}

static void test_each_way_to_change_it(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, "etc/resolv.conf", "x");
    assert_told(stand, 1);
    assert_int_equal(fchmodat(stand->scratch.root, "etc/resolv.conf", 0600, 0), 0);
    assert_told(stand, 1);
    scratch_unlink(&stand->scratch, "etc/resolv.conf");
    assert_told(stand, 1);
    scratch_link(&stand->scratch, "etc/resolv.conf", "../run/resolv.conf");
    assert_told(stand, 1);
    assert_int_equal(renameat(stand->scratch.root, "etc/resolv.conf", stand->scratch.root, "etc/other"), 0);
    assert_told(stand, 1);
    assert_int_equal(renameat(stand->scratch.root, "etc/other", stand->scratch.root, "etc/resolv.conf"), 0);
    assert_told(stand, 1);
    scratch_write(&stand->scratch, "etc/wsl.conf", "x");
    assert_told(stand, 1);
    assert_told(stand, 0);
}

/* One with the other, as when ours takes the place of WSL's. */
static void test_an_exchange(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, "etc/resolv.conf", "x");
    scratch_write(&stand->scratch, "etc/resolv.conf.before-wslnode", "y");
    assert_told(stand, 1);
    assert_int_equal(renameat2(stand->scratch.root, "etc/resolv.conf.before-wslnode", stand->scratch.root,
                               "etc/resolv.conf", RENAME_EXCHANGE),
                     0);
    assert_told(stand, 1);
}

static void test_others_files(void **state)
{
    struct stand *stand = *state;

    scratch_write(&stand->scratch, "etc/passwd", "x");
    scratch_write(&stand->scratch, "etc/resolv.conf.new", "x");
    scratch_mkdir(&stand->scratch, "etc/resolv");
    assert_int_equal(fchmodat(stand->scratch.root, "etc", 0700, 0), 0);
    timers_run();
    assert_int_equal(timers_next(), -1);
    assert_told(stand, 0);
}

/* An editor does much at once. */
static void test_what_comes_together(void **state)
{
    struct stand *stand = *state;

    stand->changes = 0;
    for (int i = 0; i < 10; i++) {
        scratch_write(&stand->scratch, "etc/resolv.conf", "x");
        timers_pass(GATHER - 1);
    }
    assert_int_equal(stand->changes, 0);
    timers_pass(1);
    assert_int_equal(stand->changes, 1);
}

static void test_other_folders(void **state)
{
    struct stand *stand = *state;

    folder_watch_add(stand->watch, "/mnt/wsl/resolv.conf"); /* not there yet */
    scratch_write(&stand->scratch, "mnt/wsl/resolv.conf", "x");
    assert_told(stand, 0);
    for (int i = 0; i < 3; i++)
        folder_watch_add(stand->watch, "/mnt/wsl/resolv.conf");
    scratch_write(&stand->scratch, "mnt/wsl/resolv.conf", "y");
    scratch_write(&stand->scratch, "etc/resolv.conf", "y");
    assert_told(stand, 1);
    scratch_unlink(&stand->scratch, "mnt/wsl/resolv.conf");
    scratch_unlink(&stand->scratch, "mnt/wsl");
    assert_told(stand, 1);
    scratch_write(&stand->scratch, "mnt/wsl/resolv.conf", "z");
    assert_told(stand, 0);
    folder_watch_add(stand->watch, "/mnt/wsl/resolv.conf");
    scratch_write(&stand->scratch, "mnt/wsl/resolv.conf", "y");
    assert_told(stand, 1);
}

/* Of the root's, not of the machine's. */
static void test_a_link_to_a_folder(void **state)
{
    struct stand *stand = *state;

    scratch_mkdir(&stand->scratch, "run");
    scratch_link(&stand->scratch, "var", "/run");
    folder_watch_add(stand->watch, "/var/resolv.conf");
    scratch_write(&stand->scratch, "run/resolv.conf", "y");
    assert_told(stand, 1);
    folder_watch_add(stand->watch, "/etc/resolv.conf/resolv.conf"); /* no folder */
    folder_watch_add(stand->watch, "none");
    folder_watch_add(stand->watch, "/resolv.conf");
    scratch_write(&stand->scratch, "resolv.conf", "y");
    assert_told(stand, 1);
}

/* Whatever is under way. */
static void test_the_end(void **state)
{
    struct stand *stand = *state;

    assert_null(folder_watch_free(NULL));
    stand->changes = 0;
    scratch_write(&stand->scratch, "etc/resolv.conf", "x");
    timers_run();
    stand->watch = folder_watch_free(stand->watch);
    assert_int_equal(stand->changes, 0);
}

#define STAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_TEST(test_each_way_to_change_it),
        STAND_TEST(test_an_exchange),
        STAND_TEST(test_others_files),
        STAND_TEST(test_what_comes_together),
        STAND_TEST(test_other_folders),
        STAND_TEST(test_a_link_to_a_folder),
        STAND_TEST(test_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
