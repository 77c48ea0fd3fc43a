/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel that lists sockets, for a test */
#include "socket_kernel.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sys/kernel_message.h"

#define TOO_LARGE 40000

struct answer {
    uint8_t bytes[TOO_LARGE];
    size_t length;
    uint32_t sequence;
    unsigned flags;
};

static void append(struct answer *answer, struct nl_msg *message)
{
    struct nlmsghdr *header = nlmsg_hdr(message);

    header->nlmsg_seq = answer->sequence;
    header->nlmsg_flags = NLM_F_MULTI | answer->flags;
    memcpy(answer->bytes + answer->length, header, header->nlmsg_len);
    answer->length += NLMSG_ALIGN(header->nlmsg_len);
    nlmsg_free(message);
}

static struct nl_msg *socket_message(const struct socket_fact *socket)
{
    struct inet_diag_msg info = {.idiag_family = socket->family,
                                 .idiag_state = socket->protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE,
                                 .id.idiag_sport = htons(socket->port)};

    memcpy(info.id.idiag_src, socket->bytes, 16);
    return message_of(SOCK_DIAG_BY_FAMILY, &info, sizeof(info));
}

static void append_sockets(struct socket_kernel *kernel, struct answer *answer,
                           const struct inet_diag_req_v2 *wanted)
{
    for (size_t i = 0; i < kernel->count; i++) {
        const struct socket_fact *socket = &kernel->sockets[i].socket;

        if (socket->family == wanted->sdiag_family && socket->protocol == wanted->sdiag_protocol)
            append(answer, socket_message(socket));
    }
}

static void reply(struct socket_kernel *kernel, const struct nlmsghdr *request, int error)
{
    static struct answer answer;
    struct nlmsgerr body = {.error = error, .msg = *request};

    answer.length = 0;
    answer.sequence = request->nlmsg_seq - kernel->behind;
    answer.flags = kernel->interrupted ? NLM_F_DUMP_INTR : 0;
    kernel->interrupted -= kernel->interrupted > 0;
    if (error && kernel->early_errors) {
        append(&answer, message_of(NLMSG_ERROR, &body, sizeof(body)));
    } else {
        if (!error)
            append_sockets(kernel, &answer, nlmsg_data(request));
        if (!kernel->endless)
            append(&answer, message_of(NLMSG_DONE, &error, sizeof(error)));
    }
    if (kernel->too_large) {
        kernel->too_large--;
        assert_int_equal(send(kernel->fd, answer.bytes, TOO_LARGE, 0), TOO_LARGE);
    }
    assert_int_equal(send(kernel->fd, answer.bytes, answer.length, 0), answer.length);
}

static int on_request(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct socket_kernel *kernel = userdata;
    uint8_t bytes[512] __attribute__((aligned(8))) = {0};
    const struct nlmsghdr *request = (struct nlmsghdr *)bytes;
    const struct inet_diag_req_v2 *wanted = nlmsg_data(request);
    ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
    size_t dump;

    assert_int_equal(length, NLMSG_HDRLEN + sizeof(*wanted));
    assert_int_equal(request->nlmsg_type, SOCK_DIAG_BY_FAMILY);
    dump = (wanted->sdiag_protocol == IPPROTO_UDP ? UDP4 : TCP4) + (wanted->sdiag_family == AF_INET6);
    kernel->requests[dump]++;
    kernel->total++;
    if (kernel->on_dump)
        kernel->on_dump(kernel, dump);
    if (!kernel->silent)
        reply(kernel, request, kernel->errors[dump]);
    return 0;
}

void socket_kernel_start(struct socket_kernel *kernel, sd_event *event)
{
    int fds[2];

    *kernel = (struct socket_kernel){.count = 0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    kernel->fd = fds[0];
    kernel->daemon_fd = fds[1];
    assert_true(sd_event_add_io(event, &kernel->source, kernel->fd, EPOLLIN, on_request, kernel) >= 0);
}

void socket_kernel_stop(struct socket_kernel *kernel)
{
    sd_event_source_disable_unref(kernel->source);
    close(kernel->fd);
}
