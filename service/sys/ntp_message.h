/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SNTP messages (RFC 4330, RFC 5905): the question, and what an answer says of the time. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../state/fact.h"

#define NTP_MESSAGE_SIZE 48

/* The cookie is random: only who has seen the question can answer it. It says nothing about our clock. */
void ntp_message_build(uint8_t buffer[NTP_MESSAGE_SIZE], uint64_t cookie);

/*
 * What the server's clock was at the middle of the round trip, from CLOCK_MONOTONIC_RAW when the question was
 * sent and when the answer came. NTP's seconds are counted anew every 136 years: the time nearest to
 * `build_usec` (CLOCK_REALTIME) is meant. Returns 0, or
 *   -EBADMSG  no answer to this question: wait for another one
 *   -EACCES   the server wants to be asked less, or not at all (kiss-o'-death)
 *   -EPROTO   the server does not know the time
 *   -ERANGE   root delay, root dispersion or round trip of more than 16 s, or before 1970 or beyond
 * CLOCK_TIME_MAX_USEC -EINVAL   the times that were passed make no sense
 */
int ntp_message_parse(const uint8_t *bytes, size_t length, uint64_t cookie, int64_t sent_raw_usec,
                      int64_t received_raw_usec, int64_t build_usec, struct clock_reading *reading);
