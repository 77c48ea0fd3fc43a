/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of a dump as WireGuard in the kernel sends them; to be freed with nlmsg_free(). */
#pragma once

#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

#include "kernel_message.h"

#define FAMILY 30

static const uint8_t private_key[WG_KEY_LEN] = "a private key that nobody reads", other_key[WG_KEY_LEN] = {2},
                     preshared_key[WG_KEY_LEN] = "a preshared key that none reads",
                     public_key[WG_KEY_LEN] = {1};

static inline struct nl_msg *of_command(int type, uint8_t command)
{
    struct genlmsghdr header = {.cmd = command, .version = 1};

    return message_of(type, &header, sizeof(header));
}

static inline struct nl_msg *device(void)
{
    return of_command(FAMILY, WG_CMD_GET_DEVICE);
}

static inline void put_short(struct nl_msg *message, int type, uint16_t number)
{
    put(message, type, &number, sizeof(number));
}

static inline void put_long(struct nl_msg *message, int type, uint64_t number)
{
    put(message, type, &number, sizeof(number));
}

static inline void put_time(struct nl_msg *message, int64_t seconds, int64_t nanoseconds)
{
    struct __kernel_timespec time = {seconds, nanoseconds};

    put(message, WGPEER_A_LAST_HANDSHAKE_TIME, &time, sizeof(time));
}

static inline void put_link(struct nl_msg *message, int32_t ifindex, const char *name)
{
    put_short(message, WGDEVICE_A_LISTEN_PORT, 51820);
    put_number(message, WGDEVICE_A_FWMARK, 0xca6c);
    put_number(message, WGDEVICE_A_IFINDEX, ifindex);
    put(message, WGDEVICE_A_IFNAME, name, strlen(name) + 1);
}

static inline void put_counters(struct nl_msg *message)
{
    put_time(message, 1700000000, 123456789);
    put_long(message, WGPEER_A_RX_BYTES, 5000000000);
    put_long(message, WGPEER_A_TX_BYTES, UINT64_MAX);
}

static inline void put_endpoint(struct nl_msg *message)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(51821)};

    inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
    put(message, WGPEER_A_ENDPOINT, &in, sizeof(in));
}

static inline void put_network(struct nl_msg *message, uint16_t family, const char *address, uint8_t prefix)
{
    struct nlattr *one = nla_nest_start(message, 0);

    put_short(message, WGALLOWEDIP_A_FAMILY, family);
    put_address(message, WGALLOWEDIP_A_IPADDR, address);
    put(message, WGALLOWEDIP_A_CIDR_MASK, &prefix, 1);
    nla_nest_end(message, one);
}

static inline void put_allowed(struct nl_msg *message)
{
    struct nlattr *all = nla_nest_start(message, WGPEER_A_ALLOWEDIPS);

    put_network(message, AF_INET, "10.0.0.0", 24);
    put_network(message, AF_INET, "10.0.0.2", 32);
    nla_nest_end(message, all);
}

/* As the kernel has one. */
static inline void put_peer(struct nl_msg *message, const uint8_t *key)
{
    struct nlattr *peer = nla_nest_start(message, 0);

    put(message, WGPEER_A_PUBLIC_KEY, key, WG_KEY_LEN);
    put(message, WGPEER_A_PRESHARED_KEY, preshared_key, WG_KEY_LEN);
    put_counters(message);
    put_short(message, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 25);
    put_number(message, WGPEER_A_PROTOCOL_VERSION, 1);
    put_endpoint(message);
    put_allowed(message);
    nla_nest_end(message, peer);
}

static inline void put_rest_of_peer(struct nl_msg *message, const uint8_t *key)
{
    struct nlattr *peer = nla_nest_start(message, 0);

    put(message, WGPEER_A_PUBLIC_KEY, key, WG_KEY_LEN);
    put_allowed(message);
    nla_nest_end(message, peer);
}

/* The first message of a dump, with one peer. */
static inline struct nl_msg *first(void)
{
    struct nl_msg *message = device();
    struct nlattr *peers;

    put_link(message, 7, "wg0");
    put(message, WGDEVICE_A_PRIVATE_KEY, private_key, WG_KEY_LEN);
    put(message, WGDEVICE_A_PUBLIC_KEY, other_key, WG_KEY_LEN);
    peers = nla_nest_start(message, WGDEVICE_A_PEERS);
    put_peer(message, public_key);
    nla_nest_end(message, peers);
    return message;
}
