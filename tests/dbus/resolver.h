/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A resolv.conf and its servers, as a node of these tests is told of them. */
#pragma once

#include "ends.h"

#define RESOLVER_TUNNEL  "10.255.255.254"
#define RESOLVER_GATEWAY "172.20.0.1"

static inline struct dns_address resolver_address(const char *text)
{
    struct dns_address address;

    assert_int_equal(dns_address_parse(text, &address), 0);
    return address;
}

/* Addresses with blanks between. */
static inline struct dns_list resolver_list(const char *text)
{
    struct dns_list list = {.count = 0};
    char copy[DNS_LIST_SIZE], *rest = copy;
    const char *word;

    snprintf(copy, sizeof(copy), "%s", text);
    while ((word = strsep(&rest, " "))) {
        struct dns_address address;

        if (!*word)
            continue;
        address = resolver_address(word);
        dns_list_add(&list, &address);
    }
    return list;
}

/* WSL's own has the tunnel; what is listed is it, unless the owner is another. */
static inline void resolver_read(struct node *node, enum dns_owner owner, const char *listed)
{
    struct fact fact = fact_of(FACT_RESOLVER);

    fact.resolver.kind = owner == DNS_OWNER_NONE                                ? RESOLVER_MISSING
                         : owner == DNS_OWNER_WSL || owner == DNS_OWNER_WSLNODE ? RESOLVER_LINK
                                                                                : RESOLVER_FILE;
    fact.resolver.owner = fact.resolver.written_by = owner;
    fact.resolver.wsl_generates = fact.resolver.wsl_there = true;
    fact.resolver.listed = resolver_list(listed);
    fact.resolver.wsl = resolver_list(RESOLVER_TUNNEL);
    if (fact.resolver.kind == RESOLVER_LINK)
        snprintf(fact.resolver.target, sizeof(fact.resolver.target), "%s",
                 owner == DNS_OWNER_WSL ? "/mnt/wsl/resolv.conf" : "/run/wslnode/resolv.conf");
    tell(node, fact);
}

/* By UDP, and by TCP the same. */
static inline void resolver_answers(struct node *node, const char *address, uint8_t roles,
                                    enum dns_answer answer)
{
    struct fact fact = fact_of(FACT_SERVER);

    fact.server.address = resolver_address(address);
    fact.server.roles = roles;
    fact.server.udp = fact.server.tcp = answer;
    fact.server.latency_usec = answer == DNS_ANSWER_OK ? 12345 : 0;
    fact.server.found = answer == DNS_ANSWER_OK;
    tell(node, fact);
}

/* WSL2 by itself: its link, its tunnel that answers so, and the gateway. All have been asked. */
static inline void resolver_of_wsl(struct node *node, enum dns_answer tunnel, enum dns_answer gateway)
{
    tell(node, platform_of("wsl2", "nat"));
    resolver_read(node, DNS_OWNER_WSL, RESOLVER_TUNNEL);
    resolver_answers(node, RESOLVER_TUNNEL, DNS_ROLE_WSL | DNS_ROLE_LISTED | DNS_ROLE_TUNNEL, tunnel);
    resolver_answers(node, RESOLVER_GATEWAY, DNS_ROLE_GATEWAY, gateway);
    dump(node, FACT_DUMP_END, FACT_SERVER, 0, 0);
}
