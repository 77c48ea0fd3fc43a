/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files below a root: reading */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../service/sys/file_io.h"
#include "../scratch.h"
#include "../unit.h"

static void assert_reads(const struct scratch *scratch, const char *path, const char *expected)
{
    char *text = NULL;

    assert_int_equal(file_io_read(scratch->root, path, 1000, &text), strlen(expected));
    assert_string_equal(text, expected);
    free(text);
}

static void assert_fails(const struct scratch *scratch, const char *path, size_t limit, int error)
{
    char *text = NULL;

    assert_int_equal(file_io_read(scratch->root, path, limit, &text), error);
    assert_null(text);
}

static void test_a_file_is_read_whole(void **state)
{
    struct scratch *scratch = *state;
    char *text = NULL;

    scratch_write(scratch, "etc/a", "one\ntwo\n");
    assert_reads(scratch, "etc/a", "one\ntwo\n");
    assert_reads(scratch, "/etc/a", "one\ntwo\n"); /* the root is our root */
    scratch_write(scratch, "empty", "");
    assert_reads(scratch, "empty", "");
    scratch_write_bytes(scratch, "nul", "a\0b", 3);
    assert_int_equal(file_io_read(scratch->root, "nul", 1000, &text), 3);
    assert_memory_equal(text, "a\0b", 4);
    free(text);
    assert_fails(scratch, "etc/missing", 1000, -ENOENT);
}

static void test_the_limit(void **state)
{
    static const size_t sizes[] = {1, 510, 511, 512, 513, 1022, 1023, 1024, 4096};
    struct scratch *scratch = *state;
    char bytes[4096], *text = NULL;

    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 0; i < COUNT(sizes); i++) {
        scratch_write_bytes(scratch, "file", bytes, sizes[i]);
        assert_int_equal(file_io_read(scratch->root, "file", sizes[i], &text), sizes[i]);
        assert_int_equal(strlen(text), sizes[i]);
        free(text);
        text = NULL;
        assert_fails(scratch, "file", sizes[i] - 1, -EFBIG);
    }
}

static void test_proc_files_have_no_size(void **state)
{
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *text = NULL;

    assert_true(file_io_read(root, "proc/self/status", 100000, &text) > 100);
    free(text);
    close(root);
}

static void test_only_regular_files_are_read(void **state)
{
    struct scratch *scratch = *state;

    scratch_fifo(scratch, "fifo"); /* waits for a writer, if opened carelessly */
    assert_fails(scratch, "fifo", 1000, -EINVAL);
    scratch_mkdir(scratch, "directory");
    assert_fails(scratch, "directory", 1000, -EINVAL);
    if (mknodat(scratch->root, "null", S_IFCHR | 0600, (1 << 8) | 3) == 0)
        assert_fails(scratch, "null", 1000, -EINVAL);
}

static void test_links_are_followed_within_the_root(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "run/real", "here");
    scratch_link(scratch, "etc/relative", "../run/real");
    scratch_link(scratch, "etc/absolute", "/run/real");
    assert_reads(scratch, "etc/relative", "here");
    assert_reads(scratch, "etc/absolute", "here");
    scratch_link(scratch, "etc/away", "/../../../../../../run/real");
    assert_reads(scratch, "etc/away", "here");
    assert_reads(scratch, "../../run/real", "here");
    scratch_link(scratch, "etc/outside", "/etc/passwd");
    assert_fails(scratch, "etc/outside", 100000, -ENOENT);
    assert_fails(scratch, "../../../../etc/passwd", 100000, -ENOENT);
    scratch_link(scratch, "etc/loop", "loop");
    assert_fails(scratch, "etc/loop", 1000, -ELOOP);
}

static void test_what_is_there(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "run/real", "here");
    scratch_link(scratch, "dangling", "nowhere");
    scratch_link(scratch, "good", "run");
    scratch_fifo(scratch, "fifo");
    assert_true(file_io_exists(scratch->root, "run"));
    assert_true(file_io_exists(scratch->root, "good/real"));
    assert_true(file_io_exists(scratch->root, "fifo"));
    assert_false(file_io_exists(scratch->root, "dangling"));
    assert_false(file_io_exists(scratch->root, "etc/passwd"));
    assert_false(file_io_exists(scratch->root, "../../etc/passwd"));
}

static void free_names(char **names, int count)
{
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static void test_names_are_sorted(void **state)
{
    struct scratch *scratch = *state;
    char **names = NULL;
    int count;

    scratch_write(scratch, "d/20-b.conf", "");
    scratch_write(scratch, "d/10-z.conf", "");
    scratch_write(scratch, "d/Upper.conf", "");
    scratch_write(scratch, "d/.hidden.conf", "");
    scratch_write(scratch, "d/.conf", "");
    scratch_write(scratch, "d/README", "");
    scratch_write(scratch, "d/a.conf~", "");
    count = file_io_names(scratch->root, "d", ".conf", 3, &names);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "10-z.conf");
    assert_string_equal(names[1], "20-b.conf");
    assert_string_equal(names[2], "Upper.conf");
    free_names(names, count);
}

static void test_names_are_bounded(void **state)
{
    struct scratch *scratch = *state;
    char **names = NULL;

    scratch_write(scratch, "d/1.conf", "");
    scratch_write(scratch, "d/2.conf", "");
    scratch_write(scratch, "d/3.conf", "");
    assert_int_equal(file_io_names(scratch->root, "d", ".conf", 2, &names), -E2BIG);
    assert_int_equal(file_io_names(scratch->root, "none", ".conf", 2, &names), 0);
    free_names(names, 0);
    assert_int_equal(file_io_names(scratch->root, "d/1.conf", ".conf", 2, &names), -ENOTDIR);
}

int main(void)
{
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_file_is_read_whole),
        SCRATCH_TEST(test_the_limit),
        SCRATCH_TEST(test_proc_files_have_no_size),
        SCRATCH_TEST(test_only_regular_files_are_read),
        SCRATCH_TEST(test_links_are_followed_within_the_root),
        SCRATCH_TEST(test_what_is_there),
        SCRATCH_TEST(test_names_are_sorted),
        SCRATCH_TEST(test_names_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
