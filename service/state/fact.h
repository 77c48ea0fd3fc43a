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
    FACT_WSLCONFIG,  /* whether .wslconfig keeps the node up, and what is wrong with it */
    FACT_RESOLVER,   /* /etc/resolv.conf, and WSL's own */
    FACT_SERVER,     /* how a DNS server answers */
    FACT_HOSTS,      /* whether programs find names */
    FACT_TUNNEL,     /* a WireGuard tunnel */
    FACT_PEER,       /* of such a tunnel, whose link a dump names */
    FACT_TAILSCALE,  /* what tailscaled says of itself */
    FACT_WINDOWS,    /* what Tailscale in Windows says; nothing of its peers */
    FACT_PATH,       /* what the way of a tunnel carries */
    FACT_REACH,      /* what was found where a peer should be that is down */
    FACT_SENT,       /* a peer was sent something by us, which nobody else wants an answer to */
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

/* The .wslconfig of users of Windows. Whose counts nobody here can tell: all that there are do. */
struct wslconfig_fact {
    uint32_t folders;          /* of users that can be looked into; 0: nothing is known */
    uint32_t files;            /* that were read */
    uint32_t staying;          /* of these, in how many instanceIdleTimeout is negative: never */
    int32_t idle_msec;         /* instanceIdleTimeout of the file that is meant, or its default */
    uint32_t first_line;       /* of all remarks on that file, from 1 on; 0: none */
    uint32_t remarks;          /* on that file */
    char path[FILE_PATH_SIZE]; /* of that file, be it there or not; empty: it is not known whose */
};

struct loopback_fact {
    bool dead;
};

#define DNS_SERVERS_MAX     3 /* of a resolv.conf: glibc asks no more */
#define DNS_PROBE_NAME_SIZE 256

struct dns_address {
    uint8_t family;    /* AF_INET or AF_INET6 */
    uint8_t bytes[16]; /* of an IPv4 address the first four */
};

struct dns_list {
    uint8_t count;
    struct dns_address servers[DNS_SERVERS_MAX];
};

enum dns_owner {
    DNS_OWNER_NONE, /* nothing is there, or a link that leads nowhere */
    DNS_OWNER_WSL,
    DNS_OWNER_RESOLVED,
    DNS_OWNER_TAILSCALE,
    DNS_OWNER_WSLNODE,
    DNS_OWNER_USER, /* anybody else */
    DNS_OWNERS,
};

enum resolver_kind {
    RESOLVER_MISSING,
    RESOLVER_FILE,
    RESOLVER_LINK,
    RESOLVER_DANGLING, /* a link that leads nowhere */
    RESOLVER_JUNK,     /* a directory, a device, larger than RESOLV_CONF_SIZE_MAX, unreadable */
};

/* /etc/resolv.conf as it is, and what WSL would have there. */
struct resolver_fact {
    enum resolver_kind kind;
    enum dns_owner owner;        /* whose it is, by the link or by the mark in the file */
    enum dns_owner written_by;   /* whose mark is in the text; of a file with none: DNS_OWNER_USER */
    bool immutable;              /* chattr +i */
    bool use_vc;                 /* options use-vc: by TCP only */
    uint32_t digest;             /* of the text but for comments: whatever changes is news */
    bool wsl_generates;          /* wsl.conf lets WSL put its link there at the next start */
    bool wsl_there;              /* WSL's own file can be read */
    struct dns_list listed;      /* the servers that programs ask */
    struct dns_list wsl;         /* those of WSL's own file */
    uint32_t lost;               /* how often in the last ten minutes others replaced what was ours */
    uint32_t wsl_good;           /* so often in a row WSL's first one answered beside ours; at most 2 */
    char target[FILE_PATH_SIZE]; /* of a link; empty otherwise */
    bool wsl_conf_missing;       /* there is no wsl.conf */
    char generate[WORD_SIZE];    /* generateResolvConf as it stands there; empty: it does not */
};

enum dns_answer {
    DNS_ANSWER_UNKNOWN,  /* not asked */
    DNS_ANSWER_OK,       /* NOERROR or NXDOMAIN, for the question that was asked */
    DNS_ANSWER_DEGRADED, /* SERVFAIL, REFUSED or what is no answer to the question */
    DNS_ANSWER_REFUSED,  /* nothing listens there */
    DNS_ANSWER_TIMEOUT,
    DNS_ANSWERS,
};

