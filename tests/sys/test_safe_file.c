/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody else's file: opened only where nobody but its owner can play tricks */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../service/sys/safe_file.h"
#include "../scratch.h"
#include "../unit.h"

enum { ME = 1000, OTHER = 1001 };

/* The directory that is on a drive of Windows, and what such a file system calls itself. */
static ino_t windows_inode;
static long windows_type;

/* In libc's place: here no drive of Windows can be mounted. */
int fstatfs(int fd, struct statfs *fs)
{
    struct stat st;
    int r = syscall(SYS_fstatfs, fd, fs);

    if (r == 0 && windows_inode && fstat(fd, &st) == 0 && st.st_ino == windows_inode)
        fs->f_type = windows_type;
    return r;
}

static void chown_to(const struct scratch *scratch, const char *path, uid_t uid)
{
    assert_int_equal(fchownat(scratch->root, path, uid, uid, AT_SYMLINK_NOFOLLOW), 0);
}

static void chmod_to(const struct scratch *scratch, const char *path, mode_t mode)
{
    assert_int_equal(fchmodat(scratch->root, path, mode, 0), 0);
}

static void assert_opens(const struct scratch *scratch, const char *path, uid_t uid, const char *text)
{
    struct safe_file file;

    assert_int_equal(safe_file_open(&file, scratch->root, path, uid), 0);
    assert_string_equal(file.problem, "");
    assert_false(file.in_place);
    if (text) {
        assert_true(file.fd >= 0);
        assert_string_equal(file.text, text);
        assert_int_equal(file.length, strlen(text));
    } else {
        assert_int_equal(file.fd, -1);
        assert_null(file.text);
    }
    assert_string_equal(file.name, strrchr(path, '/') + 1);
    safe_file_close(&file);
    assert_int_equal(file.fd, -1);
    assert_int_equal(file.directory, -1);
    assert_null(file.text);
}

static void assert_refused(const struct scratch *scratch, const char *path, uid_t uid, const char *problem)
{
    struct safe_file file;

    assert_int_equal(safe_file_open(&file, scratch->root, path, uid), -EPERM);
    assert_string_equal(file.problem, problem);
    assert_int_equal(file.nowhere, strncmp(problem, "there is no directory", 21) == 0);
    safe_file_close(&file);
}

static void test_a_file_of_root(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "etc/default/node", "WSL_IP=\n");
    assert_opens(scratch, "/etc/default/node", 0, "WSL_IP=\n");
    scratch_write(scratch, "top", "");
    assert_opens(scratch, "/top", 0, "");
    scratch_write(scratch, "etc/..a", "dots");
    assert_opens(scratch, "/etc/..a", 0, "dots");
    chmod_to(scratch, "etc/default/node", 0666); /* its directory is what counts: the file is replaced */
    assert_opens(scratch, "/etc/default/node", 0, "WSL_IP=\n");
    chown_to(scratch, "etc/default/node", ME); /* root may write everybody's */
    assert_opens(scratch, "/etc/default/node", 0, "WSL_IP=\n");
}

static void test_a_file_of_somebody(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "home/me/wsl", "x");
    chown_to(scratch, "home/me", ME);
    chown_to(scratch, "home/me/wsl", ME);
    assert_opens(scratch, "/home/me/wsl", ME, "x");
    assert_opens(scratch, "/home/me/none", ME, NULL);
    assert_refused(scratch, "/home/me/wsl", 0, "/home/me belongs to uid 1000: say so in User=");
    assert_refused(scratch, "/home/me/wsl", OTHER, "/home/me belongs to uid 1000: say so in User=");
    chown_to(scratch, "home/me/wsl", OTHER);
    assert_refused(scratch, "/home/me/wsl", ME, "it belongs to uid 1001, not to the one of User=");
    chown_to(scratch, "home/me/wsl", 0);
    assert_refused(scratch, "/home/me/wsl", ME, "it belongs to uid 0, not to the one of User=");
}

static void assert_not_of_root(const struct scratch *scratch, const char *problem)
{
    struct safe_file file;

    assert_int_equal(safe_file_open_of_root(&file, scratch->root, "/etc/steers"), problem ? -EPERM : 0);
    assert_string_equal(file.problem, problem ? problem : "");
    safe_file_close(&file);
}

