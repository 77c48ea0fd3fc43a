/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A non-blocking netlink socket: whole messages from the kernel, to a callback, bounded per turn.
 *
 * It works on any datagram fd, so that a test can be the kernel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <netlink/msg.h>

struct netlink {
    int fd;
    uint32_t sequence; /* of the last request */
    uint8_t *buffer;
};

/*
 * `protocol` is NETLINK_ROUTE or another. With `groups`, a 1 MiB receive buffer: what libnl sets overflows.
 * Strict checking of dumps is on.
 */
int netlink_open(struct netlink *netlink, int protocol, uint32_t groups);
int netlink_attach(struct netlink *netlink, int fd);
void netlink_close(struct netlink *netlink);

/* Fills in the sequence number, sends, and frees the message. Returns a negative errno. */
int netlink_send(struct netlink *netlink, struct nl_msg *message);

/*
 * Hands over what is there, at most `limit` datagrams, to `handle`. Returns how many there were,
 * or -ENOBUFS when the kernel (or our buffer) lost something, or another errno.
 */
typedef void (*netlink_handler)(const struct nlmsghdr *header, void *userdata);
int netlink_receive(struct netlink *netlink, unsigned limit, netlink_handler handle, void *userdata);

/* 0 for an acknowledgement, else the kernel's negative errno. */
int netlink_error(const struct nlmsghdr *header);
