/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A datagram to a UDP port of a host, and what comes back but an answer: who says that it did not get there.
 *
 * It is no message of WireGuard's, which takes it without a word.
 */
#pragma once

#include "../state/fact.h"

/* Where to, and how: as a tunnel's own packets go. */
struct udp_way {
    uint8_t family; /* AF_INET or AF_INET6 */
    uint8_t bytes[16];
    uint16_t port;
    int32_t ifindex; /* goes out by this link; 0: by the routes */
    uint32_t mark;   /* 0: none */
};

struct udp_knock {
    int fd;
    uint8_t family;
    int32_t ifindex;
    enum reach_port told; /* REACH_PORT_UNKNOWN before the first was sent, and then silent until told */
};

/* 0 or a negative errno, with nothing left open. Without a way there it is open and has been told so. */
int udp_knock_open(const struct udp_way *way, struct udp_knock *knock);
void udp_knock_close(struct udp_knock *knock);
/* Sends one. */
void udp_knock_send(struct udp_knock *knock);
/* What can be read is: true if somebody has told something, then or before. */
bool udp_knock_hear(struct udp_knock *knock);
