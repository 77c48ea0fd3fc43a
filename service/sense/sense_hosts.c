/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of what programs see of names
 *
 * c-ares asks a server one question. A program asks for both families, along the search line, by the order of
 * nsswitch.conf; only getent tells what comes of that. It is a child, for it may wait.
 */
#include "sense.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys/child.h"
#include "../sys/timer.h"

#define GETENT        "usr/bin/getent"
#define NOT_FOUND     2       /* getent's status */
#define LATE_USEC     4000000 /* glibc asks again after five seconds: this is less */
#define QUICK_USEC    1500000
#define DOUBT_USEC    500000
#define FINE_USEC     10000
#define REPEAT_USEC   60000000
#define ACCURACY_USEC 30000000

/* One after the other, until it is known. */
enum question {
    ASK_ALL,
    ASK_IPV4,
    ASK_WITHOUT_SEARCH,
    ASK_AGAIN, /* a packet may have been lost */
};

/* What it depends on, as far as it is known here. */
struct grounds {
    bool found; /* under WSL, and the first server has the name */
    enum dns_answer udp, tcp;
    struct resolver_fact resolver;
    struct address_fact address;
    struct route_fact route;
    uint64_t resumes;
};

struct sense_hosts {
    struct sense sense;
    sd_event_source *timer_source; /* a doubt, or the next look while it is bad */
    struct child *child;
    struct grounds grounds;
    struct hosts_fact fact; /* of the answers so far: what is told if it is found no better again */
    enum question question;
    bool asking, doubting, refreshing;
    bool again; /* the grounds have changed since it was asked */
};

static void ask(struct sense_hosts *hosts, enum question question);

static void read_grounds(const struct node *node, struct grounds *grounds)
{
    const struct resolver_fact *resolver = &node->resolver;
    const struct address_fact *address = node_address(node);
    const struct route_fact *route = node_default_route(node);

    memset(grounds, 0, sizeof(*grounds));
    grounds->found = strcmp(node->platform.platform, "wsl2") == 0 && dns_first_finds(node);
    if (resolver->listed.count && dns_server(node, &resolver->listed.servers[0])) {
        grounds->udp = dns_server(node, &resolver->listed.servers[0])->udp;
        grounds->tcp = dns_server(node, &resolver->listed.servers[0])->tcp;
    }
    memcpy(&grounds->resolver, resolver, sizeof(*resolver));
    /* It is counted while ours stands in. */
    grounds->resolver.wsl_good = 0;
    if (address)
        memcpy(&grounds->address, address, sizeof(*address));
    if (route)
        memcpy(&grounds->route, route, sizeof(*route));
    grounds->resumes = node->clock.resumes_total;
}

static void set_timer(struct sense_hosts *hosts, uint64_t usec, uint64_t accuracy_usec)
{
    sd_event_source_set_time_accuracy(hosts->timer_source, accuracy_usec);
    timer_set(hosts->timer_source, usec);
}

static void doubt(struct sense_hosts *hosts)
{
    if (!hosts->doubting)
        set_timer(hosts, DOUBT_USEC, FINE_USEC);
    hosts->doubting = true;
}

static void stop(struct sense_hosts *hosts)
{
    hosts->child = child_free(hosts->child);
    timer_stop(hosts->timer_source);
    hosts->asking = hosts->doubting = hosts->refreshing = hosts->again = false;
}

static void emit(struct sense_hosts *hosts, enum hosts_view view)
{
    struct fact fact = fact_of(FACT_HOSTS);

    fact.hosts.view = view;
    if (view != HOSTS_UNKNOWN)
        memcpy(fact.hosts.name, hosts->fact.name, sizeof(fact.hosts.name));
    hosts->sense.emit(hosts->sense.userdata, &fact);
    hosts->sense.turn(hosts->sense.userdata);
}

/* What was seen on other grounds is not told. */
static void finish(struct sense_hosts *hosts, enum hosts_view view)
{
    bool again = hosts->again;

    stop(hosts);
    if (again) {
        doubt(hosts);
        hosts->sense.turn(hosts->sense.userdata);
        return;
    }
    if (view != HOSTS_UNKNOWN && view != HOSTS_OK)
        set_timer(hosts, REPEAT_USEC, ACCURACY_USEC);
    emit(hosts, view);
}

