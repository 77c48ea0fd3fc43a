/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A way to a host: here, a router and the host, each in a network of its own.
 *
 *     u0 10.1.0.1 ── r0 10.1.0.2 │ r1 10.2.0.1 ── f0 10.2.0.2
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../service/sys/path_probe.h"
#include "../unit.h"

#define SECOND INT64_C(1000000)

enum place { HERE, ROUTER, FAR, PLACES };

static int networks[PLACES];

static inline int64_t now_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

static inline void enter(enum place place)
{
    assert_int_equal(setns(networks[place], CLONE_NEWNET), 0);
}

__attribute__((format(printf, 2, 3))) static inline void run(enum place place, const char *format, ...)
{
    char command[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    enter(place);
    if (system(command) != 0)
        fail_msg("%s", command);
    enter(HERE);
}

static inline void set_sysctl(enum place place, const char *name, const char *value)
{
    run(place, "echo %s >/proc/sys/net/%s", value, name);
}

static inline void join(enum place place, const char *link, enum place other, const char *other_link)
{
    run(place, "ip link add %s type veth peer name %s netns /proc/%d/fd/%d", link, other_link, getpid(),
        networks[other]);
}

static inline void give(enum place place, const char *link, const char *ipv4, const char *ipv6)
{
    run(place, "ip addr add %s/24 dev %s && ip -6 addr add %s/64 dev %s nodad && ip link set %s up", ipv4,
        link, ipv6, link, link);
}

static inline int enter_networks(void **state)
{
    for (int i = 0; i < PLACES; i++) {
        if (unshare(CLONE_NEWNET) < 0)
            return -1;
        networks[i] = open("/proc/thread-self/ns/net", O_RDONLY);
        if (networks[i] < 0)
            return -1;
        run(i, "ip link set lo up");
        set_sysctl(i, "ipv6/conf/default/accept_dad", "0");
    }
    join(HERE, "u0", ROUTER, "r0");
    join(ROUTER, "r1", FAR, "f0");
    set_sysctl(ROUTER, "ipv4/ip_forward", "1");
    set_sysctl(ROUTER, "ipv6/conf/all/forwarding", "1");
    give(HERE, "u0", "10.1.0.1", "fd01::1");
    give(ROUTER, "r0", "10.1.0.2", "fd01::2");
    give(ROUTER, "r1", "10.2.0.1", "fd02::1");
    give(FAR, "f0", "10.2.0.2", "fd02::2");
    run(HERE, "ip route add default via 10.1.0.2 && ip -6 route add default via fd01::2");
    run(FAR, "ip route add default via 10.2.0.1 && ip -6 route add default via fd02::1");
    set_sysctl(HERE, "ipv4/ping_group_range", "'0 0'");
    return 0;
}

static inline struct path_target target_of(const char *address, uint32_t size)
{
    struct path_target target = {.family = strchr(address, ':') ? AF_INET6 : AF_INET, .size = size};

    assert_int_equal(inet_pton(target.family, address, target.bytes), 1);
    return target;
}
