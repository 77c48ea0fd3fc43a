/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of Windows, run through interop */
#include "winrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"

#define DEADLINE_USEC 15000000
/* virtiofs is one; magic.h has it under FUSE's name since Linux 6.2 only. */
#define FUSE_MAGIC 0x65735546

struct winrun {
    struct child *child;
    winrun_done done;
    void *userdata;
};

/* What the child is to do. */
struct task {
    int root;
    const char *path;
    char *const *argv;
};

static int open_below(int root, const char *path, int flags)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

/* Which a FIFO in its place does not hold up. */
static int open_program(int root, const char *path)
{
    _cleanup_close_ int fd = open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    char magic[2];
    struct stat st;
    struct statfs fs;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (fs.f_type != V9FS_MAGIC && fs.f_type != FUSE_MAGIC)
        return -EXDEV;
    if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, "MZ", sizeof(magic)) != 0)
        return -ENOEXEC;
    return take_fd(&fd);
}

/* A folder of Linux's own would be a network share to it. */
static int enter_folder(int root, const char *path)
{
    _cleanup_free_ char *folder = strdup(path);
    _cleanup_close_ int fd = -1;
    char *slash = folder ? strrchr(folder, '/') : NULL;

    if (!slash)
        return -EINVAL;
    *slash = 0;
    fd = open_below(root, folder, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd;
    return fchdir(fd) < 0 ? -errno : 0;
}

/* Before the program's own output comes what became of it: 0, or a negative errno. */
static int work(const void *data, int output)
{
    static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    const struct task *task = data;
    int program = open_program(task->root, task->path);
    int error = program < 0 ? program : enter_folder(task->root, task->path);

    /* WSL opens it anew, by /dev/fd. */
    if (!error && fcntl(program, F_SETFD, 0) < 0)
        error = -errno;
    if (write(output, &error, sizeof(error)) != sizeof(error) || error)
        return CHILD_NOT_STARTED;
    fexecve(program, task->argv, environment);
    return CHILD_NOT_STARTED;
}

static int read_error(int status, const char *output, size_t length)
{
    int error;

    if (length < sizeof(error))
        return status < 0 ? status : -EPROTO;
    memcpy(&error, output, sizeof(error));
    if (error)
        return error < 0 ? error : -EPROTO;
    return status == CHILD_NOT_STARTED && length == sizeof(error) ? -ENOEXEC : status;
}

static void on_done(void *userdata, int status, const char *output, size_t length)
{
    struct winrun *winrun = userdata;
    size_t head = length < sizeof(int) ? length : sizeof(int);

    winrun->done(winrun->userdata, read_error(status, output, length), output + head, length - head);
}

int winrun_start(sd_event *event, int root, const char *path, char *const argv[], size_t limit,
                 winrun_done done, void *userdata, struct winrun **ret)
{
    const struct task task = {.root = root, .path = path, .argv = argv};
    struct winrun *winrun = calloc(1, sizeof(*winrun));
    int r;

    if (!winrun)
        return -ENOMEM;
    winrun->done = done;
    winrun->userdata = userdata;
    r = child_run(event, work, &task, geteuid(), sizeof(int) + limit, DEADLINE_USEC, on_done, winrun,
                  &winrun->child);
    if (r < 0) {
        free(winrun);
        return r;
    }
    *ret = winrun;
    return 0;
}

struct winrun *winrun_free(struct winrun *winrun)
{
    if (!winrun)
        return NULL;
    child_free(winrun->child);
    free(winrun);
    return NULL;
}
