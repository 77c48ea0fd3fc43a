/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody else's file: replaced, made and removed, with all that belongs to it */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../service/sys/safe_file.h"
#include "../scratch.h"
#include "../unit.h"

static off_t first_offset;

/* In libc's place: where it writes is not to be seen afterwards. */
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    if (first_offset < 0)
        first_offset = offset;
    return syscall(SYS_pwrite64, fd, bytes, length, offset);
}

static struct stat stat_of(const struct scratch *scratch, const char *path)
{
    struct stat st;

    assert_int_equal(fstatat(scratch->root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st;
}

static void open_it(struct safe_file *file, const struct scratch *scratch)
{
    assert_int_equal(safe_file_open(file, scratch->root, "/etc/file", 0), 0);
}

static void assert_not_written(struct safe_file *file, int r, int expected, const char *step)
{
    assert_int_equal(r, expected);
    assert_string_equal(file->step, step);
    safe_file_close(file);
}

static void test_it_is_replaced_as_a_whole(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;
    struct stat before, after;

    scratch_write(scratch, "etc/file", "old");
    before = stat_of(scratch, "etc/file");
    open_it(&file, scratch);
    assert_int_equal(safe_file_write(&file, "a longer text", 13), 0);
    safe_file_close(&file);
    after = stat_of(scratch, "etc/file");
    scratch_assert(scratch, "etc/file", "a longer text");
    assert_true(before.st_ino != after.st_ino); /* who has it open reads the old one to its end */
    assert_int_equal(scratch_count(scratch, "etc"), 1);
}

static void test_mode_owner_and_attributes_are_kept(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0666, 0755, 04755, 02640};
    struct scratch *scratch = *state;
    char path[128], value[16] = "";
    struct safe_file file;
    struct stat st;

    scratch_write(scratch, "etc/file", "old");
    snprintf(path, sizeof(path), "%s/etc/file", scratch->path);
    assert_int_equal(chown(path, 1000, 1002), 0);
    /* Not every file system takes those of users. */
    assert_int_equal(setxattr(path, "trusted.kept", "this", 4, 0), 0);
    assert_int_equal(setxattr(path, "trusted.empty", "", 0, 0), 0);
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        open_it(&file, scratch);
        assert_int_equal(safe_file_write(&file, "new", 3), 0);
        safe_file_close(&file);
        st = stat_of(scratch, "etc/file");
        assert_int_equal(st.st_mode & 07777, modes[i]);
        assert_int_equal(st.st_uid, 1000);
        assert_int_equal(st.st_gid, 1002);
    }
    assert_int_equal(getxattr(path, "trusted.kept", value, sizeof(value)), 4);
    assert_memory_equal(value, "this", 4);
    assert_int_equal(getxattr(path, "trusted.empty", value, sizeof(value)), 0);
}

/* The umask is the daemon's, and is not meant for others' files. */
static void test_it_is_made(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;
    mode_t before = umask(0077);

    scratch_mkdir(scratch, "etc");
    open_it(&file, scratch);
    assert_int_equal(file.fd, -1);
    assert_int_equal(safe_file_create(&file, "WSL_IP=\"10.0.0.1\"\n", 18), 0);
    safe_file_close(&file);
    umask(before);
    scratch_assert(scratch, "etc/file", "WSL_IP=\"10.0.0.1\"\n");
    assert_int_equal(scratch_mode(scratch, "etc/file"), 0644);
    assert_int_equal(scratch_count(scratch, "etc"), 1);
}

static void test_somebody_else_made_it(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_mkdir(scratch, "etc");
    open_it(&file, scratch);
    scratch_write(scratch, "etc/file", "theirs");
    assert_not_written(&file, safe_file_create(&file, "ours", 4), -EEXIST, "rename");
    scratch_assert(scratch, "etc/file", "theirs");
    assert_int_equal(scratch_count(scratch, "etc"), 1);
}

static void test_it_is_removed(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_write(scratch, "etc/file", "old");
    open_it(&file, scratch);
    assert_int_equal(safe_file_remove(&file), 0);
    safe_file_close(&file);
    assert_int_equal(scratch_count(scratch, "etc"), 0);
}

