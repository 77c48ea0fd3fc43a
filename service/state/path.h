/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tunnel and the way below it: whether its packets fit, and which end must move. Pure.
 *
 * A tunnel never goes below 1280, for its IPv6 would end. Where only that would help, it is said, and nobody
 * moves.
 */
#pragma once

#include "fact.h"

struct path_input {
    uint32_t tunnel_mtu;
    uint32_t underlay_mtu;       /* of the link that the tunnel's own packets leave by; 0: not known */
    uint8_t endpoint_family;     /* AF_INET or AF_INET6; 0: not known, the larger overhead is assumed */
    struct path_measure beside;  /* to the peer's endpoint, of tunnel_mtu + path_overhead() bytes */
    struct path_measure through; /* to the peer's address in the tunnel, of tunnel_mtu bytes */
};

enum path_state {
    PATH_UNKNOWN, /* nobody answered: never taken for good news */
    PATH_FITS,
    PATH_IN_PIECES, /* what does not fit arrives all the same, in fragments */
    PATH_TOO_BIG,
    PATH_STATES,
};

enum path_cause {
    PATH_CAUSE_NONE,
    PATH_CAUSE_LINK,   /* the underlay's own: check_tunnel_too_big() tells that, with the same advice */
    PATH_CAUSE_BEYOND, /* something on the way to the peer's endpoint */
    PATH_CAUSE_PEER,   /* the way is wide enough, or does not tell, and still the peer does not get all */
    PATH_CAUSES,
};

enum path_move { PATH_MOVE_NONE, PATH_MOVE_UNDERLAY, PATH_MOVE_TUNNEL };

struct path_verdict {
    enum path_state state;
    enum path_cause cause;
    enum path_move move;
    uint32_t to;      /* the MTU of what is to move; 0: nothing is */
    uint32_t needed;  /* what the underlay has to carry */
    uint32_t carries; /* the largest packet that is known to get through the tunnel; 0: not known */
    bool ends_ipv6;   /* the tunnel would have to go below 1280, down to `fits` */
    uint32_t fits;    /* the tunnel's MTU that would fit now; of a trouble only */
};

/* Bytes that WireGuard puts around a packet. */
uint32_t path_overhead(uint8_t endpoint_family);
void path_judge(const struct path_input *input, struct path_verdict *verdict);

const char *path_state_name(enum path_state state); /* unknown fits in-pieces too-big */
const char *path_cause_name(enum path_cause cause); /* "" link beyond peer */
