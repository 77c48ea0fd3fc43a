/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a WireGuard peer is down, as far as that can be seen from here: whom to ask, and what the answers say.
 * Pure.
 *
 * WireGuard answers nobody whom it does not know, so silence alone says nothing. What does is what the host
 * answers otherwise. All of it is evidence and none of it a proof.
 */
#pragma once

#include "fact.h"

/* Of more tunnels than that with a peer that is down only these are asked about. */
#define REACH_SUBJECTS_MAX 8

enum reach_verdict {
    REACH_NOTHING,     /* nothing is known, or nothing follows */
    REACH_UNRESOLVED,  /* its name stands for nothing */
    REACH_MOVED,       /* its name stands for another place */
    REACH_UNREACHABLE, /* the network says that it is not there */
    REACH_SILENT,      /* not even ping is answered */
    REACH_REFUSED,     /* nothing listens at the port */
    REACH_PROHIBITED,  /* a firewall says no */
    REACH_PING_ONLY,   /* ping is answered, and UDP not seen to pass */
    REACH_DEAF,        /* UDP passes, and whoever listens does not answer */
    REACH_VERDICTS,
};

enum reach_verdict reach_judge(const struct reach_fact *reach);

const char *reach_verdict_name(enum reach_verdict verdict); /* "" unresolved moved unreachable … */
const char *reach_ping_name(enum reach_ping ping);          /* unknown silent answered */
const char *reach_port_name(enum reach_port port); /* unknown silent refused prohibited unreachable */

/* A peer that is down, where its tunnel takes it to be, and how packets get there: with another of these it
 * is to be asked anew. Compared with memcmp. */
struct reach_subject {
    int32_t ifindex;           /* of the tunnel */
    char link[LINK_NAME_SIZE]; /* its name; empty, as all that follows: there is no address to ask from */
    uint8_t key[PEER_KEY_SIZE];
    struct peer_endpoint endpoint; /* of no family: its name alone can be asked for */
    int32_t underlay;              /* the link that the tunnel's packets leave by; 0: nothing can be sent */
    uint32_t mark;                 /* of these packets; 0: none */
    struct dns_address own;        /* the node's, that they come from */
};

struct node;
struct tunnel;

/* False: none of its peers is down, or not for anything that could be found out there. */
bool reach_subject_of(const struct node *node, const struct tunnel *tunnel, struct reach_subject *subject);
