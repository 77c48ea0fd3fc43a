/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which WireGuard tunnels there are */
#include "wireguard_list.h"

#include <stdio.h>
#include <string.h>

static const struct wireguard_entry *find(const struct wireguard_entry *entries, size_t count,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].fact.name, name) == 0)
            return &entries[i];
    return NULL;
}

/* A tunnel as it is now, with what was known of it. `link` is NULL if that is gone, which its daemon is then
 * asked about. */
static void add(struct wireguard_list *list, const struct wireguard_entry *before, const char *name,
                const struct link_fact *link, bool user_space, int64_t raw_usec)
{
    struct wireguard_entry entry;
    int32_t ifindex = link ? link->ifindex : 0;
    bool up = link && link->up;

    if (list->count == TUNNELS_MAX)
        return;
    memset(&entry, 0, sizeof(entry)); /* facts are compared byte by byte */
    entry.fact.answers = true;
    if (before)
        entry = *before;
    if (entry.fact.ifindex != ifindex || entry.fact.user_space != user_space)
        entry.failures = 0;
    if (!before || entry.fact.ifindex != ifindex || (up && !entry.fact.up)) {
        entry.wanted = true;
        entry.up_usec = raw_usec;
    }
    entry.fact.ifindex = ifindex;
    entry.fact.user_space = user_space;
    if (link)
        entry.fact.up = up; /* without a link it is its daemon that matters */
    snprintf(entry.fact.name, sizeof(entry.fact.name), "%s", name);
    list->entries[list->count++] = entry;
}

static bool has_fallen(const struct node *node, const struct wireguard_entry *entry)
{
    const struct link_fact *link = node_link_named(node, entry->fact.name);

    return entry->fact.up && entry->fact.ifindex &&
           (!link || (link->ifindex == entry->fact.ifindex && !link->up));
}

static void find_tunnels(struct wireguard_list *list, const struct node *node,
                         const struct wireguard_entry *before, size_t before_count, int64_t raw_usec)
{
    for (size_t i = 0; i < node->links.count; i++) {
        const struct link_fact *link = &node->links.list[i].fact.link;

        if (strcmp(link->kind, "wireguard") == 0 && !find(list->entries, list->count, link->name))
            add(list, find(before, before_count, link->name), link->name, link, false, raw_usec);
    }
    for (size_t i = 0; i < list->names.count; i++) {
        const char *name = list->names.list[i];
        const struct link_fact *link = node_link_named(node, name);
        const struct wireguard_entry *known = find(before, before_count, name);

        /* A socket that is left over from before us is nobody's tunnel. */
        if (find(list->entries, list->count, name) || (link && !link_is_tunnel(link)) ||
            (!link && !(known && known->known && known->fact.user_space)))
            continue;
        add(list, known, name, link, true, raw_usec);
    }
}

/* Those that have just fallen stay as they were for a while. */
static bool keep_fallen(struct wireguard_list *list, const struct node *node,
                        const struct wireguard_entry *before, size_t before_count)
{
    for (size_t i = 0; i < before_count; i++)
        if (has_fallen(node, &before[i]))
            list->entries[list->count++] = before[i];
    return list->count;
}

static bool has_socket(const struct wireguard_list *list, const char *name)
{
    for (size_t i = 0; i < list->names.count; i++)
        if (strcmp(list->names.list[i], name) == 0)
            return true;
    return false;
}

/* Links come and go that are none of ours, thousands of them at times. */
bool wireguard_list_has_risen(const struct wireguard_list *list, const struct node *node)
{
    for (size_t i = 0; i < node->links.count; i++) {
        const struct link_fact *link = &node->links.list[i].fact.link;
        const struct wireguard_entry *entry;

        if (strcmp(link->kind, "wireguard") != 0 && !(link_is_tunnel(link) && has_socket(list, link->name)))
            continue;
        entry = find(list->entries, list->count, link->name);
        if (!entry || entry->fact.ifindex != link->ifindex || (link->up && !entry->fact.up))
            return true;
    }
    return false;
}

bool wireguard_list_has_fallen(const struct wireguard_list *list, const struct node *node)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct wireguard_entry *entry = &list->entries[i];

        if (has_fallen(node, entry) || (entry->fact.ifindex && !node_link(node, entry->fact.ifindex)))
            return true;
    }
    return false;
}

bool wireguard_list_update(struct wireguard_list *list, const struct node *node, bool believe,
                           int64_t raw_usec)
{
    struct wireguard_entry before[TUNNELS_MAX];
    size_t before_count = list->count;
    bool kept;

    memcpy(before, list->entries, before_count * sizeof(*before));
    list->count = 0;
    kept = !believe && keep_fallen(list, node, before, before_count);
    find_tunnels(list, node, before, before_count, raw_usec);
    return kept;
}
