/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: facts in, mask and events out */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "outlook.h"
#include "tailscale.h"
#include "tailscale_tunnel.h"

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
    facts_done(&node->links);
    facts_done(&node->addresses);
    facts_done(&node->routes);
    facts_done(&node->files);
    facts_done(&node->places);
    facts_done(&node->sockets);
    facts_done(&node->servers);
    tunnels_done(&node->tunnels);
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
    case FACT_TUNNEL:
    case FACT_PEER:
    case FACT_TAILSCALE:
    case FACT_WINDOWS:
    case FACT_PATH:
    case FACT_REACH:
    case FACT_SENT:
    case FACT_DUMP_BEGIN:
    case FACT_DUMP_END:
        break;
    }
    return NULL;
}

/* Returns 1 if something changed, 0 if not. */
static int take(struct node *node, const struct fact *fact, struct events *events)
{
    if (fact->kind == FACT_DUMP_END)
        return facts_dump_end(facts_of(node, fact->dump.of), &fact->dump, events);
    return facts_take(facts_of(node, fact->kind), fact, events);
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

static int mask_of_tunnels(int changed)
{
    return (changed & TUNNELS_CHANGED ? NODE_TUNNELS : 0) | (changed & TUNNELS_PEERS ? NODE_PEERS : 0);
}

static int apply_network(struct node *node, const struct fact *fact, struct events *events)
{
    size_t addresses = node->addresses.count;
    struct outlook before, after;
    int changed, mask = NODE_LINKS;

    outlook_look(&before, node);
    changed = take(node, fact, events);
    if (changed <= 0)
        return changed;
    if (node->addresses.count != addresses) {
        mask |= NODE_ANY_ADDRESS;
        mark_stranded(node, false);
    }
    if (fact->kind == FACT_LINK || fact->kind == FACT_DUMP_END)
        mask |= tunnels_note_links(&node->tunnels, node) ? NODE_TUNNELS : 0;
    /* There is room for it already. */
    mask |= tailscale_tunnel_note(node) > 0 ? NODE_TUNNELS : 0;
    outlook_look(&after, node);
    return mask | outlook_compare(&before, &after, events);
}

static int apply_tunnel(struct node *node, const struct fact *fact)
{
    int changed = tunnels_take(&node->tunnels, fact);

    if (changed > 0 && changed & TUNNELS_CHANGED)
        (void)tunnels_note_links(&node->tunnels, node);
    return changed < 0 ? changed : mask_of_tunnels(changed);
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

static int apply_tailscale(struct node *node, const struct tailscale_fact *fact)
{
    const struct tailscale_fact before = node->tailscale;
    bool spoken = node->tailscale_spoken;
    int changed, mask;

    mask = replace(&node->tailscale, &node->tailscale_spoken, fact, sizeof(*fact), NODE_TAILSCALE);
    changed = tailscale_tunnel_note(node);
    if (changed >= 0)
        return mask | mask_of_tunnels(changed);
    memcpy(&node->tailscale, &before, sizeof(before));
    node->tailscale_spoken = spoken;
    return changed;
}

static int apply_windows(struct node *node, const struct tailscale_fact *fact)
{
    const char *before = tailscale_windows_name(node);
    int mask = replace(&node->windows_tailscale, &node->windows_tailscale_spoken, fact, sizeof(*fact),
                       NODE_TAILSCALE);

    return strcmp(before, tailscale_windows_name(node)) != 0 ? mask | NODE_WINDOWS : mask;
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
    case FACT_TUNNEL:
    case FACT_PEER:
    case FACT_PATH:
    case FACT_REACH:
    case FACT_SENT:
        return apply_tunnel(node, fact);
    case FACT_DUMP_BEGIN:
        if (fact->dump.of == FACT_PEER || fact->dump.of == FACT_TUNNEL)
            return apply_tunnel(node, fact);
        if (facts_of(node, fact->dump.of))
            facts_dump_begin(facts_of(node, fact->dump.of), &fact->dump);
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
        return apply_tailscale(node, &fact->tailscale);
    case FACT_WINDOWS:
        return apply_windows(node, &fact->tailscale);
    case FACT_DUMP_END:
        break;
    }
    return 0;
}
