/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wanted state */
#include "wanted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct wanted_mtu *wanted_find(const struct wanted *wanted, const char *link)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (strcmp(wanted->list[i].link, link) == 0)
            return &wanted->list[i];
    return NULL;
}

struct wish wanted_wish(const struct wanted_mtu *mtu)
{
    if (!mtu)
        return (struct wish){0};
    return mtu->by_verb.set ? mtu->by_verb : mtu->by_config;
}

bool wish_equal(const struct wish *a, const struct wish *b)
{
    if (!a->set || !b->set)
        return a->set == b->set;
    return a->mtu == b->mtu && a->persist == b->persist;
}

static struct wanted_mtu *obtain(struct wanted *wanted, const char *link)
{
    struct wanted_mtu *mtu = (struct wanted_mtu *)wanted_find(wanted, link);

    if (mtu)
        return mtu;
    if (wanted->count == WANTED_MAX)
        return NULL;
    mtu = &wanted->list[wanted->count++];
    memset(mtu, 0, sizeof(*mtu));
    snprintf(mtu->link, sizeof(mtu->link), "%s", link);
    return mtu;
}

static void end_fight(struct wanted_mtu *mtu)
{
    mtu->put_back = 0;
    mtu->fighting = false;
    mtu->refused = false;
}

int wanted_set(struct wanted *wanted, const char *link, const struct wish *by_verb)
{
    struct wanted_mtu *mtu = obtain(wanted, link);
    bool changed;

    if (!mtu)
        return -ENOSPC;
    changed = !wish_equal(&mtu->by_verb, by_verb) || mtu->fighting;
    mtu->by_verb = *by_verb;
    end_fight(mtu);
    wanted_tidy(wanted);
    return changed;
}

int wanted_set_configured(struct wanted *wanted, const char *link, const struct wish *by_config)
{
    struct wanted_mtu *mtu = obtain(wanted, link);

    if (!mtu)
        return -ENOSPC;
    if (wish_equal(&mtu->by_config, by_config))
        return 0;
    mtu->by_config = *by_config;
    if (!mtu->by_verb.set)
        end_fight(mtu);
    return 1;
}

void wanted_tidy(struct wanted *wanted)
{
    size_t kept = 0;

    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->list[i].by_verb.set || wanted->list[i].by_config.set)
            wanted->list[kept++] = wanted->list[i];
    wanted->count = kept;
}

enum wanted_state wanted_state(const struct wanted_mtu *mtu, const struct node *node)
{
    const struct link_fact *link = node_link_named(node, mtu->link);
    struct wish wish = wanted_wish(mtu);

    if (!link || !wish.set || link->mtu == wish.mtu)
        return WANTED_KEPT;
    if (link == node_uplink(node) || !link_is_tunnel(link))
        return WANTED_NEWS;
    if (mtu->ifindex == link->ifindex && mtu->fighting)
        return WANTED_FIGHTING;
    if (mtu->ifindex == link->ifindex && mtu->refused)
        return WANTED_REFUSED;
    return WANTED_LOST;
}

bool wanted_put_back(struct wanted_mtu *mtu, const struct node *node, uint64_t now_usec)
{
    const struct link_fact *link = node_link_named(node, mtu->link);
    uint64_t oldest = mtu->put_back_usec[WANTED_PUT_BACK_MAX - 1];

    if (wanted_state(mtu, node) != WANTED_LOST)
        return false;
    if (mtu->ifindex != link->ifindex) {
        end_fight(mtu);
        mtu->ifindex = link->ifindex;
    }
    if (mtu->put_back >= WANTED_PUT_BACK_MAX && now_usec - oldest < WANTED_FIGHT_USEC) {
        mtu->fighting = true;
        return false;
    }
    memmove(mtu->put_back_usec + 1, mtu->put_back_usec,
            sizeof(mtu->put_back_usec) - sizeof(mtu->put_back_usec[0]));
    mtu->put_back_usec[0] = now_usec;
    mtu->put_back++;
    return true;
}

void wanted_refuse(struct wanted *wanted, const char *link)
{
    struct wanted_mtu *mtu = (struct wanted_mtu *)wanted_find(wanted, link);

    if (mtu)
        mtu->refused = true;
}

bool wanted_settle(struct wanted_mtu *mtu, const struct node *node)
{
    const struct link_fact *link = node_link_named(node, mtu->link);

    if (!mtu->fighting && !mtu->refused)
        return false;
    if (link && link->ifindex == mtu->ifindex && link->mtu != wanted_wish(mtu).mtu)
        return false;
    mtu->fighting = false;
    mtu->refused = false;
    return true;
}
