/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts as sensors would give them, and nodes made of them. */
#pragma once

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/state/node.h"
#include "../unit.h"

static inline struct fact link_up(int32_t ifindex, const char *name, const char *kind, uint32_t mtu)
{
    struct fact fact = fact_of(FACT_LINK);

    fact.link.ifindex = ifindex;
    fact.link.mtu = mtu;
    fact.link.mtu_min = 68;
    fact.link.mtu_max = 65535;
    fact.link.hardware =
        strcmp(kind, "wireguard") == 0 || strcmp(kind, "tun") == 0 ? ARPHRD_NONE : ARPHRD_ETHER;
    fact.link.up = true;
    snprintf(fact.link.name, sizeof(fact.link.name), "%s", name);
    snprintf(fact.link.kind, sizeof(fact.link.kind), "%s", kind);
    return fact;
}

/* "10.0.0.2/24" or "fd00::2/64", global and usable. */
static inline struct fact address_of(int32_t ifindex, const char *text)
{
    struct fact fact = fact_of(FACT_ADDRESS);
    char bare[ADDRESS_TEXT_SIZE];

    snprintf(bare, sizeof(bare), "%s", text);
    fact.address.prefix = atoi(strchr(text, '/') + 1);
    *strchr(bare, '/') = 0;
    fact.address.ifindex = ifindex;
    fact.address.family = strchr(text, ':') ? AF_INET6 : AF_INET;
    fact.address.global = true;
    fact.address.usable = true;
    assert_int_equal(inet_pton(fact.address.family, bare, fact.address.bytes), 1);
    return fact;
}

/* A default route; the gateway tells its family. */
static inline struct fact route_by(int32_t ifindex, const char *gateway, uint32_t metric)
{
    struct fact fact = fact_of(FACT_ROUTE);

    fact.route.ifindex = ifindex;
    fact.route.metric = metric;
    fact.route.family = strchr(gateway, ':') ? AF_INET6 : AF_INET;
    fact.route.gateway_family = fact.route.family;
    assert_int_equal(inet_pton(fact.route.family, gateway, fact.route.gateway), 1);
    return fact;
}

static inline struct fact socket_of(uint8_t protocol, const char *address, uint16_t port)
{
    struct fact fact = fact_of(FACT_SOCKET);

    fact.socket.family = strchr(address, ':') ? AF_INET6 : AF_INET;
    fact.socket.protocol = protocol;
    fact.socket.port = port;
    assert_int_equal(inet_pton(fact.socket.family, address, fact.socket.bytes), 1);
    return fact;
}

static inline struct fact platform_of(const char *platform, const char *mode)
{
    struct fact fact = fact_of(FACT_PLATFORM);

    snprintf(fact.platform.platform, sizeof(fact.platform.platform), "%s", platform);
    snprintf(fact.platform.mode, sizeof(fact.platform.mode), "%s", mode);
    snprintf(fact.platform.interop, sizeof(fact.platform.interop), "usable");
    return fact;
}

/* It answers; of `ifindex` 0 its link is gone. */
static inline struct fact tunnel_of(const char *name, int32_t ifindex)
{
    struct fact fact = fact_of(FACT_TUNNEL);

    fact.tunnel.ifindex = ifindex;
    fact.tunnel.answers = true;
    fact.tunnel.up = ifindex != 0;
    snprintf(fact.tunnel.name, sizeof(fact.tunnel.name), "%s", name);
    return fact;
}

/* The same with its link set down. */
static inline struct fact tunnel_down(const char *name, int32_t ifindex)
{
    struct fact fact = tunnel_of(name, ifindex);

    fact.tunnel.up = false;
    return fact;
}

static inline struct peer_endpoint endpoint_of(const char *address, uint16_t port)
{
    struct peer_endpoint endpoint = {.family = strchr(address, ':') ? AF_INET6 : AF_INET, .port = port};

    assert_int_equal(inet_pton(endpoint.family, address, endpoint.bytes), 1);
    return endpoint;
}

/* With keepalive, and the number at the head of its key. Its handshake is so old at this reading; -1: never.
 */
static inline struct fact peer_of(int32_t ifindex, uint32_t number, int64_t raw_usec, int64_t age_usec)
{
    struct fact fact = fact_of(FACT_PEER);
    uint32_t head = htonl(number);

    fact.peer.ifindex = ifindex;
    memcpy(fact.peer.key, &head, sizeof(head));
    fact.peer.endpoint = endpoint_of("198.51.100.1", 51820);
    fact.peer.keepalive_sec = 25;
    fact.peer.raw_usec = raw_usec;
    fact.peer.clock_usec = INT64_C(1790000000000000);
    fact.peer.handshake_usec = age_usec < 0 ? 0 : fact.peer.clock_usec + raw_usec - age_usec;
    return fact;
}

