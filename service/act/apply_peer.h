/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Steps of a peer, STEP_KEEPALIVE and STEP_ENDPOINT: set in the tunnel, then read back.
 *
 * Neither the kernel nor wireguard-go says no to a peer that is not there, so what counts is what the sensor
 * reads afterwards. The tunnel of the kernel is asked by generic netlink, that of wireguard-go by its socket.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/plan.h"

struct apply_peer;

/* A refusal of kind REFUSAL_NONE is success. Called once for each start, from the event loop. */
typedef void (*apply_peer_done)(void *userdata, const struct refusal *refusal);

struct apply_peer_context {
    sd_event *event;
    int root;
    int fd; /* of generic netlink; -1: one is opened to the kernel when it is needed */
    const struct node *node;
    /* Whether the tunnel was read since CLOCK_MONOTONIC_RAW; if not, it is being read, and
     * apply_peer_turn() comes. */
    bool (*is_read)(void *userdata, const char *link, int64_t raw_usec);
    /* A peer was sent something that nobody but us wants an answer to. */
    void (*sent)(void *userdata, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE]);
    void *userdata;
};

int apply_peer_new(const struct apply_peer_context *context, struct apply_peer **ret);
struct apply_peer *apply_peer_free(struct apply_peer *apply);

/* Sets what is after (a peer that is somewhere else and has no keepalive is sent something there), or before
 * if `back`: then a peer or tunnel that is gone is no error, and no endpoint is set where none was. One at a
 * time. */
void apply_peer_start(struct apply_peer *apply, const struct step *step, bool back, apply_peer_done done,
                      void *userdata);
/* What was read may be another. Takes NULL. */
void apply_peer_turn(struct apply_peer *apply);
