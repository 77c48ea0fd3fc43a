/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands at a place for a resolv.conf */
#include "resolv_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../state/resolv_conf.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"
#include "apply_resolv.h"

static bool is_our_link(int folder, const char *name)
{
    char target[sizeof(RESOLV_RUNTIME_PATH)];

    return readlinkat(folder, name, target, sizeof(target)) == sizeof(target) - 1 &&
           memcmp(target, RESOLV_RUNTIME_PATH, sizeof(target) - 1) == 0;
}

static bool is_marked(int folder, const char *name)
{
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(folder, name, RESOLV_CONF_SIZE_MAX, &text);
    struct resolv_conf conf;

    if (length < 0)
        return false;
    resolv_conf_parse(text, length, &conf);
    return conf.written_by == DNS_OWNER_WSLNODE;
}

enum resolv_form resolv_place_form(int folder, const char *name)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? RESOLV_ABSENT : RESOLV_OTHER;
    if (S_ISLNK(st.st_mode))
        return is_our_link(folder, name) ? RESOLV_RUNTIME : RESOLV_OTHER;
    /* By its second name somebody else may mean it. */
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return RESOLV_OTHER;
    return is_marked(folder, name) ? RESOLV_LASTING : RESOLV_OTHER;
}

/* With its flags. What an ioctl means to a device is the device's. */
static int open_inode(int folder, const char *name, unsigned *flags)
{
    _cleanup_close_ int fd = -1;
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return -EOPNOTSUPP;
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, flags) < 0)
        return -errno;
    return take_fd(&fd);
}

bool resolv_place_immutable(int folder, const char *name)
{
    unsigned flags = 0;
    _cleanup_close_ int fd = open_inode(folder, name, &flags);

    return fd >= 0 && (flags & FS_IMMUTABLE_FL);
}

int resolv_place_set_immutable(int folder, const char *name, bool immutable)
{
    unsigned flags = 0;
    _cleanup_close_ int fd = open_inode(folder, name, &flags);

    if (fd < 0)
        return fd;
    flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}
