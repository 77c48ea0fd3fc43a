/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * References of time, and a clock, as a test wants them. CLOCK_MONOTONIC_RAW is that of tests/timers.h.
 *
 * To be linked with --wrap of each function that references.c has.
 */
#pragma once

#include <systemd/sd-event.h>

#include "../../service/sys/sntp.h"

#define S    INT64_C(1000000)
#define NOW  (1790000000 * S + 123456) /* what all of them tell minus CLOCK_MONOTONIC_RAW */
#define PORT 1000                      /* of the first server */

struct references {
    struct {
        int open_result; /* negative: there is none */
        int result;      /* of reading it */
        int64_t base_usec, bound_usec;
        unsigned opens, reads;
    } ptp;
    struct {
        int result;
        int64_t base_usec;
        int64_t stands_at; /* seconds, if it does */
        bool leaps;        /* each reading is an hour after the other */
        unsigned reads;
    } rtc;
    struct {
        int results[NTP_SERVERS_MAX];
        bool silent; /* references_answer() answers, instead of the event loop */
        int64_t base_usec, bound_usec;
        unsigned asked[NTP_SERVERS_MAX], total;
        size_t server; /* the one that was asked last */
        sntp_done done;
        void *userdata;
    } ntp;
    int64_t clock_usec; /* CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW */
    int32_t slew_ppm;
    bool settable;
};

extern struct references references;

/* There are a PTP clock, a hardware clock, and servers that answer at once. */
void references_start(sd_event *event);
void references_answer(int result);
/* The clock runs by so much faster from now on. */
void references_slew(int32_t ppm);
