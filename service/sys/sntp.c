/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question to an NTP server */
#include "sntp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "clock_time.h"
#include "ntp_message.h"
#include "timer.h"

#define NTP_PORT      123
#define DEADLINE_USEC 2000000
#define IGNORED_MAX   16
#define BUILD_USEC    (WSLNODE_BUILT * INT64_C(1000000))

struct sntp {
    sd_event *event;
    sd_event_source *answer_source, *deadline_source, *failure_source;
    int fd;
    int failure;    /* of what could not even be asked */
    sntp_done done; /* NULL: nothing is asked */
    void *userdata;
    uint64_t cookie;
    int64_t sent_usec;
    unsigned ignored;
};

void sntp_cancel(struct sntp *sntp)
{
    sntp->answer_source = sd_event_source_disable_unref(sntp->answer_source);
    timer_stop(sntp->deadline_source);
    sd_event_source_set_enabled(sntp->failure_source, SD_EVENT_OFF);
    if (sntp->fd >= 0)
        close(take_fd(&sntp->fd));
    sntp->done = NULL;
}

bool sntp_busy(const struct sntp *sntp)
{
    return sntp->done;
}

/* The last that is done: it may be freed then. */
static void finish(struct sntp *sntp, int result, const struct clock_reading *reading, int64_t raw_usec)
{
    sntp_done done = sntp->done;

    sntp_cancel(sntp);
    done(sntp->userdata, result, reading, raw_usec);
}

static int on_answer(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct sntp *sntp = userdata;
    struct clock_reading reading;
    uint8_t bytes[NTP_MESSAGE_SIZE + 1]; /* so that a longer one is seen */
    ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
    int error = errno, r;
    int64_t now = clock_time_raw(); /* and not before: then it might not have been there yet */

    if (length < 0) {
        if (error != EAGAIN && error != EINTR)
            finish(sntp, -error, NULL, 0);
        return 0;
    }
    r = ntp_message_parse(bytes, length, sntp->cookie, sntp->sent_usec, now, BUILD_USEC, &reading);
    if (r == 0)
        finish(sntp, 0, &reading, sntp->sent_usec + (now - sntp->sent_usec) / 2);
    else if (r != -EBADMSG || sntp->ignored++ == IGNORED_MAX)
        finish(sntp, r, NULL, 0);
    return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    finish(userdata, -ETIME, NULL, 0);
    return 0;
}

static int on_failure(sd_event_source *source, void *userdata)
{
    struct sntp *sntp = userdata;

    finish(sntp, sntp->failure, NULL, 0);
    return 0;
}

/* Connected: the kernel drops what others send, and says when the port is closed. */
static int connect_to(int fd, const struct ntp_server *server)
{
    in_port_t port = htons(server->port ? server->port : NTP_PORT);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};
    int r;

    memcpy(&in.sin_addr, server->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, server->bytes, sizeof(in6.sin6_addr));
    if (server->family == AF_INET)
        r = connect(fd, (struct sockaddr *)&in, sizeof(in));
    else
        r = connect(fd, (struct sockaddr *)&in6, sizeof(in6));
    return r < 0 ? -errno : 0;
}

static int open_socket(const struct ntp_server *server)
{
    _cleanup_close_ int fd = -1;
    int r;

    if (server->family != AF_INET && server->family != AF_INET6)
        return -EAFNOSUPPORT;
    fd = socket(server->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = connect_to(fd, server);
    return r < 0 ? r : take_fd(&fd);
}

static int say(struct sntp *sntp)
{
    uint8_t bytes[NTP_MESSAGE_SIZE];

    if (getrandom(&sntp->cookie, sizeof(sntp->cookie), GRND_NONBLOCK) != sizeof(sntp->cookie))
        return -EAGAIN;
    ntp_message_build(bytes, sntp->cookie);
    sntp->sent_usec = clock_time_raw();
    return send(sntp->fd, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int ask(struct sntp *sntp, const struct ntp_server *server)
{
    int r = open_socket(server);

    if (r < 0)
        return r;
    sntp->fd = r;
    r = sd_event_add_io(sntp->event, &sntp->answer_source, sntp->fd, EPOLLIN, on_answer, sntp);
    if (r < 0)
        return r;
    r = timer_set(sntp->deadline_source, DEADLINE_USEC);
    return r < 0 ? r : say(sntp);
}

void sntp_ask(struct sntp *sntp, const struct ntp_server *server, sntp_done done, void *userdata)
{
    sntp_cancel(sntp);
    sntp->ignored = 0;
    sntp->failure = ask(sntp, server);
    if (sntp->failure < 0) {
        sntp_cancel(sntp);
        sd_event_source_set_enabled(sntp->failure_source, SD_EVENT_ONESHOT);
    }
    sntp->done = done;
    sntp->userdata = userdata;
}

/* Both sources are there from the start, so that a failure to ask can always be told. */
static int add_sources(struct sntp *sntp)
{
    int r = timer_new(sntp->event, &sntp->deadline_source, 10000, on_deadline, sntp);

    if (r < 0)
        return r;
    r = sd_event_add_defer(sntp->event, &sntp->failure_source, on_failure, sntp);
    if (r < 0)
        return r;
    sntp_cancel(sntp);
    return 0;
}

int sntp_new(sd_event *event, struct sntp **ret)
{
    struct sntp *sntp = calloc(1, sizeof(*sntp));
    int r;

    if (!sntp)
        return -ENOMEM;
    sntp->fd = -1;
    sntp->event = sd_event_ref(event);
    r = add_sources(sntp);
    if (r < 0) {
        sntp_free(sntp);
        return r;
    }
    *ret = sntp;
    return 0;
}

struct sntp *sntp_free(struct sntp *sntp)
{
    if (!sntp)
        return NULL;
    sntp_cancel(sntp);
    sd_event_source_disable_unref(sntp->deadline_source);
    sd_event_source_disable_unref(sntp->failure_source);
    sd_event_unref(sntp->event);
    free(sntp);
    return NULL;
}
