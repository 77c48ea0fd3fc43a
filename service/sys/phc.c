/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PTP hardware clocks */
#include "phc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock_time.h"
#include "file_io.h"

#define CLOCKS_MAX 64
#define READINGS   5
/* Readings of one moment that differ by more are no time. */
#define AGREE_USEC 25000
/* As the kernel makes a clock of an fd. */
#define CLOCK_OF_FD(fd) ((clockid_t)((~(unsigned)(fd) << 3) | 3))

static bool is_named(int root, const char *clock, const char *name)
{
    _cleanup_free_ char *text = NULL;
    char path[320];

    snprintf(path, sizeof(path), "sys/class/ptp/%s/clock_name", clock);
    if (file_io_read(root, path, 256, &text) < 0)
        return false;
    text[strcspn(text, "\n")] = 0;
    return strcmp(text, name) == 0;
}

static int open_clock(int root, const char *clock)
{
    char path[320];
    struct stat status;
    int fd;

    snprintf(path, sizeof(path), "dev/%s", clock);
    fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode))
        return fd;
    close(fd);
    return -ENODEV;
}

int phc_open(int root, const char *name)
{
    char **clocks = NULL;
    int count = file_io_names(root, "sys/class/ptp", "", CLOCKS_MAX, &clocks), fd = -ENOENT;

    for (int i = 0; i < count; i++) {
        if (fd < 0 && is_named(root, clocks[i], name))
            fd = open_clock(root, clocks[i]);
        free(clocks[i]);
    }
    free(clocks);
    return count < 0 ? count : fd;
}

static int read_once(int fd, struct clock_reading *reading)
{
    struct timespec time;
    int64_t before = clock_time_raw(), after;

    if (clock_gettime(CLOCK_OF_FD(fd), &time) < 0)
        return -errno;
    after = clock_time_raw();
    if (time.tv_sec < 0 || time.tv_sec > CLOCK_TIME_MAX_USEC / 1000000)
        return -EBADMSG;
    reading->bound_usec = (after - before + 1) / 2;
    reading->base_usec = time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000 - before - reading->bound_usec;
    return 0;
}

int phc_read(int fd, struct clock_reading *reading)
{
    struct clock_reading first = {0}, next;

    for (int i = 0; i < READINGS; i++) {
        int r = read_once(fd, &next);

        if (r < 0)
            return r;
        if (i == 0)
            first = *reading = next;
        if (llabs(next.base_usec - first.base_usec) > AGREE_USEC + next.bound_usec + first.bound_usec)
            return -EBADMSG;
        if (next.bound_usec < reading->bound_usec)
            *reading = next;
    }
    return 0;
}
