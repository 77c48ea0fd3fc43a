/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sensor may say about the outside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LINK_NAME_SIZE 16 /* IFNAMSIZ */
#define LINK_KIND_SIZE 16
#define WORD_SIZE      32
#define FILE_PATH_SIZE 128
#define VARIABLE_SIZE  64
#define PLACE_SIZE     48 /* an address, or what stands where one is looked for */

/* Facts are compared with memcmp: start from fact_of(), which zeroes the padding. */

enum fact_kind {
    FACT_LINK,       /* rtnetlink */
    FACT_ADDRESS,    /* rtnetlink */
    FACT_ROUTE,      /* rtnetlink: unicast default routes of table main, nothing else */
    FACT_SOCKET,     /* sock_diag: what waits at one address of the node's, and not at any */
    FACT_PLATFORM,   /* /proc, /run/WSL, binfmt_misc, os-release, wslinfo */
    FACT_CONFIG,     /* our own configuration files */
    FACT_FILE,       /* a file that is to follow the node's address */
    FACT_PLACE,      /* an assignment in such a file */
    FACT_CLOCK,      /* one look at the clock and its reference */
    FACT_STEP,       /* the clock was set */
    FACT_WRITERS,    /* who might set it */
    FACT_RESUME,     /* the machine stood still, and runs again */
    FACT_LOOPBACK,   /* whether it answers */
    FACT_WSL_CONFIG, /* what is wrong with wsl.conf */
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

enum file_state {
    FILE_USABLE,
    FILE_MISSING,
    FILE_REFUSED, /* it is not touched: see `problem` */
};

struct file_fact {
    char path[FILE_PATH_SIZE]; /* with its leading slash */
    enum file_state state;
    bool in_place; /* drvfs: cannot be replaced, is written where it is */
    char problem[160];
};

enum place_value { PLACE_ADDRESS, PLACE_EMPTY, PLACE_OTHER };

struct place_fact {
    char path[FILE_PATH_SIZE];
    char variable[VARIABLE_SIZE];
    uint32_t line;   /* counted from 1 */
    uint32_t offset; /* bytes, of the value */
    enum place_value value;
    uint8_t family;        /* PLACE_ADDRESS: AF_INET or AF_INET6 */
    bool port;             /* a port follows */
    char text[PLACE_SIZE]; /* the value; empty unless PLACE_ADDRESS */
};

enum clock_reference { REFERENCE_NONE, REFERENCE_PTP, REFERENCE_RTC, REFERENCE_NTP, REFERENCES };

#define CLOCK_TIME_MAX_USEC INT64_C(8000000000000000) /* the year 2223: no reference tells more */

/* One reading of a reference: the true time minus CLOCK_MONOTONIC_RAW, and how far that may be from the
 * truth. */
struct clock_reading {
    int64_t base_usec;
    int64_t bound_usec;
};

/*
 * Times of the clock are microseconds, and so are these: CLOCK_MONOTONIC_RAW is what neither steps nor slews,
 * so what is compared are distances from it. An offset is clock_usec - base_usec.
 */
struct clock_fact {
    enum clock_reference reference;
    bool stale;         /* WSL's PTP clock is there, without a fresh sample of Windows' time */
    bool jumping;       /* a reference contradicted itself and is not trusted for a while */
    bool settable;      /* this process may set the clock */
    int32_t slew_ppm;   /* how much faster than CLOCK_MONOTONIC_RAW the clock is made to run */
    int64_t raw_usec;   /* CLOCK_MONOTONIC_RAW at this look */
    int64_t base_usec;  /* the reference minus CLOCK_MONOTONIC_RAW */
    int64_t bound_usec; /* how far base_usec may be from the truth, either way */
    int64_t clock_usec; /* CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW */
};

struct step_fact {
    int64_t raw_usec;   /* when it was seen */
    int64_t by_usec;    /* positive: forward */
    int64_t clock_usec; /* CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW afterwards */
    bool own;           /* SyncClock did it */
};

/* What of all that sets clocks is at work here. */
struct writers_fact {
    bool timesyncd, chronyd, ntpd; /* units that run */
    bool hv_utils;                 /* the kernel steps a clock that is 5 s behind Windows */
    bool docker;                   /* Docker Desktop is there */
};

struct resume_fact {
    int64_t asleep_usec; /* 0: not known */
};

/* Under WSL only; all 0 where nothing is wrong. Lines are counted from 1. */
struct wsl_config_fact {
    uint32_t rest_line;  /* from here on WSL reads nothing */
    uint32_t first_line; /* of all remarks */
    uint32_t remarks;
};

struct loopback_fact {
    bool dead;
};

/* What a dump covers: family and ifindex 0 mean any; for sockets, files and places both are 0. */
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
        struct file_fact file;
        struct place_fact place;
        struct clock_fact clock;
        struct step_fact step;
        struct writers_fact writers;
        struct resume_fact resume;
        struct loopback_fact loopback;
        struct wsl_config_fact wsl_config;
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
