/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tunnel and the way below it: whether its packets fit, and which end must move. Pure.
 *
 * A tunnel never goes below 1280, for its IPv6 would end. Where only that would help, it is said, and nobody
 * moves.
 */
#pragma once

#include "fact.h"

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