static void take(struct sense_hosts *hosts, int status, bool found)
{
    switch (hosts->question) {
    case ASK_ALL:
        hosts->fact.view = HOSTS_NOT_FOUND;
        if (!found && status == -ETIME)
            ask(hosts, ASK_IPV4);
        else if (!found && status == NOT_FOUND)
            ask(hosts, ASK_AGAIN);
        else
            finish(hosts, found ? HOSTS_OK : HOSTS_UNKNOWN);
        break;
    case ASK_IPV4:
        hosts->fact.view = HOSTS_AAAA;
        ask(hosts, found ? ASK_AGAIN : ASK_WITHOUT_SEARCH);
        break;
    case ASK_WITHOUT_SEARCH:
        hosts->fact.view = HOSTS_SEARCH;
        if (found)
            ask(hosts, ASK_AGAIN);
        else
            finish(hosts, HOSTS_LATE);
        break;
    case ASK_AGAIN:
        finish(hosts, found ? HOSTS_OK : hosts->fact.view);
        break;
    }
}

/* It prints what it finds, and nothing else: too much of it is found as well. */
static void on_getent(void *userdata, int status, const char *output, size_t length)
{
    struct sense_hosts *hosts = userdata;

    hosts->child = child_free(hosts->child);
    take(hosts, status, status == 0 || status == -EFBIG);
}

static void ask(struct sense_hosts *hosts, enum question question)
{
    char name[sizeof(hosts->fact.name) + 1];
    char *argv[] = {"getent", question == ASK_IPV4 ? "ahostsv4" : "ahosts", name, NULL};

    hosts->question = question;
    snprintf(name, sizeof(name), "%s%s", hosts->fact.name, question == ASK_WITHOUT_SEARCH ? "." : "");
    if (child_start(hosts->sense.event, hosts->sense.root, GETENT, argv,
                    question == ASK_ALL ? LATE_USEC : QUICK_USEC, on_getent, hosts, &hosts->child) < 0)
        finish(hosts, HOSTS_UNKNOWN);
}

static void begin(struct sense_hosts *hosts)
{
    snprintf(hosts->fact.name, sizeof(hosts->fact.name), "%s", hosts->sense.dns->probe_name);
    hosts->asking = true;
    ask(hosts, ASK_ALL);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct sense_hosts *hosts = userdata;

    hosts->doubting = false;
    begin(hosts);
    return 0;
}

void sense_hosts_refresh(struct sense_hosts *hosts)
{
    stop(hosts);
    if (!hosts->grounds.found)
        return;
    hosts->refreshing = true;
    begin(hosts);
}

void sense_hosts_doubt(struct sense_hosts *hosts)
{
    bool was_found = hosts->grounds.found;
    struct grounds now;

    read_grounds(hosts->sense.node, &now);
    if (memcmp(&now, &hosts->grounds, sizeof(now)) == 0)
        return;
    memcpy(&hosts->grounds, &now, sizeof(now));
    if (now.found && hosts->asking) {
        hosts->again = true;
    } else if (now.found) {
        doubt(hosts);
    } else if (was_found) {
        stop(hosts);
        emit(hosts, HOSTS_UNKNOWN);
    }
}

bool sense_hosts_busy(const struct sense_hosts *hosts)
{
    return hosts->refreshing;
}

struct sense_hosts *sense_hosts_free(struct sense_hosts *hosts)
{
    if (!hosts)
        return NULL;
    child_free(hosts->child);
    sd_event_source_disable_unref(hosts->timer_source);
    free(hosts);
    return NULL;
}

int sense_hosts_new(const struct sense *sense, struct sense_hosts **ret)
{
    struct sense_hosts *hosts = calloc(1, sizeof(*hosts));
    int r;

    if (!hosts)
        return -ENOMEM;
    hosts->sense = *sense;
    r = timer_new(sense->event, &hosts->timer_source, FINE_USEC, on_timer, hosts);
    if (r < 0) {
        sense_hosts_free(hosts);
        return r;
    }
    *ret = hosts;
    return 0;
}