static void grow(const struct scratch *scratch)
{
    scratch_write(scratch, "etc/file", "larger than it was");
}

/* Within the same second, and as long as before. */
static void write_same_size(const struct scratch *scratch)
{
    scratch_write(scratch, "etc/file", "new");
}

static void replace_by_another(const struct scratch *scratch)
{
    scratch_write(scratch, "etc/other", "old");
    assert_int_equal(renameat(scratch->root, "etc/other", scratch->root, "etc/file"), 0);
}

static void change_mode(const struct scratch *scratch)
{
    assert_int_equal(fchmodat(scratch->root, "etc/file", 0600, 0), 0);
}

/* With its old time put back, as rsync and touch do. */
static void write_with_the_old_time(const struct scratch *scratch)
{
    struct stat st = stat_of(scratch, "etc/file");
    struct timespec times[] = {st.st_atim, st.st_mtim};

    scratch_write(scratch, "etc/file", "new");
    assert_int_equal(utimensat(scratch->root, "etc/file", times, 0), 0);
}

static void remove_it(const struct scratch *scratch)
{
    scratch_unlink(scratch, "etc/file");
}

static void link_to_another(const struct scratch *scratch)
{
    scratch_unlink(scratch, "etc/file");
    scratch_write(scratch, "etc/secret", "old");
    scratch_link(scratch, "etc/file", "secret");
}

static void test_what_changed_in_between_is_left_alone(void **state)
{
    static void (*const changes[])(
        const struct scratch *) = {grow,           write_same_size,         replace_by_another,
                                   change_mode,    write_with_the_old_time, remove_it,
                                   link_to_another};
    struct scratch *scratch = *state;
    struct safe_file file;

    for (size_t i = 0; i < COUNT(changes); i++)
        for (int how = 0; how < 3; how++) {
            char *left;

            scratch_write(scratch, "etc/file", "old");
            usleep(10000); /* the kernel's own clock has ticks */
            open_it(&file, scratch);
            changes[i](scratch);
            left = scratch_read(scratch, "etc/file");
            file.in_place = how == 1;
            /* A link in the file's place is not followed: it cannot even be opened. */
            assert_not_written(&file, how == 2 ? safe_file_remove(&file) : safe_file_write(&file, "ours", 4),
                               how == 1 && changes[i] == link_to_another ? -ELOOP
                               : how == 1 && changes[i] == remove_it     ? -ENOENT
                                                                         : -ESTALE,
                               how == 1 && (changes[i] == link_to_another || changes[i] == remove_it)
                                   ? "open"
                                   : "compare");
            scratch_assert(scratch, "etc/file", left);
            scratch_assert(scratch, "etc/.file.wslnode", NULL);
            free(left);
            if (changes[i] == link_to_another) {
                scratch_assert(scratch, "etc/secret", "old");
                scratch_unlink(scratch, "etc/file");
            }
        }
}

static void test_what_a_crash_left_is_no_obstacle(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_write(scratch, "etc/file", "old");
    scratch_write(scratch, "etc/.file.wslnode", "half of");
    open_it(&file, scratch);
    assert_int_equal(safe_file_write(&file, "new", 3), 0);
    safe_file_close(&file);
    scratch_assert(scratch, "etc/file", "new");
    assert_int_equal(scratch_count(scratch, "etc"), 1);
    scratch_unlink(scratch, "etc/file");
    scratch_write(scratch, "etc/secret", "keep");
    scratch_link(scratch, "etc/.file.wslnode", "secret"); /* never written through */
    open_it(&file, scratch);
    assert_int_equal(safe_file_create(&file, "new", 3), 0);
    safe_file_close(&file);
    scratch_assert(scratch, "etc/file", "new");
    scratch_assert(scratch, "etc/secret", "keep");
    assert_int_equal(scratch_count(scratch, "etc"), 2);
}

static void test_a_directory_in_the_way(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_write(scratch, "etc/file", "old");
    scratch_mkdir(scratch, "etc/.file.wslnode");
    open_it(&file, scratch);
    assert_not_written(&file, safe_file_write(&file, "new", 3), -EISDIR, "make temporary");
    scratch_assert(scratch, "etc/file", "old");
}