/* Why a server is asked, in the order in which FixDNS prefers them. */
enum dns_role {
    DNS_ROLE_WSL = 1 << 0,        /* in WSL's own file */
    DNS_ROLE_LISTED = 1 << 1,     /* in /etc/resolv.conf */
    DNS_ROLE_TUNNEL = 1 << 2,     /* WSL's DNS tunnel, 10.255.255.254 */
    DNS_ROLE_GATEWAY = 1 << 3,    /* the uplink's */
    DNS_ROLE_CONFIGURED = 1 << 4, /* Servers= */
    DNS_ROLE_PUBLIC = 1 << 5,
};

/* Its address is its identity. */
struct server_fact {
    struct dns_address address;
    uint8_t roles; /* DNS_ROLE_* */
    enum dns_answer udp, tcp;
    uint32_t latency_usec; /* of the answer by UDP, else by TCP; 0: none */
    bool found;            /* that answer has an address for the name; of a server that is OK only */
};

enum hosts_view {
    HOSTS_UNKNOWN,   /* not asked: no server is known to have the name, or there is no way to ask */
    HOSTS_OK,        /* it is found in time */
    HOSTS_AAAA,      /* late, but not if IPv4 addresses alone are asked for */
    HOSTS_SEARCH,    /* late, but not without the search line */
    HOSTS_LATE,      /* late, whatever is asked */
    HOSTS_NOT_FOUND, /* there is no such name, they are told */
};

/* What programs get to see of names, by the way they all take: getent's. */
struct hosts_fact {
    enum hosts_view view;
    char name[DNS_PROBE_NAME_SIZE]; /* that was asked for */
};

#define PEER_KEY_SIZE 32

struct peer_endpoint {
    uint8_t family; /* AF_INET or AF_INET6; 0: none is known */
    uint16_t port;
    uint8_t bytes[16];
};

/* Its name is its identity; with another ifindex it is another link, and its peers are new. */
struct tunnel_fact {
    int32_t ifindex; /* 0: the link is gone, which happens where its daemon is */
    bool up;         /* the link is, or it went down less than a second ago: it may be about to go */
    bool user_space; /* wireguard-go */
    bool answers;    /* false: the daemon that made it does not */
    bool keyed;      /* it has a private key, which is all that is said of that */
    uint16_t port;   /* that it listens at; 0: none */
    uint32_t mark;   /* of its own packets; 0: none */
    char name[LINK_NAME_SIZE];
};

/* Its tunnel and its public key are its identity. */
struct peer_fact {
    int32_t ifindex;
    uint8_t key[PEER_KEY_SIZE];
    struct peer_endpoint endpoint;
    uint8_t address_family; /* AF_INET or AF_INET6; 0: none */
    uint8_t address[16];    /* in the tunnel: the first allowed one that is no network */
    uint16_t keepalive_sec; /* 0: off */
    int64_t handshake_usec; /* the newest, as the tunnel tells it by CLOCK_REALTIME; 0: never */
    int64_t raw_usec;       /* CLOCK_MONOTONIC_RAW of this reading … */
    int64_t clock_usec;     /* … and CLOCK_REALTIME minus that */
    uint64_t rx_bytes, tx_bytes;
};

/* Who said that a packet is too big for the way. */
enum path_teller {
    PATH_TOLD_BY_NONE,
    PATH_TOLD_BY_LOCAL,  /* this machine: the first link is smaller */
    PATH_TOLD_BY_ROUTER, /* or the host at the end */
};

/* What a way was measured to carry. Sizes are bytes of whole IP packets, headers included. */
struct path_measure {
    bool answered;           /* a small packet was: otherwise nothing is known */
    uint32_t carries;        /* the largest that was answered; 0: not known */
    enum path_teller teller; /* of the narrowest place that was told; without one a black hole is silent */
    uint32_t hop_mtu;        /* as it was told; 0: without a number */
    uint8_t router_family;   /* PATH_TOLD_BY_ROUTER: AF_INET or AF_INET6 */
    uint8_t router[16];
};

/* What is known of a tunnel and the way below it, for path_judge(). */
struct path_input {
    uint32_t tunnel_mtu;
    uint32_t underlay_mtu;       /* of the link that the tunnel's own packets leave by; 0: not known */
    uint8_t endpoint_family;     /* AF_INET or AF_INET6; 0: not known, the larger overhead is assumed */
    struct path_measure beside;  /* to the peer's endpoint, of tunnel_mtu + path_overhead() bytes */
    struct path_measure through; /* to the peer's address in the tunnel, of tunnel_mtu bytes */
};

/* A measurement of a tunnel; gone: what was measured holds no more. */
struct path_fact {
    int32_t ifindex;
    struct path_input input;
};

enum reach_ping { REACH_PING_UNKNOWN, REACH_PING_SILENT, REACH_PING_ANSWERED, REACH_PINGS };

