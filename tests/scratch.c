/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A root directory for a test */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

void scratch_make(struct scratch *scratch)
{
    snprintf(scratch->path, sizeof(scratch->path), "/tmp/wslnode-unit-XXXXXX");
    assert_non_null(mkdtemp(scratch->path));
    scratch->root = open(scratch->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(scratch->root >= 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
    close(scratch->root);
    nftw(scratch->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int scratch_set_up(void **state)
{
    static struct scratch scratch;

    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

int scratch_tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

void scratch_mkdir(const struct scratch *scratch, const char *path)
{
    char part[256];

    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        const char *end = strchr(slash + 1, '/');

        snprintf(part, sizeof(part), "%.*s", end ? (int)(end - path) : (int)strlen(path), path);
        assert_true(mkdirat(scratch->root, part, 0755) == 0 || errno == EEXIST);
        if (!end)
            break;
    }
}

static void make_parents(const struct scratch *scratch, const char *path)
{
    char parent[256];
    char *slash;

    snprintf(parent, sizeof(parent), "%s", path);
    slash = strrchr(parent, '/');
    if (!slash)
        return;
    *slash = 0;
    scratch_mkdir(scratch, parent);
}

void scratch_write_bytes(const struct scratch *scratch, const char *path, const void *bytes, size_t length)
{
    int fd;

    make_parents(scratch, path);
    fd = openat(scratch->root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    close(fd);
}

void scratch_write(const struct scratch *scratch, const char *path, const char *text)
{
    scratch_write_bytes(scratch, path, text, strlen(text));
}

void scratch_link(const struct scratch *scratch, const char *path, const char *target)
{
    make_parents(scratch, path);
    assert_int_equal(symlinkat(target, scratch->root, path), 0);
}

void scratch_fifo(const struct scratch *scratch, const char *path)
{
    make_parents(scratch, path);
    assert_int_equal(mkfifoat(scratch->root, path, 0600), 0);
}

void scratch_unlink(const struct scratch *scratch, const char *path)
{
    assert_true(unlinkat(scratch->root, path, 0) == 0 || unlinkat(scratch->root, path, AT_REMOVEDIR) == 0);
}

char *scratch_read(const struct scratch *scratch, const char *path)
{
    int fd = openat(scratch->root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    char *text;

    if (fd < 0)
        return NULL;
    assert_int_equal(fstat(fd, &st), 0);
    text = calloc(1, st.st_size + 1);
    assert_int_equal(read(fd, text, st.st_size), st.st_size);
    close(fd);
    return text;
}

void scratch_assert(const struct scratch *scratch, const char *path, const char *text)
{
    char *found = scratch_read(scratch, path);

    if (text) {
        assert_non_null(found);
        assert_string_equal(found, text);
    } else {
        assert_null(found);
    }
    free(found);
}

mode_t scratch_mode(const struct scratch *scratch, const char *path)
{
    struct stat st;

    return fstatat(scratch->root, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & 07777;
}

int scratch_count(const struct scratch *scratch, const char *path)
{
    int fd = openat(scratch->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    DIR *directory = fdopendir(fd);
    struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}
