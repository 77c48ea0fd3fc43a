/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * After the machine stood still: the clock, then links and their MTU, then what follows the address, then
 * the VPN. Each has a deadline, and all together end within a minute; one report is made then.
 */
#pragma once

#include <systemd/sd-event.h>

#include "act/executor.h"
#include "resume_vpn.h"
#include "state/resumed.h"

enum resume_stage { RESUME_NOT, RESUME_CLOCK, RESUME_LINKS, RESUME_ADDRESS, RESUME_VPN, RESUME_REPORT };

struct resume_context {
    sd_event *event;
    const struct node *node;
    struct executor *executor;
    /* The configuration lets the clock be set by itself. */
    bool (*may_sync)(void *userdata);
    /* Reads links and routes again, and asks loopback. */
    void (*measure)(void *userdata);
    /* What measure() began has ended, and nothing waits to be done about it. */
    bool (*settled)(void *userdata);
    /* Something is to follow the address. */
    bool (*follows)(void *userdata);
    /* As resume_vpn.h has it, of the sensors. */
    void (*read_vpn)(void *sensors);
    bool (*vpn_is_read)(void *sensors);
    void (*vpn_sent)(void *sensors, int32_t ifindex, const uint8_t key[PEER_KEY_SIZE]);
    void *sensors;
    /* A turn is wanted, for the checks see what was mended only at its end; there the report is made. */
    void (*wake)(void *userdata);
    void (*ended)(void *userdata, const struct resumed *resumed);
    void *userdata;
};

struct resume {
    struct resume_context context;
    sd_event_source *timer_source; /* the stage's deadline */
    enum resume_stage stage;
    struct resumed resumed;
    struct resume_vpn vpn;
};

int resume_init(struct resume *resume, const struct resume_context *context);
void resume_done(struct resume *resume);
void resume_start(struct resume *resume, int64_t asleep_usec);
bool resume_running(const struct resume *resume);
/* Something was put right meanwhile. */
void resume_mended(struct resume *resume, const char *what, const char *subject);
/* The end of a turn: the next stage, if this one is over. */
void resume_turn(struct resume *resume);
