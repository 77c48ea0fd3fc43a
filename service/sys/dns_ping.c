/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to a DNS server that nobody waits for */
#include "dns_ping.h"

#define CARES_NO_DEPRECATED /* newer ones have other functions for the same, older ones only these */
#include <ares.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

#define PORT          53
#define QUESTION_SIZE (NS_HFIXEDSZ + NS_MAXCDNAME + NS_QFIXEDSZ)
#define DATAGRAMS_MAX 16 /* that are looked at for the answer; the socket's buffer may hold more */

struct dns_ping {
    int fd;
    size_t length;
    unsigned char question[QUESTION_SIZE];
};

static int write_question(struct dns_ping *ping, const char *name)
{
    unsigned char *text;
    unsigned short id;
    int length;

    if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
        return -EAGAIN;
    if (ares_create_query(name, ns_c_in, ns_t_a, id, 1, &text, &length, 0) != ARES_SUCCESS)
        return -EINVAL;
    if ((size_t)length > sizeof(ping->question)) {
        ares_free_string(text);
        return -EMSGSIZE;
    }
    ping->length = length;
    memcpy(ping->question, text, ping->length);
    ares_free_string(text);
    return 0;
}

/* From then on only what this server sends is heard. */
static int connect_to(int fd, const struct dns_address *server)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};

    memcpy(&in.sin_addr, server->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, server->bytes, sizeof(in6.sin6_addr));
    if (server->family == AF_INET ? connect(fd, (struct sockaddr *)&in, sizeof(in))
                                  : connect(fd, (struct sockaddr *)&in6, sizeof(in6)))
        return -errno;
    return 0;
}

static int ask(struct dns_ping *ping, const struct dns_address *server)
{
    int r;

    ping->fd = socket(server->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ping->fd < 0)
        return -errno;
    r = connect_to(ping->fd, server);
    if (r < 0)
        return r;
    return send(ping->fd, ping->question, ping->length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* A server may change the case of a name. Lengths of labels are below that of any letter. */
static bool same_question(const unsigned char *a, const unsigned char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (tolower(a[i]) != tolower(b[i]))
            return false;
    return true;
}

static bool is_answer(const struct dns_ping *ping, const unsigned char *message, size_t length)
{
    unsigned rcode;

    if (length < ping->length || memcmp(message, ping->question, NS_INT16SZ) != 0)
        return false;
    rcode = message[3] & 0x0f;
    /* The response bit; one question, and that one. */
    return message[2] & 0x80 && (rcode == ns_r_noerror || rcode == ns_r_nxdomain) && message[4] == 0 &&
           message[5] == 1 &&
           same_question(message + NS_HFIXEDSZ, ping->question + NS_HFIXEDSZ, ping->length - NS_HFIXEDSZ);
}

bool dns_ping_answered(const struct dns_ping *ping)
{
    unsigned char message[NS_PACKETSZ]; /* what is longer is cut; its question is not */

    for (int i = 0; i < DATAGRAMS_MAX; i++) {
        ssize_t length = recv(ping->fd, message, sizeof(message), MSG_DONTWAIT);

        if (length < 0)
            return false;
        if (is_answer(ping, message, length))
            return true;
    }
    return false;
}

struct dns_ping *dns_ping_free(struct dns_ping *ping)
{
    if (!ping)
        return NULL;
    if (ping->fd >= 0)
        close(ping->fd);
    free(ping);
    return NULL;
}

static void dns_ping_freep(struct dns_ping **ping)
{
    dns_ping_free(*ping);
}

int dns_ping_new(const struct dns_address *server, const char *name, struct dns_ping **ret)
{
    _cleanup_(dns_ping_freep) struct dns_ping *ping = calloc(1, sizeof(*ping));
    int r;

    if (!ping)
        return -ENOMEM;
    ping->fd = -1;
    r = write_question(ping, name);
    if (r >= 0)
        r = ask(ping, server);
    if (r < 0)
        return r;
    *ret = take_pointer(ping);
    return 0;
}
