/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ways of tunnels are to be measured */
#include "path_course.h"

#include <netinet/in.h>

#include "node.h"

static size_t find(const struct path_courses *courses, int32_t ifindex)
{
    size_t i = 0;

    while (i < courses->count && courses->list[i].ifindex != ifindex)
        i++;
    return i;
}

const struct path_course *path_courses_find(const struct path_courses *courses, int32_t ifindex)
{
    size_t i = find(courses, ifindex);

    return i < courses->count ? &courses->list[i] : NULL;
}

static const struct peer *peer_to_measure_by(const struct tunnel *tunnel, const struct path_courses *before)
{
    size_t i = find(before, tunnel->fact.ifindex);
    const struct peer *peer = i < before->count ? peers_find(&tunnel->peers, before->keys[i]) : NULL;

    if (peer && peer->state != PEER_DOWN)
        return peer;
    if (!tunnel->handshakes || tunnel->newest >= tunnel->peers.count)
        return NULL;
    peer = &tunnel->peers.list[tunnel->newest];
    return peer->state == PEER_UP ? peer : NULL;
}

/* The first bits of both are the same. */
static bool is_within(const struct address_fact *address, const struct peer_endpoint *endpoint)
{
    unsigned whole = address->prefix / 8, rest = address->prefix % 8;

    return address->family == endpoint->family && address->prefix <= 128 &&
           memcmp(address->bytes, endpoint->bytes, whole) == 0 &&
           (!rest || (address->bytes[whole] ^ endpoint->bytes[whole]) >> (8 - rest) == 0);
}

const struct link_fact *path_course_underlay(const struct node *node, const struct tunnel *tunnel,
                                             const struct peer_endpoint *endpoint)
{
    const struct link_fact *best = node_uplink(node);
    int prefix = 0;

    if (best && best->ifindex == tunnel->fact.ifindex)
        best = NULL;
    for (size_t i = 0; endpoint->family && i < node->addresses.count; i++) {
        const struct address_fact *address = &node->addresses.list[i].fact.address;
        const struct link_fact *link;

        if (address->prefix <= prefix || address->ifindex == tunnel->fact.ifindex ||
            !is_within(address, endpoint))
            continue;
        link = node_link(node, address->ifindex);
        if (!link || !link->up)
            continue;
        best = link;
        prefix = address->prefix;
    }
    return best;
}

static bool set_course(struct path_course *course, const struct node *node, const struct tunnel *tunnel,
                       const struct peer *peer)
{
    const struct link_fact *underlay = path_course_underlay(node, tunnel, &peer->seen.endpoint);

    course->ifindex = tunnel->fact.ifindex;
    course->tunnel_mtu = tunnel_mtu(node, tunnel);
    course->underlay = underlay ? underlay->ifindex : 0;
    course->underlay_mtu = underlay ? underlay->mtu : 0;
    course->mark = tunnel->fact.mark;
    course->endpoint.family = peer->seen.endpoint.family;
    memcpy(course->endpoint.bytes, peer->seen.endpoint.bytes, sizeof(course->endpoint.bytes));
    course->peer_family = peer->seen.address_family;
    memcpy(course->peer, peer->seen.address, sizeof(course->peer));
    return course->tunnel_mtu && (course->endpoint.family || course->peer_family);
}

void path_courses_look(struct path_courses *courses, const struct node *node)
{
    struct path_courses now;

    memset(&now, 0, sizeof(now));
    for (size_t i = 0; i < node->tunnels.count && now.count < PATH_COURSES_MAX; i++) {
        const struct tunnel *tunnel = &node->tunnels.list[i];
        const struct peer *peer = peer_to_measure_by(tunnel, courses); /* one that is down has none */

        if (!peer || !set_course(&now.list[now.count], node, tunnel, peer)) {
            memset(&now.list[now.count], 0, sizeof(now.list[0]));
            continue;
        }
        memcpy(now.keys[now.count++], peer->seen.key, PEER_KEY_SIZE);
    }
    memcpy(courses, &now, sizeof(now));
}
