/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who calls, and may they: asynchronous, bounded, cancelled when the caller leaves.
 *
 * root passes. Everybody else is asked of polkit, by bus name, with a deadline. A polkit that says no, is
 * absent, fails or is late means no.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "../service/state/refusal.h"

#define AUTHORIZE_DEADLINE_USEC (120 * UINT64_C(1000000))
#define AUTHORIZE_PER_SENDER    8
#define AUTHORIZE_PER_UID       16
#define AUTHORIZE_IN_ALL        128
/* Calls whose user is being looked up: one round trip to the bus each. */
#define AUTHORIZE_LOOKUPS_PER_SENDER 128
#define AUTHORIZE_LOOKUPS            8192

struct authorize;
struct authorization;

/* What the dialogue may show; NULL ends the list of pairs. */
struct authorize_request {
    const char *action;
    const char *details[8];
};

struct authorize_handler {
    /* The user is known: which action is it? The texts must live until the handler is done. */
    void (*ask)(void *userdata, uint32_t uid, struct authorize_request *request);
    /* REFUSAL_NONE: go on. NULL: the caller has left, or the bus is gone; nobody waits for a reply. */
    void (*done)(void *userdata, const struct refusal *refusal);
};

int authorize_new(struct authorize **ret);
/* Ends what waits, as if every caller had left. */
void authorize_drop_all(struct authorize *authorize);
struct authorize *authorize_free(struct authorize *authorize);

/* Returns 0, after which done() is called once; or -1 with a refusal, after which it is not. */
int authorize_start(struct authorize *authorize, sd_bus_message *call,
                    const struct authorize_handler *handler, void *userdata, struct refusal *refusal);
