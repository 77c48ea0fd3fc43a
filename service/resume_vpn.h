/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * After the machine stood still: whether the tunnels that were up are up again.
 *
 * The other end has forgotten a session that is as good as new here, so each is sent something: who is there
 * says so within seconds, and who does not within the deadline is down if it has a keepalive. Without one its
 * silence is normal, and then nobody knows.
 */
#pragma once

#include <systemd/sd-event.h>

#include "state/node.h"

#define RESUME_VPN_DEADLINE_USEC 22000000 /* unanswered data is a drop after 20 s of them, see peer.h */

struct resume_vpn_context {
    sd_event *event;
    const struct node *node;
    /* Reads all tunnels anew. */
    void (*read)(void *sensors);
    bool (*is_read)(void *sensors);
    /* The peer was sent something that nobody else wants an answer to. */
    void (*sent)(void *sensors, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE]);
    void *sensors;
    /* A turn is wanted. */
    void (*wake)(void *userdata);
    void *userdata;
};

/* A tunnel that was up. */
struct resume_tunnel {
    enum tunnel_kind kind;
    char name[LINK_NAME_SIZE];
    bool heard; /* since */
};

struct resume_vpn {
    struct resume_vpn_context context;
    sd_event_source *timer_source; /* the next look */
    struct resume_tunnel list[TUNNELS_MAX];
    size_t count;
    int64_t sent_usec; /* CLOCK_MONOTONIC_RAW; 0: nothing yet */
};

int resume_vpn_init(struct resume_vpn *vpn, const struct resume_vpn_context *context);
void resume_vpn_done(struct resume_vpn *vpn);
/* What is up now was so before the sleep. */
void resume_vpn_note(struct resume_vpn *vpn);
/* From here on they are tried, until resume_vpn_stop(). */
void resume_vpn_start(struct resume_vpn *vpn);
void resume_vpn_stop(struct resume_vpn *vpn);
/* At the end of a turn: nothing is waited for any more. */
bool resume_vpn_is_over(struct resume_vpn *vpn);
/* As it is now: ok, down, unknown (not tried, or neither heard nor down), none. */
const char *resume_vpn_word(const struct resume_vpn *vpn);
