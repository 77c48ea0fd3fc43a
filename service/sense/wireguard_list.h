/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which WireGuard tunnels there are, by links and by the sockets of wireguard-go. Pure. */
#pragma once

#include "../state/node.h"
#include "wireguard_socket.h"

struct wireguard_entry {
    struct tunnel_fact fact;
    bool known;          /* it was read */
    bool wanted;         /* it is to be read */
    unsigned failures;   /* in a row */
    int64_t failed_usec; /* CLOCK_MONOTONIC_RAW of the last of them */
    int64_t up_usec;     /* CLOCK_MONOTONIC_RAW when its link was first seen up … */
    int64_t read_usec;   /* … and of the last reading */
    int64_t begun_usec;  /* of the last that was begun and not dropped */
};

struct wireguard_list {
    struct wireguard_entry entries[TUNNELS_MAX];
    size_t count;
    struct wireguard_socket_names names; /* the sockets that there are */
};

/*
 * Takes the links as they are now. What has just gone or went down stays as it was, unless that is to be
 * believed now; true if there is such a one.
 */
bool wireguard_list_update(struct wireguard_list *list, const struct node *node, bool believe,
                           int64_t raw_usec);
/* A tunnel has come, is up, or is another one. */
bool wireguard_list_has_risen(const struct wireguard_list *list, const struct node *node);
/* One has gone, or went down. */
bool wireguard_list_has_fallen(const struct wireguard_list *list, const struct node *node);
