/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question to an NTP server at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "../state/fact.h"
#include "../state/ntp_server.h"

struct sntp;

/*
 * `result` is 0 with the reading, as of CLOCK_MONOTONIC_RAW at `raw_usec`; or a negative errno, without:
 * -ETIME, -ECONNREFUSED, what ntp_message_parse() returns (-EBADMSG: too much that is no answer), or of the
 * socket.
 */
typedef void (*sntp_done)(void *userdata, int result, const struct clock_reading *reading, int64_t raw_usec);

int sntp_new(sd_event *event, struct sntp **ret);
/* Takes NULL, returns NULL. */
struct sntp *sntp_free(struct sntp *sntp);

/*
 * `done` is called once, from the event loop and within 2 s, unless the question is cancelled before; it may
 * ask again, or free. What is still being asked is cancelled.
 */
void sntp_ask(struct sntp *sntp, const struct ntp_server *server, sntp_done done, void *userdata);
void sntp_cancel(struct sntp *sntp);
bool sntp_busy(const struct sntp *sntp);
