/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody else's file: opened and read with care */
#include "safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

/* virtiofs is one; magic.h has it under FUSE's name since Linux 6.2 only. */
#define FUSE_MAGIC 0x65735546

static int refuse_file(struct safe_file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse_file(struct safe_file *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(file->problem, sizeof(file->problem), format, args);
    va_end(args);
    return -EPERM;
}

static int fail(struct safe_file *file, const char *step, int error)
{
    file->step = step;
    return error;
}

/* One name below a directory, never through a link. */
static int open_name(int directory, const char *name, int flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

/* Windows decides who may write there, and the mode is made up. */
static int is_of_windows(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return -errno;
    return fs.f_type == V9FS_MAGIC || fs.f_type == FUSE_MAGIC;
}

static int check_directory(struct safe_file *file, const char *path)
{
    struct stat st;
    int windows = is_of_windows(file->directory);

    if (windows < 0 || fstat(file->directory, &st) < 0)
        return fail(file, "open", -errno);
    file->in_place = windows;
    if (windows && !file->uid)
        return refuse_file(file, "%.60s is on a drive of Windows: say in User= who is to write there", path);
    if (windows)
        return 0;
    if (st.st_uid != 0 && st.st_uid != file->uid)
        return refuse_file(file, "%.60s belongs to uid %u: say so in User=", path, st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return refuse_file(file, "%.60s can be written by others", path);
    return 0;
}

/* Goes down the path; ends with the name of the file. */
static int open_parents(struct safe_file *file, int root, const char *path)
{
    char walked[PATH_MAX] = "/", *position = walked, *slash;
    int r;

    if (path[0] != '/' || snprintf(walked, sizeof(walked), "%s", path) >= (int)sizeof(walked))
        return refuse_file(file, "the path must be absolute, and shorter than %d bytes", PATH_MAX);
    file->directory = open_name(root, ".", O_PATH | O_DIRECTORY);
    if (file->directory < 0)
        return fail(file, "open", file->directory);
    r = check_directory(file, "/");
    for (position++; r == 0 && (slash = strchr(position, '/')); position = slash + 1) {
        int next;

        *slash = 0;
        if (!*position)
            return refuse_file(file, "the path has an empty part");
        next = open_name(file->directory, position, O_PATH | O_DIRECTORY);
        if (next == -ELOOP || next == -ENOTDIR)
            return refuse_file(file, "%.60s is a link or no directory: name the place itself", walked);
        file->nowhere = next == -ENOENT;
        if (file->nowhere)
            return refuse_file(file, "there is no directory %.60s", walked);
        if (next < 0)
            return fail(file, "open", next);
        close(file->directory);
        file->directory = next;
        r = check_directory(file, walked);
        *slash = '/';
    }
    if (r < 0)
        return r;
    if (!*position || snprintf(file->name, sizeof(file->name), "%s", position) >= (int)sizeof(file->name))
        return refuse_file(file, "the path has no file name, or too long a one");
    return 0;
}

static int check_file(struct safe_file *file)
{
    if (fstat(file->fd, &file->stat) < 0)
        return fail(file, "open", -errno);
    if (!S_ISREG(file->stat.st_mode))
        return refuse_file(file, "it is not a regular file");
    if (file->stat.st_nlink != 1)
        return refuse_file(file, "it has %lu names (hard links); it must have one",
                           (unsigned long)file->stat.st_nlink);
    if (file->stat.st_size > SAFE_FILE_LIMIT)
        return refuse_file(file, "it is larger than %d bytes", SAFE_FILE_LIMIT);
    if (file->uid && file->stat.st_uid != file->uid)
        return refuse_file(file, "it belongs to uid %u, not to the one of User=", file->stat.st_uid);
    return 0;
}

static int read_text(struct safe_file *file)
{
    size_t size = file->stat.st_size;

    file->text = malloc(size + 2);
    if (!file->text)
        return fail(file, "read", -ENOMEM);
    for (;;) {
        /* One more than it should have: somebody may be adding to it. */
        ssize_t got = read(file->fd, file->text + file->length, size + 1 - file->length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(file, "read", -errno);
        if (got == 0)
            break;
        file->length += got;
        if (file->length > size)
            return fail(file, "read", -ESTALE);
    }
    file->text[file->length] = 0;
    return 0;
}

int safe_file_open(struct safe_file *file, int root, const char *path, uid_t uid)
{
    int r;

    *file = (struct safe_file){.directory = -1, .fd = -1, .uid = uid, .step = "open"};
    r = open_parents(file, root, path);
    if (r < 0)
        return r;
    /* O_NONBLOCK: a FIFO would wait for a writer. */
    file->fd = open_name(file->directory, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (file->fd == -ENOENT) {
        file->fd = -1;
        return 0;
    }
    if (file->fd == -ELOOP)
        return refuse_file(file, "it is a symbolic link: name the file itself");
    if (file->fd == -ENXIO)
        return refuse_file(file, "it is not a regular file");
    if (file->fd < 0)
        return fail(file, "open", file->fd);
    r = check_file(file);
    return r < 0 ? r : read_text(file);
}

int safe_file_open_of_root(struct safe_file *file, int root, const char *path)
{
    int r = safe_file_open(file, root, path, 0);

    if (r < 0 || file->fd < 0)
        return r;
    if (file->stat.st_uid != 0)
        return refuse_file(file, "it belongs to uid %u, not to root", file->stat.st_uid);
    if (file->stat.st_mode & (S_IWGRP | S_IWOTH))
        return refuse_file(file, "it can be written by others");
    return 0;
}

void safe_file_close(struct safe_file *file)
{
    cleanup_close(&file->fd);
    cleanup_close(&file->directory);
    free(file->text);
    *file = (struct safe_file){.directory = -1, .fd = -1};
}
