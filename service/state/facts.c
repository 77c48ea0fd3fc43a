/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of one kind */
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns.h"

static int32_t fact_ifindex(const struct fact *fact)
{
    return fact->kind == FACT_LINK      ? fact->link.ifindex
           : fact->kind == FACT_ADDRESS ? fact->address.ifindex
                                        : fact->route.ifindex;
}

static bool same_subject(const struct fact *a, const struct fact *b)
{
    if (a->kind == FACT_FILE)
        return strcmp(a->file.path, b->file.path) == 0;
    if (a->kind == FACT_PLACE)
        return strcmp(a->place.path, b->place.path) == 0 && a->place.line == b->place.line &&
               strcmp(a->place.variable, b->place.variable) == 0;
    if (a->kind == FACT_SOCKET)
        return memcmp(&a->socket, &b->socket, sizeof(a->socket)) == 0;
    if (a->kind == FACT_SERVER)
        return dns_address_equal(&a->server.address, &b->server.address);
    if (fact_ifindex(a) != fact_ifindex(b))
        return false;
    if (a->kind == FACT_ADDRESS)
        return a->address.family == b->address.family && a->address.prefix == b->address.prefix &&
               memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes)) == 0;
    if (a->kind == FACT_ROUTE)
        return memcmp(&a->route, &b->route, sizeof(a->route)) == 0;
    return true;
}

static struct record *find(struct facts *facts, const struct fact *fact)
{
    for (size_t i = 0; i < facts->count; i++)
        if (same_subject(&facts->list[i].fact, fact))
            return &facts->list[i];
    return NULL;
}

static int append(struct facts *facts, const struct fact *fact)
{
    if (facts->count == facts->limit) {
        bool known = facts->truncated;

        facts->truncated = true;
        return !known;
    }
    if (facts->count == facts->allocated) {
        size_t wanted = facts->allocated ? facts->allocated * 2 : 16;
        struct record *list = realloc(facts->list, wanted * sizeof(*list));

        if (!list)
            return -ENOMEM;
        facts->list = list;
        facts->allocated = wanted;
    }
    facts->list[facts->count++] = (struct record){.fact = *fact};
    return 1;
}

static void remove_record(struct facts *facts, struct record *record)
{
    size_t index = record - facts->list;

    memmove(record, record + 1, (facts->count - index - 1) * sizeof(*record));
    facts->count--;
}

static void report_link(struct events *events, const struct link_fact *before, const struct link_fact *after)
{
    char old[16], new[16];

    if (!before || !after || strcmp(before->name, after->name) != 0) {
        if (before)
            events_add(events, EVENT_LINK_REMOVED, before->name, "", "");
        if (after)
            events_add(events, EVENT_LINK_ADDED, after->name, "", "");
        return;
    }
    if (before->mtu == after->mtu)
        return;
    snprintf(old, sizeof(old), "%u", before->mtu);
    snprintf(new, sizeof(new), "%u", after->mtu);
    events_add(events, EVENT_MTU, after->name, old, new);
}

int facts_take(struct facts *facts, const struct fact *fact, struct events *events)
{
    struct record *known = find(facts, fact);
    int r;

    if (fact->gone) {
        if (!known)
            return 0;
        if (fact->kind == FACT_LINK)
            report_link(events, &known->fact.link, NULL);
        remove_record(facts, known);
        return 1;
    }
    if (known) {
        known->stale = false;
        if (memcmp(&known->fact, fact, sizeof(*fact)) == 0)
            return 0;
        if (fact->kind == FACT_LINK)
            report_link(events, &known->fact.link, &fact->link);
        known->fact = *fact;
        return 1;
    }
    r = append(facts, fact);
    if (r > 0 && !facts->truncated && fact->kind == FACT_LINK && facts->spoken)
        report_link(events, NULL, &fact->link);
    return r;
}

static bool dump_covers(const struct dump_fact *dump, const struct fact *fact)
{
    uint8_t family = fact->kind == FACT_ADDRESS ? fact->address.family : fact->route.family;

    if (fact->kind == FACT_FILE || fact->kind == FACT_PLACE || fact->kind == FACT_SERVER)
        return true;
    if (dump->ifindex && dump->ifindex != fact_ifindex(fact))
        return false;
    return fact->kind == FACT_LINK || !dump->family || dump->family == family;
}

void facts_dump_begin(struct facts *facts, const struct dump_fact *dump)
{
    if (!dump->family && !dump->ifindex)
        facts->truncated = false;
    for (size_t i = 0; i < facts->count; i++)
        if (dump_covers(dump, &facts->list[i].fact))
            facts->list[i].stale = true;
}

int facts_dump_end(struct facts *facts, const struct dump_fact *dump, struct events *events)
{
    size_t kept = 0, before = facts->count;

    for (size_t i = 0; i < facts->count; i++) {
        struct record *record = &facts->list[i];

        if (record->stale && dump_covers(dump, &record->fact)) {
            if (record->fact.kind == FACT_LINK)
                report_link(events, &record->fact.link, NULL);
            continue;
        }
        facts->list[kept++] = *record;
    }
    facts->count = kept;
    if (!dump->family && !dump->ifindex)
        facts->spoken = true;
    return kept != before;
}

void facts_done(struct facts *facts)
{
    free(facts->list);
    memset(facts, 0, sizeof(*facts));
}
