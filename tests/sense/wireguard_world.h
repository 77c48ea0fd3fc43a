/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has WireGuard tunnels: a kernel at the other end of a socketpair, and a wireguard-go with a socket in
 * a scratch root; both in the test's own event loop.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../../service/state/fact.h"
#include "../scratch.h"

struct netlink;

struct wireguard_kernel_end {
    sd_event_source *source;
    int fd, daemon_fd; /* the latter is the sensor's */
    /* What it has: one tunnel. */
    const char *name;
    int32_t ifindex; /* 0: the dump tells of none */
    struct fact peers[4];
    size_t count;
    /* What it does. */
    int family_error, dump_error, set_error; /* negative errno instead of an answer */
    bool silent;                             /* no answers */
    bool broken;                             /* what it tells cannot be understood */
    unsigned interrupted;                    /* so many dumps are */
    uint32_t behind;                         /* answers carry an older sequence number */
    /* What was asked of it. */
    unsigned families, dumps, sets;
    unsigned opened;      /* so often it was found anew */
    uint32_t set_ifindex; /* of the last set, which changes the peers above as a kernel does */
    int32_t asked;        /* the ifindex of the last dump */
};

void wireguard_kernel_end_start(struct wireguard_kernel_end *kernel, sd_event *event);
void wireguard_kernel_end_stop(struct wireguard_kernel_end *kernel);
/* Where netlink_open() is wrapped: another socket of the one that was started last. */
int __wrap_netlink_open(struct netlink *netlink, int protocol, uint32_t groups);

struct wireguard_go {
    sd_event_source *source, *call_source;
    int fd, call;           /* that it listens at, and that of who called */
    char path[108];         /* sun_path */
    const char *answer;     /* NULL: silence */
    size_t piece;           /* bytes at a time; 0: all at once */
    bool hangs_up;          /* after the answer */
    const char *set_answer; /* to "set=1" */
    char set[256];          /* the last of these */
    unsigned sets;
    size_t length, sent;
    unsigned calls;
};

/* "wg1" has its socket in run/wireguard, which is made. */
void wireguard_go_start(struct wireguard_go *go, sd_event *event, const struct scratch *scratch,
                        const char *name);
/* As if it was killed: the socket's name stays. */
void wireguard_go_kill(struct wireguard_go *go);
/* As if it ended. */
void wireguard_go_stop(struct wireguard_go *go);
