/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A WireGuard peer: what follows from readings of it, and when the next one is due. Pure.
 *
 * The tunnel stamps handshakes by the wall clock, which may step. Their age runs on CLOCK_MONOTONIC_RAW from
 * between the two readings in which the stamp changed: when, the wall clock says, if nobody set it meanwhile,
 * or it was at the second. Only of what was there at the first reading the wall clock alone says how old it
 * is, and no worse than "not known" follows from that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fact.h"

#define PEER_REJECT_USEC  INT64_C(180000000) /* WireGuard's REJECT_AFTER_TIME: a session is no older */
#define PEER_SUSPECT_USEC INT64_C(20000000)  /* so long data may stay unanswered: after 15 s it tries anew */
#define PEER_OWN_USEC     INT64_C(120000000) /* and so long, in all, it tries to have one packet answered */
#define PEER_QUIET_USEC   INT64_C(300000000) /* whoever said nothing to ours is sent no other before */

enum peer_state {
    PEER_UNKNOWN, /* it was there before us, and nothing has happened since */
    PEER_IDLE,    /* no session, and nobody wants one: silence is normal without keepalive */
    PEER_UP,
    PEER_DOWN,
    PEER_STATES,
};

enum peer_reason {
    PEER_REASON_NONE,
    PEER_NO_HANDSHAKE, /* keepalive is set, or data is sent, and there was none for 180 s, or ever */
    PEER_NO_REPLY,     /* what is sent is not answered, though the session is young enough */
    PEER_NO_ENDPOINT,  /* no handshake, and nobody knows where it is */
    PEER_REASONS,
};

struct peer {
    struct peer_fact seen;
    enum peer_state state;
    enum peer_reason reason;
    int64_t first_usec;     /* CLOCK_MONOTONIC_RAW of the first reading, or of keepalive's of an idle one */
    int64_t handshake_usec; /* and of the newest handshake; 0: not known, or never */
    int64_t heard_usec;     /* of the reading in which rx had grown, or the first */
    int64_t unheard_usec;   /* of the first after that in which tx had, by more than keepalives; 0: none */
    int64_t sent_usec;      /* of the reading in which tx had grown, be it by keepalives, or the first */
    int64_t own_usec;       /* CLOCK_MONOTONIC_RAW of what we sent last; 0: nothing */
    bool own_answered;      /* all of that was: nothing more goes out because of it */
    bool stale;             /* not seen since the reading of its tunnel began */
};

/* Takes a reading: the first of this peer (zeroed, but for nothing), or a later one. True if the state
 * changed. */
bool peer_see(struct peer *peer, const struct peer_fact *fact);
/*
 * We have sent it something. Without keepalive that is nothing that anybody misses an answer to: what goes
 * out because of it, WireGuard's tries to shake hands too, is not held against the peer.
 */
void peer_note_own(struct peer *peer, const struct sent_fact *fact);
/* Whether it may be sent something again, just to see what comes: as long as ours may go out, nothing tells
 * that others miss it. */
bool peer_may_be_asked(const struct peer *peer, int64_t raw_usec);
/* CLOCK_MONOTONIC_RAW at which a reading may first tell something that time alone decides; 0: no time. */
int64_t peer_due(const struct peer *peer);
/* Of the newest handshake; -1: never, or not known. */
int64_t peer_age(const struct peer *peer, int64_t raw_usec);

const char *peer_state_name(enum peer_state state);    /* unknown idle up down */
const char *peer_reason_name(enum peer_reason reason); /* "" no-handshake no-reply no-endpoint */
/* Base64, as wg shows it. */
#define PEER_KEY_TEXT_SIZE 45
const char *peer_key_text(const uint8_t key[PEER_KEY_SIZE], char buffer[PEER_KEY_TEXT_SIZE]);
/* 0 or -EINVAL: 44 characters of base64, no bit of them lost. */
int peer_key_parse(const char *text, uint8_t key[PEER_KEY_SIZE]);
/* "192.0.2.1:51820", "[2001:db8::1]:51820"; "" of none. */
#define PEER_ENDPOINT_TEXT_SIZE 64
const char *peer_endpoint_text(const struct peer_endpoint *endpoint, char *buffer, size_t size);
/* 0 or -EINVAL: such a text, but not of none. */
int peer_endpoint_parse(const char *text, struct peer_endpoint *endpoint);
bool peer_endpoint_equal(const struct peer_endpoint *a, const struct peer_endpoint *b);
