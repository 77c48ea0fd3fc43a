/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keepalive steps: set in the tunnel, then read back.
 *
 * Neither the kernel nor wireguard-go says no to a peer that is not there, so what counts is what the sensor
 * reads afterwards. The tunnel of the kernel is asked by generic netlink, that of wireguard-go by its socket.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/plan.h"

struct apply_keepalive;

/* A refusal of kind REFUSAL_NONE is success. Called once for each start, from the event loop. */
typedef void (*apply_keepalive_done)(void *userdata, const struct refusal *refusal);

struct apply_keepalive_context {
    sd_event *event;
    int root;
    int fd; /* of generic netlink; -1: one is opened to the kernel when it is needed */
    const struct node *node;
    /* Whether the tunnel was read since CLOCK_MONOTONIC_RAW; if not, it is being read, and
     * apply_keepalive_turn() comes. */
    bool (*is_read)(void *userdata, const char *link, int64_t raw_usec);
    void *userdata;
};

int apply_keepalive_new(const struct apply_keepalive_context *context, struct apply_keepalive **ret);
struct apply_keepalive *apply_keepalive_free(struct apply_keepalive *apply);

/* Sets what is after, or before if `back`: then a peer or tunnel that is gone is no error. One at a time. */
void apply_keepalive_start(struct apply_keepalive *apply, const struct step *step, bool back,
                           apply_keepalive_done done, void *userdata);
/* What was read may be another. Takes NULL. */
void apply_keepalive_turn(struct apply_keepalive *apply);
