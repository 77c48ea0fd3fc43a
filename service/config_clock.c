/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of the clock */
#include "config_clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_targets.h"
#include "sys/cleanup.h"

struct taking {
    struct clock_config *clock;
    char *problem;
    size_t size;
};

#define refuse_value(taking, ...) (snprintf((taking)->problem, (taking)->size, __VA_ARGS__), -1)

static int take_auto_sync(struct taking *taking, const char *value)
{
    static const char *const names[] = {
        [AUTO_SYNC_RESUME] = "resume", [AUTO_SYNC_ALWAYS] = "always", [AUTO_SYNC_NO] = "no"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(value, names[i]) == 0) {
            taking->clock->auto_sync = i;
            return 1;
        }
    return refuse_value(taking, "AutoSync= takes resume, always or no, not '%.40s'", value);
}

/* One host's, which holds without the name of a link. */
static bool can_be_asked(const struct ntp_server *server)
{
    struct in6_addr in6;

    if (server->family == AF_INET) /* 0.0.0.0/8; multicast, reserved and broadcast */
        return server->bytes[0] != 0 && server->bytes[0] < 224;
    memcpy(&in6, server->bytes, sizeof(in6));
    return !IN6_IS_ADDR_UNSPECIFIED(&in6) && !IN6_IS_ADDR_MULTICAST(&in6) && !IN6_IS_ADDR_LINKLOCAL(&in6);
}

static int add_server(struct taking *taking, const char *word)
{
    struct clock_config *clock = taking->clock;
    struct ntp_server server = {.family = strchr(word, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(server.family, word, server.bytes) != 1)
        return refuse_value(taking, "NTPServers= takes addresses, not names: '%.40s' is none", word);
    if (!can_be_asked(&server))
        return refuse_value(taking, "%s is not the address of a server", word);
    for (size_t i = 0; i < clock->servers_count; i++)
        if (memcmp(&clock->servers[i], &server, sizeof(server)) == 0)
            return 1;
    if (clock->servers_count == NTP_SERVERS_MAX)
        return refuse_value(taking, "NTPServers= takes at most %d addresses", NTP_SERVERS_MAX);
    clock->servers[clock->servers_count++] = server;
    return 1;
}

static int take_servers(struct taking *taking, const char *value)
{
    _cleanup_free_ char *copy = strdup(value);
    char *position = copy, *word;

    if (!copy)
        return refuse_value(taking, "out of memory");
    if (!*value)
        taking->clock->servers_count = 0;
    while ((word = strsep(&position, " \t")))
        if (*word && add_server(taking, word) < 0)
            return -1;
    return 1;
}

int config_clock_take(struct clock_config *clock, const struct config_pair *pair, char *problem, size_t size)
{
    struct taking taking = {.clock = clock, .problem = problem, .size = size};

    if (strcmp(pair->section, "Clock") != 0)
        return 0;
    if (strcmp(pair->name, "AutoSync") == 0)
        return take_auto_sync(&taking, pair->value);
    if (strcmp(pair->name, "NTPServers") == 0)
        return take_servers(&taking, pair->value);
    return 0;
}
