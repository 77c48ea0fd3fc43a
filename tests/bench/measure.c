/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_nsec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

void give_up(int error, const char *format, ...)
{
    va_list arguments;

    fputs("bench: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s%s\n", error ? ": " : "", error ? strerror(-error) : "");
    exit(EXIT_FAILURE);
}

size_t parse_number(const char *text, size_t least)
{
    char *end;
    unsigned long number = text ? strtoul(text, &end, 10) : 0;

    if (!text || *end || number < least)
        give_up(0, "“%s” is no number of at least %zu", text ? text : "", least);
    return number;
}

void series_init(struct series *series, size_t size)
{
    *series = (struct series){.nsec = calloc(size, sizeof(*series->nsec)), .size = size};
    if (!series->nsec)
        give_up(0, "no memory");
}

void series_add(struct series *series, uint64_t nsec)
{
    if (series->count < series->size)
        series->nsec[series->count++] = nsec;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

void series_print(struct series *series)
{
    if (!series->count)
        give_up(0, "nothing was measured");
    qsort(series->nsec, series->count, sizeof(*series->nsec), compare);
    printf("{\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f}\n", series->count,
           series->nsec[series->count / 2] / 1e3, series->nsec[series->count * 99 / 100] / 1e3);
    free(series->nsec);
}

sd_bus *open_bus(void)
{
    sd_bus *bus = NULL;
    int r = sd_bus_open_system(&bus);

    if (r < 0)
        give_up(r, "the bus cannot be opened");
    return bus;
}

void listen_to(sd_bus *bus, const char *match, sd_bus_message_handler_t handler, void *userdata)
{
    int r = sd_bus_add_match(bus, NULL, match, handler, userdata);

    if (r < 0)
        give_up(r, "the bus does not take the match %s", match);
}

bool handle_until(sd_bus *bus, const bool *done, uint64_t deadline_nsec)
{
    for (;;) {
        uint64_t now;
        int r = sd_bus_process(bus, NULL);

        if (r < 0)
            give_up(r, "the bus is lost");
        if (*done)
            return true;
        if (r > 0)
            continue;
        now = now_nsec();
        if (now >= deadline_nsec)
            return false;
        r = sd_bus_wait(bus, (deadline_nsec - now) / 1000 + 1);
        if (r < 0)
            give_up(r, "the bus is lost");
    }
}
