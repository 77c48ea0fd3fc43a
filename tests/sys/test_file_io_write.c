/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files below a root: writing */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "../../service/sys/file_io.h"
#include "../scratch.h"
#include "../unit.h"

static int replace(struct scratch *scratch, const char *text)
{
    int directory = file_io_directory(scratch->root, "var/lib"), r;

    assert_true(directory >= 0);
    r = file_io_replace(directory, "file", text, strlen(text), 0640);
    close(directory);
    return r;
}

static int append(struct scratch *scratch, const char *text, int sync)
{
    int directory = file_io_directory(scratch->root, "var/lib"), r;

    assert_true(directory >= 0);
    r = file_io_append(directory, "file", text, strlen(text), sync);
    close(directory);
    return r;
}

/* As a full disk: the file may grow to this size, and no further. */
static void limit_size(rlim_t size)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_directories_are_made(void **state)
{
    struct scratch *scratch = *state;
    mode_t mask = umask(0);
    int fd = file_io_directory(scratch->root, "var/lib/wslnode");

    umask(mask);
    assert_true(fd >= 0);
    assert_int_equal(fsync(fd), 0); /* not O_PATH */
    close(fd);
    assert_int_equal(scratch_mode(scratch, "var"), 0755);
    assert_int_equal(scratch_mode(scratch, "var/lib/wslnode"), 0755);
    fd = file_io_directory(scratch->root, "var/lib/wslnode");
    assert_true(fd >= 0);
    close(fd);
}

static void test_directories_are_no_links_and_no_files(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, "real");
    scratch_link(scratch, "var", "real");
    assert_int_equal(file_io_directory(scratch->root, "var/lib"), -ELOOP);
    assert_int_equal(scratch_count(scratch, "real"), 0);
    scratch_write(scratch, "run", "");
    assert_int_equal(file_io_directory(scratch->root, "run/wslnode"), -ENOTDIR);
    assert_int_equal(file_io_directory(scratch->root, "real/../.."), -EXDEV);
}

static void test_replace_gives_text_and_mode(void **state)
{
    struct scratch *scratch = *state;
    mode_t mask = umask(077);

    assert_int_equal(replace(scratch, "one"), 0);
    umask(mask);
    scratch_assert(scratch, "var/lib/file", "one");
    assert_int_equal(scratch_mode(scratch, "var/lib/file"), 0640);
    assert_int_equal(replace(scratch, "other"), 0);
    scratch_assert(scratch, "var/lib/file", "other");
    assert_int_equal(scratch_count(scratch, "var/lib"), 1); /* nothing is left beside it */
}

static void test_replace_is_another_file(void **state)
{
    struct scratch *scratch = *state;
    char *text;

    scratch_write(scratch, "var/lib/file", "old");
    assert_int_equal(linkat(scratch->root, "var/lib/file", scratch->root, "second", 0), 0);
    assert_int_equal(replace(scratch, "new"), 0);
    text = scratch_read(scratch, "second");
    assert_string_equal(text, "old");
    free(text);
}

static void test_replace_follows_no_link(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "victim", "untouched");
    scratch_link(scratch, "var/lib/file", "../../victim");
    scratch_link(scratch, "var/lib/.file.new", "../../victim");
    assert_int_equal(replace(scratch, "new"), 0);
    scratch_assert(scratch, "victim", "untouched");
    scratch_assert(scratch, "var/lib/file", "new");
    assert_int_equal(scratch_count(scratch, "var/lib"), 1);
}

static void test_replace_takes_over_what_a_crash_left(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "var/lib/.file.new", "half a te");
    assert_int_equal(replace(scratch, "whole"), 0);
    scratch_assert(scratch, "var/lib/file", "whole");
}

static void test_a_directory_in_the_way_keeps_the_old(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "var/lib/file", "old");
    scratch_mkdir(scratch, "var/lib/.file.new");
    assert_true(replace(scratch, "new") < 0);
    scratch_assert(scratch, "var/lib/file", "old");
    scratch_unlink(scratch, "var/lib/.file.new");
    scratch_unlink(scratch, "var/lib/file");
    scratch_mkdir(scratch, "var/lib/file/within");
    assert_true(replace(scratch, "new") < 0);
    assert_int_equal(scratch_count(scratch, "var/lib"), 1); /* the temporary one is gone */
}

static void test_a_full_disk_keeps_the_old(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "var/lib/file", "old");
    limit_size(4);
    assert_int_equal(replace(scratch, "longer than four"), -EFBIG);
    limit_size(RLIM_INFINITY);
    scratch_assert(scratch, "var/lib/file", "old");
    assert_int_equal(scratch_count(scratch, "var/lib"), 1);
}

static void test_a_long_name(void **state)
{
    struct scratch *scratch = *state;
    int directory = file_io_directory(scratch->root, "d");
    char name[300];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_int_equal(file_io_replace(directory, name, "", 0, 0600), -ENAMETOOLONG);
    close(directory);
    assert_int_equal(file_io_directory(scratch->root, name), -ENAMETOOLONG);
}

static void test_append(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(append(scratch, "one\n", 0), 0);
    assert_int_equal(append(scratch, "two\n", 1), 0);
    scratch_assert(scratch, "var/lib/file", "one\ntwo\n");
    assert_int_equal(scratch_mode(scratch, "var/lib/file"), 0600);
}

static void test_a_partial_append_is_taken_back(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "var/lib/file", "one\n");
    limit_size(7);
    assert_int_equal(append(scratch, "two and more\n", 0), -EFBIG);
    limit_size(RLIM_INFINITY);
    scratch_assert(scratch, "var/lib/file", "one\n");
}

static void test_append_goes_to_regular_files_only(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "victim", "untouched");
    scratch_link(scratch, "var/lib/file", "../../victim");
    assert_int_equal(append(scratch, "more", 0), -ELOOP);
    scratch_assert(scratch, "victim", "untouched");
    scratch_unlink(scratch, "var/lib/file");
    scratch_mkdir(scratch, "var/lib/file");
    assert_int_equal(append(scratch, "more", 0), -EISDIR);
    scratch_unlink(scratch, "var/lib/file");
    scratch_fifo(scratch, "var/lib/file");
    assert_true(append(scratch, "more", 0) < 0);
}

int main(void)
{
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_directories_are_made),
        SCRATCH_TEST(test_directories_are_no_links_and_no_files),
        SCRATCH_TEST(test_replace_gives_text_and_mode),
        SCRATCH_TEST(test_replace_is_another_file),
        SCRATCH_TEST(test_replace_follows_no_link),
        SCRATCH_TEST(test_replace_takes_over_what_a_crash_left),
        SCRATCH_TEST(test_a_directory_in_the_way_keeps_the_old),
        SCRATCH_TEST(test_a_full_disk_keeps_the_old),
        SCRATCH_TEST(test_a_long_name),
        SCRATCH_TEST(test_append),
        SCRATCH_TEST(test_a_partial_append_is_taken_back),
        SCRATCH_TEST(test_append_goes_to_regular_files_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