enum reach_port {
    REACH_PORT_UNKNOWN,
    REACH_PORT_SILENT,      /* which WireGuard is to whatever is no message of its own */
    REACH_PORT_REFUSED,     /* the host says that nothing listens there */
    REACH_PORT_PROHIBITED,  /* a firewall says that it may not be */
    REACH_PORT_UNREACHABLE, /* a router says that the host is not there, or this node's own network does */
    REACH_PORTS,
};

enum reach_name {
    REACH_NAME_UNKNOWN,    /* nothing gives the peer by name, or nobody could be asked */
    REACH_NAME_UNRESOLVED, /* it stands for nothing */
    REACH_NAME_LATE,       /* nobody answered in time: DNS may be beyond this very tunnel */
    REACH_NAME_SAME,       /* it stands for where the peer is to the tunnel */
    REACH_NAME_MOVED,      /* for another place */
};

#define REACH_HOST_SIZE 128 /* longer names are cut: they are shown */

/* What was found where a peer should be that is down; gone: that holds no more. Times are not in it, so that
 * finding the same again is no news. */
struct reach_fact {
    int32_t ifindex; /* of the tunnel; the key and the endpoint say of whom and where it is */
    uint8_t key[PEER_KEY_SIZE];
    struct peer_endpoint endpoint;
    bool asking; /* nothing of what follows is known yet, and it is worth waiting a moment for */
    enum reach_ping ping;
    enum reach_port port;
    bool udp_passes; /* a port of that host that is closed was refused: there and back */
    enum reach_name name;
    char host[REACH_HOST_SIZE]; /* as the tunnel's file gives it; empty: it does not */
    struct peer_endpoint place; /* REACH_NAME_MOVED: what it stands for */
};

struct sent_fact {
    int32_t ifindex; /* of the tunnel */
    bool answered;   /* all of it has been by now */
    uint8_t key[PEER_KEY_SIZE];
    int64_t raw_usec; /* CLOCK_MONOTONIC_RAW of the last of it */
};

enum tailscale_daemon {
    TAILSCALE_ABSENT,  /* no socket is there */
    TAILSCALE_GONE,    /* nobody listens at it any more */
    TAILSCALE_SILENT,  /* nothing of use was answered: `error` says what came instead */
    TAILSCALE_ANSWERS, /* all that follows is known of this alone */
};

/* As its own numbers are. */
enum tailscale_state {
    TAILSCALE_NO_STATE,
    TAILSCALE_IN_USE_OTHER_USER,
    TAILSCALE_NEEDS_LOGIN,
    TAILSCALE_NEEDS_MACHINE_AUTH,
    TAILSCALE_STOPPED, /* by a person */
    TAILSCALE_STARTING,
    TAILSCALE_RUNNING,
    TAILSCALE_STATES,
};

enum tailscale_tun {
    TAILSCALE_TUN_UNKNOWN,    /* it is too old to tell */
    TAILSCALE_TUN_LINK,       /* the link that has its addresses */
    TAILSCALE_TUN_USER_SPACE, /* none */
};

/* Texts are printable UTF-8, cut where they are too long. */
struct tailscale_fact {
    enum tailscale_daemon daemon;
    enum tailscale_state state;
    enum tailscale_tun tun;
    uint32_t peers, peers_online, peers_active; /* active: sent to within two minutes */
    uint32_t warnings;                          /* of its health */
    bool login_url;                             /* somebody is to open one; it is a secret, and not kept */
    bool exit_node_wanted;                      /* by its preferences */
    bool exit_node;                             /* one is chosen, and among the peers */
    bool exit_node_online;
    bool exit_node_known;      /* these two were read after that wish */
    uint8_t ipv4[4], ipv6[16]; /* its first own ones; all 0: none */
    int64_t key_expiry_usec;   /* CLOCK_REALTIME; 0: never, or not known */
    char version[24];
    char exit_node_name[40];
    char error[120];   /* its own critical one, or what is wrong with its answers */
    char warning[128]; /* the first of them */
};

_Static_assert(sizeof(struct reach_fact) <= sizeof(struct platform_fact), "every fact would be larger");
_Static_assert(sizeof(struct tailscale_fact) <= sizeof(struct platform_fact), "every fact would be larger");

/* What a dump covers: family and ifindex 0 mean any; for sockets, files, places and servers both are 0. */
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
        struct wslconfig_fact wslconfig;
        struct resolver_fact resolver;
        struct server_fact server;
        struct hosts_fact hosts;
        struct tunnel_fact tunnel;
        struct peer_fact peer;
        struct path_fact path;
        struct reach_fact reach;
        struct sent_fact sent;
        struct tailscale_fact tailscale; /* of both */
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
