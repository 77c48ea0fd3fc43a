/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody else's file: replaced as a whole, with all that belongs to it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "safe_file.h"

#define ATTRIBUTES_LIMIT 65536

static int fail(struct safe_file *file, const char *step, int error)
{
    file->step = step;
    return error;
}

static int write_at(int fd, const char *text, size_t length, off_t offset)
{
    while (length) {
        ssize_t written = pwrite(fd, text, length, offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        text += written;
        offset += written;
        length -= written;
    }
    return 0;
}

static int sync_file(int fd)
{
    while (fsync(fd) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

static int copy_attribute(int from, int to, const char *name)
{
    char value[ATTRIBUTES_LIMIT];
    ssize_t size = fgetxattr(from, name, value, sizeof(value));

    /* It went meanwhile; safe_file_write() looks whether the file is still the same. */
    if (size < 0)
        return errno == ENODATA ? 0 : -errno;
    return fsetxattr(to, name, value, size, 0) < 0 ? -errno : 0;
}

static int copy_attributes(int from, int to)
{
    _cleanup_free_ char *names = malloc(ATTRIBUTES_LIMIT);
    ssize_t length;

    if (!names)
        return -ENOMEM;
    length = flistxattr(from, names, ATTRIBUTES_LIMIT);
    if (length < 0)
        return errno == ENOTSUP ? 0 : -errno;
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        int r = copy_attribute(from, to, name);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The owner first: giving a file away takes its set-id bits. */
static int keep_what_belongs(struct safe_file *file, int fd)
{
    struct stat made;
    int r;

    if (fstat(fd, &made) < 0)
        return fail(file, "keep owner", -errno);
    if ((made.st_uid != file->stat.st_uid || made.st_gid != file->stat.st_gid) &&
        fchown(fd, file->stat.st_uid, file->stat.st_gid) < 0)
        return fail(file, "keep owner", -errno);
    r = copy_attributes(file->fd, fd);
    if (r < 0)
        return fail(file, "keep attributes", r);
    if (fchmod(fd, file->stat.st_mode & 07777) < 0)
        return fail(file, "keep mode", -errno);
    return 0;
}

static int open_temporary(struct safe_file *file, const char *name)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(file->directory, name, flags, 0600);

    /* One that a crash left behind; nobody else can write here. */
    if (fd < 0 && errno == EEXIST && unlinkat(file->directory, name, 0) == 0)
        fd = openat(file->directory, name, flags, 0600);
    return fd < 0 ? -errno : fd;
}

static int fill_temporary(struct safe_file *file, const char *name, const char *text, size_t length)
{
    _cleanup_close_ int fd = open_temporary(file, name);
    int r;

    if (fd < 0)
        return fail(file, "make temporary", fd);
    r = write_at(fd, text, length, 0);
    if (r < 0)
        return fail(file, "write", r);
    r = file->fd >= 0          ? keep_what_belongs(file, fd)
        : fchmod(fd, 0644) < 0 ? fail(file, "keep mode", -errno)
                               : 0;
    if (r < 0)
        return r;
    r = sync_file(fd);
    return r < 0 ? fail(file, "sync", r) : 0;
}

static int check_same(struct safe_file *file)
{
    const struct stat *then = &file->stat;
    struct stat now;

    if (fstatat(file->directory, file->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(file, "compare", errno == ENOENT ? -ESTALE : -errno);
    if (now.st_ino != then->st_ino || now.st_dev != then->st_dev || now.st_size != then->st_size ||
        now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec ||
        now.st_ctim.tv_sec != then->st_ctim.tv_sec || now.st_ctim.tv_nsec != then->st_ctim.tv_nsec)
        return fail(file, "compare", -ESTALE);
    return 0;
}

static int sync_directory(struct safe_file *file)
{
    _cleanup_close_ int directory = openat(file->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = directory < 0 ? -errno : sync_file(directory);

    return r < 0 ? fail(file, "sync directory", r) : 0;
}

static int temporary_name(const struct safe_file *file, char *buffer, size_t size)
{
    return snprintf(buffer, size, ".%s.wslnode", file->name) < (int)size ? 0 : -ENAMETOOLONG;
}

static int replace(struct safe_file *file, const char *text, size_t length)
{
    char name[256];
    int r = temporary_name(file, name, sizeof(name));

    if (r < 0)
        return fail(file, "make temporary", r);
    r = fill_temporary(file, name, text, length);
    if (r == 0)
        r = check_same(file);
    if (r == 0 && renameat(file->directory, name, file->directory, file->name) < 0)
        r = fail(file, "rename", -errno);
    if (r < 0) {
        unlinkat(file->directory, name, 0);
        return r;
    }
    return sync_directory(file);
}

static int write_in_place(struct safe_file *file, const char *text, size_t length)
{
    _cleanup_close_ int fd =
        openat(file->directory, file->name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t same = 0;
    int r;

    if (fd < 0)
        return fail(file, "open", -errno);
    r = check_same(file);
    if (r < 0)
        return r;
    while (same < length && same < file->length && text[same] == file->text[same])
        same++;
    r = write_at(fd, text + same, length - same, same);
    if (r < 0)
        return fail(file, "write", r);
    if (ftruncate(fd, length) < 0)
        return fail(file, "write", -errno);
    r = sync_file(fd);
    return r < 0 ? fail(file, "sync", r) : 0;
}

int safe_file_write(struct safe_file *file, const char *text, size_t length)
{
    if (length > SAFE_FILE_LIMIT)
        return fail(file, "write", -EFBIG);
    return file->in_place ? write_in_place(file, text, length) : replace(file, text, length);
}

int safe_file_create(struct safe_file *file, const char *text, size_t length)
{
    char name[256];
    int r = temporary_name(file, name, sizeof(name));

    if (r < 0)
        return fail(file, "make temporary", r);
    r = fill_temporary(file, name, text, length);
    if (r == 0 && renameat2(file->directory, name, file->directory, file->name, RENAME_NOREPLACE) < 0)
        r = fail(file, "rename", -errno);
    if (r < 0) {
        unlinkat(file->directory, name, 0);
        return r;
    }
    return sync_directory(file);
}

int safe_file_remove(struct safe_file *file)
{
    int r = check_same(file);

    if (r < 0)
        return r;
    if (unlinkat(file->directory, file->name, 0) < 0)
        return fail(file, "remove", -errno);
    return sync_directory(file);
}
