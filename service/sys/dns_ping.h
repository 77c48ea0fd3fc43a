/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A question to a DNS server that nobody waits for: one datagram now, and later a look at what came.
 *
 * It costs no wake-up. That an answer came says that the server is well; that none did says nothing yet.
 */
#pragma once

#include <stdbool.h>

#include "../state/fact.h"

struct dns_ping;

/* Asks for A of `name`. 0 or a negative errno. */
int dns_ping_new(const struct dns_address *server, const char *name, struct dns_ping **ret);
struct dns_ping *dns_ping_free(struct dns_ping *ping);
/* NOERROR or NXDOMAIN came for this question. Never waits. */
bool dns_ping_answered(const struct dns_ping *ping);
