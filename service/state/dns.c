/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS: what follows from resolv.conf and from how its servers answer */
#include "dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "node.h"

const struct dns_address dns_tunnel = {.family = AF_INET, .bytes = {10, 255, 255, 254}};
/* Cloudflare's and Quad9's. */
const struct dns_list dns_public = {.count = 2,
                                    .servers = {{.family = AF_INET, .bytes = {1, 1, 1, 1}},
                                                {.family = AF_INET, .bytes = {9, 9, 9, 9}}}};

bool dns_address_equal(const struct dns_address *a, const struct dns_address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0;
}

bool dns_list_equal(const struct dns_list *a, const struct dns_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!dns_address_equal(&a->servers[i], &b->servers[i]))
            return false;
    return true;
}

bool dns_list_has(const struct dns_list *list, const struct dns_address *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (dns_address_equal(&list->servers[i], address))
            return true;
    return false;
}

void dns_list_add(struct dns_list *list, const struct dns_address *address)
{
    if (list->count < DNS_SERVERS_MAX && !dns_list_has(list, address))
        list->servers[list->count++] = *address;
}

const struct server_fact *dns_server(const struct node *node, const struct dns_address *address)
{
    for (size_t i = 0; i < node->servers.count; i++)
        if (dns_address_equal(&node->servers.list[i].fact.server.address, address))
            return &node->servers.list[i].fact.server;
    return NULL;
}

enum dns_answer dns_listed_answer(const struct node *node, const struct dns_address *address)
{
    const struct server_fact *server = dns_server(node, address);

    if (!server)
        return DNS_ANSWER_UNKNOWN;
    return node->resolver.use_vc ? server->tcp : server->udp;
}

bool dns_first_answers(const struct node *node)
{
    const struct dns_list *listed = &node->resolver.listed;

    return listed->count && dns_listed_answer(node, &listed->servers[0]) == DNS_ANSWER_OK;
}

bool dns_first_finds(const struct node *node)
{
    return dns_first_answers(node) && dns_server(node, &node->resolver.listed.servers[0])->found;
}

enum dns_state dns_state(const struct node *node)
{
    const struct dns_list *listed = &node->resolver.listed;
    size_t answering = 0;

    if (!node->resolver_spoken)
        return DNS_STATE_UNKNOWN;
    for (size_t i = 0; i < listed->count; i++) {
        enum dns_answer answer = dns_listed_answer(node, &listed->servers[i]);

        if (answer == DNS_ANSWER_UNKNOWN)
            return DNS_STATE_UNKNOWN;
        answering += answer == DNS_ANSWER_OK;
    }
    if (!answering)
        return DNS_STATE_FAILED;
    return answering == listed->count ? DNS_STATE_OK : DNS_STATE_DEGRADED;
}

/* By UDP: of use-vc in WSL's file nothing is known while ours stands in for it. */
bool dns_wsl_answers(const struct node *node)
{
    const struct resolver_fact *resolver = &node->resolver;
    const struct server_fact *first =
        resolver->wsl_there && resolver->wsl.count ? dns_server(node, &resolver->wsl.servers[0]) : NULL;

    return first && first->udp == DNS_ANSWER_OK;
}

/* Its first role counts; but that we listed a public one ourselves is no reason to prefer it. */
static unsigned role_of(const struct node *node, const struct server_fact *server)
{
    unsigned roles = server->roles;

    if (node->resolver.owner == DNS_OWNER_WSLNODE && dns_list_has(&dns_public, &server->address))
        roles = (roles & ~(unsigned)DNS_ROLE_LISTED) | DNS_ROLE_PUBLIC;
    return roles & -roles;
}

/* An option use-vc of somebody else's stays in force: programs will ask by TCP all the same. */
static bool answers(const struct node *node, const struct server_fact *server, bool by_tcp)
{
    const struct resolver_fact *resolver = &node->resolver;

    if (by_tcp || (resolver->use_vc && resolver->owner != DNS_OWNER_WSLNODE))
        if (server->tcp != DNS_ANSWER_OK)
            return false;
    return by_tcp || server->udp == DNS_ANSWER_OK;
}

static void choose(const struct node *node, const struct server_fact *server, unsigned role, bool by_tcp,
                   struct dns_list *servers)
{
    if (server && role_of(node, server) == role && answers(node, server, by_tcp))
        dns_list_add(servers, &server->address);
}

/* Within a role: in the order of its list, then in that of arrival. */
static void choose_role(const struct node *node, unsigned role, bool by_tcp, struct dns_list *servers)
{
    const struct dns_list *first = role == DNS_ROLE_WSL      ? &node->resolver.wsl
                                   : role == DNS_ROLE_LISTED ? &node->resolver.listed
                                                             : &dns_public;

    for (size_t i = 0; i < first->count; i++)
        choose(node, dns_server(node, &first->servers[i]), role, by_tcp, servers);
    for (size_t i = 0; i < node->servers.count; i++)
        choose(node, &node->servers.list[i].fact.server, role, by_tcp, servers);
}

void dns_choose(const struct node *node, bool public_allowed, struct dns_choice *choice)
{
    struct dns_list *servers = &choice->servers;

    memset(choice, 0, sizeof(*choice));
    for (int by_tcp = 0; by_tcp < 2 && !servers->count; by_tcp++) {
        for (unsigned role = DNS_ROLE_WSL; role < DNS_ROLE_PUBLIC; role <<= 1)
            choose_role(node, role, by_tcp, servers);
        choice->use_vc = by_tcp && servers->count;
    }
    for (int by_tcp = 0; by_tcp < 2 && public_allowed && !servers->count; by_tcp++) {
        choose_role(node, DNS_ROLE_PUBLIC, by_tcp, servers);
        choice->use_vc = by_tcp && servers->count;
        choice->public_used = servers->count;
    }
    choice->answering = servers->count;
    for (size_t i = 0; i < node->resolver.wsl.count; i++)
        dns_list_add(servers, &node->resolver.wsl.servers[i]);
}

const char *dns_owner_name(enum dns_owner owner)
{
    static const char *const names[DNS_OWNERS] = {"none", "wsl", "resolved", "tailscale", "wslnode", "user"};

    return names[owner];
}

const char *dns_state_name(enum dns_state state)
{
    static const char *const names[DNS_STATES] = {"unknown", "ok", "degraded", "failed"};

    return names[state];
}

const char *dns_answer_name(enum dns_answer answer)
{
    static const char *const names[DNS_ANSWERS] = {"unknown", "ok", "degraded", "refused", "timeout"};

    return names[answer];
}

const char *dns_address_text(const struct dns_address *address, char *buffer, size_t size)
{
    if (!inet_ntop(address->family, address->bytes, buffer, size))
        snprintf(buffer, size, "?");
    return buffer;
}

const char *dns_list_text(const struct dns_list *list, char *buffer, size_t size)
{
    char text[DNS_ADDRESS_SIZE];
    size_t length = 0;

    buffer[0] = 0;
    for (size_t i = 0; i < list->count && length < size; i++)
        length += snprintf(buffer + length, size - length, "%s%s", i ? " " : "",
                           dns_address_text(&list->servers[i], text, sizeof(text)));
    return buffer;
}

int dns_address_parse(const char *text, struct dns_address *address)
{
    memset(address, 0, sizeof(*address));
    address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(address->family, text, address->bytes) == 1 ? 0 : -EINVAL;
}
