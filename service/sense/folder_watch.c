/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes to files in folders, by inotify */
#include "folder_watch.h"

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
#include "../sys/timer.h"

#define GATHER_USEC 50000 /* an editor makes several events of one change */
/* A link is made without being written; chattr is an attribute. */
#define WATCHED                                                                                              \
    (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)

struct folder_watch {
    int root;
    bool (*is_meant)(const char *name);
    folder_watch_changed changed;
    void *userdata;
    sd_event_source *io_source, *gather_source;
    int inotify;
};

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct folder_watch *watch = userdata;

    watch->changed(watch->userdata);
    return 0;
}

static bool is_meant(const struct folder_watch *watch, const struct inotify_event *event)
{
    return event->mask & IN_Q_OVERFLOW || (event->len && watch->is_meant(event->name));
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct folder_watch *watch = userdata;
    ssize_t length = read(fd, buffer, sizeof(buffer));
    bool meant = false;

    for (const char *position = buffer; position < buffer + length;) {
        const struct inotify_event *event = (const struct inotify_event *)position;

        meant |= is_meant(watch, event);
        position += sizeof(*event) + event->len;
    }
    if (meant)
        timer_set(watch->gather_source, GATHER_USEC);
    return 0;
}

void folder_watch_add(struct folder_watch *watch, const char *path)
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

struct folder_watch *folder_watch_free(struct folder_watch *watch)
{
    if (!watch)
        return NULL;
    sd_event_source_disable_unref(watch->io_source);
    sd_event_source_disable_unref(watch->gather_source);
    cleanup_close(&watch->inotify);
    free(watch);
    return NULL;
}

static void folder_watch_freep(struct folder_watch **watch)
{
    folder_watch_free(*watch);
}

int folder_watch_new(sd_event *event, int root, bool (*wanted)(const char *name),
                     folder_watch_changed changed, void *userdata, struct folder_watch **ret)
{
    _cleanup_(folder_watch_freep) struct folder_watch *watch = calloc(1, sizeof(*watch));
    int r;

    if (!watch)
        return -ENOMEM;
    *watch =
        (struct folder_watch){.root = root, .is_meant = wanted, .changed = changed, .userdata = userdata};
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->inotify < 0)
        return -errno;
    r = sd_event_add_io(event, &watch->io_source, watch->inotify, EPOLLIN, on_events, watch);
    if (r >= 0)
        r = timer_new(event, &watch->gather_source, 10000, on_gathered, watch);
    if (r < 0)
        return r;
    *ret = take_pointer(watch);
    return 0;
}