/* So many bytes were carried beside the tunnel to an IPv4 endpoint, and through it; 0: nobody answers. */
static inline struct fact path_of(int32_t ifindex, uint32_t tunnel_mtu, uint32_t beside, uint32_t through)
{
    struct fact fact = fact_of(FACT_PATH);

    fact.path.ifindex = ifindex;
    fact.path.input.tunnel_mtu = tunnel_mtu;
    fact.path.input.underlay_mtu = 1500;
    fact.path.input.endpoint_family = AF_INET;
    fact.path.input.beside = (struct path_measure){.answered = beside > 0, .carries = beside};
    fact.path.input.through = (struct path_measure){.answered = through > 0, .carries = through};
    return fact;
}

/* Of that peer as peer_of() makes it; what was found is the caller's. */
static inline struct fact reach_of(int32_t ifindex, uint32_t number)
{
    struct fact fact = fact_of(FACT_REACH), peer = peer_of(ifindex, number, 0, -1);

    fact.reach.ifindex = ifindex;
    memcpy(fact.reach.key, peer.peer.key, sizeof(fact.reach.key));
    fact.reach.endpoint = peer.peer.endpoint;
    return fact;
}

static inline struct fact gone(struct fact fact)
{
    fact.gone = true;
    return fact;
}

/* Applies it and throws its events away. */
static inline int tell(struct node *node, struct fact fact)
{
    struct events events = {.count = 0};

    return node_apply(node, &fact, &events);
}

static inline int dump(struct node *node, enum fact_kind kind, enum fact_kind of, uint8_t family,
                       int32_t ifindex)
{
    struct fact fact = fact_of(kind);

    fact.dump = (struct dump_fact){.of = of, .family = family, .ifindex = ifindex};
    return tell(node, fact);
}

/* All three sensors of links have spoken. */
static inline int speak(struct node *node)
{
    int mask = dump(node, FACT_DUMP_END, FACT_LINK, 0, 0);

    mask |= dump(node, FACT_DUMP_END, FACT_ADDRESS, 0, 0);
    return mask | dump(node, FACT_DUMP_END, FACT_ROUTE, 0, 0);
}

/* The sensor of sockets has listed what there is. */
static inline int speak_of_sockets(struct node *node)
{
    return dump(node, FACT_DUMP_END, FACT_SOCKET, 0, 0);
}

/* And the one of files. */
static inline int speak_files(struct node *node)
{
    int mask = dump(node, FACT_DUMP_END, FACT_FILE, 0, 0);

    return mask | dump(node, FACT_DUMP_END, FACT_PLACE, 0, 0);
}

/* `problem` is why it is refused, or NULL. */
static inline struct fact file_of(const char *path, const char *problem)
{
    struct fact fact = fact_of(FACT_FILE);

    snprintf(fact.file.path, sizeof(fact.file.path), "%s", path);
    fact.file.state = problem ? FILE_REFUSED : FILE_USABLE;
    snprintf(fact.file.problem, sizeof(fact.file.problem), "%s", problem ? problem : "");
    return fact;
}

/* WSL_IP on a line of it: an address, "" for an empty place, NULL for what is no address. */
static inline struct fact place_of(const char *path, uint32_t line, const char *text)
{
    struct fact fact = fact_of(FACT_PLACE);

    snprintf(fact.place.path, sizeof(fact.place.path), "%s", path);
    strcpy(fact.place.variable, "WSL_IP");
    fact.place.line = line;
    fact.place.offset = 7;
    fact.place.value = !text ? PLACE_OTHER : *text ? PLACE_ADDRESS : PLACE_EMPTY;
    if (text && *text)
        fact.place.family = strchr(text, ':') ? AF_INET6 : AF_INET;
    snprintf(fact.place.text, sizeof(fact.place.text), "%s", text ? text : "");
    return fact;
}

/* These are the tunnels. */
static inline int name_tunnels(struct node *node, const struct fact *tunnels, size_t count)
{
    dump(node, FACT_DUMP_BEGIN, FACT_TUNNEL, 0, 0);
    for (size_t i = 0; i < count; i++)
        tell(node, tunnels[i]);
    return dump(node, FACT_DUMP_END, FACT_TUNNEL, 0, 0);
}

/* These are the peers of a tunnel. */
static inline int read_peers(struct node *node, int32_t ifindex, const struct fact *peers, size_t count)
{
    assert_int_equal(dump(node, FACT_DUMP_BEGIN, FACT_PEER, 0, ifindex), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(tell(node, peers[i]), 0);
    return dump(node, FACT_DUMP_END, FACT_PEER, 0, ifindex);
}

enum { LO = 1, ETH0 = 2, WG0 = 7 };

/* As WSL in NAT mode with one WireGuard tunnel: eth0 of 1500 is the uplink, wg0 has 1420. */
static inline void node_with_tunnel(struct node *node)
{
    node_init(node);
    tell(node, link_up(ETH0, "eth0", "", 1500));
    tell(node, link_up(WG0, "wg0", "wireguard", 1420));
    tell(node, address_of(ETH0, "172.20.1.2/20"));
    tell(node, route_by(ETH0, "172.20.0.1", 0));
    speak(node);
    speak_files(node);
}
