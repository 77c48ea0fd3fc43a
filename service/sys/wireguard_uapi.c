/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of wireguard-go */
#include "wireguard_uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

int wireguard_uapi_open_folder(int root)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = syscall(SYS_openat2, root, WIREGUARD_SOCKET_FOLDER, &how, sizeof(how));
    struct stat status;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && status.st_uid == 0 && !(status.st_mode & 022))
        return fd;
    close(fd);
    return -EPERM;
}

int wireguard_uapi_connect(int root, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int folder = wireguard_uapi_open_folder(root), fd = -1;

    if (folder < 0)
        return folder;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s" WIREGUARD_SOCKET_SUFFIX,
             folder, name);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return take_fd(&fd);
}
