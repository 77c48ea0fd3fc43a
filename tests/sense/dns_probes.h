/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DNS servers as a test wants them. Time is that of tests/timers.h.
 *
 * To be linked with --wrap of dns_probe_new and dns_probe_free, dns_ping_new, dns_ping_answered and
 * dns_ping_free.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../../service/sys/dns_probe.h"

#define DNS_PROBES_USEC     10000 /* what a server takes to answer; it refuses at once */
#define DNS_PROBES_TCP_USEC 20000 /* what is said of it by TCP */

struct dns_probes {
    int result;          /* of asking at all */
    unsigned total;      /* questions */
    unsigned open, most; /* at once */
    char name[256];      /* that was asked for last */
    char order[4096];    /* "u192.0.2.1 t192.0.2.1 q192.0.2.1": by UDP, then by TCP, then quietly */
    unsigned pings;      /* open */
};

extern struct dns_probes dns_probes;

/* After timers_start(). Nobody answers in time. */
void dns_probes_start(sd_event *event);
void dns_probes_stop(void);
/* Forgets what was asked, not who answers. */
void dns_probes_forget(void);
void dns_probes_set(const char *address, enum dns_transport transport, enum dns_answer answer);
/* It answers so, and has no address for the name; until it is set again. */
void dns_probes_empty(const char *address, enum dns_transport transport);
/* By both. */
void dns_probes_answer(const char *address, enum dns_answer answer);
