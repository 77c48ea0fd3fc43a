/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a daemon takes from its start to the bus saying that it owns its name:
 *
 *   start COUNT NAME COMMAND…
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#define PATIENCE_NSEC UINT64_C(10000000000)

struct owner {
    bool owned, gone;
    uint64_t owned_nsec;
};

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
    struct owner *owner = userdata;
    uint64_t now = now_nsec();
    const char *after;

    if (sd_bus_message_read(signal, "sss", NULL, NULL, &after) < 0)
        return 0;
    if (*after) {
        owner->owned = true;
        owner->owned_nsec = now;
    } else {
        owner->gone = true;
    }
    return 0;
}

static uint64_t measure(sd_bus *bus, struct owner *owner, const char *name, char **command)
{
    uint64_t started = now_nsec();
    pid_t pid;
    int r = posix_spawn(&pid, command[0], NULL, NULL, command, environ);

    if (r != 0)
        give_up(-r, "%s cannot be started", command[0]);
    if (!handle_until(bus, &owner->owned, started + PATIENCE_NSEC))
        give_up(0, "%s does not own %s after 10 s", command[0], name);
    kill(pid, SIGTERM);
    if (waitpid(pid, NULL, 0) < 0)
        give_up(-errno, "%s", command[0]);
    if (!handle_until(bus, &owner->gone, now_nsec() + PATIENCE_NSEC))
        give_up(0, "%s keeps its owner", name);
    return owner->owned_nsec - started;
}

int main(int argc, char *argv[])
{
    struct owner owner = {0};
    struct series series;
    char match[512];
    size_t count;
    sd_bus *bus;

    if (argc < 4)
        give_up(0, "start: wrong usage");
    count = parse_number(argv[1], 1);
    snprintf(match, sizeof(match),
             "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'", argv[2]);
    bus = open_bus();
    listen_to(bus, match, on_owner, &owner);
    series_init(&series, count);
    for (size_t i = 0; i < count; i++) {
        owner = (struct owner){0};
        series_add(&series, measure(bus, &owner, argv[2], argv + 3));
    }
    series_print(&series);
    sd_bus_flush_close_unref(bus);
    return EXIT_SUCCESS;
}
