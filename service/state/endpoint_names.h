/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Endpoints that tunnels' files (/etc/wireguard/wg0.conf) give by name, and what those names stand for now.
 *
 * Of a file no more is taken than whose endpoint it is, the name and the port.
 */
#pragma once

#include "wireguard_conf.h"

#define ENDPOINT_NAMES_MAX     16
#define ENDPOINT_ADDRESSES_MAX 8 /* of one name; what is over is not looked at */

enum endpoint_answer {
    ENDPOINT_ASKED,
    ENDPOINT_FOUND,
    ENDPOINT_NOT_FOUND,
    ENDPOINT_LATE,
    ENDPOINT_FAILED,   /* nobody could be asked */
    ENDPOINT_NO_PORT,  /* it is given by a service's name, which is not looked up */
    ENDPOINT_BAD_NAME, /* that is none */
    ENDPOINT_BAD_FILE, /* of no peer: the tunnel's file cannot be used */
    ENDPOINT_ANSWERS,
};

struct endpoint_name {
    char link[LINK_NAME_SIZE];
    uint8_t key[PEER_KEY_SIZE];          /* the public one */
    char host[WIREGUARD_CONF_HOST_SIZE]; /* ENDPOINT_BAD_FILE: why */
    uint16_t port;
    enum endpoint_answer answer;
    struct dns_address addresses[ENDPOINT_ADDRESSES_MAX]; /* ENDPOINT_FOUND: in the order of the answer */
    size_t addresses_count;
};

struct endpoint_names {
    struct endpoint_name list[ENDPOINT_NAMES_MAX];
    size_t count;
    bool truncated; /* there are more */
};

/* Adds those of a tunnel's file. */
void endpoint_names_take(struct endpoint_names *names, const char *link, const struct wireguard_conf *conf);
/* Says of a tunnel's file why there are none. */
void endpoint_names_refuse(struct endpoint_names *names, const char *link, const char *problem);
/* What a section gives by name; false: an address, or nothing, and `name` is zeros. */
bool endpoint_name_from(struct endpoint_name *name, const char *link, const struct wireguard_conf_peer *peer);
/* What became of `getent ahosts` (its status, or a negative errno), and what it printed: lines that begin
 * with an address. */
void endpoint_name_answer(struct endpoint_name *name, int status, const char *output, size_t length);
/* Where the peer is by its name, which may be where it is already; false: nobody knows. Several addresses
 * are as good as each other, but one of the family of the present one goes before. */
bool endpoint_name_place(const struct endpoint_name *name, const struct peer_endpoint *present,
                         struct peer_endpoint *place);
bool endpoint_names_of(const struct endpoint_names *names, const char *link);
/* "not found", …: why a name stands for nothing. */
const char *endpoint_answer_text(enum endpoint_answer answer);
