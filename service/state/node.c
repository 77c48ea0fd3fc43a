/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: facts in, mask and events out */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What clients see of the uplink, compared before and after a fact. */
struct outlook {
    struct link_fact link;
    struct address_fact address;
    struct route_fact route;
    uint64_t addresses; /* a digest: the list can be long */
    const char *mode;
};

void node_init(struct node *node)
{
    memset(node, 0, sizeof(*node));
    node->links.limit = NODE_LINKS_MAX;
    node->addresses.limit = NODE_ADDRESSES_MAX;
    node->routes.limit = NODE_ROUTES_MAX;
    /* Those before are there until the dump's end: a line more in a file moves all places in it. */
    node->files.limit = 2 * NODE_FILES_MAX;
    node->places.limit = 2 * NODE_PLACES_MAX;
    node->sockets.limit = NODE_SOCKETS_MAX;
    node->servers.limit = 2 * NODE_SERVERS_MAX;
}

void node_done(struct node *node)
{
    free(node->links.list);
    free(node->addresses.list);
    free(node->routes.list);
    free(node->files.list);
    free(node->places.list);
    free(node->sockets.list);
    free(node->servers.list);
    memset(node, 0, sizeof(*node));
}

static struct facts *facts_of(struct node *node, enum fact_kind kind)
{
    switch (kind) {
    case FACT_LINK:
        return &node->links;
    case FACT_ADDRESS:
        return &node->addresses;
    case FACT_ROUTE:
        return &node->routes;
    case FACT_FILE:
        return &node->files;
    case FACT_PLACE:
        return &node->places;
    case FACT_SOCKET:
        return &node->sockets;
    case FACT_SERVER:
        return &node->servers;
    case FACT_PLATFORM:
    case FACT_CONFIG:
    case FACT_CLOCK:
    case FACT_STEP:
    case FACT_WRITERS:
    case FACT_RESUME:
    case FACT_LOOPBACK:
    case FACT_WSL_CONFIG:
    case FACT_WSLCONFIG:
    case FACT_RESOLVER:
    case FACT_HOSTS:
    case FACT_TAILSCALE:
    case FACT_DUMP_BEGIN:
    case FACT_DUMP_END:
        break;
    }
    return NULL;
}

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

static struct record *facts_find(struct facts *facts, const struct fact *fact)
{
    for (size_t i = 0; i < facts->count; i++)
        if (same_subject(&facts->list[i].fact, fact))
            return &facts->list[i];
    return NULL;
}

static int facts_append(struct facts *facts, const struct fact *fact)
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

static void facts_remove(struct facts *facts, struct record *record)
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

