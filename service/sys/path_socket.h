/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A socket for echo messages to one host that are never fragmented.
 *
 * A ping socket where those are allowed, which needs no privilege; otherwise a raw one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "icmp_echo.h"
#include "path_probe.h"

struct path_socket {
    int fd;
    bool raw;
    uint8_t host[16];
    struct icmp_echo echo; /* its id is the kernel's choice with a ping socket */
};

/* What an error says. */
struct path_told {
    bool too_big; /* or something that is of no interest here */
    bool by_router;
    uint16_t sequence; /* of the question, by a router only */
    uint32_t hop_mtu;  /* 0: without a number */
    uint8_t router[16];
};

/* 0 or a negative errno, with nothing left open. */
int path_socket_open(const struct path_target *target, struct path_socket *way);
void path_socket_close(struct path_socket *way);
/* One question, of `size` bytes as an IP packet. 0 or a negative errno; -EMSGSIZE: path_socket_told() knows.
 */
int path_socket_ask(const struct path_socket *way, uint16_t sequence, size_t size);
/* The size of an answer of this host's as an IP packet; 0: something else came; or a negative errno. */
ssize_t path_socket_answer(const struct path_socket *way, uint16_t *sequence);
/* Takes the next error. 0, or -EAGAIN: there is none. */
int path_socket_told(const struct path_socket *way, struct path_told *told);
