/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink messages: what they say as facts, and the requests for dumps. */
#pragma once

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "../state/fact.h"

/* 1: a fact; 0: of no interest here; -EBADMSG: it cannot be understood. */
int link_message_decode(const struct nlmsghdr *header, struct fact *fact);

/* The kernel takes almost any bytes as a name; the bus takes UTF-8, and people take what can be printed: then
 * it is "?IFINDEX". */
void link_message_name(char name[LINK_NAME_SIZE], const char *told, int32_t ifindex);

/* The request whose answer is this one link's fact. NULL without memory, as the others. */
struct nl_msg *link_message_get(int32_t ifindex);
/* The request that sets an MTU, and asks for an acknowledgement. */
struct nl_msg *link_message_set_mtu(int32_t ifindex, uint32_t mtu);
/* The request whose answer is this dump. */
struct nl_msg *link_message_dump(const struct dump_fact *dump);
