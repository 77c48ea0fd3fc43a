/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS servers as a test wants them */
#include "dns_probes.h"

#include <stdio.h>
#include <string.h>

#include "../../service/state/dns.h"
#include "../../service/sys/dns_ping.h"
#include "../unit.h"

#define SERVERS_MAX 64
#define PROBES_MAX  4

struct server {
    struct dns_address address;
    enum dns_answer answers[2];
    bool empty[2];
};

struct dns_probe {
    sd_event_source *source;
    bool open, found;
    enum dns_answer answer;
    uint32_t latency_usec;
    dns_probe_done done;
    void *userdata;
};

struct dns_ping {
    bool open;
    struct dns_address server;
};

struct dns_probes dns_probes;

static struct server servers[SERVERS_MAX];
static size_t count;
static struct dns_probe probes[PROBES_MAX];
static struct dns_ping pings[SERVERS_MAX];

int __wrap_dns_probe_new(sd_event *event, const struct dns_address *server, enum dns_transport transport,
                         const char *name, dns_probe_done done, void *userdata, struct dns_probe **ret);
struct dns_probe *__wrap_dns_probe_free(struct dns_probe *probe);
int __wrap_dns_ping_new(const struct dns_address *server, const char *name, struct dns_ping **ret);
bool __wrap_dns_ping_answered(const struct dns_ping *ping);
struct dns_ping *__wrap_dns_ping_free(struct dns_ping *ping);

static int on_end(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct dns_probe *probe = userdata;
    bool heard = probe->answer == DNS_ANSWER_OK || probe->answer == DNS_ANSWER_DEGRADED;

    assert_true(probe->open);
    probe->done(probe->userdata, probe->answer, probe->found, heard ? probe->latency_usec : 0);
    return 0;
}

void dns_probes_start(sd_event *event)
{
    memset(&dns_probes, 0, sizeof(dns_probes));
    memset(probes, 0, sizeof(probes));
    memset(pings, 0, sizeof(pings));
    count = 0;
    for (size_t i = 0; i < PROBES_MAX; i++) {
        assert_true(sd_event_add_time_relative(event, &probes[i].source, CLOCK_MONOTONIC, 0, 1, on_end,
                                               &probes[i]) >= 0);
        assert_true(sd_event_source_set_enabled(probes[i].source, SD_EVENT_OFF) >= 0);
    }
}

void dns_probes_stop(void)
{
    assert_int_equal(dns_probes.open + dns_probes.pings, 0); /* none was forgotten */
    for (size_t i = 0; i < PROBES_MAX; i++)
        probes[i].source = sd_event_source_disable_unref(probes[i].source);
}

void dns_probes_forget(void)
{
    dns_probes.total = dns_probes.most = 0;
    dns_probes.order[0] = 0;
}

static struct server *find(const struct dns_address *address)
{
    for (size_t i = 0; i < count; i++)
        if (dns_address_equal(&servers[i].address, address))
            return &servers[i];
    assert_true(count < SERVERS_MAX);
    servers[count] = (struct server){*address, {DNS_ANSWER_TIMEOUT, DNS_ANSWER_TIMEOUT}, {false}};
    return &servers[count++];
}

void dns_probes_set(const char *address, enum dns_transport transport, enum dns_answer answer)
{
    struct dns_address parsed;

    assert_int_equal(dns_address_parse(address, &parsed), 0);
    find(&parsed)->answers[transport] = answer;
    find(&parsed)->empty[transport] = false;
}

void dns_probes_empty(const char *address, enum dns_transport transport)
{
    struct dns_address parsed;

    assert_int_equal(dns_address_parse(address, &parsed), 0);
    find(&parsed)->empty[transport] = true;
}

void dns_probes_answer(const char *address, enum dns_answer answer)
{
    dns_probes_set(address, DNS_UDP, answer);
    dns_probes_set(address, DNS_TCP, answer);
}

static void note(const struct dns_address *server, char how, const char *name)
{
    size_t length = strlen(dns_probes.order);
    char text[DNS_ADDRESS_SIZE];

    dns_probes.total++;
    snprintf(dns_probes.name, sizeof(dns_probes.name), "%s", name);
    snprintf(dns_probes.order + length, sizeof(dns_probes.order) - length, "%s%c%s", length ? " " : "", how,
             dns_address_text(server, text, sizeof(text)));
}

int __wrap_dns_probe_new(sd_event *event, const struct dns_address *server, enum dns_transport transport,
                         const char *name, dns_probe_done done, void *userdata, struct dns_probe **ret)
{
    struct dns_probe *probe = probes;

    note(server, transport == DNS_UDP ? 'u' : 't', name);
    if (dns_probes.result < 0)
        return dns_probes.result;
    while (probe < probes + PROBES_MAX && probe->open)
        probe++;
    assert_true(probe < probes + PROBES_MAX);
    probe->open = true;
    probe->answer = find(server)->answers[transport];
    probe->found = probe->answer == DNS_ANSWER_OK && !find(server)->empty[transport];
    probe->latency_usec = transport == DNS_UDP ? DNS_PROBES_USEC : DNS_PROBES_TCP_USEC;
    probe->done = done;
    probe->userdata = userdata;
    if (++dns_probes.open > dns_probes.most)
        dns_probes.most = dns_probes.open;
    sd_event_source_set_time_relative(probe->source, probe->answer == DNS_ANSWER_TIMEOUT   ? DNS_PROBE_USEC
                                                     : probe->answer == DNS_ANSWER_REFUSED ? 0
                                                                                           : DNS_PROBES_USEC);
    sd_event_source_set_enabled(probe->source, SD_EVENT_ONESHOT);
    *ret = probe;
    return 0;
}

struct dns_probe *__wrap_dns_probe_free(struct dns_probe *probe)
{
    if (!probe)
        return NULL;
    assert_true(probe->open);
    probe->open = false;
    dns_probes.open--;
    sd_event_source_set_enabled(probe->source, SD_EVENT_OFF);
    return NULL;
}

int __wrap_dns_ping_new(const struct dns_address *server, const char *name, struct dns_ping **ret)
{
    struct dns_ping *ping = pings;

    note(server, 'q', name);
    if (dns_probes.result < 0)
        return dns_probes.result;
    while (ping->open)
        ping++;
    *ping = (struct dns_ping){true, *server};
    dns_probes.pings++;
    *ret = ping;
    return 0;
}

bool __wrap_dns_ping_answered(const struct dns_ping *ping)
{
    assert_true(ping->open);
    return find(&ping->server)->answers[DNS_UDP] == DNS_ANSWER_OK;
}

struct dns_ping *__wrap_dns_ping_free(struct dns_ping *ping)
{
    assert_true(ping->open);
    ping->open = false;
    dns_probes.pings--;
    return NULL;
}
