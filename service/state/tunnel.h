/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tunnel of the VPN: what its sensor says, its peers, and what follows from both.
 *
 * What needs all peers is counted once, at the end of a reading: nothing that happens to links or addresses
 * then costs more the more peers there are.
 */
#pragma once

#include "fact.h"
#include "peers.h"

#define TUNNELS_MAX 64

enum tunnel_kind { TUNNEL_WIREGUARD, TUNNEL_TAILSCALE, TUNNEL_KINDS };

enum tunnel_state { TUNNEL_UNKNOWN, TUNNEL_IDLE, TUNNEL_UP, TUNNEL_DOWN, TUNNEL_STATES };

/* Why a tunnel or a peer of it is down. */
enum tunnel_reason {
    TUNNEL_REASON_NONE,
    TUNNEL_DAEMON_GONE,  /* what made it does not answer any more */
    TUNNEL_LINK_GONE,    /* told once, for then it is no tunnel any more */
    TUNNEL_LINK_DOWN,    /* somebody set it down */
    TUNNEL_NO_UNDERLAY,  /* of a peer: the node has no address that its packets could come from */
    TUNNEL_NO_HANDSHAKE, /* of a peer, as are the rest: see peer.h */
    TUNNEL_NO_REPLY,
    TUNNEL_NO_ENDPOINT,
    TUNNEL_ENDPOINT_UNRESOLVED, /* no handshake, and its name in the tunnel's file stands for nothing */
    TUNNEL_LOGIN_NEEDED,        /* of Tailscale's: it has expired, or there never was one */
    TUNNEL_NOT_AUTHORISED,      /* and so is this: an administrator of the tailnet is to let the node in */
    TUNNEL_REASONS,
};

/* What a tunnel says of itself that has no peers here: Tailscale's. See tailscale_tunnel.h. */
struct tunnel_word {
    enum tunnel_state state;
    enum tunnel_reason reason; /* of TUNNEL_DOWN */
};

struct tunnel {
    enum tunnel_kind kind;
    struct tunnel_fact fact;
    struct tunnel_word word; /* of Tailscale's: what follows of peers is zeros then, but for `counts` */
    struct peers peers;
    bool was_up;  /* its link was, since it is watched: if not, nobody misses it */
    bool read;    /* its peers were */
    bool reading; /* they are being read: what comes otherwise is of a link that went down since */
    bool changed; /* one of them, in the reading that is under way */
    bool stale;   /* not repeated since the dump of tunnels began */
    uint32_t mtu; /* of its link: another is news */
    /* As of the last reading, while the next one may be under way. */
    uint32_t counts[PEER_STATES];
    struct peer first_down;     /* in order of arrival; counts[PEER_DOWN] is not 0 */
    uint32_t without_keepalive; /* peers that have none, though their endpoint may be beyond a NAT */
    struct peer first_without;  /* of these */
    bool truncated;             /* there are more than PEERS_MAX: the others are not known */
    uint32_t newest;            /* index of the peer with the newest handshake; handshakes is not 0 */
    uint32_t handshakes;        /* peers that ever had one */
    int64_t newest_stamp_usec;  /* the newest handshake by the tunnel's own stamps, CLOCK_REALTIME; 0: none */
    bool measured;              /* what its way carries was, of its link and its MTU as they are */
    struct path_input path;
    struct reach_fact reach; /* of first_down, if that is still who it was; without ifindex: nothing */
    int64_t due_usec;        /* CLOCK_MONOTONIC_RAW of the next reading that time alone decides; 0: none */
};

struct tunnels {
    struct tunnel *list; /* in the order of arrival */
    size_t count;
    bool spoken;    /* one complete dump has been seen */
    bool truncated; /* more than TUNNELS_MAX came in the last dump … */
    bool overflows; /* … and in the one that is under way */
};

struct node; /* the links are its */

void tunnels_done(struct tunnels *tunnels);

#define TUNNELS_CHANGED 1 /* a tunnel came, went or is another */
#define TUNNELS_PEERS   2 /* the state of a peer, or which there are */
/* A FACT_TUNNEL, a FACT_PEER, a FACT_PATH, a FACT_REACH, a FACT_SENT, or a dump of tunnels or of one's peers:
 * a mask of these two, or -ENOMEM. */
int tunnels_take(struct tunnels *tunnels, const struct fact *fact);
/* Links changed: true if the MTU of a tunnel's did. Whether it is up its sensor says. */
bool tunnels_note_links(struct tunnels *tunnels, const struct node *node);

/* Of what no dump names: puts it into the place of the one with its kind and name, or adds it.
 * TUNNELS_CHANGED, 0 if it is as it was, or -ENOMEM. */
int tunnels_put(struct tunnels *tunnels, const struct tunnel *tunnel);
/* True if there was one. */
bool tunnels_remove(struct tunnels *tunnels, enum tunnel_kind kind, const char *name);

const struct tunnel *tunnels_find(const struct tunnels *tunnels, enum tunnel_kind kind, const char *name);
const struct tunnel *tunnels_of_link(const struct tunnels *tunnels, int32_t ifindex);

/* It has no keepalive, though its endpoint may be beyond a NAT. */
bool tunnel_peer_lacks_keepalive(const struct peer *peer);

/* Of the whole tunnel: up as soon as one peer is, down if those are that matter. */
enum tunnel_state tunnel_state(const struct tunnel *tunnel);
/* Why all of it is down, its peers not asked; TUNNEL_REASON_NONE: it is not, or only they are. */
enum tunnel_reason tunnel_reason(const struct tunnel *tunnel);
/* Whether it is missed while it is down; false too while nobody can tell how it is. */
bool tunnel_is_missed(const struct tunnel *tunnel);
/* Why a peer of it is. */
enum tunnel_reason tunnel_peer_reason(const struct node *node, const struct peer *peer);
/* The age of its newest handshake; -1: there was none, or it is not known. */
int64_t tunnel_age(const struct tunnel *tunnel, int64_t raw_usec);
const char *tunnel_link(const struct node *node, const struct tunnel *tunnel); /* its name; "": none */
/* What was found where first_down should be; NULL: nothing yet. */
const struct reach_fact *tunnel_reach(const struct tunnel *tunnel);
/* That is being found out, and nobody was told of a drop yet: whoever tells waits for it. */
bool tunnel_is_asked_for(const struct tunnel *tunnel);
/* Bytes that are known to get through to a peer; 0: not known. */
uint32_t tunnel_path_mtu(const struct tunnel *tunnel);
uint32_t tunnel_mtu(const struct node *node, const struct tunnel *tunnel); /* bytes; 0: no link */

const char *tunnel_kind_name(enum tunnel_kind kind);       /* wireguard tailscale */
const char *tunnel_state_name(enum tunnel_state state);    /* unknown idle up down */
const char *tunnel_reason_name(enum tunnel_reason reason); /* daemon-gone link-gone link-down no-underlay … */
