/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of DNS */
#include "config_dns.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_targets.h"
#include "sys/cleanup.h"

#define PROBE_NAME "dns.msftncsi.com" /* Windows asks for it too, to see whether it is online */
#define HOST_MAX   253
#define LABEL_MAX  63

struct taking {
    struct dns_config *dns;
    char *problem;
    size_t size;
};

#define refuse_value(taking, ...) (snprintf((taking)->problem, (taking)->size, __VA_ARGS__), -1)

/* One host's, which holds without the name of a link. */
static bool can_be_asked(const struct dns_address *server)
{
    struct in6_addr in6;

    if (server->family == AF_INET) /* 0.0.0.0/8; multicast, reserved and broadcast */
        return server->bytes[0] != 0 && server->bytes[0] < 224;
    memcpy(&in6, server->bytes, sizeof(in6));
    return !IN6_IS_ADDR_UNSPECIFIED(&in6) && !IN6_IS_ADDR_MULTICAST(&in6) && !IN6_IS_ADDR_LINKLOCAL(&in6);
}

static int add_server(struct taking *taking, const char *word)
{
    struct dns_list *servers = &taking->dns->servers;
    struct dns_address server;

    if (dns_address_parse(word, &server) < 0)
        return refuse_value(taking, "Servers= takes addresses, not names: '%.40s' is none", word);
    if (!can_be_asked(&server))
        return refuse_value(taking, "%s is not the address of a server", word);
    if (!dns_list_has(servers, &server) && servers->count == DNS_SERVERS_MAX)
        return refuse_value(taking, "Servers= takes at most %d addresses", DNS_SERVERS_MAX);
    dns_list_add(servers, &server);
    return 1;
}

static int take_servers(struct taking *taking, const char *value)
{
    _cleanup_free_ char *copy = strdup(value);
    char *position = copy, *word;

    if (!copy)
        return refuse_value(taking, "out of memory");
    if (!*value)
        memset(&taking->dns->servers, 0, sizeof(taking->dns->servers));
    while ((word = strsep(&position, " \t")))
        if (*word && add_server(taking, word) < 0)
            return -1;
    return 1;
}

static int take_public(struct taking *taking, const char *value)
{
    static const char *const on[] = {"yes", "true", "on", "1"}, *const off[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
        if (strcmp(value, on[i]) == 0 || strcmp(value, off[i]) == 0) {
            taking->dns->public_fallback = strcmp(value, on[i]) == 0;
            return 1;
        }
    return refuse_value(taking, "'%.40s' is neither yes nor no", value);
}

/* Not isalnum(), which may have letters of a language. */
static bool is_in_label(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels with dots between; none is empty, so the root's dot at the end is not taken either. */
static bool is_host_name(const char *name)
{
    size_t label = 0;

    if (strlen(name) > HOST_MAX)
        return false;
    for (; *name; name++) {
        if (*name == '.' ? label == 0 : !is_in_label(*name))
            return false;
        label = *name == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

static int take_name(struct taking *taking, const char *value)
{
    if (!is_host_name(value))
        return refuse_value(taking, "ProbeName= takes the name of a host, not '%.40s'", value);
    snprintf(taking->dns->probe_name, sizeof(taking->dns->probe_name), "%s", value);
    return 1;
}

void config_dns_default(struct dns_config *dns)
{
    memset(dns, 0, sizeof(*dns));
    dns->public_fallback = true;
    snprintf(dns->probe_name, sizeof(dns->probe_name), "%s", PROBE_NAME);
}

int config_dns_take(struct dns_config *dns, const struct config_pair *pair, char *problem, size_t size)
{
    struct taking taking = {.dns = dns, .problem = problem, .size = size};

    if (strcmp(pair->section, "DNS") != 0)
        return 0;
    if (strcmp(pair->name, "Servers") == 0)
        return take_servers(&taking, pair->value);
    if (strcmp(pair->name, "PublicFallback") == 0)
        return take_public(&taking, pair->value);
    if (strcmp(pair->name, "ProbeName") == 0)
        return take_name(&taking, pair->value);
    return 0;
}
