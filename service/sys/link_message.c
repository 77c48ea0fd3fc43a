/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink messages */
#include "link_message.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

static bool printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x21 || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

void link_message_name(char name[LINK_NAME_SIZE], const char *told, int32_t ifindex)
{
    if (printable(told))
        snprintf(name, LINK_NAME_SIZE, "%s", told);
    else
        snprintf(name, LINK_NAME_SIZE, "?%d", ifindex);
}

static void set_kind(struct link_fact *link, struct nlattr *info)
{
    struct nlattr *tb[IFLA_INFO_MAX + 1];

    if (!info || nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) < 0 || !tb[IFLA_INFO_KIND])
        return;
    nla_strlcpy(link->kind, tb[IFLA_INFO_KIND], sizeof(link->kind));
    if (!printable(link->kind))
        memset(link->kind, 0, sizeof(link->kind));
}

static int decode_link(struct nlmsghdr *header, struct link_fact *link)
{
    static struct nla_policy policy[IFLA_MAX + 1] = {
        [IFLA_IFNAME] = {.type = NLA_STRING, .maxlen = IFNAMSIZ},
        [IFLA_MTU] = {.type = NLA_U32},
        [IFLA_MIN_MTU] = {.type = NLA_U32},
        [IFLA_MAX_MTU] = {.type = NLA_U32},
        [IFLA_LINKINFO] = {.type = NLA_NESTED},
    };
    struct nlattr *tb[IFLA_MAX + 1];
    const struct ifinfomsg *info = nlmsg_data(header);
    char name[LINK_NAME_SIZE];

    if (nlmsg_parse(header, sizeof(*info), tb, IFLA_MAX, policy) < 0)
        return -EBADMSG;
    if (info->ifi_family != AF_UNSPEC) /* a bridge's port speaks of itself twice */
        return 0;
    if (!tb[IFLA_IFNAME] || info->ifi_index <= 0)
        return -EBADMSG;
    link->ifindex = info->ifi_index;
    link->hardware = info->ifi_type;
    link->up = info->ifi_flags & IFF_UP;
    link->loopback = info->ifi_flags & IFF_LOOPBACK;
    link->mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
    link->mtu_min = tb[IFLA_MIN_MTU] ? nla_get_u32(tb[IFLA_MIN_MTU]) : 0;
    link->mtu_max = tb[IFLA_MAX_MTU] ? nla_get_u32(tb[IFLA_MAX_MTU]) : 0;
    nla_strlcpy(name, tb[IFLA_IFNAME], sizeof(name));
    link_message_name(link->name, name, link->ifindex);
    set_kind(link, tb[IFLA_LINKINFO]);
    return 1;
}

static int copy_address(struct nlattr *attribute, uint8_t family, uint8_t *bytes)
{
    int size = family == AF_INET ? 4 : 16;

    if (!attribute || nla_len(attribute) != size)
        return -EBADMSG;
    memcpy(bytes, nla_data(attribute), size);
    return 1;
}

static int decode_address(struct nlmsghdr *header, struct address_fact *address)
{
    struct nlattr *tb[IFA_MAX + 1];
    const struct ifaddrmsg *info = nlmsg_data(header);
    uint32_t flags;

    if (nlmsg_parse(header, sizeof(*info), tb, IFA_MAX, NULL) < 0)
        return -EBADMSG;
    if (info->ifa_family != AF_INET && info->ifa_family != AF_INET6)
        return 0;
    flags = tb[IFA_FLAGS] && nla_len(tb[IFA_FLAGS]) == 4 ? nla_get_u32(tb[IFA_FLAGS]) : info->ifa_flags;
    address->ifindex = info->ifa_index;
    address->family = info->ifa_family;
    address->prefix = info->ifa_prefixlen;
    address->global = info->ifa_scope == RT_SCOPE_UNIVERSE;
    address->usable = !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) || (flags & IFA_F_OPTIMISTIC);
    address->secondary = flags & IFA_F_SECONDARY;
    /* On a point-to-point link IFA_ADDRESS is the other end. */
    return copy_address(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], info->ifa_family, address->bytes);
}

/* Where several next hops share the route, the first one stands for it. */
static void set_first_hop(struct route_fact *route, struct nlattr *multipath, struct nlattr **gateway,
                          struct nlattr **via)
{
    const struct rtnexthop *hop = nla_data(multipath);
    struct nlattr *tb[RTA_MAX + 1];

