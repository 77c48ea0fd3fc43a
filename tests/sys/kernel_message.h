/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages as the kernel sends them; to be freed with nlmsg_free(). */
#pragma once

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "../unit.h"

static inline struct nl_msg *message_of(int type, const void *header, size_t size)
{
    struct nl_msg *message = nlmsg_alloc_simple(type, 0);

    assert_non_null(message);
    assert_int_equal(nlmsg_append(message, (void *)header, size, NLMSG_ALIGNTO), 0);
    return message;
}

static inline void put(struct nl_msg *message, int type, const void *bytes, int length)
{
    assert_int_equal(nla_put(message, type, length, bytes), 0);
}

static inline void put_number(struct nl_msg *message, int type, uint32_t number)
{
    put(message, type, &number, sizeof(number));
}

/* "10.0.0.1" or "fd00::1" */
static inline void put_address(struct nl_msg *message, int type, const char *text)
{
    uint8_t bytes[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, text, bytes), 1);
    put(message, type, bytes, family == AF_INET ? 4 : 16);
}

static inline struct nl_msg *link_header(int type, int ifindex, unsigned flags)
{
    struct ifinfomsg info = {.ifi_index = ifindex, .ifi_type = ARPHRD_NONE, .ifi_flags = flags};

    return message_of(type, &info, sizeof(info));
}

/* Without kind if that is NULL. */
static inline struct nl_msg *link_message(int ifindex, const char *name, const char *kind, uint32_t mtu)
{
    struct nl_msg *message = link_header(RTM_NEWLINK, ifindex, IFF_UP);
    struct nlattr *info;

    put(message, IFLA_IFNAME, name, strlen(name) + 1);
    put_number(message, IFLA_MTU, mtu);
    put_number(message, IFLA_MIN_MTU, 68);
    put_number(message, IFLA_MAX_MTU, 9000);
    if (!kind)
        return message;
    info = nla_nest_start(message, IFLA_LINKINFO);
    put(message, IFLA_INFO_KIND, kind, strlen(kind) + 1);
    nla_nest_end(message, info);
    return message;
}

static inline struct nl_msg *address_header(int type, int family, int ifindex, int scope, unsigned flags)
{
    struct ifaddrmsg info = {.ifa_family = family,
                             .ifa_prefixlen = 24,
                             .ifa_index = ifindex,
                             .ifa_scope = scope,
                             .ifa_flags = flags};

    return message_of(type, &info, sizeof(info));
}

static inline struct nl_msg *route_header(int type, int family)
{
    struct rtmsg info = {.rtm_family = family, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};

    return message_of(type, &info, sizeof(info));
}
