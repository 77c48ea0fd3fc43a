/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket for echo messages that are never fragmented */
#include "path_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

#define IPV4_HEADER_SIZE 20
#define IPV4_HEADER_MAX  60
#define IPV6_HEADER_SIZE 40
#define QUOTED_MAX       256 /* of a question within an error: all that is looked at is at its beginning */

static bool is_ipv6(const struct path_socket *way)
{
    return way->echo.family == AF_INET6;
}

static size_t header_size(const struct path_socket *way)
{
    return is_ipv6(way) ? IPV6_HEADER_SIZE : IPV4_HEADER_SIZE;
}

static size_t address_size(const struct path_socket *way)
{
    return is_ipv6(way) ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static int set_option(int fd, int level, int name, uint32_t value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Other programs' pings to the same host are answered too, and a raw socket would hear them all. */
static int set_filter(int fd, bool ipv6)
{
    struct icmp_filter filter = {.data = ~(1u << ICMP_ECHOREPLY)};
    struct icmp6_filter filter6;
    int r;

    ICMP6_FILTER_SETBLOCKALL(&filter6);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
    if (ipv6)
        r = setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof(filter6));
    else
        r = setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
    return r < 0 ? -errno : 0;
}

static int create(struct path_socket *way)
{
    int protocol = is_ipv6(way) ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

    way->fd = socket(way->echo.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (way->fd >= 0)
        return 0;
    if (errno != EACCES && errno != EPERM && errno != EPROTONOSUPPORT)
        return -errno;
    way->raw = true;
    way->fd = socket(way->echo.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    return way->fd < 0 ? -errno : set_filter(way->fd, is_ipv6(way));
}

/* PROBE: what the kernel has learnt of this way does not count, nor does it cut packets. */
static int set_options(int fd, const struct path_target *target)
{
    bool ipv6 = target->family == AF_INET6;
    int r = ipv6 ? set_option(fd, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
                 : set_option(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);

    if (r >= 0)
        r = ipv6 ? set_option(fd, SOL_IPV6, IPV6_RECVERR, 1) : set_option(fd, SOL_IP, IP_RECVERR, 1);
    if (r >= 0 && target->ifindex)
        r = set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, target->ifindex);
    if (r >= 0 && target->mark)
        r = set_option(fd, SOL_SOCKET, SO_MARK, target->mark);
    return r;
}

static int connect_to(int fd, const struct path_target *target)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = target->ifindex};
    int r;

    memcpy(&in.sin_addr, target->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, target->bytes, sizeof(in6.sin6_addr));
    if (target->family == AF_INET)
        r = connect(fd, (struct sockaddr *)&in, sizeof(in));
    else
        r = connect(fd, (struct sockaddr *)&in6, sizeof(in6));
    return r < 0 ? -errno : 0;
}

/* By the kernel's id answers find their ping socket; among raw ones it only has to differ from others'. */
static int choose_names(struct path_socket *way)
{
    struct icmp_echo *echo = &way->echo;
    struct sockaddr_storage own;
    socklen_t length = sizeof(own);

    if (getrandom(echo->id, sizeof(echo->id), GRND_NONBLOCK) != sizeof(echo->id) ||
        getrandom(echo->cookie, sizeof(echo->cookie), GRND_NONBLOCK) != sizeof(echo->cookie))
        return -EAGAIN;
    if (way->raw)
        return 0;
    if (getsockname(way->fd, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    /* The port stands in the same place of both. */
    memcpy(echo->id, (uint8_t *)&own + offsetof(struct sockaddr_in, sin_port), sizeof(echo->id));
    return 0;
}

int path_socket_open(const struct path_target *target, struct path_socket *way)
{
    int r;

    *way = (struct path_socket){.fd = -1, .echo.family = target->family};
    if (target->family != AF_INET && target->family != AF_INET6)
        return -EAFNOSUPPORT;
    memcpy(way->host, target->bytes, sizeof(way->host));
    r = create(way);
    if (r >= 0)
        r = set_options(way->fd, target);
    if (r >= 0)
        r = connect_to(way->fd, target);
    if (r >= 0)
        r = choose_names(way);
    if (r < 0)
        path_socket_close(way);
    return r;
}

void path_socket_close(struct path_socket *way)
{
    if (way->fd >= 0)
        close(take_fd(&way->fd));
}

/* Random to its end: a tunnel on the way that compresses would carry more of anything else. */
int path_socket_ask(const struct path_socket *way, uint16_t sequence, size_t size)
{
    uint8_t bytes[PATH_PROBE_MOST];
    size_t length = size - header_size(way);

    if (size > sizeof(bytes) || size < header_size(way) + ICMP_ECHO_SIZE_MIN)
        return -ERANGE;
    if (getrandom(bytes, length, GRND_NONBLOCK) != (ssize_t)length)
        return -EAGAIN;
    icmp_echo_write(&way->echo, sequence, bytes, length);
    return send(way->fd, bytes, length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* A ping socket takes answers from anybody, even when it is connected. */
static bool is_host(const struct path_socket *way, const struct sockaddr_storage *from)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

    if (from->ss_family != way->echo.family)
        return false;
    return memcmp(way->host, is_ipv6(way) ? (const void *)&in6->sin6_addr : (const void *)&in->sin_addr,
                  address_size(way)) == 0;
}

ssize_t path_socket_answer(const struct path_socket *way, uint16_t *sequence)
{
    uint8_t bytes[IPV4_HEADER_MAX + PATH_PROBE_MOST + 1]; /* so that a longer one is seen */
    struct sockaddr_storage from = {0};
    socklen_t from_size = sizeof(from);
    ssize_t length =
        recvfrom(way->fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    size_t offset;

    if (length < 0)
        return -errno;
    offset = way->raw && !is_ipv6(way) ? icmp_echo_offset(bytes, length) : 0;
    if (!is_host(way, &from) || !icmp_echo_is_answer(&way->echo, bytes + offset, length - offset, sequence))
        return 0;
    return length - offset + header_size(way);
}

static void read_offender(const struct path_socket *way, const struct sock_extended_err *error,
                          struct path_told *told)
{
    const struct sockaddr *offender = SO_EE_OFFENDER(error);

    if (offender->sa_family != way->echo.family)
        return;
    memcpy(told->router,
           is_ipv6(way) ? (const void *)&((const struct sockaddr_in6 *)offender)->sin6_addr
                        : (const void *)&((const struct sockaddr_in *)offender)->sin_addr,
           address_size(way));
}

static void read_error(const struct path_socket *way, const struct sock_extended_err *error,
                       const uint8_t *quoted, size_t length, struct path_told *told)
{
    bool by_router = is_ipv6(way)
                         ? error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ICMP6_PACKET_TOO_BIG
                         : error->ee_origin == SO_EE_ORIGIN_ICMP && error->ee_type == ICMP_DEST_UNREACH &&
                               error->ee_code == ICMP_FRAG_NEEDED;

    told->hop_mtu = error->ee_info;
    told->by_router = by_router;
    told->too_big = error->ee_origin == SO_EE_ORIGIN_LOCAL && error->ee_errno == EMSGSIZE;
    if (by_router && icmp_echo_is_question(&way->echo, quoted, length, &told->sequence)) {
        told->too_big = true;
        read_offender(way, error, told);
    }
}

int path_socket_told(const struct path_socket *way, struct path_told *told)
{
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
    } control;
    uint8_t quoted[QUOTED_MAX];
    struct iovec part = {quoted, sizeof(quoted)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int level = is_ipv6(way) ? SOL_IPV6 : SOL_IP, type = is_ipv6(way) ? IPV6_RECVERR : IP_RECVERR;
    ssize_t length = recvmsg(way->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);

    memset(told, 0, sizeof(*told));
    if (length < 0)
        return -errno;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item))
        if (item->cmsg_level == level && item->cmsg_type == type &&
            item->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in)))
            read_error(way, (const struct sock_extended_err *)CMSG_DATA(item), quoted, length, told);
    return 0;
}