/* Returns 1 if something changed, 0 if not. */
static int upsert(struct facts *facts, const struct fact *fact, struct events *events)
{
    struct record *known = facts_find(facts, fact);
    int r;

    if (fact->gone) {
        if (!known)
            return 0;
        if (fact->kind == FACT_LINK)
            report_link(events, &known->fact.link, NULL);
        facts_remove(facts, known);
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
    r = facts_append(facts, fact);
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

static void dump_begin(struct node *node, const struct dump_fact *dump)
{
    struct facts *facts = facts_of(node, dump->of);

    if (!facts)
        return;
    if (!dump->family && !dump->ifindex)
        facts->truncated = false;
    for (size_t i = 0; i < facts->count; i++)
        if (dump_covers(dump, &facts->list[i].fact))
            facts->list[i].stale = true;
}

static int dump_end(struct node *node, const struct dump_fact *dump, struct events *events)
{
    struct facts *facts = facts_of(node, dump->of);
    size_t kept = 0, before;

    if (!facts)
        return 0;
    before = facts->count;
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

/* FNV-1a over what the property Addresses would show. */
static uint64_t digest_addresses(const struct node *node, int32_t ifindex)
{
    uint64_t digest = 0xcbf29ce484222325;

    for (size_t i = 0; i < node->addresses.count; i++) {
        const struct address_fact *address = &node->addresses.list[i].fact.address;

        if (address->ifindex != ifindex || !address_counts(address))
            continue;
        for (size_t byte = 0; byte < sizeof(address->bytes); byte++)
            digest = (digest ^ address->bytes[byte]) * 0x100000001b3;
        digest = (digest ^ address->prefix) * 0x100000001b3;
    }
    return digest;
}

static void look(const struct node *node, struct outlook *outlook)
{
    const struct route_fact *route = node_default_route(node);
    const struct link_fact *link = node_uplink(node);
    const struct address_fact *address = node_address(node);

    memset(outlook, 0, sizeof(*outlook));
    if (route)
        outlook->route = *route;
    if (link) {
        outlook->link = *link;
        outlook->addresses = digest_addresses(node, link->ifindex);
    }
    if (address)
        outlook->address = *address;
    outlook->mode = node_networking_mode(node);
}

static void report_address(struct events *events, const struct address_fact *before,
                           const struct address_fact *after, const char *link)
{
    char old[ADDRESS_TEXT_SIZE], new[ADDRESS_TEXT_SIZE];

    events_add(events, EVENT_ADDRESS, link, address_text(before->family, before->bytes, -1, old, sizeof(old)),
               address_text(after->family, after->bytes, -1, new, sizeof(new)));
}

static int compare(const struct outlook *before, const struct outlook *after, struct events *events)
{
    int mask = 0;

    if (strcmp(before->link.name, after->link.name) != 0) {
        mask |= NODE_UPLINK;
        events_add(events, EVENT_UPLINK, "", before->link.name, after->link.name);
    }
    if (before->addresses != after->addresses)
        mask |= NODE_ADDRESSES;
    if (before->link.mtu != after->link.mtu)
        mask |= NODE_UPLINK_MTU;
    if (before->route.gateway_family != after->route.gateway_family ||
        memcmp(before->route.gateway, after->route.gateway, sizeof(after->route.gateway)) != 0)
        mask |= NODE_GATEWAY;
    if (before->address.family != after->address.family ||
        memcmp(before->address.bytes, after->address.bytes, sizeof(after->address.bytes)) != 0) {
        mask |= NODE_ADDRESS;
        report_address(events, &before->address, &after->address,
                       after->link.name[0] ? after->link.name : before->link.name);
    }
    if (strcmp(before->mode, after->mode) != 0)
        mask |= NODE_MODE;
    return mask;
}

/* Returns 1 if something changed, 0 if not. */
static int take(struct node *node, const struct fact *fact, struct events *events)
{
    if (fact->kind == FACT_DUMP_END)
        return dump_end(node, &fact->dump, events);
    return upsert(facts_of(node, fact->kind), fact, events);
}

/*
 * Sockets are known as of their last dump. Whether one is still there when an address goes, only the next
 * dump tells: until then it is not stranded, unless it was before.
 */
static bool mark_stranded(struct node *node, bool dumped)
{
    bool changed = false;

    for (size_t i = 0; i < node->sockets.count; i++) {
        struct record *record = &node->sockets.list[i];
        bool before = record->stranded;

        record->stranded = (dumped || before) && socket_is_stranded(node, &record->fact.socket);
        changed |= record->stranded != before;
    }
    return changed;
}

static int apply_socket(struct node *node, const struct fact *fact, struct events *events)
{
    bool spoken = node->sockets.spoken;
    int changed = take(node, fact, events);

    if (changed < 0)
        return changed;
    if (fact->kind == FACT_DUMP_END)
        changed |= mark_stranded(node, true);
    return changed || node->sockets.spoken != spoken ? NODE_SOCKETS : 0;
}

static int apply_network(struct node *node, const struct fact *fact, struct events *events)
{
    size_t addresses = node->addresses.count;
    struct outlook before, after;
    int changed, mask = NODE_LINKS;

    look(node, &before);
    changed = take(node, fact, events);
    if (changed <= 0)
        return changed;
    if (node->addresses.count != addresses) {
        mask |= NODE_ANY_ADDRESS;
        mark_stranded(node, false);
    }
    look(node, &after);
    return mask | compare(&before, &after, events);
}

static int apply_platform(struct node *node, const struct platform_fact *fact)
{
    struct platform_fact before = node->platform;
    char mode[WORD_SIZE];
    int mask = 0;

    snprintf(mode, sizeof(mode), "%s", node_networking_mode(node));
    node->platform = *fact;
    node->platform_spoken = true;
    if (strcmp(before.platform, fact->platform) != 0 || strcmp(before.version, fact->version) != 0)
        mask |= NODE_PLATFORM;
    if (strcmp(before.interop, fact->interop) != 0)
        mask |= NODE_INTEROP;
    if (strcmp(mode, node_networking_mode(node)) != 0)
        mask |= NODE_MODE;
    return mask;
}

static int compare_clock(const struct clock *clock, enum clock_state state, enum clock_reference reference)
{
    return NODE_CLOCK | (state != clock_state(clock) ? NODE_CLOCK_STATE : 0) |
           (reference != clock->seen.reference ? NODE_CLOCK_REFERENCE : 0);
}

static int apply_clock(struct node *node, const struct fact *fact)
{
    struct clock *clock = &node->clock;
    enum clock_state state = clock_state(clock);
    enum clock_reference reference = clock->seen.reference;

    if (fact->kind == FACT_CLOCK)
        return clock_look(clock, &fact->clock) ? compare_clock(clock, state, reference) : 0;
    if (fact->kind == FACT_WRITERS)
        return clock_note_writers(clock, &fact->writers) ? NODE_CLOCK : 0;
    if (fact->kind == FACT_STEP) {
        clock_note_step(clock, &fact->step);
        return compare_clock(clock, state, reference) | NODE_STEPPED;
    }
    clock_note_resume(clock, &fact->resume);
    return NODE_RESUMED;
}

static int apply_dns(struct node *node, const struct fact *fact, struct events *events)
{
    enum dns_state state = dns_state(node);
    enum dns_owner owner = node->resolver.owner;
    bool was_known = node_dns_known(node), was_read = node_resolver_known(node);
    int changed;

    if (fact->kind == FACT_RESOLVER) {
        changed =
            !node->resolver_spoken || memcmp(&node->resolver, &fact->resolver, sizeof(fact->resolver)) != 0;
        node->resolver = fact->resolver;
        node->resolver_spoken = true;
    } else {
        changed = take(node, fact, events);
    }
    if (changed < 0)
        return changed;
    /* The first answers matter even if they bring nothing: now the checks may speak. */
    if (!changed && was_known == node_dns_known(node))
        return 0;
    return NODE_DNS | (state != dns_state(node) ? NODE_DNS_STATE : 0) |
           (owner != node->resolver.owner || was_read != node_resolver_known(node) ? NODE_DNS_OWNER : 0);
}

/* Where it matters that it was told at all, the first is news even if it says nothing. */
static int replace(void *known, bool *spoken, const void *fact, size_t size, int mask)
{
    bool first = spoken && !*spoken;

    if (first)
        *spoken = true;
    if (!first && memcmp(known, fact, size) == 0)
        return 0;
    memcpy(known, fact, size);
    return mask;
}

int node_apply(struct node *node, const struct fact *fact, struct events *events)
{
    /* A dump's end is for those whose dump it was. */
    enum fact_kind concerned = fact->kind == FACT_DUMP_END ? fact->dump.of : fact->kind;
    bool was_known = node_links_known(node);
    int mask;

    switch (concerned) {
    case FACT_LINK:
    case FACT_ADDRESS:
    case FACT_ROUTE:
        mask = apply_network(node, fact, events);
        /* The first complete dump matters even if it brought nothing: now the checks may speak. */
        return mask >= 0 && !was_known && node_links_known(node) ? mask | NODE_LINKS : mask;
    case FACT_SOCKET:
        return apply_socket(node, fact, events);
    case FACT_FILE:
    case FACT_PLACE:
        mask = take(node, fact, events);
        return mask > 0 ? NODE_FILES : mask;
    case FACT_RESOLVER:
    case FACT_SERVER:
        return apply_dns(node, fact, events);
    case FACT_DUMP_BEGIN:
        dump_begin(node, &fact->dump);
        return 0;
    case FACT_PLATFORM:
        return apply_platform(node, &fact->platform);
    case FACT_CONFIG:
        return replace(&node->config, NULL, &fact->config, sizeof(fact->config), NODE_CONFIG);
    case FACT_WSL_CONFIG:
        return replace(&node->wsl_config, &node->wsl_config_spoken, &fact->wsl_config,
                       sizeof(fact->wsl_config), NODE_WSL_CONFIG);
    case FACT_WSLCONFIG:
        return replace(&node->wslconfig, &node->wslconfig_spoken, &fact->wslconfig, sizeof(fact->wslconfig),
                       NODE_WSLCONFIG);
    case FACT_CLOCK:
    case FACT_STEP:
    case FACT_WRITERS:
    case FACT_RESUME:
        return apply_clock(node, fact);
    case FACT_LOOPBACK:
        return replace(&node->loopback_dead, &node->loopback_spoken, &fact->loopback.dead,
                       sizeof(fact->loopback.dead), NODE_LOOPBACK);
    case FACT_HOSTS:
        return replace(&node->hosts, NULL, &fact->hosts, sizeof(fact->hosts), NODE_HOSTS);
    case FACT_TAILSCALE:
        return replace(&node->tailscale, NULL, &fact->tailscale, sizeof(fact->tailscale), NODE_TAILSCALE);
    case FACT_DUMP_END:
        break;
    }
    return 0;
}
