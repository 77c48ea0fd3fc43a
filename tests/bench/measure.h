/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients of the benchmarks share: a clock, the numbers of a series, and how they give up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

struct series {
    uint64_t *nsec;
    size_t count, size;
};

uint64_t now_nsec(void);

/* Says what failed and ends the program; `error` is a negative errno, or 0. */
__attribute__((noreturn, format(printf, 2, 3))) void give_up(int error, const char *format, ...);
/* At least `least`, or the program ends. */
size_t parse_number(const char *text, size_t least);

void series_init(struct series *series, size_t size);
void series_add(struct series *series, uint64_t nsec);
/* Prints {"count": N, "p50": usec, "p99": usec}, and frees. */
void series_print(struct series *series);

/* The system bus, as DBUS_SYSTEM_BUS_ADDRESS says. */
sd_bus *open_bus(void);
/* Listens to what `match` says, and returns once the bus knows it. */
void listen_to(sd_bus *bus, const char *match, sd_bus_message_handler_t handler, void *userdata);
/* Handles what comes until *done or the deadline; false when it passed. */
bool handle_until(sd_bus *bus, const bool *done, uint64_t deadline_nsec);
