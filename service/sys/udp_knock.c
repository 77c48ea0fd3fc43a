/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A datagram to a UDP port of a host, and what comes back */
#include "udp_knock.h"

#include <time.h> /* the next ones take it for granted */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cleanup.h"

#define TAKEN_MAX 16 /* messages of one kind in a turn */

/* RFC 4443, which the headers of old libcs do not all have. */
#define POLICY_FAILED  5
#define ROUTE_REJECTED 6

#define KNOCK_SIZE 8

static int set_option(int fd, int level, int name, uint32_t value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_options(int fd, const struct udp_way *way)
{
    int r = way->family == AF_INET6 ? set_option(fd, SOL_IPV6, IPV6_RECVERR, 1)
                                    : set_option(fd, SOL_IP, IP_RECVERR, 1);

    if (r >= 0 && way->ifindex)
        r = set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, way->ifindex);
    if (r >= 0 && way->mark)
        r = set_option(fd, SOL_SOCKET, SO_MARK, way->mark);
    return r;
}

/* What this node's own kernel says of the way; REACH_PORT_UNKNOWN: nothing of the kind. */
static enum reach_port told_by(int error)
{
    switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
        return REACH_PORT_UNREACHABLE;
    case EACCES: /* a route that prohibits */
    case EPERM:  /* a filter of its own */
        return REACH_PORT_PROHIBITED;
    default:
        return REACH_PORT_UNKNOWN;
    }
}

static int connect_to(int fd, const struct udp_way *way)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(way->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(way->port),
                               .sin6_scope_id = (uint32_t)way->ifindex};
    int r;

    memcpy(&in.sin_addr, way->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, way->bytes, sizeof(in6.sin6_addr));
    if (way->family == AF_INET)
        r = connect(fd, (struct sockaddr *)&in, sizeof(in));
    else
        r = connect(fd, (struct sockaddr *)&in6, sizeof(in6));
    return r < 0 ? -errno : 0;
}

int udp_knock_open(const struct udp_way *way, struct udp_knock *knock)
{
    int r;

    *knock = (struct udp_knock){.fd = -1, .family = way->family, .ifindex = way->ifindex};
    if (way->family != AF_INET && way->family != AF_INET6)
        return -EAFNOSUPPORT;
    knock->fd = socket(way->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (knock->fd < 0)
        return -errno;
    r = set_options(knock->fd, way);
    if (r >= 0) {
        r = connect_to(knock->fd, way);
        knock->told = told_by(-r);
    }
    if (r >= 0 || knock->told != REACH_PORT_UNKNOWN)
        return 0;
    udp_knock_close(knock);
    return r;
}

void udp_knock_close(struct udp_knock *knock)
{
    if (knock->fd >= 0)
        close(take_fd(&knock->fd));
}

static bool is_told(const struct udp_knock *knock)
{
    return knock->told != REACH_PORT_UNKNOWN && knock->told != REACH_PORT_SILENT;
}

/* Only while it sends is it held to its link: what this kernel itself has to say, as of a neighbour that does
 * not answer, comes by lo. */
static ssize_t send_by_link(const struct udp_knock *knock)
{
    static const uint8_t nothing[KNOCK_SIZE];
    ssize_t sent = -1;
    int error;

    if (!knock->ifindex || set_option(knock->fd, SOL_SOCKET, SO_BINDTOIFINDEX, (uint32_t)knock->ifindex) == 0)
        sent = send(knock->fd, nothing, sizeof(nothing), MSG_NOSIGNAL);
    error = errno;
    if (knock->ifindex)
        (void)set_option(knock->fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0);
    errno = error;
    return sent;
}

void udp_knock_send(struct udp_knock *knock)
{
    enum reach_port told;

    if (is_told(knock) || knock->fd < 0)
        return;
    /* What came back of the one before is in the queue as well. */
    if (send_by_link(knock) >= 0 || errno == ECONNREFUSED) {
        knock->told = REACH_PORT_SILENT;
        return;
    }
    told = told_by(errno);
    if (told != REACH_PORT_UNKNOWN)
        knock->told = told;
}

static enum reach_port told_by_ipv4(uint8_t code)
{
    switch (code) {
    case ICMP_PORT_UNREACH:
        return REACH_PORT_REFUSED;
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
        return REACH_PORT_PROHIBITED;
    case ICMP_FRAG_NEEDED:
        return REACH_PORT_UNKNOWN;
    default:
        return REACH_PORT_UNREACHABLE;
    }
}

static enum reach_port told_by_ipv6(uint8_t code)
{
    switch (code) {
    case ICMP6_DST_UNREACH_NOPORT:
        return REACH_PORT_REFUSED;
    case ICMP6_DST_UNREACH_ADMIN:
    case POLICY_FAILED:
    case ROUTE_REJECTED:
        return REACH_PORT_PROHIBITED;
    default:
        return REACH_PORT_UNREACHABLE;
    }
}

static enum reach_port told_in(const struct sock_extended_err *error)
{
    if (error->ee_origin == SO_EE_ORIGIN_ICMP && error->ee_type == ICMP_DEST_UNREACH)
        return told_by_ipv4(error->ee_code);
    if (error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ICMP6_DST_UNREACH)
        return told_by_ipv6(error->ee_code);
    return error->ee_origin == SO_EE_ORIGIN_LOCAL ? told_by((int)error->ee_errno) : REACH_PORT_UNKNOWN;
}

/* False: there is no error left. */
static bool take_error(struct udp_knock *knock)
{
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
    } control;
    struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};
    int level = knock->family == AF_INET6 ? SOL_IPV6 : SOL_IP;
    int type = knock->family == AF_INET6 ? IPV6_RECVERR : IP_RECVERR;

    if (recvmsg(knock->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return false;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        enum reach_port told;

        if (item->cmsg_level != level || item->cmsg_type != type ||
            item->cmsg_len < CMSG_LEN(sizeof(struct sock_extended_err)))
            continue;
        told = told_in((const struct sock_extended_err *)CMSG_DATA(item));
        if (told != REACH_PORT_UNKNOWN && !is_told(knock))
            knock->told = told;
    }
    return true;
}

bool udp_knock_hear(struct udp_knock *knock)
{
    char byte;

    for (int i = 0; i < TAKEN_MAX && knock->fd >= 0 && take_error(knock); i++)
        ;
    /* Whoever answers is no WireGuard; who it is does not matter here. */
    for (int i = 0; i < TAKEN_MAX && knock->fd >= 0 && recv(knock->fd, &byte, 1, MSG_DONTWAIT) >= 0; i++)
        ;
    return is_told(knock);
}
