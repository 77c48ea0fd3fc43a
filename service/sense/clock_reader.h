/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tells the true time: WSL's PTP clock; under WSL the hardware clock; at last NTP servers. The first
 * that answers is asked no further.
 */
#pragma once

#include "../state/clock.h"
#include "sense.h"

struct clock_reader;

struct clock_report {
    enum clock_reference reference;
    struct clock_reading reading;
    int64_t raw_usec; /* when it was read */
    bool stale, jumping;
    bool skipped; /* only NTP servers could have told, and were not to be asked */
};

/* Called once for each clock_reader_ask(), perhaps at once. */
typedef void (*clock_reader_done)(void *userdata, const struct clock_report *report);

int clock_reader_new(const struct sense *sense, clock_reader_done done, void *userdata,
                     struct clock_reader **ret);
struct clock_reader *clock_reader_free(struct clock_reader *reader);
/* Not while another question is open. `thorough`: NTP servers too. */
void clock_reader_ask(struct clock_reader *reader, bool thorough);
bool clock_reader_busy(const struct clock_reader *reader);
/* It contradicted itself: others are asked for a while. */
void clock_reader_distrust(struct clock_reader *reader, enum clock_reference reference);
/* When to read next, as CLOCK_MONOTONIC_RAW: in about `usec`, where a clock of whole seconds tells most. */
int64_t clock_reader_next(struct clock_reader *reader, int64_t usec);