static void test_a_file_that_steers_root(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, "etc");
    assert_not_of_root(scratch, NULL); /* there is none */
    scratch_write(scratch, "etc/steers", "x");
    assert_not_of_root(scratch, NULL);
    chmod_to(scratch, "etc/steers", 0620);
    assert_not_of_root(scratch, "it can be written by others");
    chmod_to(scratch, "etc/steers", 0602);
    assert_not_of_root(scratch, "it can be written by others");
    chmod_to(scratch, "etc/steers", 0644);
    chown_to(scratch, "etc/steers", ME);
    assert_not_of_root(scratch, "it belongs to uid 1000, not to root");
    scratch_unlink(scratch, "etc/steers");
    assert_int_equal(symlinkat("/etc/passwd", scratch->root, "etc/steers"), 0);
    assert_not_of_root(scratch, "it is a symbolic link: name the file itself");
}

static void test_a_missing_file_may_be_made(void **state)
{
    struct scratch *scratch = *state;

    scratch_mkdir(scratch, "etc");
    assert_opens(scratch, "/etc/none", 0, NULL);
    assert_refused(scratch, "/etc/none/deeper", 0, "there is no directory /etc/none");
    assert_refused(scratch, "/no/such/file", 0, "there is no directory /no");
}

static void test_directories_that_others_can_write(void **state)
{
    static const mode_t modes[] = {0775, 0757, 01777, 02775};
    struct scratch *scratch = *state;

    scratch_write(scratch, "a/b/c/file", "x");
    for (size_t i = 0; i < COUNT(modes); i++) {
        chmod_to(scratch, "a/b", modes[i]); /* not the last one alone */
        assert_refused(scratch, "/a/b/c/file", 0, "/a/b can be written by others");
    }
    chmod_to(scratch, "a/b", 0755);
    chmod_to(scratch, "a/b/c", 0777);
    assert_refused(scratch, "/a/b/c/file", 0, "/a/b/c can be written by others");
    chmod_to(scratch, "a/b/c", 0700);
    assert_opens(scratch, "/a/b/c/file", 0, "x");
    assert_int_equal(chmod(scratch->path, 0777), 0);
    assert_refused(scratch, "/a/b/c/file", 0, "/ can be written by others");
}

static void test_links_on_the_way(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "real/file", "x");
    scratch_link(scratch, "linked", "real");
    assert_refused(scratch, "/linked/file", 0, "/linked is a link or no directory: name the place itself");
    scratch_link(scratch, "real/up", "..");
    assert_refused(scratch, "/real/up/real/file", 0,
                   "/real/up is a link or no directory: name the place itself");
    assert_refused(scratch, "/real/file/deeper", 0,
                   "/real/file is a link or no directory: name the place itself");
    scratch_link(scratch, "real/link", "file");
    assert_refused(scratch, "/real/link", 0, "it is a symbolic link: name the file itself");
    scratch_link(scratch, "real/dangling", "nowhere");
    assert_refused(scratch, "/real/dangling", 0, "it is a symbolic link: name the file itself");
    scratch_link(scratch, "real/absolute", "/etc/passwd");
    assert_refused(scratch, "/real/absolute", 0, "it is a symbolic link: name the file itself");
}

static void test_nothing_leaves_the_root(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_mkdir(scratch, "etc");
    assert_true(safe_file_open(&file, scratch->root, "/../etc/passwd", 0) < 0);
    assert_int_equal(file.fd, -1);
    safe_file_close(&file);
    assert_true(safe_file_open(&file, scratch->root, "/etc/../../etc/passwd", 0) < 0);
    assert_int_equal(file.fd, -1);
    safe_file_close(&file);
}

static void test_what_is_no_regular_file(void **state)
{
    struct scratch *scratch = *state;

    scratch_fifo(scratch, "etc/fifo"); /* and it is not waited for */
    assert_refused(scratch, "/etc/fifo", 0, "it is not a regular file");
    scratch_mkdir(scratch, "etc/directory");
    assert_refused(scratch, "/etc/directory", 0, "it is not a regular file");
    if (mknodat(scratch->root, "etc/null", S_IFCHR | 0600, makedev(1, 3)) == 0)
        assert_refused(scratch, "/etc/null", 0, "it is not a regular file");
}

static void test_a_second_name(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "etc/file", "x");
    assert_int_equal(linkat(scratch->root, "etc/file", scratch->root, "etc/again", 0), 0);
    assert_refused(scratch, "/etc/file", 0, "it has 2 names (hard links); it must have one");
    scratch_unlink(scratch, "etc/again");
    assert_opens(scratch, "/etc/file", 0, "x");
}

static void test_its_size(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;
    char *text = malloc(SAFE_FILE_LIMIT + 1);

    memset(text, 'x', SAFE_FILE_LIMIT + 1);
    scratch_write_bytes(scratch, "etc/file", text, SAFE_FILE_LIMIT);
    assert_int_equal(safe_file_open(&file, scratch->root, "/etc/file", 0), 0);
    assert_int_equal(file.length, SAFE_FILE_LIMIT);
    assert_int_equal(file.text[SAFE_FILE_LIMIT], 0);
    safe_file_close(&file);
    scratch_write_bytes(scratch, "etc/file", text, SAFE_FILE_LIMIT + 1);
    assert_refused(scratch, "/etc/file", 0, "it is larger than 1048576 bytes");
    free(text);
}

