/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sock_diag messages: sockets that wait for others, as facts, and the requests for dumps of them. */
#pragma once

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "../state/fact.h"

/*
 * 1: a fact; 0: of no interest here; -EBADMSG: it cannot be understood. The message does not say which
 * protocol it is about: whoever asked knows.
 */
int socket_message_decode(const struct nlmsghdr *header, uint8_t protocol, struct fact *fact);

/* The request for one family's TCP listeners, or its unconnected UDP sockets. NULL without memory. */
struct nl_msg *socket_message_dump(uint8_t family, uint8_t protocol);
