/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The coming and going of a daemon's socket, by inotify */
#include "socket_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../state/fact.h"
#include "../sys/cleanup.h"

#define GATHER_USEC 100000 /* it is there before the daemon listens, and gets its mode after that */
#define WATCHED     (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)

struct socket_watch {
    int root;
    socket_watch_changed changed;
    void *userdata;
    sd_event_source *io_source, *gather_source;
    int inotify;
    char folder[FILE_PATH_SIZE], above[FILE_PATH_SIZE];
    const char *name, *folder_name;
};

static void add(struct socket_watch *watch, const char *path, uint32_t mask)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    _cleanup_close_ int fd = syscall(SYS_openat2, watch->root, path, &how, sizeof(how));
    char name[32];

    if (fd < 0)
        return;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    (void)inotify_add_watch(watch->inotify, name, mask);
}

/* The upper one first, so that the lower one does not come unseen in between. Twice is once. */
static void add_both(struct socket_watch *watch)
{
    add(watch, watch->above, WATCHED);
    add(watch, watch->folder, WATCHED | IN_ATTRIB);
}

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct socket_watch *watch = userdata;

    watch->changed(watch->userdata);
    return 0;
}

static bool is_meant(const struct socket_watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    return event->len &&
           (strcmp(event->name, watch->name) == 0 || strcmp(event->name, watch->folder_name) == 0);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct socket_watch *watch = userdata;
    ssize_t length = read(fd, buffer, sizeof(buffer));
    bool meant = false;

    for (const char *position = buffer; position < buffer + length;) {
        const struct inotify_event *event = (const struct inotify_event *)position;

        meant |= is_meant(watch, event);
        position += sizeof(*event) + event->len;
    }
    if (!meant)
        return 0;
    add_both(watch);
    sd_event_source_set_time_relative(watch->gather_source, GATHER_USEC);
    sd_event_source_set_enabled(watch->gather_source, SD_EVENT_ONESHOT);
    return 0;
}

struct socket_watch *socket_watch_free(struct socket_watch *watch)
{
    if (!watch)
        return NULL;
    sd_event_source_disable_unref(watch->io_source);
    sd_event_source_disable_unref(watch->gather_source);
    cleanup_close(&watch->inotify);
    free(watch);
    return NULL;
}

static void socket_watch_freep(struct socket_watch **watch)
{
    socket_watch_free(*watch);
}

/* "run/tailscale/tailscaled.sock": run, run/tailscale, and the two names. */
static void split(struct socket_watch *watch, const char *path)
{
    snprintf(watch->folder, sizeof(watch->folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    snprintf(watch->above, sizeof(watch->above), "%.*s", (int)(strrchr(watch->folder, '/') - watch->folder),
             watch->folder);
    watch->name = strrchr(path, '/') + 1;
    watch->folder_name = strrchr(watch->folder, '/') + 1;
}

int socket_watch_new(sd_event *event, int root, const char *path, socket_watch_changed changed,
                     void *userdata, struct socket_watch **ret)
{
    _cleanup_(socket_watch_freep) struct socket_watch *watch = calloc(1, sizeof(*watch));
    int r;

    if (!watch)
        return -ENOMEM;
    *watch = (struct socket_watch){.root = root, .changed = changed, .userdata = userdata};
    split(watch, path);
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->inotify < 0)
        return -errno;
    r = sd_event_add_io(event, &watch->io_source, watch->inotify, EPOLLIN, on_events, watch);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &watch->gather_source, CLOCK_MONOTONIC, 0, 10000, on_gathered,
                                       watch);
    if (r >= 0)
        r = sd_event_source_set_enabled(watch->gather_source, SD_EVENT_OFF);
    if (r < 0)
        return r;
    add_both(watch);
    *ret = take_pointer(watch);
    return 0;
}
