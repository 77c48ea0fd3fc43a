/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a datagram of the kernel's: the number of the family, and a dump of a tunnel, in which keys
 * are planted: nothing is left of them.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../service/sys/wireguard_message.h"

#define FAMILY 30
#define SECRET "a key of nobody" /* 16 bytes, with their end */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void tell(void *userdata, const struct peer_fact *peer)
{
    const struct tunnel_fact *tunnel = userdata;

    check(peer->ifindex == tunnel->ifindex && peer->raw_usec == 0 && peer->clock_usec == 0);
    check(peer->handshake_usec >= 0 && peer->handshake_usec < CLOCK_TIME_MAX_USEC);
    check(peer->endpoint.family || (!peer->endpoint.port && !peer->endpoint.bytes[0]));
    check(peer->address_family == AF_INET || peer->address_family == AF_INET6 ||
          (!peer->address_family && !peer->address[0]));
    check(peer->address_family != AF_INET || !peer->address[4]);
}

static bool has_secret(const void *where, size_t size)
{
    static const char twice[] = SECRET "\0" SECRET;

    for (size_t i = 0; i < sizeof(SECRET); i++)
        if (memmem(where, size, twice + i, 8))
            return true;
    return false;
}

static void plant_in(struct nlattr *attribute)
{
    char *bytes = nla_data(attribute);

    for (int i = 0; i < nla_len(attribute); i++)
        bytes[i] = SECRET[i % sizeof(SECRET)];
}

/* In each attribute of this type. */
static void plant(struct nlattr *attribute, int left, int type)
{
    for (; nla_ok(attribute, left); attribute = nla_next(attribute, &left))
        if (nla_type(attribute) == type)
            plant_in(attribute);
}

/* Wherever a key would be. */
static void plant_keys(struct nlmsghdr *header)
{
    struct nlattr *peers = nlmsg_attrdata(header, GENL_HDRLEN), *peer;
    int left = nlmsg_attrlen(header, GENL_HDRLEN), peers_left;

    plant(peers, left, WGDEVICE_A_PRIVATE_KEY);
    for (; nla_ok(peers, left); peers = nla_next(peers, &left)) {
        peers_left = nla_type(peers) == WGDEVICE_A_PEERS ? nla_len(peers) : 0;
        for (peer = nla_data(peers); nla_ok(peer, peers_left); peer = nla_next(peer, &peers_left))
            plant(nla_data(peer), nla_len(peer), WGPEER_A_PRESHARED_KEY);
    }
}

static void check_tunnel(const struct tunnel_fact *tunnel)
{
    check(tunnel->ifindex > 0 && !tunnel->user_space);
    check(memchr(tunnel->name, 0, sizeof(tunnel->name)) != NULL);
    for (const char *c = tunnel->name; *c; c++)
        check((unsigned char)*c > 0x20 && (unsigned char)*c < 0x7f);
}

static void take(struct nlmsghdr *header, struct tunnel_fact *tunnel)
{
    uint16_t family = 0;
    bool planted;
    int r;

    if (wireguard_message_read_family(header, &family) == 1)
        check(family > GENL_ID_CTRL && family <= GENL_MAX_ID);
    else
        check(family == 0);
    if (has_secret(header, header->nlmsg_len))
        return; /* by the input itself, where no key would be */
    if (header->nlmsg_type == FAMILY)
        plant_keys(header);
    planted = has_secret(header, header->nlmsg_len);
    r = wireguard_message_decode(header, FAMILY, tunnel, tell, tunnel);
    check(r == 1 || r == 0 || r == -EBADMSG);
    check(!planted || !has_secret(header, header->nlmsg_len));
    check(!has_secret(tunnel, sizeof(*tunnel)));
    check_tunnel(tunnel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of its own size, so that a byte too far is seen */
    struct nlmsghdr *header = (struct nlmsghdr *)copy;
    struct tunnel_fact tunnel = {.ifindex = 7, .name = "wg0"};
    int left = size;

    memcpy(copy, data, size);
    for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left))
        take(header, &tunnel);
    free(copy);
    return 0;
}
