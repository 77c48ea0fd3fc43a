/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to follow the address does so by itself, once the address stays. */
#pragma once

#include <systemd/sd-event.h>

#include "state/node.h"
#include "state/targets.h"

struct follow {
    const struct node *node;
    const struct targets *targets;
    void (*refresh)(void *userdata);
    void *userdata;
    sd_event_source *timer_source;
    char refreshed[ADDRESS_TEXT_SIZE]; /* the address that the units were last started with */
};

/* The four fields at the top are set before. */
int follow_init(struct follow *follow, sd_event *event);
void follow_done(struct follow *follow);
/* The address, or what follows it, may be another. */
void follow_changed(struct follow *follow);
/* The units were started with the address that the node has. */
void follow_restarted(struct follow *follow);
/* Anything is to follow it by itself, and there is an address. */
bool follow_wanted(const struct follow *follow);
