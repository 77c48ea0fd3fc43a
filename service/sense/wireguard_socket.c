/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WireGuard tunnels in user space */
#include "wireguard_socket.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../sys/cleanup.h"
#include "../sys/wireguard_text.h"
#include "../sys/wireguard_uapi.h"

#define SUFFIX      WIREGUARD_SOCKET_SUFFIX
#define REQUEST     "get=1\n\n"
#define PIECE_SIZE  16384
#define PIECES      16         /* a turn: a thousand peers */
#define ANSWER_MAX  (16 << 20) /* bytes: more than PEERS_MAX peers */
#define ENTRIES_MAX 1024       /* of the folder that are looked at */

struct wireguard_socket {
    sd_event *event;
    int root;
    struct wireguard_reader reader;
    int fd; /* -1: nothing is read */
    sd_event_source *source;
    struct wireguard_text text;
    size_t received;
};

bool wireguard_socket_is_one(const char *file)
{
    size_t length = strlen(file), suffix = strlen(SUFFIX);

    return length > suffix && length - suffix < LINK_NAME_SIZE && strcmp(file + length - suffix, SUFFIX) == 0;
}

void wireguard_socket_list(int root, struct wireguard_socket_names *names)
{
    int fd = wireguard_uapi_open_folder(root);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    unsigned left = ENTRIES_MAX;

    names->count = 0;
    if (!folder) {
        cleanup_close(&fd);
        return;
    }
    while (left-- && names->count < WIREGUARD_SOCKETS_MAX && (entry = readdir(folder)))
        if (wireguard_socket_is_one(entry->d_name))
            snprintf(names->list[names->count++], LINK_NAME_SIZE, "%.*s",
                     (int)(strlen(entry->d_name) - strlen(SUFFIX)), entry->d_name);
    closedir(folder);
}

void wireguard_socket_cancel(struct wireguard_socket *socket)
{
    socket->source = sd_event_source_disable_unref(socket->source);
    cleanup_close(&socket->fd);
    socket->fd = -1;
    wireguard_text_done(&socket->text);
}

static void finish(struct wireguard_socket *socket, int result)
{
    struct tunnel_fact tunnel = socket->text.tunnel;

    wireguard_socket_cancel(socket);
    socket->reader.done(socket->reader.userdata, result, &tunnel);
}

/* 1: more may come; 0: not now; otherwise it has ended. */
static int take_piece(struct wireguard_socket *socket, int *result)
{
    char piece[PIECE_SIZE];
    ssize_t length = recv(socket->fd, piece, sizeof(piece), MSG_DONTWAIT);
    int r;

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return errno == EINTR;
    *result = length < 0 ? -errno : length == 0 ? -ECONNRESET : 0;
    if (*result < 0)
        return -1;
    r = wireguard_text_take(&socket->text, piece, length);
    socket->received += length;
    *result = r < 0 ? r : 0;
    if (r == 0 && socket->received > ANSWER_MAX)
        *result = r = -EFBIG;
    return r == 0 ? 1 : -1;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct wireguard_socket *socket = userdata;
    int r = 1, result = 0;

    for (unsigned i = 0; r > 0 && i < PIECES; i++)
        r = take_piece(socket, &result);
    if (r < 0)
        finish(socket, result);
    return 0;
}

int wireguard_socket_read(struct wireguard_socket *socket_, const char *name, int32_t ifindex)
{
    _cleanup_close_ int fd = wireguard_uapi_connect(socket_->root, name);
    int r;

    if (fd < 0)
        return fd;
    if (send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) != (ssize_t)strlen(REQUEST))
        return -EIO;
    r = sd_event_add_io(socket_->event, &socket_->source, fd, EPOLLIN, on_readable, socket_);
    if (r >= 0)
        r = sd_event_source_set_priority(socket_->source, SD_EVENT_PRIORITY_IMPORTANT);
    if (r < 0)
        return r;
    memset(&socket_->text, 0, sizeof(socket_->text));
    socket_->text.peer = socket_->reader.peer;
    socket_->text.userdata = socket_->reader.userdata;
    socket_->text.tunnel.ifindex = ifindex;
    socket_->text.tunnel.user_space = true;
    snprintf(socket_->text.tunnel.name, sizeof(socket_->text.tunnel.name), "%s", name);
    socket_->received = 0;
    socket_->fd = take_fd(&fd);
    return 0;
}

struct wireguard_socket *wireguard_socket_free(struct wireguard_socket *socket)
{
    if (!socket)
        return NULL;
    wireguard_socket_cancel(socket);
    free(socket);
    return NULL;
}

int wireguard_socket_new(sd_event *event, int root, const struct wireguard_reader *reader,
                         struct wireguard_socket **ret)
{
    struct wireguard_socket *socket = calloc(1, sizeof(*socket));

    if (!socket)
        return -ENOMEM;
    *socket = (struct wireguard_socket){.event = event, .root = root, .reader = *reader, .fd = -1};
    *ret = socket;
    return 0;
}
