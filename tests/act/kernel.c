/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel for a test */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sys/kernel_message.h"

static void answer(struct kernel *kernel, struct nl_msg *message, uint32_t sequence)
{
    struct nlmsghdr *header = nlmsg_hdr(message);

    header->nlmsg_seq = sequence + kernel->sequence_offset;
    assert_int_equal(send(kernel->fd, header, header->nlmsg_len, 0), header->nlmsg_len);
    nlmsg_free(message);
}

static void acknowledge(struct kernel *kernel, const struct nlmsghdr *request, int error)
{
    struct nlmsgerr body = {.error = error, .msg = *request};

    answer(kernel, message_of(NLMSG_ERROR, &body, sizeof(body)), request->nlmsg_seq);
}

static void on_get(struct kernel *kernel, const struct nlmsghdr *request)
{
    const struct ifinfomsg *info = nlmsg_data(request);
    int error = info->ifi_index == kernel->ifindex ? kernel->get_error : -ENODEV;

    kernel->gets++;
    if (kernel->silent)
        return;
    if (error)
        acknowledge(kernel, request, error);
    else
        answer(kernel, link_message(kernel->ifindex, kernel->name, kernel->kind, kernel->mtu),
               request->nlmsg_seq);
}

static void on_set(struct kernel *kernel, struct nlmsghdr *request)
{
    const struct ifinfomsg *info = nlmsg_data(request);

    kernel->sets++;
    kernel->last_set_ifindex = info->ifi_index;
    kernel->last_set_mtu = nla_get_u32(nlmsg_find_attr(request, sizeof(*info), IFLA_MTU));
    if (!kernel->set_error)
        kernel->mtu = kernel->others_mtu ? kernel->others_mtu : kernel->last_set_mtu;
    if (!kernel->silent && !kernel->silent_to_set)
        acknowledge(kernel, request, kernel->set_error);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct kernel *kernel = userdata;
    uint8_t bytes[512] __attribute__((aligned(8)));
    struct nlmsghdr *request = (struct nlmsghdr *)bytes;
    ssize_t length = recv(fd, bytes, sizeof(bytes), 0);

    assert_int_equal(length, request->nlmsg_len);
    if (kernel->on_request)
        kernel->on_request(kernel);
    if (request->nlmsg_type == RTM_GETLINK)
        on_get(kernel, request);
    else if (request->nlmsg_type == RTM_SETLINK)
        on_set(kernel, request);
    else
        fail_msg("request of type %d", request->nlmsg_type);
    return 0;
}

void kernel_start(struct kernel *kernel, sd_event *event)
{
    int fds[2];

    *kernel = (struct kernel){.event = event, .ifindex = 7, .name = "wg0", .kind = "wireguard", .mtu = 1420};
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    kernel->fd = fds[0];
    kernel->daemon_fd = fds[1];
    assert_true(sd_event_add_io(event, &kernel->source, kernel->fd, EPOLLIN, on_readable, kernel) >= 0);
}

void kernel_stop(struct kernel *kernel)
{
    sd_event_source_disable_unref(kernel->source);
    close(kernel->fd);
}
