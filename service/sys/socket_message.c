/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sock_diag messages */
#include "socket_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netlink/attr.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

/* A UDP socket that is not connected is "closed" to the kernel. */
static uint8_t waiting_state(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE;
}

/* An IPv6 socket may serve IPv4: then it is that. */
static void set_address(struct socket_fact *socket, uint8_t family, const struct inet_diag_sockid *id)
{
    const struct in6_addr *mapped = (const struct in6_addr *)id->idiag_src;

    if (family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(mapped)) {
        socket->family = AF_INET6;
        memcpy(socket->bytes, id->idiag_src, 16);
    } else {
        socket->family = AF_INET;
        memcpy(socket->bytes, family == AF_INET6 ? &id->idiag_src[3] : &id->idiag_src[0], 4);
    }
}

/* An address that one link has or has not: not any, loopback, multicast or broadcast to whoever is near. */
static bool of_one_link(const struct socket_fact *socket)
{
    struct in6_addr ipv6;
    uint32_t ipv4;

    if (socket->family == AF_INET6) {
        memcpy(&ipv6, socket->bytes, sizeof(ipv6));
        return !IN6_IS_ADDR_UNSPECIFIED(&ipv6) && !IN6_IS_ADDR_LOOPBACK(&ipv6) &&
               !IN6_IS_ADDR_MULTICAST(&ipv6);
    }
    memcpy(&ipv4, socket->bytes, sizeof(ipv4));
    ipv4 = ntohl(ipv4);
    return ipv4 != INADDR_ANY && ipv4 != INADDR_BROADCAST && ipv4 >> 24 != IN_LOOPBACKNET &&
           !IN_MULTICAST(ipv4);
}

/* By IP_FREEBIND or IP_TRANSPARENT a service says that its address may be none of the node's. */
static bool may_be_foreign(const struct nlmsghdr *header)
{
    const struct nlattr *attribute =
        nlmsg_find_attr((struct nlmsghdr *)header, sizeof(struct inet_diag_msg), INET_DIAG_SOCKOPT);
    const struct inet_diag_sockopt *options;

    if (!attribute || nla_len(attribute) < (int)sizeof(*options))
        return false;
    options = nla_data(attribute);
    return options->freebind || options->transparent;
}

int socket_message_decode(const struct nlmsghdr *header, uint8_t protocol, struct fact *fact)
{
    const struct inet_diag_msg *message = nlmsg_data(header);

    if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return 0;
    if (nlmsg_datalen(header) < (int)sizeof(*message))
        return -EBADMSG;
    if (message->idiag_family != AF_INET && message->idiag_family != AF_INET6)
        return -EBADMSG;
    if (message->idiag_state != waiting_state(protocol) || message->id.idiag_dport ||
        !message->id.idiag_sport)
        return 0;
    *fact = fact_of(FACT_SOCKET);
    fact->socket.protocol = protocol;
    fact->socket.port = ntohs(message->id.idiag_sport);
    set_address(&fact->socket, message->idiag_family, &message->id);
    return of_one_link(&fact->socket) && !may_be_foreign(header);
}

struct nl_msg *socket_message_dump(uint8_t family, uint8_t protocol)
{
    struct inet_diag_req_v2 request = {.sdiag_family = family,
                                       .sdiag_protocol = protocol,
                                       .idiag_states = 1U << waiting_state(protocol)};
    struct nl_msg *message = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP);

    if (message && nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO) == 0)
        return message;
    nlmsg_free(message);
    return NULL;
}
