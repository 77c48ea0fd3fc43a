/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to DNS servers, two at once */
#include "dns_prober.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../sys/cleanup.h"
#include "../sys/dns_probe.h"
#include "../sys/timer.h"

#define AT_ONCE 2 /* each holds some 70 kB */

struct slot {
    struct dns_prober *prober;
    struct dns_probe *probe;
    size_t server;
    enum dns_transport transport;
};

struct dns_prober {
    sd_event *event;
    dns_prober_done done;
    void *userdata;
    struct slot slots[AT_ONCE];
    sd_event_source *deadline_source;
    struct dns_candidates answers;
    char name[DNS_PROBE_NAME_SIZE];
    size_t next; /* all by UDP, then all by TCP */
    bool busy, public_round;
};

static void advance(struct dns_prober *prober);

static void free_slots(struct dns_prober *prober)
{
    for (size_t i = 0; i < AT_ONCE; i++)
        prober->slots[i].probe = dns_probe_free(prober->slots[i].probe);
}

static void finish(struct dns_prober *prober)
{
    /* Whoever is told may ask again. */
    struct dns_candidates answers = prober->answers;

    dns_prober_stop(prober);
    prober->done(prober->userdata, &answers);
}

static bool is_public(const struct dns_candidate *candidate)
{
    return candidate->server.roles == DNS_ROLE_PUBLIC;
}

static bool somebody_answered(const struct dns_prober *prober)
{
    for (size_t i = 0; i < prober->answers.count; i++) {
        const struct dns_candidate *candidate = &prober->answers.list[i];

        if ((candidate->udp && candidate->server.udp == DNS_ANSWER_OK) ||
            (candidate->tcp && candidate->server.tcp == DNS_ANSWER_OK))
            return true;
    }
    return false;
}

static void begin_round(struct dns_prober *prober, bool public_round)
{
    prober->public_round = public_round;
    prober->next = 0;
    timer_set(prober->deadline_source, public_round ? DNS_PROBER_PUBLIC_USEC : DNS_PROBER_USEC);
    advance(prober);
}

static void end_round(struct dns_prober *prober)
{
    free_slots(prober);
    if (prober->public_round || somebody_answered(prober))
        finish(prober);
    else
        begin_round(prober, true);
}

static bool has_answered(enum dns_answer answer)
{
    return answer == DNS_ANSWER_OK || answer == DNS_ANSWER_DEGRADED;
}

static void on_answer(void *userdata, enum dns_answer answer, bool found, uint32_t latency_usec)
{
    struct slot *slot = userdata;
    struct dns_prober *prober = slot->prober;
    struct server_fact *server = &prober->answers.list[slot->server].server;

    slot->probe = dns_probe_free(slot->probe);
    *(slot->transport == DNS_UDP ? &server->udp : &server->tcp) = answer;
    if (has_answered(answer) && (slot->transport == DNS_UDP || !has_answered(server->udp))) {
        server->latency_usec = latency_usec;
        server->found = found;
    }
    advance(prober);
}

/* The next that this round is to ask; false if there is none. */
static bool take_next(struct dns_prober *prober, struct slot *slot)
{
    size_t count = prober->answers.count;

    while (prober->next < 2 * count) {
        size_t next = prober->next++;
        const struct dns_candidate *candidate = &prober->answers.list[next % count];

        slot->server = next % count;
        slot->transport = next < count ? DNS_UDP : DNS_TCP;
        if (is_public(candidate) == prober->public_round &&
            (slot->transport == DNS_UDP ? candidate->udp : candidate->tcp))
            return true;
    }
    return false;
}

/* What cannot even be asked is not known. */
static void fill(struct dns_prober *prober, struct slot *slot)
{
    while (!slot->probe && take_next(prober, slot))
        if (dns_probe_new(prober->event, &prober->answers.list[slot->server].server.address, slot->transport,
                          prober->name, on_answer, slot, &slot->probe) < 0)
            slot->probe = NULL;
}

static void advance(struct dns_prober *prober)
{
    bool asking = false;

    for (size_t i = 0; i < AT_ONCE; i++) {
        fill(prober, &prober->slots[i]);
        asking |= prober->slots[i].probe != NULL;
    }
    if (!asking)
        end_round(prober);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    end_round(userdata);
    return 0;
}

static void forget_answers(struct dns_candidate *candidate)
{
    if (candidate->udp)
        candidate->server.udp = DNS_ANSWER_UNKNOWN;
    if (candidate->tcp)
        candidate->server.tcp = DNS_ANSWER_UNKNOWN;
    if (candidate->udp || !has_answered(candidate->server.udp)) {
        candidate->server.latency_usec = 0;
        candidate->server.found = false;
    }
}

void dns_prober_ask(struct dns_prober *prober, const char *name, const struct dns_candidates *candidates)
{
    prober->busy = true;
    snprintf(prober->name, sizeof(prober->name), "%s", name);
    prober->answers = *candidates;
    for (size_t i = 0; i < prober->answers.count; i++)
        if (prober->answers.list[i].udp || prober->answers.list[i].tcp)
            forget_answers(&prober->answers.list[i]);
    begin_round(prober, false);
}

bool dns_prober_busy(const struct dns_prober *prober)
{
    return prober->busy;
}

void dns_prober_stop(struct dns_prober *prober)
{
    free_slots(prober);
    timer_stop(prober->deadline_source);
    prober->busy = false;
}

struct dns_prober *dns_prober_free(struct dns_prober *prober)
{
    if (!prober)
        return NULL;
    free_slots(prober);
    sd_event_source_disable_unref(prober->deadline_source);
    free(prober);
    return NULL;
}

int dns_prober_new(sd_event *event, dns_prober_done done, void *userdata, struct dns_prober **ret)
{
    struct dns_prober *prober = calloc(1, sizeof(*prober));
    int r;

    if (!prober)
        return -ENOMEM;
    *prober = (struct dns_prober){.event = event, .done = done, .userdata = userdata};
    for (size_t i = 0; i < AT_ONCE; i++)
        prober->slots[i].prober = prober;
    r = timer_new(event, &prober->deadline_source, 10000, on_deadline, prober);
    if (r < 0) {
        dns_prober_free(prober);
        return r;
    }
    *ret = prober;
    return 0;
}
