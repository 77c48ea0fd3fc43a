/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tailscaled says of itself: a stream of Notify (ipn/backend.go of its source), or one Status
 * (ipn/ipnstate/ipnstate.go). Both differ by version, so what is not known is passed over, and so is what has
 * another type than it should have.
 *
 * Preferences and network maps of some versions have private keys in them: of these only what is named here
 * is looked at, and the rest is never put together.
 */
#pragma once

#include "../state/fact.h"
#include "json_scan.h"

/*
 * ipn.NotifyWatchOpt: the state and the preferences at once, no private keys (from 1.36 on), and at most one
 * message of little news each three seconds (from 1.78 on). Older ones ignore bits that they do not know;
 * newer ones refuse the last together with news of single peers.
 */
#define TAILSCALE_NOTIFY_MASK (1 << 1 | 1 << 2 | 1 << 4 | 1 << 8)

#define TAILSCALE_NOTIFY_MAX (4 << 20)  /* bytes */
#define TAILSCALE_STATUS_MAX (64 << 20) /* bytes: some 20,000 peers; none of them is kept */

enum tailscale_form { TAILSCALE_NOTIFY, TAILSCALE_STATUS };

struct tailscale_message;

/* A whole one was read. */
typedef void (*tailscale_message_tell)(void *userdata, const struct tailscale_message *message);

struct tailscale_message {
    enum tailscale_form form;
    tailscale_message_tell tell;
    void *userdata;
    struct json_scan scan;
    size_t length;  /* bytes of the object so far */
    bool skipping;  /* up to the end of a line that is no object */
    uint64_t wrong; /* such lines so far */
    unsigned seen;  /* fields of `news` that a Notify brought */
    struct tailscale_fact news;
    bool peer_is_exit_node;
    char peer_name[sizeof(((struct tailscale_fact *)NULL)->exit_node_name)];
};

void tailscale_message_begin(struct tailscale_message *message, enum tailscale_form form,
                             tailscale_message_tell tell, void *userdata);
/*
 * Takes the next piece. 1: the rest of something is due; 0: not so; -EFBIG: larger than it may be. -EBADMSG:
 * that is no Status; a Notify that is none is passed over with its line.
 */
int tailscale_message_take(struct tailscale_message *message, const char *bytes, size_t length);
/* Changes of the fact what the message told of, when it is told. True: of the rest a Status may say more. */
bool tailscale_message_apply(const struct tailscale_message *message, struct tailscale_fact *fact);
void tailscale_message_done(struct tailscale_message *message);
