/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of links, addresses and default routes
 *
 * One socket carries what the kernel announces and what it dumps, so that both arrive in the kernel's order.
 * Dumps run one after the other. Everything is dumped again after any receive error; a link's routes are
 * dumped again where the kernel drops them without a word.
 */
#include "sense.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "../sys/cleanup.h"
#include "../sys/netlink.h"
#include "../sys/link_message.h"
#include "../sys/timer.h"

#define WANTED_DUMPS_MAX   32
#define BATCH              64
#define DUMP_DEADLINE_USEC 5000000
#define RETRY_USEC         50000

struct sense_link {
    struct sense sense;
    struct netlink netlink;
    sd_event_source *io_source, *timer_source;
    struct dump_fact wanted[WANTED_DUMPS_MAX];
    size_t wanted_count;
    bool dumping;
    bool spoiled; /* what the running dump says is not the whole truth */
    bool waiting; /* before a dump is tried again */
    struct dump_fact dump;
};

static void emit_dump(struct sense_link *link, enum fact_kind kind, const struct dump_fact *dump)
{
    struct fact fact = fact_of(kind);

    fact.dump = *dump;
    link->sense.emit(link->sense.userdata, &fact);
}

static bool same_dump(const struct dump_fact *a, const struct dump_fact *b)
{
    return a->of == b->of && a->family == b->family && a->ifindex == b->ifindex;
}

static void want_everything(struct sense_link *link)
{
    link->wanted[0] = (struct dump_fact){.of = FACT_LINK};
    link->wanted[1] = (struct dump_fact){.of = FACT_ADDRESS};
    link->wanted[2] = (struct dump_fact){.of = FACT_ROUTE};
    link->wanted_count = 3;
    link->spoiled = link->dumping;
}

static void want(struct sense_link *link, enum fact_kind of, uint8_t family, int32_t ifindex)
{
    struct dump_fact dump = {.of = of, .family = family, .ifindex = ifindex};

    for (size_t i = 0; i < link->wanted_count; i++)
        if (same_dump(&link->wanted[i], &dump))
            return;
    if (link->wanted_count == WANTED_DUMPS_MAX) {
        want_everything(link);
        return;
    }
    link->wanted[link->wanted_count++] = dump;
}

static void start_next(struct sense_link *link)
{
    if (link->dumping || link->waiting || !link->wanted_count)
        return;
    link->dump = link->wanted[0];
    if (netlink_send(&link->netlink, link_message_dump(&link->dump)) < 0) {
        link->waiting = true;
        timer_set(link->timer_source, RETRY_USEC);
        return;
    }
    link->wanted_count--;
    for (size_t i = 0; i < link->wanted_count; i++)
        link->wanted[i] = link->wanted[i + 1];
    link->dumping = true;
    link->spoiled = false;
    emit_dump(link, FACT_DUMP_BEGIN, &link->dump);
    timer_set(link->timer_source, DUMP_DEADLINE_USEC);
}

/* The dump ended; `result` is the kernel's errno. */
static void end_dump(struct sense_link *link, int result)
{
    link->dumping = false;
    timer_stop(link->timer_source);
    /* A link that is gone has no routes: that is an answer, and what we knew of them is swept. */
    if (result == -ENODEV && link->dump.ifindex)
        result = 0;
    if (result == 0 && !link->spoiled) {
        emit_dump(link, FACT_DUMP_END, &link->dump);
        start_next(link);
        return;
    }
    /* Not at once: what spoiled it is mostly still going on. */
    want(link, link->dump.of, link->dump.family, link->dump.ifindex);
    link->waiting = true;
    timer_set(link->timer_source, RETRY_USEC);
}

static void forget_link(struct sense_link *link, int32_t ifindex)
{
    struct dump_fact addresses = {.of = FACT_ADDRESS, .ifindex = ifindex};
    struct dump_fact routes = {.of = FACT_ROUTE, .ifindex = ifindex};

    emit_dump(link, FACT_DUMP_BEGIN, &addresses);
    emit_dump(link, FACT_DUMP_END, &addresses);
    emit_dump(link, FACT_DUMP_BEGIN, &routes);
    emit_dump(link, FACT_DUMP_END, &routes);
}

