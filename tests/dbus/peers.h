/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our side of the bus and a client, at the two ends of a socketpair, in one event loop.
 *
 * The client is also the bus and polkit: it answers what the daemon asks of them.
 */
#pragma once

#include "../../dbus/bus.h"
#include "../act/stand.h"

enum polkit { POLKIT_YES, POLKIT_NO, POLKIT_CHALLENGE, POLKIT_ABSENT, POLKIT_NONSENSE, POLKIT_SILENT };

struct told {
    char member[32];
    char text[1024]; /* the arguments */
};

struct peers {
    struct stand *stand;
    struct bus bus;
    sd_bus *client;
    unsigned measured; /* how often Diagnose asked for it */
    /* What the bus and polkit say, and what they were asked. */
    uint32_t uid;
    bool unknown_sender;
    enum polkit polkit;
    unsigned lookups, checks, cancels;
    char check[512]; /* the arguments of the last CheckAuthorization */
    /* Signals, in order. */
    struct told told[64];
    size_t told_count;
    /* Of the last call. */
    const char *sender;
    unsigned replies;
    char error[96];
    char reply[8192]; /* its arguments, or the error's text */
};

int peers_set_up(void **state);
int peers_tear_down(void **state);
/* Runs the loop until nothing is left to do at once. */
void peers_drain(struct peers *peers);
/* Runs the loop for a while. */
void peers_run(struct peers *peers, uint64_t usec);
/* Sends it; the reply comes when it comes. */
void peers_send(struct peers *peers, const char *interface, const char *member, const char *types, ...);
/* Sends a method of ours and waits for the reply. */
void peers_call(struct peers *peers, const char *member, const char *types, ...);
/* The caller leaves the bus. */
void peers_leave(struct peers *peers, const char *name);

/* The arguments as text: strings in quotes, arrays in [], dictionaries in {}, structs in (). */
void peers_flatten(sd_bus_message *message, char *text, size_t size);

#define PEERS_TEST(name) cmocka_unit_test_setup_teardown(name, peers_set_up, peers_tear_down)
