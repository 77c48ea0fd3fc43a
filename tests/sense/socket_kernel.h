/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel that lists sockets, at the other end of a socketpair, in the test's own event loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "../../service/state/fact.h"

enum { TCP4, TCP6, UDP4, UDP6, DUMPS };

struct socket_kernel {
    sd_event_source *source;
    int fd, daemon_fd; /* the latter is for sense_port_new() */
    struct fact sockets[4];
    size_t count;
    /* What it does. */
    int errors[DUMPS];    /* negative errno instead of sockets */
    bool early_errors;    /* instead of a dump, not at its end */
    bool silent;          /* no answers */
    bool endless;         /* none that ends a dump */
    unsigned interrupted; /* so many dumps are */
    unsigned too_large;   /* so many answers come after a datagram that is */
    uint32_t behind;      /* answers carry an older sequence number */
    /* Before it is answered. */
    void (*on_dump)(struct socket_kernel *kernel, size_t dump);
    void *userdata;
    /* What was asked of it. */
    unsigned requests[DUMPS], total;
};

void socket_kernel_start(struct socket_kernel *kernel, sd_event *event);
void socket_kernel_stop(struct socket_kernel *kernel);
