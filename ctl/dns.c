/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dns: whose resolv.conf is, which servers there are, and how they answer. */
#include "dns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "command.h"
#include "finding.h"
#include "json.h"
#include "table.h"
#include "text.h"
#include "topic.h"

#define DNS_LATENCY_SIZE 32

struct dns_word {
    const char *name;
    const char *meaning;
};

static const struct dns_word dns_states[] = {
    {"ok", ": every listed server answers"},
    {"degraded", ": a listed server does not answer"},
    {"failed", ": no listed server answers"},
    {"unknown", ": the servers were not asked (wslnodectl diagnose asks them)"},
    {NULL},
};

static const struct dns_word dns_owners[] = {
    {"wsl", " (WSL puts it there at each start)"},
    {"resolved", " (systemd-resolved)"},
    {"tailscale", " (Tailscale)"},
    {"wslnode", " (made by fix-dns)"},
    {"user", " (a person or another program)"},
    {"none", " (there is no /etc/resolv.conf)"},
    {NULL},
};

static const char *dns_explain(const struct dns_word *words, const char *name)
{
    while (words->name && strcmp(words->name, name) != 0)
        words++;
    return words->name ? words->meaning : "";
}

bool dns_has_role(const json_t *server, const char *role)
{
    json_t *given;
    size_t i;

    json_array_foreach(json_object_get(server, "roles"), i, given)
    {
        if (json_is_string(given) && strcmp(json_string_value(given), role) == 0)
            return true;
    }
    return false;
}

static const struct topic dns_topic = {
    .properties = {"DNSState", "DNSOwner", "DNSServers"},
    .findings = {"dns-", "resolv-conf-", "hosts-"},
    .fought_for = "/etc/resolv.conf",
};

static const char *dns_latency(json_int_t usec, char buffer[DNS_LATENCY_SIZE])
{
    if (usec <= 0)
        return "-";
    snprintf(buffer, DNS_LATENCY_SIZE, "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " ms", usec / 1000,
             usec % 1000 / 100);
    return buffer;
}

static const char *dns_answer(const json_t *server, const char *transport)
{
    const char *answer = json_text(server, transport);

    return *answer && strcmp(answer, "unknown") != 0 ? answer : "-";
}

/* What no program asks is dim; what a listed one lacks is seen. */
static enum table_colour dns_server_colour(const json_t *server)
{
    if (!dns_has_role(server, "listed"))
        return TABLE_DIM;
    return strcmp(json_text(server, "udp"), "ok") == 0 || strcmp(json_text(server, "udp"), "unknown") == 0
               ? TABLE_PLAIN
               : TABLE_YELLOW;
}

static int dns_print_servers(const struct command_options *options, const json_t *servers)
{
    static const char *const head[] = {"SERVER", "UDP", "TCP", "LATENCY", "ROLES"};
    _table_ struct table table = {0};
    json_t *server;
    size_t i;

    if (json_array_size(servers) == 0)
        return 0;
    table_begin(&table, 5, head);
    json_array_foreach(servers, i, server)
    {
        _free_ char *roles = json_join(json_object_get(server, "roles"), "-");
        char latency[DNS_LATENCY_SIZE];

        if (!roles)
            return -ENOMEM;
        table_add(&table, dns_server_colour(server),
                  (const char *const[]){json_text(server, "address"), dns_answer(server, "udp"),
                                        dns_answer(server, "tcp"),
                                        dns_latency(json_number(server, "latency-usec"), latency), roles});
    }
    fputc('\n', stdout);
    return table_print(&table, !options->no_legend, 2);
}

static enum table_colour dns_colour(const char *state)
{
    if (strcmp(state, "ok") == 0)
        return TABLE_GREEN;
    if (strcmp(state, "failed") == 0)
        return TABLE_RED;
    return strcmp(state, "unknown") == 0 ? TABLE_PLAIN : TABLE_YELLOW;
}

static int dns_print(const struct command_options *options, const json_t *dns)
{
    const char *state = json_text(dns, "DNSState");
    const char *owner = json_text(dns, "DNSOwner");
    int r;

    state = *state ? state : "unknown";
    owner = *owner ? owner : "unknown";
    printf("%s%s ", table_colour(dns_colour(state)), table_dot());
    text_write(stdout, state);
    printf("%s%s\n  %-11s", table_colour(TABLE_PLAIN), dns_explain(dns_states, state), "Owner:");
    text_write(stdout, owner);
    puts(dns_explain(dns_owners, owner));
    r = dns_print_servers(options, json_object_get(dns, "DNSServers"));
    if (r < 0)
        return r;
    finding_print_all(dns);
    return 0;
}

int dns_run(const struct command_options *options, char **arguments)
{
    _json_ json_t *properties = NULL, *document = NULL;
    int r = client_get_all(options, &properties);

    if (r != 0)
        return r;
    document = topic_document(&dns_topic, properties, NULL);
    if (!document)
        return -ENOMEM;
    return options->json ? json_emit(document) : dns_print(options, document);
}
