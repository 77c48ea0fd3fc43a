/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of this distribution's wsl.conf
 *
 * WSL reads it when the distribution starts; what is wrong with it shows at the next start, and is told when
 * it is written.
 */
#include "sense.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "../state/wsl_config_lint.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"
#include "../sys/timer.h"

#define FOLDER      "etc"
#define NAME        "wsl.conf"
#define GATHER_USEC 50000 /* an editor makes several events of one change */
#define WATCHED     (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)

struct sense_wsl_config {
    struct sense sense;
    sd_event_source *io_source, *gather_source;
};

static void take_remarks(const struct wsl_config *config, const char *text, struct wsl_config_fact *fact)
{
    struct wsl_config_remarks remarks;

    if (wsl_config_lint(config, text, &remarks) < 0)
        return;
    fact->remarks = remarks.count;
    fact->first_line = remarks.count ? remarks.list[0].line : 0;
    for (size_t i = remarks.count; i-- > 0;)
        if (remarks.list[i].rest)
            fact->rest_line = remarks.list[i].line;
    wsl_config_remarks_done(&remarks);
}

static void read_file(int root, struct wsl_config_fact *fact)
{
    _cleanup_free_ char *text = NULL;
    ssize_t size = file_io_read(root, FOLDER "/" NAME, WSL_CONFIG_SIZE_MAX, &text);
    struct wsl_config config;

    /* WSL does without it as well. */
    if (size < 0 || wsl_config_parse(WSL_CONFIG_CONF, text, size, &config) < 0)
        return;
    take_remarks(&config, text, fact);
    wsl_config_done(&config);
}

void sense_wsl_config_refresh(struct sense_wsl_config *wsl)
{
    struct fact fact = fact_of(FACT_WSL_CONFIG);

    if (strcmp(wsl->sense.node->platform.platform, "wsl2") == 0)
        read_file(wsl->sense.root, &fact.wsl_config);
    wsl->sense.emit(wsl->sense.userdata, &fact);
    wsl->sense.turn(wsl->sense.userdata);
}

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
    sense_wsl_config_refresh(userdata);
    return 0;
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct sense_wsl_config *wsl = userdata;
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t length = read(fd, buffer, sizeof(buffer));
    bool ours = false;

    for (const char *position = buffer; position < buffer + length;) {
        const struct inotify_event *event = (const struct inotify_event *)position;

        ours |= event->mask & IN_Q_OVERFLOW || (event->len && strcmp(event->name, NAME) == 0);
        position += sizeof(*event) + event->len;
    }
    if (ours)
        timer_set(wsl->gather_source, GATHER_USEC);
    return 0;
}

/* Without it the file is read at a reload and for Diagnose. */
static void watch(struct sense_wsl_config *wsl)
{
    _cleanup_close_ int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d/" FOLDER, wsl->sense.root);
    if (fd < 0 || inotify_add_watch(fd, path, WATCHED) < 0 ||
        sd_event_add_io(wsl->sense.event, &wsl->io_source, fd, EPOLLIN, on_events, wsl) < 0)
        return;
    if (sd_event_source_set_io_fd_own(wsl->io_source, true) >= 0)
        take_fd(&fd);
    else
        wsl->io_source = sd_event_source_disable_unref(wsl->io_source);
}

struct sense_wsl_config *sense_wsl_config_free(struct sense_wsl_config *wsl)
{
    if (!wsl)
        return NULL;
    sd_event_source_disable_unref(wsl->io_source);
    sd_event_source_disable_unref(wsl->gather_source);
    free(wsl);
    return NULL;
}

int sense_wsl_config_new(const struct sense *sense, struct sense_wsl_config **ret)
{
    struct sense_wsl_config *wsl = calloc(1, sizeof(*wsl));
    int r;

    if (!wsl)
        return -ENOMEM;
    wsl->sense = *sense;
    r = timer_new(sense->event, &wsl->gather_source, 10000, on_gathered, wsl);
    if (r < 0) {
        sense_wsl_config_free(wsl);
        return r;
    }
    watch(wsl);
    sense_wsl_config_refresh(wsl);
    *ret = wsl;
    return 0;
}