    if (nla_len(multipath) < (int)sizeof(*hop) || hop->rtnh_len > nla_len(multipath) ||
        hop->rtnh_len < sizeof(*hop))
        return;
    route->ifindex = hop->rtnh_ifindex;
    if (nla_parse(tb, RTA_MAX, (struct nlattr *)(hop + 1), hop->rtnh_len - sizeof(*hop), NULL) < 0)
        return;
    *gateway = tb[RTA_GATEWAY];
    *via = tb[RTA_VIA];
}

static void set_gateway(struct route_fact *route, struct nlattr *gateway, struct nlattr *via)
{
    const struct rtvia *other;

    if (gateway && copy_address(gateway, route->family, route->gateway) > 0) {
        route->gateway_family = route->family;
    } else if (via && nla_len(via) == (int)sizeof(*other) + 16) {
        other = nla_data(via);
        if (other->rtvia_family != AF_INET6)
            return;
        memcpy(route->gateway, other->rtvia_addr, 16);
        route->gateway_family = AF_INET6;
    }
}

static uint32_t number(struct nlattr *attribute, uint32_t otherwise)
{
    return attribute && nla_len(attribute) == 4 ? nla_get_u32(attribute) : otherwise;
}

static int decode_route(struct nlmsghdr *header, struct route_fact *route)
{
    struct nlattr *tb[RTA_MAX + 1], *gateway, *via;
    const struct rtmsg *info = nlmsg_data(header);

    if (nlmsg_parse(header, sizeof(*info), tb, RTA_MAX, NULL) < 0)
        return -EBADMSG;
    if ((info->rtm_family != AF_INET && info->rtm_family != AF_INET6) || info->rtm_dst_len ||
        info->rtm_src_len || info->rtm_type != RTN_UNICAST || (info->rtm_flags & RTM_F_CLONED) ||
        number(tb[RTA_TABLE], info->rtm_table) != RT_TABLE_MAIN)
        return 0;
    route->family = info->rtm_family;
    route->ifindex = number(tb[RTA_OIF], 0);
    route->metric = number(tb[RTA_PRIORITY], 0);
    gateway = tb[RTA_GATEWAY];
    via = tb[RTA_VIA];
    if (!route->ifindex && tb[RTA_MULTIPATH])
        set_first_hop(route, tb[RTA_MULTIPATH], &gateway, &via);
    set_gateway(route, gateway, via);
    return route->ifindex > 0 ? 1 : 0;
}

int link_message_decode(const struct nlmsghdr *constant, struct fact *fact)
{
    struct nlmsghdr *header = (struct nlmsghdr *)constant; /* libnl's readers take no const */

    switch (header->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        *fact = fact_of(FACT_LINK);
        fact->gone = header->nlmsg_type == RTM_DELLINK;
        return decode_link(header, &fact->link);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        *fact = fact_of(FACT_ADDRESS);
        fact->gone = header->nlmsg_type == RTM_DELADDR;
        return decode_address(header, &fact->address);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        *fact = fact_of(FACT_ROUTE);
        fact->gone = header->nlmsg_type == RTM_DELROUTE;
        return decode_route(header, &fact->route);
    default:
        return 0;
    }
}

struct nl_msg *link_message_get(int32_t ifindex)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
    struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);

    if (message && nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) == 0)
        return message;
    nlmsg_free(message);
    return NULL;
}

struct nl_msg *link_message_set_mtu(int32_t ifindex, uint32_t mtu)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
    struct nl_msg *message = nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);

    if (message && nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) == 0 &&
        nla_put_u32(message, IFLA_MTU, mtu) == 0)
        return message;
    nlmsg_free(message);
    return NULL;
}

/* Strict checking wants whole headers, not one family byte. */
struct nl_msg *link_message_dump(const struct dump_fact *dump)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    struct ifaddrmsg address = {.ifa_family = dump->family};
    struct rtmsg route = {.rtm_family = dump->family};
    int type = dump->of == FACT_LINK ? RTM_GETLINK : dump->of == FACT_ADDRESS ? RTM_GETADDR : RTM_GETROUTE;
    struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP);
    int r;

    if (!message)
        return NULL;
    if (dump->of == FACT_LINK)
        r = nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO);
    else if (dump->of == FACT_ADDRESS)
        r = nlmsg_append(message, &address, sizeof(address), NLMSG_ALIGNTO);
    else
        r = nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
    if (r == 0 && dump->of == FACT_ROUTE)
        r = nla_put_u32(message, RTA_TABLE, RT_TABLE_MAIN);
    if (r == 0 && dump->of == FACT_ROUTE && dump->ifindex)
        r = nla_put_u32(message, RTA_OIF, dump->ifindex);
    if (r == 0)
        return message;
    nlmsg_free(message);
    return NULL;
}
