/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vpn_text: a tunnel of the VPN in plain words. Pure. */
#pragma once

#include <glib.h>

/*
 * "up, handshake 34 s ago, MTU 1420", "up, 3 of 5 peers, 1 down, MTU 1420", "down: no handshake": of the
 * tunnel's properties (a{sv}). What is read apart, such as the handshake, may be missing. `reason` is the
 * daemon's word for why it is down; may be empty. `now` is CLOCK_MONOTONIC.
 */
char *vpn_text(GVariant *properties, const char *reason, gint64 now);
/* Tailscale in Windows, by the daemon's word; NULL where nothing is to be said of it. */
char *vpn_text_windows(const char *word);
/*
 * A step of the kinds "keepalive", "keepalive-file" and "endpoint", as the daemon says it, in the user's
 * language: "keepalive off → 25 s, peer KEY". What is none stays as it is.
 */
char *vpn_text_step(const char *said);
