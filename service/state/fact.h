/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sensor may say about the outside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LINK_NAME_SIZE 16 /* IFNAMSIZ */
#define LINK_KIND_SIZE 16
#define WORD_SIZE      32

/* Facts are compared with memcmp: start from fact_of(), which zeroes the padding. */

enum fact_kind {
    FACT_LINK,     /* rtnetlink */
    FACT_ADDRESS,  /* rtnetlink */
    FACT_ROUTE,    /* rtnetlink: unicast default routes of table main, nothing else */
    FACT_SOCKET,   /* sock_diag: what waits at one address of the node's, and not at any */
    FACT_PLATFORM, /* /proc, /run/WSL, binfmt_misc, os-release, wslinfo */
    FACT_CONFIG,   /* our own configuration files */
    FACT_DUMP_BEGIN,
    FACT_DUMP_END, /* what was not repeated since DUMP_BEGIN is gone */
};

struct link_fact {
    int32_t ifindex;
    uint32_t mtu;      /* bytes */
    uint32_t mtu_min;  /* bytes */
    uint32_t mtu_max;  /* bytes; 0: the kernel names no limit */
    uint16_t hardware; /* ARPHRD_* */
    bool up;           /* IFF_UP */
    bool loopback;
    char name[LINK_NAME_SIZE];
    char kind[LINK_KIND_SIZE]; /* IFLA_INFO_KIND; empty for hardware */
};

struct address_fact {
    int32_t ifindex;
    uint8_t family; /* AF_INET or AF_INET6 */
    uint8_t prefix;
    bool global; /* scope universe */
    bool usable; /* neither tentative nor failed */
    bool secondary;
    uint8_t bytes[16];
};

struct route_fact {
    int32_t ifindex;
    uint32_t metric;
    uint8_t family;
    uint8_t gateway_family; /* 0: no gateway; an IPv4 route may have an IPv6 one */
    uint8_t gateway[16];
};

/* The whole of it is its identity: several sockets at one address and port are one fact. */
struct socket_fact {
    uint8_t family;   /* AF_INET, an IPv4 address mapped into IPv6 too, or AF_INET6 */
    uint8_t protocol; /* IPPROTO_TCP: listens; IPPROTO_UDP: bound and not connected */
    uint16_t port;
    uint8_t bytes[16];
};

struct platform_fact {
    char platform[WORD_SIZE]; /* wsl2 wsl1 wsl2-container linux */
    char interop[WORD_SIZE];  /* usable disabled broken absent */
    char mode[WORD_SIZE];     /* wslinfo's word; empty if it gave none */
    char version[WORD_SIZE];  /* of WSL; empty if wslinfo gave none */
    char kernel[128];
    char distribution[128];
};

struct config_fact {
    char path[128];    /* the file that was refused; empty: all is well */
    char problem[128]; /* what is wrong with it, with the line */
};

/* What a dump covers: family and ifindex 0 mean any; for sockets both are 0. */
struct dump_fact {
    enum fact_kind of;
    uint8_t family;
    int32_t ifindex;
};

struct fact {
    enum fact_kind kind;
    bool gone;
    union {
        struct link_fact link;
        struct address_fact address;
        struct route_fact route;
        struct socket_fact socket;
        struct platform_fact platform;
        struct config_fact config;
        struct dump_fact dump;
    };
};

static inline struct fact fact_of(enum fact_kind kind)
{
    struct fact fact;

    memset(&fact, 0, sizeof(fact));
    fact.kind = kind;
    return fact;
}
