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
    char path[96];
    char member[32];
    char text[1024]; /* the arguments */
};

struct ends {
    struct stand *stand;
    struct bus bus;
    sd_bus *client;
    unsigned measured; /* how often Diagnose asked for it */
    const char *late;  /* what is not measured yet */
    /* What the bus and polkit say, and what they were asked. */
    uint32_t uid;
    bool unknown_sender;
    enum polkit polkit;
    unsigned lookups, checks, cancels;
    char check[512]; /* the arguments of the last CheckAuthorization */
    /* Signals, in order. */
    struct told told[512];
    size_t told_count;
    /* Of the last call. */
    const char *path; /* of the object that is called; NULL: the node's */
    const char *sender;
    unsigned replies;
    char error[96];
    char reply[32768]; /* its arguments, or the error's text */
};

int ends_set_up(void **state);
int ends_tear_down(void **state);
/* Runs the loop until nothing is left to do at once. */
void ends_drain(struct ends *ends);
/* Runs the loop for a while. */
void ends_run(struct ends *ends, uint64_t usec);
/* Sends it; the reply comes when it comes. */
void ends_send(struct ends *ends, const char *interface, const char *member, const char *types, ...);
/* Sends a method of ours and waits for the reply. */
void ends_call(struct ends *ends, const char *member, const char *types, ...);
/* Any interface's, of any object of ours. */
void ends_call_at(struct ends *ends, const char *path, const char *interface, const char *member,
                  const char *types, ...);
/* The caller leaves the bus. */
void ends_leave(struct ends *ends, const char *name);

/* The arguments as text: strings in quotes, arrays in [], dictionaries in {}, structs in (). */
void ends_flatten(sd_bus_message *message, char *text, size_t size);

#define ENDS_TEST(name) cmocka_unit_test_setup_teardown(name, ends_set_up, ends_tear_down)
