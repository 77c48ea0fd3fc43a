/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel with one link, at the other end of a socketpair, in the test's own event loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct kernel {
    sd_event *event;
    sd_event_source *source;
    int fd, daemon_fd; /* the latter is for apply_kernel_new() */
    /* The link. */
    int ifindex;
    char name[16], kind[16];
    uint32_t mtu;
    /* What it does. */
    int get_error, set_error; /* negative errno instead of an answer */
    uint32_t others_mtu;      /* somebody sets this right after each set; 0: nobody */
    bool silent;              /* no answers at all */
    bool silent_to_set;
    uint32_t sequence_offset;                  /* answers carry a wrong sequence number */
    void (*on_request)(struct kernel *kernel); /* before it is answered */
    void *userdata;
    /* What was asked of it. */
    unsigned gets, sets;
    uint32_t last_set_mtu;
    int last_set_ifindex;
};

void kernel_start(struct kernel *kernel, sd_event *event);
void kernel_stop(struct kernel *kernel);
