/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GET of tailscaled's LocalAPI */
#include "local_api.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "cleanup.h"
#include "timer.h"

#define PIECE_SIZE 16384

struct local_api {
    sd_event_source *io_source, *deadline_source;
    int fd;
    bool half;
    struct http_answer answer;
    local_api_done done;
    void *userdata;
};

/* Its path may be longer than an address of a socket has room for, and is below the root. */
static int open_socket(int root)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int path = syscall(SYS_openat2, root, LOCAL_API_SOCKET, &how, sizeof(how)), fd = -1;
    struct stat stat;

    if (path < 0)
        return errno == ENOTDIR ? -ENOENT : -errno;
    if (fstat(path, &stat) < 0)
        return -errno;
    if (!S_ISSOCK(stat.st_mode))
        return -ENOENT;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return take_fd(&fd);
}

/* It is short: a fresh socket has room for it. Neither Origin nor Referer, or it is refused. */
static int say(int fd, const char *target)
{
    char request[512];
    int length =
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.0\r\nHost: local-tailscaled.sock\r\nAccept: application/json\r\n\r\n",
                 target);

    if (length >= (int)sizeof(request))
        return -ENAMETOOLONG;
    return send(fd, request, length, MSG_NOSIGNAL) == length ? 0 : -EIO;
}

static void finish(struct local_api *api, int result)
{
    sd_event_source_set_enabled(api->io_source, SD_EVENT_OFF);
    timer_stop(api->deadline_source);
    api->done(api->userdata, result);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    finish(userdata, -ETIME);
    return 0;
}

/* It runs from the first half on. */
static void watch_half(struct local_api *api)
{
    bool half = http_answer_half(&api->answer);

    if (half && !api->half)
        timer_set(api->deadline_source, LOCAL_API_DEADLINE_USEC);
    else if (!half)
        timer_stop(api->deadline_source);
    api->half = half;
}

static int on_bytes(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct local_api *api = userdata;
    char piece[PIECE_SIZE];
    ssize_t length = recv(fd, piece, sizeof(piece), 0);
    int error = errno, r;

    if (length < 0) {
        if (error != EAGAIN && error != EINTR)
            finish(api, error == ECONNRESET ? -ENODATA : -error);
        return 0;
    }
    if (length == 0) {
        finish(api, http_answer_close(&api->answer));
        return 0;
    }
    r = http_answer_take(&api->answer, piece, length);
    explicit_bzero(piece, length);
    if (r != 0)
        finish(api, r < 0 ? r : 0);
    else
        watch_half(api);
    return 0;
}

struct local_api *local_api_free(struct local_api *api)
{
    if (!api)
        return NULL;
    sd_event_source_disable_unref(api->io_source);
    sd_event_source_disable_unref(api->deadline_source);
    cleanup_close(&api->fd);
    free(api);
    return NULL;
}

static void local_api_freep(struct local_api **api)
{
    local_api_free(*api);
}

int local_api_get(sd_event *event, int root, const char *target, http_answer_body body, local_api_done done,
                  void *userdata, struct local_api **ret)
{
    _cleanup_(local_api_freep) struct local_api *api = calloc(1, sizeof(*api));
    int r;

    if (!api)
        return -ENOMEM;
    api->done = done;
    api->userdata = userdata;
    http_answer_begin(&api->answer, body, userdata);
    api->fd = open_socket(root);
    if (api->fd < 0)
        return api->fd;
    r = sd_event_add_io(event, &api->io_source, api->fd, EPOLLIN, on_bytes, api);
    if (r >= 0)
        r = timer_new(event, &api->deadline_source, 10000, on_deadline, api);
    if (r >= 0)
        r = say(api->fd, target);
    if (r < 0)
        return r;
    watch_half(api);
    *ret = take_pointer(api);
    return 0;
}
