/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files below a root */
#include "file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

static int open_below(int root, const char *path, int flags, uint64_t resolve)
{
    /* openat2 refuses flags that mean nothing to O_PATH. */
    int careful = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    struct open_how how = {.flags = flags | careful, .resolve = resolve};
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

/* Files in /proc say that they are empty, so what counts is what read() gives. */
static ssize_t read_all(int fd, size_t limit, char **ret_text)
{
    _cleanup_free_ char *text = NULL;
    size_t length = 0, allocated = 0;

    for (;;) {
        ssize_t got;

        if (length + 1 >= allocated) {
            char *larger;

            if (length > limit)
                return -EFBIG;
            allocated = allocated ? allocated * 2 : 512;
            larger = realloc(text, allocated);
            if (!larger)
                return -ENOMEM;
            text = larger;
        }
        got = read(fd, text + length, allocated - length - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        length += got;
    }
    if (length > limit)
        return -EFBIG;
    text[length] = 0;
    *ret_text = take_pointer(text);
    return length;
}

ssize_t file_io_read(int root, const char *path, size_t limit, char **ret_text)
{
    _cleanup_close_ int fd = open_below(root, path, O_RDONLY, RESOLVE_IN_ROOT);
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    return read_all(fd, limit, ret_text);
}

bool file_io_exists(int root, const char *path)
{
    _cleanup_close_ int fd = open_below(root, path, O_PATH, RESOLVE_IN_ROOT);

    return fd >= 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int collect(DIR *directory, const char *suffix, size_t limit, char **names)
{
    struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
            continue;
        if (count == limit)
            return -E2BIG;
        names[count] = strdup(entry->d_name);
        if (!names[count++])
            return -ENOMEM;
    }
    qsort(names, count, sizeof(*names), by_name);
    return count;
}

int file_io_names(int root, const char *path, const char *suffix, size_t limit, char ***ret_names)
{
    int fd = open_below(root, path, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT), count;
    char **names = calloc(limit + 1, sizeof(*names));
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;

    if (!directory || !names) {
        if (fd >= 0)
            close(fd);
        free(names);
        *ret_names = NULL;
        return fd == -ENOENT ? 0 : fd < 0 ? fd : -ENOMEM;
    }
    count = collect(directory, suffix, limit, names);
    closedir(directory);
    if (count < 0) {
        for (size_t i = 0; names[i]; i++)
            free(names[i]);
        free(names);
        return count;
    }
    *ret_names = names;
    return count;
}

int file_io_directory(int root, const char *path)
{
    _cleanup_close_ int directory = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char names[256], *position = names, *name;

    if (directory < 0)
        return -errno;
    if (snprintf(names, sizeof(names), "%s", path) >= (int)sizeof(names))
        return -ENAMETOOLONG;
    while ((name = strsep(&position, "/"))) {
        int next = open_below(directory, name, O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

        if (next == -ENOENT) {
            if (mkdirat(directory, name, 0755) < 0 && errno != EEXIST)
                return -errno;
            next = open_below(directory, name, O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        }
        if (next < 0)
            return next;
        close(directory);
        directory = next;
    }
    /* An O_PATH fd cannot be synced. */
    return open_below(directory, ".", O_RDONLY | O_DIRECTORY, 0);
}

static int write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        if (written == 0)
            return -EIO;
        text += written;
        length -= written;
    }
    return 0;
}

static int write_temporary(int directory, const char *name, const char *text, size_t length, mode_t mode)
{
    _cleanup_close_ int fd =
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r;

    if (fd < 0)
        return -errno;
    r = write_all(fd, text, length);
    if (r < 0)
        return r;
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
        return -errno;
    return 0;
}

static int temporary_name(const char *name, char *buffer, size_t size)
{
    return snprintf(buffer, size, ".%s.new", name) < (int)size ? 0 : -ENAMETOOLONG;
}

void file_io_tidy(int directory, const char *name)
{
    char temporary[256];

    if (temporary_name(name, temporary, sizeof(temporary)) == 0)
        (void)unlinkat(directory, temporary, 0);
}

int file_io_replace(int directory, const char *name, const char *text, size_t length, mode_t mode)
{
    char temporary[256];
    int r;

    if (temporary_name(name, temporary, sizeof(temporary)) < 0)
        return -ENAMETOOLONG;
    /* One that a crash left behind; we alone write here. */
    if (unlinkat(directory, temporary, 0) < 0 && errno != ENOENT)
        return -errno;
    r = write_temporary(directory, temporary, text, length, mode);
    if (r == 0 && renameat(directory, temporary, directory, name) < 0)
        r = -errno;
    if (r < 0) {
        unlinkat(directory, temporary, 0);
        return r;
    }
    return fsync(directory) < 0 ? -errno : 0;
}

int file_io_append(int directory, const char *name, const char *text, size_t length, int sync)
{
    _cleanup_close_ int fd =
        openat(directory, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat st;
    int r;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    r = write_all(fd, text, length);
    if (r == 0 && sync && fsync(fd) < 0)
        r = -errno;
    if (r < 0 && ftruncate(fd, st.st_size) < 0)
        return -errno;
    return r;
}
