/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The node: what we know of this machine, in memory.
 *
 * Facts go in through node_apply(), and through nothing else. It says what changed as a mask of NODE_*
 * and fills the events; an equal fact changes nothing and says nothing. Readers get it const.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "dns.h"
#include "events.h"
#include "fact.h"
#include "facts.h"
#include "tunnel.h"

#define NODE_LINKS_MAX     4096
#define NODE_ADDRESSES_MAX 4096
#define NODE_ROUTES_MAX    256
#define NODE_FILES_MAX     32
#define NODE_PLACES_MAX    256
#define NODE_SOCKETS_MAX   256
#define NODE_SERVERS_MAX   16
#define ADDRESS_TEXT_SIZE  64 /* an IPv6 address with prefix */

enum node_change {
    NODE_PLATFORM = 1 << 0, /* Platform, WSLVersion */
    NODE_MODE = 1 << 1,
    NODE_INTEROP = 1 << 2,
    NODE_UPLINK = 1 << 3,
    NODE_ADDRESS = 1 << 4,
    NODE_ADDRESSES = 1 << 5,
    NODE_GATEWAY = 1 << 6,
    NODE_UPLINK_MTU = 1 << 7,
    NODE_LINKS = 1 << 8,       /* any link, address or route: not published, the checks look again */
    NODE_ANY_ADDRESS = 1 << 9, /* an address of any link came or went; with NODE_LINKS */
    NODE_SOCKETS = 1 << 10,    /* not published either */
    NODE_FILES = 1 << 11,      /* nor is a file, or a place in it */
    NODE_CONFIG = 1 << 12,
    NODE_FINDINGS = 1 << 13, /* this and the next two are set by the daemon, after the checks */
    NODE_HEALTH = 1 << 14,
    NODE_WANTED = 1 << 15,
    NODE_CLOCK = 1 << 16, /* a look: not published, the checks look again */
    NODE_CLOCK_STATE = 1 << 17,
    NODE_CLOCK_REFERENCE = 1 << 18,
    NODE_STEPPED = 1 << 19, /* told by a signal */
    NODE_RESUMED = 1 << 20, /* not published: what is done about it is */
    NODE_LOOPBACK = 1 << 21,
    NODE_WSL_CONFIG = 1 << 22, /* not published */
    NODE_DNS = 1 << 23,        /* a server or resolv.conf: the checks look again, DNSServers has no signal */
    NODE_DNS_STATE = 1 << 24,
    NODE_DNS_OWNER = 1 << 25,
    NODE_WSLCONFIG = NODE_WSL_CONFIG, /* the checks look at both */
    NODE_WINDOWS = 1 << 26,           /* WindowsTailscale */
    NODE_HOSTS = 1 << 27,             /* nor is this: what programs see of names */
    NODE_TUNNELS = 1 << 28,           /* a tunnel came, went or is another: told by its own object */
    NODE_PEERS = 1 << 29,             /* the state of a peer, or which there are */
    NODE_TAILSCALE = 1 << 30,         /* what a Tailscale says of itself, but for WindowsTailscale */
    /* What the checks alone look at, or the daemon: nobody else's news. */
    NODE_UNPUBLISHED = NODE_LINKS | NODE_ANY_ADDRESS | NODE_SOCKETS | NODE_FILES | NODE_CONFIG | NODE_CLOCK |
                       NODE_RESUMED | NODE_LOOPBACK | NODE_WSL_CONFIG | NODE_DNS | NODE_HOSTS |
                       NODE_TAILSCALE,
};

struct node {
    struct facts links, addresses, routes, sockets;
    struct facts files, places;
    struct facts servers;
    struct tunnels tunnels;
    struct resolver_fact resolver;
    struct platform_fact platform;
    struct config_fact config;
    struct wsl_config_fact wsl_config;
    struct wslconfig_fact wslconfig;
    struct hosts_fact hosts;
    struct tailscale_fact tailscale, windows_tailscale;
    struct clock clock;
    bool platform_spoken;
    bool loopback_spoken, loopback_dead;
    bool wsl_config_spoken, wslconfig_spoken;
    bool resolver_spoken;
    bool tailscale_spoken, windows_tailscale_spoken;
};

void node_init(struct node *node);
void node_done(struct node *node);

/* Returns the mask, or -ENOMEM, after which the node is as it was. */
int node_apply(struct node *node, const struct fact *fact, struct events *events);

/* All sensors of links have spoken. */
bool node_links_known(const struct node *node);
/* And that of sockets, which not every kernel has. */
bool node_sockets_known(const struct node *node);
/* The clock was looked at. */
bool node_clock_known(const struct node *node);
/* And compared with something. */
bool node_clock_measured(const struct node *node);
/* Whether something tells the true time is a question: off WSL another service may know. */
bool node_reference_known(const struct node *node);
/* Loopback was asked, which is so after a resume, and for Diagnose. */
bool node_loopback_known(const struct node *node);
/* WSL's own configuration was read, where there is one. */
bool node_wsl_config_known(const struct node *node);
/* And .wslconfig, or that the user has none. */
bool node_wslconfig_known(const struct node *node);
/* resolv.conf was read. */
bool node_resolver_known(const struct node *node);
/* And its servers were asked. */
bool node_dns_known(const struct node *node);
/* A name was looked up as programs do it, and the first server still has it. */
bool node_hosts_known(const struct node *node);
/* Which tunnels there are is known. */
bool node_tunnels_known(const struct node *node);
/* Whether tailscaled is there is known. */
bool node_tailscale_known(const struct node *node);
/* Windows was asked for its own, */
bool node_windows_asked(const struct node *node);
/* and has answered. */
bool node_windows_known(const struct node *node);
/* The files that follow the address have been read, if there are any. */
bool node_files_known(const struct node *node);

const struct link_fact *node_link(const struct node *node, int32_t ifindex);
const struct link_fact *node_link_named(const struct node *node, const char *name);
bool link_is_tunnel(const struct link_fact *link);
/* Global and usable: what clients are told. */
bool address_counts(const struct address_fact *address);

/* No link has the address that it waits at, so nobody reaches it. False where not all addresses are known. */
bool socket_is_stranded(const struct node *node, const struct socket_fact *socket);

/* The default route with the lowest metric, IPv4 before IPv6; NULL if there is none. */
const struct route_fact *node_default_route(const struct node *node);
bool node_has_default_route(const struct node *node, uint8_t family, int32_t ifindex);
const struct link_fact *node_uplink(const struct node *node);
/* The uplink's primary global address, IPv4 before IPv6; NULL if there is none. */
const struct address_fact *node_address(const struct node *node);
/* The same of one family. */
const struct address_fact *node_address_of(const struct node *node, uint8_t family);
/* NAT, mirrored …: wslinfo's word where the links bear it out, else what the links say. */
const char *node_networking_mode(const struct node *node);

/* Nobody beyond the node's own network can send to it, or beyond its provider's: RFC 1918, 3927 and 6598. */
bool ipv4_is_private(const uint8_t *bytes);

/* Without prefix if `prefix` is negative. */
const char *address_text(uint8_t family, const uint8_t *bytes, int prefix, char *buffer, size_t size);
