/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet to a peer */
#include "peer_nudge.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

int peer_nudge(int32_t ifindex, uint8_t family, const uint8_t address[16])
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PEER_NUDGE_PORT)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(PEER_NUDGE_PORT)};
    const struct sockaddr *to = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
    socklen_t length = family == AF_INET ? sizeof(in) : sizeof(in6);
    _cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    memcpy(&in.sin_addr, address, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, address, sizeof(in6.sin6_addr));
    /* Routes may lead elsewhere. */
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, sizeof(ifindex)) < 0 ||
        sendto(fd, "", 0, MSG_NOSIGNAL, to, length) < 0)
        return -errno;
    return 0;
}
