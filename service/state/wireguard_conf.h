/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a file of wg-quick's (/etc/wireguard/wg0.conf), as wg-quick and then wg read it: the peers,
 * what is said of their keepalive and where, and of the interface what concerns a node. No private or
 * preshared key is copied out of the text: no struct holds one, and no error says what stands in a line.
 *
 * A line ends with LF, and # begins a comment anywhere. Names are taken in any case of letters. To wg white
 * space (CR too) is not there, not even within a name or a number: [ Peer ] is a header, and 2 5 is 25. To
 * wg-quick it is there but at the ends: [ Interface ] is none of its, and MTU in it is refused.
 *
 * wg-quick keeps Address, DNS, MTU, Table, SaveConfig, PreUp, PostUp, PreDown and PostDown of [Interface] for
 * itself, with or without a value. What is left has to be a header or a key of its section with a value;
 * else the whole file is refused, for the first such line. A peer without PublicKey has it refused too, after
 * all lines are read.
 *
 * Of several lines of a key in a section the last one counts, and sections may be repeated. Each [Peer] is
 * one here. Where several have the same public key they are one to the kernel: what a later one says stands
 * over what an earlier one does, and what it does not say is left. wireguard_conf_find() knows whose
 * keepalive counts.
 *
 * The value of AllowedIPs or FwMark is not looked at, nor is a host or a service looked up: wg may refuse
 * what is taken here. What wg takes is refused here in these cases: a NUL anywhere (wg-quick drops it, wg
 * ends the line there), a port beyond 65535, which glibc cuts, and what is longer than the sizes below.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact.h"
#include "wireguard_conf_value.h"

#define WIREGUARD_CONF_SIZE_MAX  (1 << 20)
#define WIREGUARD_CONF_PEERS_MAX 1024
#define WIREGUARD_CONF_TEXT_SIZE 96 /* of a keepalive as it stands there, and of a line that is put in */

enum wireguard_conf_error {
    WIREGUARD_CONF_DONE,
    WIREGUARD_CONF_TOO_LARGE,
    WIREGUARD_CONF_TOO_MANY_PEERS,
    WIREGUARD_CONF_NUL,
    WIREGUARD_CONF_BAD_LINE, /* neither a header nor a key of its section with a value */
    WIREGUARD_CONF_BAD_KEY,  /* PublicKey, PrivateKey or PresharedKey */
    WIREGUARD_CONF_BAD_ENDPOINT,
    WIREGUARD_CONF_BAD_KEEPALIVE,
    WIREGUARD_CONF_BAD_PORT,
    WIREGUARD_CONF_BAD_MTU,
    WIREGUARD_CONF_BAD_SAVE,
    WIREGUARD_CONF_NO_PUBLIC_KEY,
    WIREGUARD_CONF_NO_MEMORY,
    /* Of an edit. */
    WIREGUARD_CONF_NO_PEER,
    WIREGUARD_CONF_STALE, /* what is to be replaced does not stand there */
    WIREGUARD_CONF_ERRORS,
};

/* Bytes of the text. */
struct wireguard_conf_place {
    uint32_t offset, length;
    uint32_t line; /* counted from 1; 0: there is none */
};

struct wireguard_conf_peer {
    uint8_t key[PEER_KEY_SIZE];            /* the public one */
    char host[WIREGUARD_CONF_HOST_SIZE];   /* of the endpoint, without brackets; empty: it has none */
    char port[WIREGUARD_CONF_PORT_SIZE];   /* a number, or a service's name */
    uint16_t keepalive_sec;                /* 0: off, or not there */
    struct wireguard_conf_place keepalive; /* the value that counts in this section */
    /* The last line with a key, and what ends it: a line that is added comes behind it. */
    struct wireguard_conf_place last;
    uint32_t line; /* of its header */
    bool has_key;
};

struct wireguard_conf {
    struct wireguard_conf_peer *peers; /* in the order of the text */
    size_t peers_count;
    int32_t mtu;                                /* -1: none, and wg-quick works one out */
    struct wireguard_conf_place mtu_place;      /* the value that counts, which may be empty */
    char listen_port[WIREGUARD_CONF_PORT_SIZE]; /* a number or a service's name; empty: it has none */
    bool save; /* SaveConfig: `wg-quick down` writes the file anew, with what the tunnel has then */
};

/* Of an error conf holds nothing, and *line is where; 0: of the whole. */
enum wireguard_conf_error wireguard_conf_parse(const char *text, size_t size, struct wireguard_conf *conf,
                                               uint32_t *line);
void wireguard_conf_done(struct wireguard_conf *conf);
/* Of the sections with this public key the one whose keepalive counts, or which is last; NULL: none has it.
 */
const struct wireguard_conf_peer *wireguard_conf_find(const struct wireguard_conf *conf,
                                                      const uint8_t key[PEER_KEY_SIZE]);
/* What the error means, in words. */
const char *wireguard_conf_problem(enum wireguard_conf_error error);
