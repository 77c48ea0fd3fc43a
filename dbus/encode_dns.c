/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS, as D-Bus values */
#include "encode_dns.h"

#include "encode.h"

static int roles(sd_bus_message *message, uint8_t of)
{
    static const struct {
        enum dns_role role;
        const char *name;
    } names[] = {
        {DNS_ROLE_WSL, "wsl"},         {DNS_ROLE_LISTED, "listed"},         {DNS_ROLE_TUNNEL, "tunnel"},
        {DNS_ROLE_GATEWAY, "gateway"}, {DNS_ROLE_CONFIGURED, "configured"}, {DNS_ROLE_PUBLIC, "public"},
    };
    int r = encode_open_entry(message, "roles", "as");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "s");
    for (size_t i = 0; r >= 0 && i < sizeof(names) / sizeof(names[0]); i++)
        if (of & names[i].role)
            r = sd_bus_message_append(message, "s", names[i].name);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

static int server_dict(sd_bus_message *message, const struct server_fact *server)
{
    char text[DNS_ADDRESS_SIZE];
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "address", "s", dns_address_text(&server->address, text, sizeof(text)));
    if (r >= 0)
        r = encode_entry(message, "udp", "s", dns_answer_name(server->udp));
    if (r >= 0)
        r = encode_entry(message, "tcp", "s", dns_answer_name(server->tcp));
    if (r >= 0)
        r = encode_entry(message, "latency-usec", "t", (uint64_t)server->latency_usec);
    if (r >= 0)
        r = roles(message, server->roles);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_dns_servers(sd_bus_message *message, const struct node *node)
{
    int r = sd_bus_message_open_container(message, 'a', "a{sv}");

    for (size_t i = 0; r >= 0 && i < node->servers.count; i++)
        r = server_dict(message, &node->servers.list[i].fact.server);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int addresses(sd_bus_message *message, const struct dns_list *list)
{
    char text[DNS_ADDRESS_SIZE];
    int r = encode_open_entry(message, "servers", "as");

    if (r >= 0)
        r = sd_bus_message_open_container(message, 'a', "s");
    for (size_t i = 0; r >= 0 && i < list->count; i++)
        r = sd_bus_message_append(message, "s", dns_address_text(&list->servers[i], text, sizeof(text)));
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : encode_close_entry(message);
}

static bool has_public(const struct dns_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (dns_list_has(&dns_public, &list->servers[i]))
            return true;
    return false;
}

int encode_dns_fixed(sd_bus_message *message, const struct plan *plan)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = addresses(message, &plan->dns.servers);
    if (r >= 0)
        r = encode_entry(message, "restart-required", "b", (int)plan->dns.restart_required);
    if (r >= 0)
        r = encode_entry(message, "public", "b", (int)has_public(&plan->dns.servers));
    return r < 0 ? r : sd_bus_message_close_container(message);
}
