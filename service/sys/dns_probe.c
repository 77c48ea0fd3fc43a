/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question to one DNS server, by c-ares */
#include "dns_probe.h"

#define CARES_NO_DEPRECATED /* newer ones have other functions for the same, older ones only these */
#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define UDP_TRIES   2 /* a packet may get lost */
#define AGAIN_USEC  600000
#define SLACK_USEC  10000
#define SOCKETS_MAX 4 /* one for each try, and some */

struct dns_probe {
    sd_event *event;
    sd_event_source *sockets[SOCKETS_MAX];
    sd_event_source *timer_source, *end_source;
    ares_channel channel;
    dns_probe_done done;
    void *userdata;
    uint64_t begin_usec;
    int failure; /* of this machine: nothing can be said of the server */
    int error;   /* of the latest socket */
    bool tcp;
    bool asked;
    bool heard;  /* the server sent something, or closed what it had accepted */
    bool closed; /* by the server */
    bool ended;
    bool found;
    enum dns_answer answer;
    uint32_t latency_usec;
};

static uint64_t now_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

/* Nobody is told from within c-ares, which does not bear being freed there. */
static void end(struct dns_probe *probe, enum dns_answer answer)
{
    if (probe->ended)
        return;
    probe->ended = true;
    probe->answer = answer;
    sd_event_source_set_enabled(probe->timer_source, SD_EVENT_OFF);
    sd_event_source_set_enabled(probe->end_source, SD_EVENT_ONESHOT);
}

static void fail(struct dns_probe *probe, int error)
{
    if (probe->ended)
        return;
    probe->failure = error;
    end(probe, DNS_ANSWER_UNKNOWN);
}

/* c-ares has one word for refused, closed, unreachable and more. */
static enum dns_answer answer_of_none(const struct dns_probe *probe)
{
    if (probe->error == ECONNREFUSED)
        return DNS_ANSWER_REFUSED;
    return probe->heard ? DNS_ANSWER_DEGRADED : DNS_ANSWER_TIMEOUT;
}

/* Its id and question are right. */
static enum dns_answer answer_of(const unsigned char *message)
{
    bool response = message[2] & 0x80;
    unsigned rcode = message[3] & 0x0f;

    return response && (rcode == ns_r_noerror || rcode == ns_r_nxdomain) ? DNS_ANSWER_OK
                                                                         : DNS_ANSWER_DEGRADED;
}

/* What is cut off is asked for again by TCP: it may well be there. */
static bool is_found(const unsigned char *message, int length)
{
    bool truncated = message[2] & 0x02;
    struct ares_addrttl address;
    int count = 1;

    if (answer_of(message) != DNS_ANSWER_OK || (message[3] & 0x0f) != ns_r_noerror)
        return false;
    return truncated ||
           (ares_parse_a_reply(message, length, NULL, &address, &count) == ARES_SUCCESS && count > 0);
}

static void on_answer(void *userdata, int status, int timeouts, unsigned char *message, int length)
{
    struct dns_probe *probe = userdata;

    if (probe->ended)
        return;
    if (message && length >= NS_HFIXEDSZ) {
        uint64_t usec = now_usec() - probe->begin_usec;

        probe->latency_usec = usec ? usec : 1;
        probe->found = is_found(message, length);
        end(probe, answer_of(message));
    } else if (status == ARES_ENOMEM) {
        fail(probe, ENOMEM);
    } else {
        end(probe, answer_of_none(probe));
    }
}

/* -1 finds a free place. */
static sd_event_source **find_socket(struct dns_probe *probe, int fd)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        sd_event_source *source = probe->sockets[i];

        if ((source ? sd_event_source_get_io_fd(source) : -1) == fd)
            return &probe->sockets[i];
    }
    return NULL;
}

static void forget_socket(struct dns_probe *probe, int fd)
{
    sd_event_source **source = find_socket(probe, fd);

    if (source)
        *source = sd_event_source_disable_unref(*source);
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct dns_probe *probe = userdata;
    bool broken = revents & (EPOLLERR | EPOLLHUP);

    if (!probe->ended)
        ares_process_fd(probe->channel, broken || revents & EPOLLIN ? fd : ARES_SOCKET_BAD,
                        broken || revents & EPOLLOUT ? fd : ARES_SOCKET_BAD);
    /* c-ares 1.34 goes on reading after half an answer, and would be called for it all the time. */
    if (probe->closed)
        end(probe, answer_of_none(probe));
    return 0;
}

static void on_wish(void *userdata, ares_socket_t fd, int readable, int writable)
{
    struct dns_probe *probe = userdata;
    uint32_t events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
    sd_event_source **source = find_socket(probe, fd);
    int r;

    if (!events) {
        forget_socket(probe, fd);
        return;
    }
    if (source) {
        r = sd_event_source_set_io_events(*source, events);
    } else {
        source = find_socket(probe, -1);
        r = source ? sd_event_add_io(probe->event, source, fd, events, on_socket, probe) : -ENOBUFS;
    }
    if (r < 0)
        fail(probe, -r);
}

static ares_socket_t open_socket(int family, int type, int protocol, void *userdata)
{
    struct dns_probe *probe = userdata;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

    probe->asked = true;
    probe->error = 0;
    if (fd < 0)
        fail(probe, errno);
    return fd;
}

static int close_socket(ares_socket_t fd, void *userdata)
{
    forget_socket(userdata, fd);
    return close(fd);
}

