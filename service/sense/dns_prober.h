/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks DNS servers, two at once: all by UDP, then by TCP. Those that are public and nothing else have a round
 * of their own, only when nobody else answered.
 */
#pragma once

#include <systemd/sd-event.h>

#include "dns_candidates.h"

#define DNS_PROBER_USEC        10000000 /* a round has ended by then; who was not heard is not known */
#define DNS_PROBER_PUBLIC_USEC 4000000

struct dns_prober;

/* Called once for each dns_prober_ask(), perhaps at once; it may ask again in it. */
typedef void (*dns_prober_done)(void *userdata, const struct dns_candidates *answers);

int dns_prober_new(sd_event *event, dns_prober_done done, void *userdata, struct dns_prober **ret);
struct dns_prober *dns_prober_free(struct dns_prober *prober);
/* Asks for `name` what is to be asked; the answers of others stay. Not while another question is open. */
void dns_prober_ask(struct dns_prober *prober, const char *name, const struct dns_candidates *candidates);
bool dns_prober_busy(const struct dns_prober *prober);
/* The question that is open ends unheard. */
void dns_prober_stop(struct dns_prober *prober);
