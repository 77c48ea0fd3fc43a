/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Generic netlink of WireGuard in the kernel: requests, and what the answers say.
 *
 * What comes may hold a private key and preshared keys: they are wiped from the message that is decoded, and
 * go nowhere else. Attributes are those of <linux/wireguard.h>.
 */
#pragma once

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "../state/fact.h"

/* The request for the number of the family "wireguard"; NULL without memory, as the others. */
struct nl_msg *wireguard_message_family(void);
/* 1 and the number; 0: of no interest here; -EBADMSG. */
int wireguard_message_read_family(const struct nlmsghdr *header, uint16_t *family);

/* The request whose answer is all of a tunnel, in as many messages as it takes. */
struct nl_msg *wireguard_message_dump(uint16_t family, int32_t ifindex);
/* The request that sets a peer's keepalive in seconds (0: off), and nothing else. The peer must be there. */
struct nl_msg *wireguard_message_set_keepalive(uint16_t family, int32_t ifindex,
                                               const uint8_t key[PEER_KEY_SIZE], uint16_t seconds);
/* The same for its endpoint, of which the family is known. */
struct nl_msg *wireguard_message_set_endpoint(uint16_t family, int32_t ifindex,
                                              const uint8_t key[PEER_KEY_SIZE],
                                              const struct peer_endpoint *endpoint);

/* Of a peer, on the tunnel's link; handshake, counters and keepalive are in, the times of the reading are
 * not. An endpoint with a scope is none. Its address is looked for in the first message that it comes in. */
typedef void (*wireguard_message_peer)(void *userdata, const struct peer_fact *peer);

/*
 * One message of a dump. 1: it is one, and `peer` was called for each peer in it; 0: of no interest here;
 * -EBADMSG: it cannot be understood, though peers before the fault may have been told; all of it is wiped
 * then. A peer whose allowed addresses fill several messages comes again in each with its key alone: it is
 * told once. `tunnel` is filled in from the message that has it, the dump's first, and left as it is by the
 * others.
 */
int wireguard_message_decode(struct nlmsghdr *header, uint16_t family, struct tunnel_fact *tunnel,
                             wireguard_message_peer peer, void *userdata);