static ssize_t noted(struct dns_probe *probe, ssize_t r)
{
    if (r < 0 && errno != EAGAIN && errno != EINPROGRESS && errno != EINTR) {
        probe->error = errno;
        probe->heard |= errno == ECONNRESET || errno == EPIPE;
    }
    return r;
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t size,
                          void *userdata)
{
    return noted(userdata, connect(fd, address, size));
}

static ares_ssize_t receive(ares_socket_t fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                            ares_socklen_t *address_size, void *userdata)
{
    struct dns_probe *probe = userdata;
    ssize_t length = noted(probe, recvfrom(fd, buffer, size, flags, address, address_size));

    probe->heard |= length >= 0;
    probe->closed |= probe->tcp && (length == 0 || probe->error);
    return length;
}

static ares_ssize_t transmit(ares_socket_t fd, const struct iovec *parts, int count, void *userdata)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};

    return noted(userdata, sendmsg(fd, &message, MSG_NOSIGNAL));
}

/* By its own ones c-ares does not tell what failed. */
static const struct ares_socket_functions functions = {
    open_socket, close_socket, connect_socket, receive, transmit,
};

static int open_channel(struct dns_probe *probe)
{
    static char lookups[] = "b", no_file[] = "/dev/null";
    struct ares_options options = {
        .flags = ARES_FLAG_PRIMARY | ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                 ARES_FLAG_NOCHECKRESP | (probe->tcp ? ARES_FLAG_USEVC : 0),
        .timeout = probe->tcp ? DNS_PROBE_USEC / 1000 : (AGAIN_USEC - SLACK_USEC) / 1000,
        .tries = probe->tcp ? 1 : UDP_TRIES,
        .lookups = lookups,
        .resolvconf_path = no_file,
        .sock_state_cb = on_wish,
        .sock_state_cb_data = probe,
    };

    if (ares_init_options(&probe->channel, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS |
                              ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB) !=
        ARES_SUCCESS)
        return -ENOMEM;
    ares_set_socket_functions(probe->channel, &functions, probe);
    return 0;
}

static int set_server(struct dns_probe *probe, const struct dns_address *server)
{
    struct ares_addr_node node = {.family = server->family};

    if (server->family == AF_INET)
        memcpy(&node.addr.addr4, server->bytes, sizeof(node.addr.addr4));
    else if (server->family == AF_INET6)
        memcpy(&node.addr.addr6, server->bytes, sizeof(node.addr.addr6));
    else
        return -EAFNOSUPPORT;
    return ares_set_servers(probe->channel, &node) == ARES_SUCCESS ? 0 : -ENOMEM;
}

/* The first time c-ares may ask again, the second time it is over. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct dns_probe *probe = userdata;
    uint64_t end_usec = probe->begin_usec + DNS_PROBE_USEC;

    if (now_usec() < end_usec) {
        ares_process_fd(probe->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        if (!probe->ended && (sd_event_source_set_time(source, end_usec) < 0 ||
                              sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0))
            fail(probe, EIO);
    } else {
        end(probe, answer_of_none(probe));
    }
    return 0;
}

static void close_channel(struct dns_probe *probe)
{
    probe->ended = true;
    ares_destroy(probe->channel);
    probe->channel = NULL;
    malloc_trim(0); /* it would keep as much as two channels */
}

static int on_end(sd_event_source *source, void *userdata)
{
    struct dns_probe *probe = userdata;

    close_channel(probe);
    probe->done(probe->userdata, probe->answer, probe->found, probe->latency_usec);
    return 0;
}

static int add_sources(struct dns_probe *probe)
{
    int r = sd_event_add_time(probe->event, &probe->timer_source, CLOCK_MONOTONIC,
                              probe->begin_usec + AGAIN_USEC, SLACK_USEC, on_timer, probe);

    if (r < 0)
        return r;
    r = sd_event_add_defer(probe->event, &probe->end_source, on_end, probe);
    return r < 0 ? r : sd_event_source_set_enabled(probe->end_source, SD_EVENT_OFF);
}

static int ask(struct dns_probe *probe, const struct dns_address *server, const char *name)
{
    int r = add_sources(probe);

    if (r < 0)
        return r;
    r = open_channel(probe);
    if (r < 0)
        return r;
    r = set_server(probe, server);
    if (r < 0)
        return r;
    ares_query(probe->channel, name, ns_c_in, ns_t_a, on_answer, probe);
    if (probe->failure)
        return -probe->failure;
    return probe->ended && !probe->asked ? -EINVAL : 0; /* it is no name */
}

int dns_probe_new(sd_event *event, const struct dns_address *server, enum dns_transport transport,
                  const char *name, dns_probe_done done, void *userdata, struct dns_probe **ret)
{
    static bool initialised;
    struct dns_probe *probe;
    int r;

    if (!initialised && ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return -ENOMEM;
    initialised = true;
    probe = calloc(1, sizeof(*probe));
    if (!probe)
        return -ENOMEM;
    probe->event = sd_event_ref(event);
    probe->done = done;
    probe->userdata = userdata;
    probe->tcp = transport == DNS_TCP;
    probe->begin_usec = now_usec();
    r = ask(probe, server, name);
    if (r < 0) {
        dns_probe_free(probe);
        return r;
    }
    *ret = probe;
    return 0;
}

struct dns_probe *dns_probe_free(struct dns_probe *probe)
{
    if (!probe)
        return NULL;
    close_channel(probe);
    sd_event_source_disable_unref(probe->timer_source);
    sd_event_source_disable_unref(probe->end_source);
    sd_event_unref(probe->event);
    free(probe);
    return NULL;
}