static void test_bytes_are_kept_as_they_are(void **state)
{
    static const char bytes[] = "a\0b\r\n\xff";
    struct scratch *scratch = *state;
    struct safe_file file;

    scratch_write_bytes(scratch, "etc/file", bytes, sizeof(bytes) - 1);
    assert_int_equal(safe_file_open(&file, scratch->root, "/etc/file", 0), 0);
    assert_int_equal(file.length, sizeof(bytes) - 1);
    assert_memory_equal(file.text, bytes, sizeof(bytes)); /* with the NUL behind it */
    safe_file_close(&file);
}

static void test_paths_that_are_none(void **state)
{
    struct scratch *scratch = *state;
    char longer[PATH_MAX + 8], name[300];

    scratch_mkdir(scratch, "etc");
    assert_refused(scratch, "etc/file", 0, "the path must be absolute, and shorter than 4096 bytes");
    assert_refused(scratch, "", 0, "the path must be absolute, and shorter than 4096 bytes");
    assert_refused(scratch, "/etc//file", 0, "the path has an empty part");
    assert_refused(scratch, "/etc/", 0, "the path has no file name, or too long a one");
    assert_refused(scratch, "/", 0, "the path has no file name, or too long a one");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    longer[0] = '/';
    assert_refused(scratch, longer, 0, "the path must be absolute, and shorter than 4096 bytes");
    memset(name, 'x', sizeof(name) - 1);
    memcpy(name, "/etc/", 5);
    name[sizeof(name) - 1] = 0;
    assert_refused(scratch, name, 0, "the path has no file name, or too long a one");
}

/* As the one of User= it is read with no more than that user's rights. */
static void test_a_file_that_cannot_be_read(void **state)
{
    struct scratch *scratch = *state;
    struct safe_file file;
    pid_t pid;
    int status;

    scratch_write(scratch, "etc/secret", "x");
    chmod_to(scratch, "etc/secret", 0600);
    assert_int_equal(chmod(scratch->path, 0755), 0);
    pid = fork();
    if (pid == 0) {
        bool right = setresuid(ME, ME, ME) == 0 &&
                     safe_file_open(&file, scratch->root, "/etc/secret", ME) == -EACCES && !file.problem[0] &&
                     strcmp(file.step, "open") == 0;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_a_drive_of_windows(void **state)
{
    static const long types[] = {0x01021997 /* 9p */, 0x65735546 /* virtiofs */};
    struct scratch *scratch = *state;
    struct safe_file file;
    struct stat st;

    scratch_write(scratch, "mnt/c/Users/file", "x");
    chmod_to(scratch, "mnt/c/Users", 0777); /* its modes are made up */
    chown_to(scratch, "mnt/c/Users", OTHER);
    chown_to(scratch, "mnt/c/Users/file", ME);
    assert_int_equal(fstatat(scratch->root, "mnt/c/Users", &st, 0), 0);
    for (size_t i = 0; i < COUNT(types); i++) {
        windows_inode = st.st_ino;
        windows_type = types[i];
        assert_refused(scratch, "/mnt/c/Users/file", 0,
                       "/mnt/c/Users is on a drive of Windows: say in User= who is to write there");
        assert_int_equal(safe_file_open(&file, scratch->root, "/mnt/c/Users/file", ME), 0);
        assert_true(file.in_place);
        safe_file_close(&file);
        windows_type = 0xef53; /* ext4 */
        assert_refused(scratch, "/mnt/c/Users/file", ME, "/mnt/c/Users belongs to uid 1001: say so in User=");
    }
    windows_inode = 0;
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_file_of_root),
        SCRATCH_TEST(test_a_file_of_somebody),
        SCRATCH_TEST(test_a_file_that_steers_root),
        SCRATCH_TEST(test_a_missing_file_may_be_made),
        SCRATCH_TEST(test_directories_that_others_can_write),
        SCRATCH_TEST(test_links_on_the_way),
        SCRATCH_TEST(test_nothing_leaves_the_root),
        SCRATCH_TEST(test_what_is_no_regular_file),
        SCRATCH_TEST(test_a_second_name),
        SCRATCH_TEST(test_its_size),
        SCRATCH_TEST(test_bytes_are_kept_as_they_are),
        SCRATCH_TEST(test_paths_that_are_none),
        SCRATCH_TEST(test_a_file_that_cannot_be_read),
        SCRATCH_TEST(test_a_drive_of_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
