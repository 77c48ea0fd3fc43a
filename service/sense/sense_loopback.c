/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of the network stack itself
 *
 * A datagram from a socket to itself needs no privilege, no server and no name.
 */
#include "sense.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sys/cleanup.h"
#include "../sys/timer.h"

#define DEADLINE_USEC 1000000
#define TRIES_MAX     2
#define REPEAT_USEC   60000000

struct sense_loopback {
    struct sense sense;
    sd_event_source *io_source;    /* while an answer is waited for */
    sd_event_source *timer_source; /* its deadline, or the next question */
    unsigned tries;
};

static void finish(struct sense_loopback *loopback, bool dead)
{
    struct fact fact = fact_of(FACT_LOOPBACK);

    loopback->io_source = sd_event_source_disable_unref(loopback->io_source);
    loopback->tries = 0;
    fact.loopback.dead = dead;
    loopback->sense.emit(loopback->sense.userdata, &fact);
    if (dead)
        timer_set(loopback->timer_source, REPEAT_USEC);
    else
        timer_stop(loopback->timer_source);
    loopback->sense.turn(loopback->sense.userdata);
}

static int on_answer(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    char byte;

    /* Anything is an answer: even an error came back through the stack. */
    (void)recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
    finish(userdata, false);
    return 0;
}

static int open_socket(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(self);
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
        getsockname(fd, (struct sockaddr *)&self, &length) < 0 ||
        connect(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return -errno;
    return take_fd(&fd);
}

static int ask(struct sense_loopback *loopback)
{
    _cleanup_close_ int fd = open_socket();
    int r = fd;

    loopback->io_source = sd_event_source_disable_unref(loopback->io_source);
    loopback->tries++;
    if (r >= 0)
        r = sd_event_add_io(loopback->sense.event, &loopback->io_source, fd, EPOLLIN, on_answer, loopback);
    if (r >= 0)
        r = sd_event_source_set_io_fd_own(loopback->io_source, true);
    if (r < 0)
        return r;
    return send(take_fd(&fd), "", 1, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* What cannot be asked has not answered: the deadline is waited for, for it may be a matter of a moment. */
static void try_it(struct sense_loopback *loopback)
{
    if (ask(loopback) < 0)
        loopback->io_source = sd_event_source_disable_unref(loopback->io_source);
    timer_set(loopback->timer_source, DEADLINE_USEC);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_loopback *loopback = userdata;

    if (loopback->tries == TRIES_MAX)
        finish(loopback, true);
    else
        try_it(loopback);
    return 0;
}

/* The tries are counted: who asks again meanwhile gets the answer to the question that is open. */
void sense_loopback_refresh(struct sense_loopback *loopback)
{
    if (!sense_loopback_busy(loopback))
        try_it(loopback);
}

bool sense_loopback_busy(const struct sense_loopback *loopback)
{
    return loopback->tries > 0;
}

struct sense_loopback *sense_loopback_free(struct sense_loopback *loopback)
{
    if (!loopback)
        return NULL;
    sd_event_source_disable_unref(loopback->io_source);
    sd_event_source_disable_unref(loopback->timer_source);
    free(loopback);
    return NULL;
}

int sense_loopback_new(const struct sense *sense, struct sense_loopback **ret)
{
    struct sense_loopback *loopback = calloc(1, sizeof(*loopback));
    int r;

    if (!loopback)
        return -ENOMEM;
    loopback->sense = *sense;
    r = timer_new(sense->event, &loopback->timer_source, 10000, on_timer, loopback);
    if (r < 0) {
        sense_loopback_free(loopback);
        return r;
    }
    *ret = loopback;
    return 0;
}
