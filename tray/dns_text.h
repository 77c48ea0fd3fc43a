/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dns_text: DNS in plain words. Pure. */
#pragma once

#include <glib.h>

/*
 * "works (WSL's servers)", "fails (no resolv.conf)": of the node's properties (a{sv}). NULL of a node that
 * tells nothing of DNS.
 */
char *dns_text(GVariant *properties);
/*
 * A step of the kind "dns" as the daemon says it, with what it says of its end in the user's language:
 * "nameserver 10.255.255.254 → 172.20.0.1, until the next start of WSL".
 */
char *dns_text_step(const char *said);
/* What FixDNS's result (a{sv}) says. "the DNS servers: 172.20.0.1, 10.255.255.254"; NULL if it names none. */
char *dns_text_servers(GVariant *result);
/* What its servers cannot do; NULL where there is nothing to say. */
const char *dns_text_warning(GVariant *result);
/* What is to be done so that it lasts; may be empty. */
const char *dns_text_advice(GVariant *result);
