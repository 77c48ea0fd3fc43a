/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One question to one DNS server by one transport.
 *
 * c-ares asks and checks id, question and sender. It does not read resolv.conf, asks nobody else and
 * searches nothing. While a probe runs it holds some 70 kB.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../state/fact.h"

#define DNS_PROBE_USEC 2000000 /* it has ended by then */

enum dns_transport { DNS_UDP, DNS_TCP };

struct dns_probe;

/* Called once, from the loop; the probe may be freed in it. `found`: it has an address for the name, or more
 * to say than goes into a datagram. */
typedef void (*dns_probe_done)(void *userdata, enum dns_answer answer, bool found, uint32_t latency_usec);

/* Asks for A of `name`. 0, or a negative errno, after which `done` is not called. */
int dns_probe_new(sd_event *event, const struct dns_address *server, enum dns_transport transport,
                  const char *name, dns_probe_done done, void *userdata, struct dns_probe **ret);
/* One that still runs ends unheard. */
struct dns_probe *dns_probe_free(struct dns_probe *probe);