static void test_too_much_text(void **state)
{
    struct scratch *scratch = *state;
    char *text = calloc(1, SAFE_FILE_LIMIT + 1);
    struct safe_file file;

    scratch_write(scratch, "etc/file", "old");
    open_it(&file, scratch);
    assert_not_written(&file, safe_file_write(&file, text, SAFE_FILE_LIMIT + 1), -EFBIG, "write");
    scratch_assert(scratch, "etc/file", "old");
    free(text);
}

/* A full disk, as the limit on a file's size shows it too: half of a text is never seen. */
static void test_a_disk_that_is_full(void **state)
{
    struct rlimit before, small;
    struct scratch *scratch = *state;
    struct safe_file file;
    int r;

    scratch_write(scratch, "etc/file", "old");
    open_it(&file, scratch);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 5;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    r = safe_file_write(&file, "more than five", 14);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_not_written(&file, r, -EFBIG, "write");
    scratch_assert(scratch, "etc/file", "old");
    assert_int_equal(scratch_count(scratch, "etc"), 1);
}

/* A drive of Windows cannot replace a file: `in_place` is set by hand here. */
static void test_it_is_written_in_place(void **state)
{
    static const char *const texts[] = {"IP=10.0.0.1\nafter\n", "IP=10.0.0.255\nafter\n", "IP=1\n", "", "x"};
    struct scratch *scratch = *state;
    struct safe_file file;
    struct stat before;

    scratch_write(scratch, "etc/file", "IP=10.0.0.2\nafter\n");
    before = stat_of(scratch, "etc/file");
    for (size_t i = 0; i < COUNT(texts); i++) {
        open_it(&file, scratch);
        file.in_place = true;
        assert_int_equal(safe_file_write(&file, texts[i], strlen(texts[i])), 0);
        safe_file_close(&file);
        scratch_assert(scratch, "etc/file", texts[i]);
        assert_true(stat_of(scratch, "etc/file").st_ino == before.st_ino);
        assert_int_equal(scratch_count(scratch, "etc"), 1);
    }
}

/* What stays the same is not written: a crash then leaves most of it as it was. */
static void test_in_place_only_what_differs_is_written(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_write(scratch, "etc/file", "0123456789");
    open_it(&file, scratch);
    file.in_place = true;
    first_offset = -1;
    assert_int_equal(safe_file_write(&file, "0123456xx", 9), 0);
    safe_file_close(&file);
    assert_int_equal(first_offset, 7);
    scratch_assert(scratch, "etc/file", "0123456xx");
}

static void test_a_name_that_is_too_long_for_its_temporary(void **state)
{
    struct scratch *scratch = *state;
    char path[300] = "etc/", absolute[301];
    struct safe_file file;

    memset(path + 4, 'x', 250);
    scratch_write(scratch, path, "old");
    snprintf(absolute, sizeof(absolute), "/%s", path);
    assert_int_equal(safe_file_open(&file, scratch->root, absolute, 0), 0);
    assert_not_written(&file, safe_file_write(&file, "new", 3), -ENAMETOOLONG, "make temporary");
    scratch_assert(scratch, path, "old");
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_it_is_replaced_as_a_whole),
        SCRATCH_TEST(test_mode_owner_and_attributes_are_kept),
        SCRATCH_TEST(test_it_is_made),
        SCRATCH_TEST(test_somebody_else_made_it),
        SCRATCH_TEST(test_it_is_removed),
        SCRATCH_TEST(test_what_changed_in_between_is_left_alone),
        SCRATCH_TEST(test_what_a_crash_left_is_no_obstacle),
        SCRATCH_TEST(test_a_directory_in_the_way),
        SCRATCH_TEST(test_too_much_text),
        SCRATCH_TEST(test_a_disk_that_is_full),
        SCRATCH_TEST(test_it_is_written_in_place),
        SCRATCH_TEST(test_in_place_only_what_differs_is_written),
        SCRATCH_TEST(test_a_name_that_is_too_long_for_its_temporary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
