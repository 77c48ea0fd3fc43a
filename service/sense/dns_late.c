/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS servers that were late */
#include "dns_late.h"

static bool was_late(const struct dns_late *late, const struct dns_address *server)
{
    for (size_t i = 0; i < late->count; i++)
        if (dns_address_equal(&late->servers[i], server))
            return true;
    return false;
}

void dns_late_add(struct dns_late *late, const struct dns_address *server)
{
    if (late->count < NODE_SERVERS_MAX && !was_late(late, server))
        late->servers[late->count++] = *server;
}

static bool is_late(const struct dns_candidate *candidate)
{
    return (candidate->udp && candidate->server.udp == DNS_ANSWER_TIMEOUT) ||
           (candidate->tcp && candidate->server.tcp == DNS_ANSWER_TIMEOUT);
}

static void keep_answers(struct server_fact *server, const struct dns_candidates *before)
{
    enum dns_answer udp = DNS_ANSWER_UNKNOWN, tcp = DNS_ANSWER_UNKNOWN;
    bool found = false;

    for (size_t i = 0; i < before->count; i++) {
        if (!dns_address_equal(&before->list[i].server.address, &server->address))
            continue;
        udp = before->list[i].server.udp;
        tcp = before->list[i].server.tcp;
        found = before->list[i].server.found;
    }
    if (server->udp == DNS_ANSWER_TIMEOUT) {
        server->udp = udp;
        server->found = found;
    }
    if (server->tcp == DNS_ANSWER_TIMEOUT)
        server->tcp = tcp;
}

bool dns_late_settle(struct dns_late *late, const struct dns_candidates *before, struct dns_candidates *now,
                     bool told)
{
    struct dns_late again = {.count = 0};
    bool first = false;

    for (size_t i = 0; i < now->count; i++) {
        struct server_fact *server = &now->list[i].server;

        if (!is_late(&now->list[i]))
            continue;
        dns_late_add(&again, &server->address);
        if (told || was_late(late, &server->address))
            continue;
        keep_answers(server, before);
        first = true;
    }
    *late = again;
    return first;
}
