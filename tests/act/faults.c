/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that change files, and fail */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct faults none;
struct faults *faults = &none;

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __real_symlinkat(const char *target, int folder, const char *name);
int __wrap_symlinkat(const char *target, int folder, const char *name);
int __wrap_fsync(int fd);
int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);

void faults_reset(void)
{
    if (faults == &none) {
        void *shared = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (shared == MAP_FAILED)
            _exit(1);
        faults = shared;
    }
    memset(faults, 0, sizeof(*faults));
}

static bool is_faulty(void)
{
    if (!faults->fault || ++faults->calls != faults->at)
        return false;
    if (faults->fault == FAULT_END)
        _exit(FAULT_STATUS);
    errno = faults->error;
    return true;
}

static bool is_immutable(int folder, const char *name)
{
    struct stat st;

    return faults->immutable && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_ino == faults->immutable;
}

static bool is_refused(bool immutable)
{
    if (immutable)
        errno = EPERM;
    return immutable;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    unsigned *flags;
    struct stat st;
    va_list args;

    va_start(args, request);
    flags = va_arg(args, unsigned *);
    va_end(args);
    if (request != FS_IOC_GETFLAGS && request != FS_IOC_SETFLAGS)
        return __real_ioctl(fd, request, flags);
    if (fstat(fd, &st) < 0)
        return -1;
    if (request == FS_IOC_GETFLAGS) {
        *flags = FS_NOATIME_FL | (faults->immutable == st.st_ino ? FS_IMMUTABLE_FL : 0);
        return 0;
    }
    if (is_faulty())
        return -1;
    /* What else is set stays. */
    if (!(*flags & FS_NOATIME_FL)) {
        errno = EINVAL;
        return -1;
    }
    if (*flags & FS_IMMUTABLE_FL)
        faults->immutable = st.st_ino;
    else if (faults->immutable == st.st_ino)
        faults->immutable = 0;
    return 0;
}

static void announce(void)
{
    void (*on_rename)(void *userdata) = faults->on_rename;

    faults->on_rename = NULL;
    if (on_rename)
        on_rename(faults->userdata);
}

int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    announce();
    if (is_faulty() || is_refused(is_immutable(from, old) || is_immutable(to, new)))
        return -1;
    return __real_renameat2(from, old, to, new, flags);
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
    if (is_faulty() || is_refused(is_immutable(from, old) || is_immutable(to, new)))
        return -1;
    return __real_renameat(from, old, to, new);
}

int __wrap_symlinkat(const char *target, int folder, const char *name)
{
    return is_faulty() ? -1 : __real_symlinkat(target, folder, name);
}

/* No power is cut here, and there are thousands. */
int __wrap_fsync(int fd)
{
    return is_faulty() ? -1 : 0;
}

int __wrap_unlinkat(int folder, const char *name, int flags)
{
    if (is_faulty() || is_refused(is_immutable(folder, name)))
        return -1;
    return __real_unlinkat(folder, name, flags);
}
