/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes to resolv.conf and wsl.conf, by inotify */
#include "resolver_watch.h"

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

#define GATHER_USEC 50000 /* an editor makes several events of one change */
/* A link is made without being written; chattr is an attribute. */
#define WATCHED                                                                                              \
    (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)

struct resolver_watch {
    int root;
    resolver_watch_changed changed;
    void *userdata;
    sd_event_source *io_source, *gather_source;
    int inotify;
};

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct resolver_watch *watch = userdata;

    watch->changed(watch->userdata);
    return 0;
}

static bool is_ours(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    return event->len && (strcmp(event->name, "resolv.conf") == 0 || strcmp(event->name, "wsl.conf") == 0);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct resolver_watch *watch = userdata;
    ssize_t length = read(fd, buffer, sizeof(buffer));
    bool ours = false;

    for (const char *position = buffer; position < buffer + length;) {
        const struct inotify_event *event = (const struct inotify_event *)position;

        ours |= is_ours(event);
        position += sizeof(*event) + event->len;
    }
    if (!ours)
        return 0;
    sd_event_source_set_time_relative(watch->gather_source, GATHER_USEC);
    sd_event_source_set_enabled(watch->gather_source, SD_EVENT_ONESHOT);
    return 0;
}

void resolver_watch_add(struct resolver_watch *watch, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    char folder[FILE_PATH_SIZE], name[32];
    _cleanup_close_ int fd = -1;
    char *slash;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (!slash)
        return;
    slash[slash == folder] = 0;
    fd = syscall(SYS_openat2, watch->root, folder, &how, sizeof(how));
    if (fd < 0)
        return;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    /* Without it the file is read at the next beat, at a reload and for Diagnose. */
    (void)inotify_add_watch(watch->inotify, name, WATCHED);
}

struct resolver_watch *resolver_watch_free(struct resolver_watch *watch)
{
    if (!watch)
        return NULL;
    sd_event_source_disable_unref(watch->io_source);
    sd_event_source_disable_unref(watch->gather_source);
    cleanup_close(&watch->inotify);
    free(watch);
    return NULL;
}

static void resolver_watch_freep(struct resolver_watch **watch)
{
    resolver_watch_free(*watch);
}

int resolver_watch_new(sd_event *event, int root, resolver_watch_changed changed, void *userdata,
                       struct resolver_watch **ret)
{
    _cleanup_(resolver_watch_freep) struct resolver_watch *watch = calloc(1, sizeof(*watch));
    int r;

    if (!watch)
        return -ENOMEM;
    *watch = (struct resolver_watch){.root = root, .changed = changed, .userdata = userdata};
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
    *ret = take_pointer(watch);
    return 0;
}
