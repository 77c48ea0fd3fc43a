/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of sockets that wait at one address
 *
 * The kernel announces no sockets, so they are dumped when an address came or went. While one is stranded
 * they are dumped each minute too, or it would stay a finding after its service was restarted. Four dumps,
 * one after the other, are one run; a run that is not the whole truth is tried again, and given up in the
 * end: the next occasion comes.
 */
#include "sense.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../sys/cleanup.h"
#include "../sys/netlink.h"
#include "../sys/socket_message.h"
#include "../sys/timer.h"

#define BATCH         64
#define DEADLINE_USEC 2000000 /* with all tries less than Diagnose has */
#define RETRY_USEC    50000
#define TRIES_MAX     3
#define SOON_USEC     1000000
#define REPEAT_USEC   60000000

static const struct {
    uint8_t family, protocol;
} dumps[] = {{AF_INET, IPPROTO_TCP},
             {AF_INET6, IPPROTO_TCP},
             {AF_INET, IPPROTO_UDP},
             {AF_INET6, IPPROTO_UDP}};

#define DUMPS      (sizeof(dumps) / sizeof(dumps[0]))
#define ALL_ABSENT ((1U << DUMPS) - 1)

struct sense_port {
    struct sense sense;
    struct netlink netlink;
    sd_event_source *io_source;
    sd_event_source *run_source;  /* the run's deadline, or its next try */
    sd_event_source *next_source; /* the next run */
    unsigned absent;              /* a bit for each dump that this kernel does not have */
    size_t dump;                  /* the one that is under way */
    unsigned tries;
    bool running;
    bool spoiled; /* what the run says is not the whole truth */
    bool waiting; /* before the run is tried again */
    bool again;   /* another run was asked for meanwhile */
    bool soon;    /* the next run is a matter of SOON_USEC */
};

static void emit_dump(struct sense_port *port, enum fact_kind kind)
{
    struct fact fact = fact_of(kind);

    fact.dump.of = FACT_SOCKET;
    port->sense.emit(port->sense.userdata, &fact);
}

static bool any_stranded(const struct node *node)
{
    for (size_t i = 0; i < node->sockets.count; i++)
        if (node->sockets.list[i].stranded)
            return true;
    return false;
}

static void plan_next(struct sense_port *port)
{
    if (port->soon)
        return;
    if (any_stranded(port->sense.node))
        timer_set(port->next_source, REPEAT_USEC);
    else
        timer_stop(port->next_source);
}

static void end_run(struct sense_port *port)
{
    port->running = false;
    timer_stop(port->run_source);
    port->tries = port->spoiled ? port->tries + 1 : 0;
    if (!port->spoiled && port->absent != ALL_ABSENT)
        emit_dump(port, FACT_DUMP_END);
    if (port->again || (port->spoiled && port->tries < TRIES_MAX)) {
        port->waiting = true;
        timer_set(port->run_source, RETRY_USEC);
        return;
    }
    port->tries = 0;
    plan_next(port);
}

static void ask(struct sense_port *port)
{
    while (port->dump < DUMPS && port->absent & 1U << port->dump)
        port->dump++;
    if (port->dump < DUMPS &&
        netlink_send(&port->netlink,
                     socket_message_dump(dumps[port->dump].family, dumps[port->dump].protocol)) == 0)
        return;
    port->spoiled |= port->dump < DUMPS;
    end_run(port);
}

static void start_run(struct sense_port *port)
{
    port->waiting = port->again = port->spoiled = false;
    port->running = true;
    port->dump = 0;
    timer_set(port->run_source, DEADLINE_USEC);
    emit_dump(port, FACT_DUMP_BEGIN);
    ask(port);
}

/* `result` is the kernel's errno. ENOENT is the common one: not built in, and no such module. */
static void end_dump(struct sense_port *port, int result)
{
    if (result == -EBUSY || result == -ENOMEM || result == -ENOBUFS)
        port->spoiled = true;
    else if (result < 0)
        port->absent |= 1U << port->dump;
    port->dump++;
    ask(port);
}

static void on_message(const struct nlmsghdr *header, void *userdata)
{
    struct sense_port *port = userdata;
    struct fact fact;

    if (!port->running || header->nlmsg_seq != port->netlink.sequence)
        return;
    if (header->nlmsg_flags & NLM_F_DUMP_INTR)
        port->spoiled = true;
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
        end_dump(port, netlink_error(header));
    else if (socket_message_decode(header, dumps[port->dump].protocol, &fact) > 0)
        port->sense.emit(port->sense.userdata, &fact);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct sense_port *port = userdata;

    /* What was lost may have been the end: then the deadline is it. */
    if (netlink_receive(&port->netlink, BATCH, on_message, port) < 0)
        port->spoiled = true;
    port->sense.turn(port->sense.userdata);
    return 0;
}

static int on_run_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_port *port = userdata;

    if (port->waiting) {
        start_run(port);
    } else {
        port->spoiled = true;
        end_run(port);
    }
    port->sense.turn(port->sense.userdata);
    return 0;
}

static int on_next_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_port *port = userdata;

    port->soon = false;
    sense_port_refresh(port);
    return 0;
}

void sense_port_refresh(struct sense_port *port)
{
    if (port->absent == ALL_ABSENT)
        return;
    if (sense_port_busy(port))
        port->again = true; /* what is under way may be past the change already */
    else
        start_run(port);
}

void sense_port_doubt(struct sense_port *port)
{
    if (port->soon || port->absent == ALL_ABSENT)
        return;
    port->soon = true;
    timer_set(port->next_source, SOON_USEC);
}

bool sense_port_busy(const struct sense_port *port)
{
    return port->running || port->waiting;
}

struct sense_port *sense_port_free(struct sense_port *port)
{
    if (!port)
        return NULL;
    sd_event_source_disable_unref(port->io_source);
    sd_event_source_disable_unref(port->run_source);
    sd_event_source_disable_unref(port->next_source);
    netlink_close(&port->netlink);
    free(port);
    return NULL;
}

static void sense_port_freep(struct sense_port **port)
{
    sense_port_free(*port);
}

static int add_sources(struct sense_port *port)
{
    sd_event *event = port->sense.event;
    int r = sd_event_add_io(event, &port->io_source, port->netlink.fd, EPOLLIN, on_readable, port);

    if (r >= 0)
        r = sd_event_source_set_priority(port->io_source, SD_EVENT_PRIORITY_IMPORTANT);
    if (r >= 0)
        r = timer_new(event, &port->run_source, 1000, on_run_timer, port);
    /* Within a quarter of a second: together with what else wakes the machine then. */
    if (r >= 0)
        r = timer_new(event, &port->next_source, 250000, on_next_timer, port);
    return r;
}

int sense_port_new(const struct sense *sense, int fd, struct sense_port **ret)
{
    _cleanup_(sense_port_freep) struct sense_port *port = calloc(1, sizeof(*port));
    int r;

    if (!port)
        return -ENOMEM;
    port->sense = *sense;
    port->netlink.fd = -1;
    r = fd < 0 ? netlink_open(&port->netlink, NETLINK_SOCK_DIAG, 0) : netlink_attach(&port->netlink, fd);
    if (r < 0) {
        /* A kernel without it: the rest of the daemon does not need it. */
        port->absent = ALL_ABSENT;
    } else {
        r = add_sources(port);
        if (r < 0)
            return r;
        sense_port_doubt(port);
    }
    *ret = take_pointer(port);
    return 0;
}