static void doubt_routes(struct sense_link *link, int32_t ifindex)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};

    for (size_t i = 0; i < sizeof(families); i++)
        if (node_has_default_route(link->sense.node, families[i], ifindex))
            want(link, FACT_ROUTE, families[i], ifindex);
}

/*
 * Where the kernel says less than it does: a link that goes down and an address that goes take routes along
 * without RTM_DELROUTE; a replaced route is announced by its successor alone.
 */
static void follow_up(struct sense_link *link, const struct nlmsghdr *header, const struct fact *fact)
{
    if (fact->kind == FACT_LINK && fact->gone)
        forget_link(link, fact->link.ifindex);
    else if (fact->kind == FACT_LINK && !fact->link.up)
        doubt_routes(link, fact->link.ifindex);
    else if (fact->kind == FACT_ADDRESS && fact->gone)
        doubt_routes(link, fact->address.ifindex);
    else if (fact->kind == FACT_ROUTE && (header->nlmsg_flags & NLM_F_REPLACE))
        want(link, FACT_ROUTE, 0, 0);
}

static void on_message(const struct nlmsghdr *header, void *userdata)
{
    struct sense_link *link = userdata;
    bool of_dump = link->dumping && header->nlmsg_seq == link->netlink.sequence && header->nlmsg_seq;
    struct fact fact;
    int r;

    if (of_dump && (header->nlmsg_flags & NLM_F_DUMP_INTR))
        link->spoiled = true;
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
        if (of_dump)
            end_dump(link, netlink_error(header));
        return;
    }
    r = link_message_decode(header, &fact);
    if (r <= 0)
        return;
    link->sense.emit(link->sense.userdata, &fact);
    if (!(header->nlmsg_flags & NLM_F_MULTI))
        follow_up(link, header, &fact);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
    struct sense_link *link = userdata;

    if (netlink_receive(&link->netlink, BATCH, on_message, link) < 0)
        want_everything(link);
    start_next(link);
    link->sense.turn(link->sense.userdata);
    return 0;
}

/* Either the kernel owes us the end of a dump, or a dump is to be tried again. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_link *link = userdata;

    link->waiting = false;
    if (link->dumping) {
        link->dumping = false;
        want_everything(link);
    }
    start_next(link);
    return 0;
}

void sense_link_refresh(struct sense_link *link)
{
    want_everything(link);
    start_next(link);
}

bool sense_link_busy(const struct sense_link *link)
{
    return link->dumping || link->wanted_count;
}

struct sense_link *sense_link_free(struct sense_link *link)
{
    if (!link)
        return NULL;
    sd_event_source_disable_unref(link->io_source);
    sd_event_source_disable_unref(link->timer_source);
    netlink_close(&link->netlink);
    free(link);
    return NULL;
}

static void sense_link_freep(struct sense_link **link)
{
    sense_link_free(*link);
}

int sense_link_new(const struct sense *sense, struct sense_link **ret)
{
    _cleanup_(sense_link_freep) struct sense_link *link = calloc(1, sizeof(*link));
    int r;

    if (!link)
        return -ENOMEM;
    link->sense = *sense;
    link->netlink.fd = -1;
    r = netlink_open(&link->netlink, NETLINK_ROUTE,
                     RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                         RTMGRP_IPV6_ROUTE);
    if (r < 0)
        return r;
    r = sd_event_add_io(sense->event, &link->io_source, link->netlink.fd, EPOLLIN, on_readable, link);
    if (r < 0)
        return r;
    /* Before the bus and the executor: what the kernel has said is known before anything is answered. */
    r = sd_event_source_set_priority(link->io_source, SD_EVENT_PRIORITY_IMPORTANT);
    if (r < 0)
        return r;
    r = timer_new(sense->event, &link->timer_source, 1000, on_timer, link);
    if (r < 0)
        return r;
    want_everything(link);
    start_next(link);
    *ret = take_pointer(link);
    return 0;
}
