/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ways of tunnels are to be measured: a course for each tunnel that is in use. Pure. */
#pragma once

#include <stddef.h>

#include "fact.h"

/* Of more tunnels than that only these are measured: a node has one or two. */
#define PATH_COURSES_MAX 8

/* One of a tunnel's peers, the one to measure by. The tunnel's ifindex is its identity. */
struct path_course {
    int32_t ifindex;
    uint32_t tunnel_mtu;
    int32_t underlay;              /* the link that the tunnel's own packets leave by; 0: not known */
    uint32_t underlay_mtu;         /* 0: not known */
    uint32_t mark;                 /* of these packets; 0: none */
    struct peer_endpoint endpoint; /* its port is 0; of no family: nothing is asked beside the tunnel */
    uint8_t peer_family;           /* AF_INET or AF_INET6; 0: nothing is asked through it */
    uint8_t peer[16];              /* the peer's own address in the tunnel */
};

/* Zeroed at the beginning. */
struct path_courses {
    struct path_course list[PATH_COURSES_MAX];
    uint8_t keys[PATH_COURSES_MAX][PEER_KEY_SIZE]; /* of these peers */
    size_t count;
};

struct node;
struct tunnel;

/*
 * Looks which there are now. A tunnel comes in when a peer of it is up, by the one with the newest handshake,
 * and stays by that one until it is down or gone: each handshake is another's, and a peer that rests is still
 * where it was.
 */
void path_courses_look(struct path_courses *courses, const struct node *node);
/* The link whose network the endpoint is in, or else the uplink; never the tunnel itself. NULL: none. */
const struct link_fact *path_course_underlay(const struct node *node, const struct tunnel *tunnel,
                                             const struct peer_endpoint *endpoint);
const struct path_course *path_courses_find(const struct path_courses *courses, int32_t ifindex);
