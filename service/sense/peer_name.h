/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name that a tunnel's file gives one peer, and what it stands for now. */
#pragma once

#include "../sys/child.h"
#include "sense.h"

/* Less than a resolver takes to give up: whoever waits for a drop does not wait for that. */
#define PEER_NAME_USEC 3300000

typedef void (*peer_name_done)(void *userdata);

struct peer_name {
    struct child *child;
    struct endpoint_name name; /* without a host: no file gives it by name */
    peer_name_done done;
    void *userdata;
};

/* True if it is being looked up; `done` comes from the loop then, once. If not, name.answer holds already. */
bool peer_name_ask(struct peer_name *name, const struct sense *sense, const char *link,
                   const uint8_t key[PEER_KEY_SIZE], peer_name_done done, void *userdata);
/* Unheard. What is known of it stays. */
void peer_name_stop(struct peer_name *name);
