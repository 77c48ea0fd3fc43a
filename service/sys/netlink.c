/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A non-blocking netlink socket */
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

/* The kernel cuts a dump into datagrams of at most 32 KiB. */
#define BUFFER_SIZE    32768
#define RECEIVE_BUFFER (1 << 20)

static int enlarge(int fd)
{
    int size = RECEIVE_BUFFER;

    /* FORCE needs CAP_NET_ADMIN in the first user namespace; without it the limit of the system holds. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0)
        return 0;
    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ? -errno : 0;
}

int netlink_attach(struct netlink *netlink, int fd)
{
    uint8_t *buffer = malloc(BUFFER_SIZE);

    if (!buffer)
        return -ENOMEM;
    *netlink = (struct netlink){.fd = fd, .buffer = buffer};
    return 0;
}

int netlink_open(struct netlink *netlink, int protocol, uint32_t groups)
{
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int one = 1, r;

    if (fd < 0)
        return -errno;
    if (groups && (r = enlarge(fd)) < 0)
        return r;
    if (setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one)) < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    r = netlink_attach(netlink, fd);
    if (r == 0)
        take_fd(&fd);
    return r;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink->fd >= 0)
        close(netlink->fd);
    if (netlink->buffer)
        explicit_bzero(netlink->buffer, BUFFER_SIZE);
    free(netlink->buffer);
    *netlink = (struct netlink){.fd = -1};
}

int netlink_send(struct netlink *netlink, struct nl_msg *message)
{
    struct nlmsghdr *header;
    ssize_t sent;

    if (!message)
        return -ENOMEM;
    header = nlmsg_hdr(message);
    header->nlmsg_seq = ++netlink->sequence;
    sent = send(netlink->fd, header, header->nlmsg_len, 0);
    nlmsg_free(message);
    return sent < 0 ? -errno : 0;
}

static void hand_over(const uint8_t *buffer, ssize_t length, netlink_handler handle, void *userdata)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
    int left = length;

    for (; nlmsg_ok(header, left); header = nlmsg_next((struct nlmsghdr *)header, &left))
        handle(header, userdata);
}

int netlink_receive(struct netlink *netlink, unsigned limit, netlink_handler handle, void *userdata)
{
    unsigned count = 0;

    while (count < limit) {
        struct sockaddr_nl sender = {0};
        struct iovec iov = {.iov_base = netlink->buffer, .iov_len = BUFFER_SIZE};
        struct msghdr message = {.msg_name = &sender,
                                 .msg_namelen = sizeof(sender),
                                 .msg_iov = &iov,
                                 .msg_iovlen = 1};
        ssize_t length = recvmsg(netlink->fd, &message, MSG_DONTWAIT);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return errno == EAGAIN ? (int)count : -errno;
        count++;
        /* Any process may send here; only the kernel is believed. */
        if ((sender.nl_family == AF_NETLINK && sender.nl_pid != 0) || message.msg_flags & MSG_TRUNC) {
            explicit_bzero(netlink->buffer, length < BUFFER_SIZE ? length : BUFFER_SIZE);
            if (message.msg_flags & MSG_TRUNC)
                return -ENOBUFS;
            continue;
        }
        hand_over(netlink->buffer, length, handle, userdata);
    }
    return count;
}

int netlink_error(const struct nlmsghdr *header)
{
    const struct nlmsgerr *error = nlmsg_data(header);

    if (nlmsg_datalen(header) < (int)sizeof(error->error))
        return -EBADMSG;
    return error->error;
}
