/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of DNS as its sensor would give them. */
#pragma once

#include "../../service/state/dns.h"
#include "facts.h"

#define TUNNEL  "10.255.255.254"
#define GATEWAY "172.20.0.1"

/* What a server says, in short. */
#define NO_WORD DNS_ANSWER_UNKNOWN
#define OK      DNS_ANSWER_OK
#define BAD     DNS_ANSWER_DEGRADED
#define CLOSED  DNS_ANSWER_REFUSED
#define SILENT  DNS_ANSWER_TIMEOUT

static inline struct dns_address dns_of(const char *text)
{
    struct dns_address address;

    assert_int_equal(dns_address_parse(text, &address), 0);
    return address;
}

/* Addresses with blanks between. */
static inline struct dns_list dns_list_of(const char *text)
{
    struct dns_list list;
    char copy[256], *rest = copy, *word;

    memset(&list, 0, sizeof(list));
    snprintf(copy, sizeof(copy), "%s", text);
    while ((word = strsep(&rest, " ")))
        if (*word) {
            struct dns_address address = dns_of(word);

            dns_list_add(&list, &address);
        }
    return list;
}

static inline void assert_dns_list(const struct dns_list *list, const char *expected)
{
    char text[DNS_LIST_SIZE];

    assert_string_equal(dns_list_text(list, text, sizeof(text)), expected);
}

static inline struct fact server_of(const char *address, unsigned roles, enum dns_answer udp,
                                    enum dns_answer tcp)
{
    struct fact fact = fact_of(FACT_SERVER);

    fact.server.address = dns_of(address);
    fact.server.roles = roles;
    fact.server.udp = udp;
    fact.server.tcp = tcp;
    return fact;
}

/* WSL makes its link, and its file has these servers, too; there is a wsl.conf without the key. */
static inline struct fact resolver_of(enum resolver_kind kind, enum dns_owner owner, const char *listed)
{
    struct fact fact = fact_of(FACT_RESOLVER);

    fact.resolver.kind = kind;
    fact.resolver.owner = fact.resolver.written_by = owner;
    fact.resolver.listed = dns_list_of(listed);
    fact.resolver.wsl_generates = fact.resolver.wsl_there = true;
    if (owner == DNS_OWNER_WSL)
        fact.resolver.wsl = fact.resolver.listed;
    return fact;
}

/* Ours in /run, or for good, in the place of WSL's with these servers. */
static inline struct fact ours_of(enum resolver_kind kind, const char *listed, const char *wsl)
{
    struct fact fact = resolver_of(kind, DNS_OWNER_WSLNODE, listed);

    fact.resolver.wsl = dns_list_of(wsl);
    if (kind != RESOLVER_FILE)
        snprintf(fact.resolver.target, sizeof(fact.resolver.target), "/run/wslnode/resolv.conf");
    return fact;
}

/* All of this sensor's servers were named. */
static inline int speak_servers(struct node *node)
{
    return dump(node, FACT_DUMP_END, FACT_SERVER, 0, 0);
}

/* WSL's link, and each of its servers says this by UDP and by TCP. */
static inline void wsl_lists(struct node *node, const char *listed, enum dns_answer answer)
{
    struct fact fact = resolver_of(RESOLVER_LINK, DNS_OWNER_WSL, listed);
    char text[DNS_ADDRESS_SIZE];

    tell(node, platform_of("wsl2", "nat"));
    tell(node, fact);
    for (size_t i = 0; i < fact.resolver.listed.count; i++)
        tell(node, server_of(dns_address_text(&fact.resolver.listed.servers[i], text, sizeof(text)),
                             DNS_ROLE_WSL | DNS_ROLE_LISTED, answer, answer));
    speak_servers(node);
}
