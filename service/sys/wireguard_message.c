/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink of WireGuard in the kernel */
#include "wireguard_message.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <string.h>

#include "link_message.h"

#define SECOND       INT64_C(1000000)
#define CTRL_VERSION 1
/* A nest with a type; the kernel insists on the flag, and older libnl leaves it out. */
#define NEST(type) ((type) | NLA_F_NESTED)

static struct nl_msg *request(uint16_t family, uint8_t command, uint8_t version, int flags)
{
    struct genlmsghdr header = {.cmd = command, .version = version};
    struct nl_msg *message = nlmsg_alloc_simple(family, NLM_F_REQUEST | flags);

    if (message && nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) == 0)
        return message;
    nlmsg_free(message);
    return NULL;
}

/* The message, or NULL if putting something into it failed. */
static struct nl_msg *whole(struct nl_msg *message, int r)
{
    if (r >= 0)
        return message;
    nlmsg_free(message);
    return NULL;
}

struct nl_msg *wireguard_message_family(void)
{
    struct nl_msg *message = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_VERSION, 0);

    return message ? whole(message, nla_put_string(message, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME)) : NULL;
}

int wireguard_message_read_family(const struct nlmsghdr *constant, uint16_t *family)
{
    static struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
        [CTRL_ATTR_FAMILY_ID] = {.type = NLA_U16},
        [CTRL_ATTR_FAMILY_NAME] = {.type = NLA_STRING, .maxlen = GENL_NAMSIZ},
    };
    struct nlmsghdr *header = (struct nlmsghdr *)constant; /* libnl's readers take no const */
    const struct genlmsghdr *info = nlmsg_data(header);
    struct nlattr *tb[CTRL_ATTR_MAX + 1];
    uint16_t number;

    if (header->nlmsg_type != GENL_ID_CTRL)
        return 0;
    if (nlmsg_parse(header, GENL_HDRLEN, tb, CTRL_ATTR_MAX, policy) < 0)
        return -EBADMSG;
    if (info->cmd != CTRL_CMD_NEWFAMILY)
        return 0;
    if (!tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_FAMILY_NAME])
        return -EBADMSG;
    if (nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], WG_GENL_NAME) != 0)
        return 0;
    number = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
    if (number <= GENL_ID_CTRL || number > GENL_MAX_ID)
        return -EBADMSG;
    *family = number;
    return 1;
}

struct nl_msg *wireguard_message_dump(uint16_t family, int32_t ifindex)
{
    struct nl_msg *message = request(family, WG_CMD_GET_DEVICE, WG_GENL_VERSION, NLM_F_DUMP);

    return message ? whole(message, nla_put_u32(message, WGDEVICE_A_IFINDEX, ifindex)) : NULL;
}

/* One peer that has to be there, and one attribute of it. */
static int put_peer(struct nl_msg *message, int32_t ifindex, const uint8_t *key, int type, const void *value,
                    int length)
{
    struct nlattr *peers, *peer;

    if (nla_put_u32(message, WGDEVICE_A_IFINDEX, ifindex) < 0 ||
        !(peers = nla_nest_start(message, NEST(WGDEVICE_A_PEERS))) ||
        !(peer = nla_nest_start(message, NEST(0))) ||
        nla_put(message, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, key) < 0 ||
        nla_put_u32(message, WGPEER_A_FLAGS, WGPEER_F_UPDATE_ONLY) < 0 ||
        nla_put(message, type, length, value) < 0)
        return -ENOMEM;
    nla_nest_end(message, peer);
    nla_nest_end(message, peers);
    return 0;
}

static struct nl_msg *set(uint16_t family, int32_t ifindex, const uint8_t *key, int type, const void *value,
                          int length)
{
    struct nl_msg *message = request(family, WG_CMD_SET_DEVICE, WG_GENL_VERSION, NLM_F_ACK);

    return message ? whole(message, put_peer(message, ifindex, key, type, value, length)) : NULL;
}

struct nl_msg *wireguard_message_set_keepalive(uint16_t family, int32_t ifindex,
                                               const uint8_t key[PEER_KEY_SIZE], uint16_t seconds)
{
    return set(family, ifindex, key, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, &seconds, sizeof(seconds));
}

struct nl_msg *wireguard_message_set_endpoint(uint16_t family, int32_t ifindex,
                                              const uint8_t key[PEER_KEY_SIZE],
                                              const struct peer_endpoint *endpoint)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};

    memcpy(&in.sin_addr, endpoint->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, endpoint->bytes, sizeof(in6.sin6_addr));
    return endpoint->family == AF_INET ? set(family, ifindex, key, WGPEER_A_ENDPOINT, &in, sizeof(in))
                                       : set(family, ifindex, key, WGPEER_A_ENDPOINT, &in6, sizeof(in6));
}

/* True if it was a key: all zero is none. */
static bool wipe(struct nlattr *attribute)
{
    uint8_t *bytes = nla_data(attribute), any = 0;

    for (int i = 0; i < nla_len(attribute); i++)
        any |= bytes[i];
    explicit_bzero(bytes, nla_len(attribute));
    return any;
}

/* False, as of the others: not all of it is attributes. */
static bool wipe_peer(struct nlattr *peer)
{
    struct nlattr *attribute = nla_data(peer);
    int left = nla_len(peer);

    for (; nla_ok(attribute, left); attribute = nla_next(attribute, &left))
        if (nla_type(attribute) == WGPEER_A_PRESHARED_KEY)
            wipe(attribute);
    return left <= 0;
}

static bool wipe_peers(struct nlattr *peers)
{
    struct nlattr *peer = nla_data(peers);
    int left = nla_len(peers);
    bool sound = true;

    for (; nla_ok(peer, left); peer = nla_next(peer, &left))
        sound &= wipe_peer(peer);
    return sound && left <= 0;
}

static bool wipe_tunnel(struct nlmsghdr *header, bool *keyed)
{
    struct nlattr *attribute = nlmsg_attrdata(header, GENL_HDRLEN);
    int left = nlmsg_attrlen(header, GENL_HDRLEN);
    bool sound = true;

    *keyed = false;
    for (; nla_ok(attribute, left); attribute = nla_next(attribute, &left))
        if (nla_type(attribute) == WGDEVICE_A_PRIVATE_KEY)
            *keyed |= wipe(attribute);
        else if (nla_type(attribute) == WGDEVICE_A_PEERS)
            sound &= wipe_peers(attribute);
    return sound && left <= 0;
}

/* One that holds for one link only says where it is to nobody who does not know that link. */
static int set_endpoint(struct peer_endpoint *endpoint, struct nlattr *attribute)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address;

    if (nla_len(attribute) > (int)sizeof(address))
        return -EBADMSG;
    memset(&address, 0, sizeof(address));
    memcpy(&address, nla_data(attribute), nla_len(attribute));
    if (address.any.sa_family == AF_INET && nla_len(attribute) == sizeof(address.in)) {
        endpoint->port = ntohs(address.in.sin_port);
        memcpy(endpoint->bytes, &address.in.sin_addr, 4);
    } else if (address.any.sa_family == AF_INET6 && nla_len(attribute) == sizeof(address.in6)) {
        if (address.in6.sin6_scope_id)
            return 0;
        endpoint->port = ntohs(address.in6.sin6_port);
        memcpy(endpoint->bytes, &address.in6.sin6_addr, 16);
    } else {
        return -EBADMSG;
    }
    endpoint->family = address.any.sa_family;
    return 0;
}

/* Of one family, and as long as an address of it. */
static bool is_address(struct nlattr **tb, uint16_t family, int length)
{
    return tb[WGALLOWEDIP_A_FAMILY] && nla_get_u16(tb[WGALLOWEDIP_A_FAMILY]) == family &&
           tb[WGALLOWEDIP_A_IPADDR] && nla_len(tb[WGALLOWEDIP_A_IPADDR]) == length &&
           tb[WGALLOWEDIP_A_CIDR_MASK] && nla_get_u8(tb[WGALLOWEDIP_A_CIDR_MASK]) <= 8 * length;
}

static int read_allowed(struct nlattr *nest, struct peer_fact *peer)
{
    static struct nla_policy policy[WGALLOWEDIP_A_MAX + 1] = {
        [WGALLOWEDIP_A_FAMILY] = {.type = NLA_U16},
        [WGALLOWEDIP_A_IPADDR] = {.minlen = 4, .maxlen = 16},
        [WGALLOWEDIP_A_CIDR_MASK] = {.type = NLA_U8},
    };
    struct nlattr *tb[WGALLOWEDIP_A_MAX + 1];
    bool ipv4;

    if (nla_parse_nested(tb, WGALLOWEDIP_A_MAX, nest, policy) < 0)
        return -EBADMSG;
    ipv4 = is_address(tb, AF_INET, 4);
    if (!ipv4 && !is_address(tb, AF_INET6, 16))
        return -EBADMSG;
    if (peer->address_family || nla_get_u8(tb[WGALLOWEDIP_A_CIDR_MASK]) != (ipv4 ? 32 : 128))
        return 0;
    peer->address_family = ipv4 ? AF_INET : AF_INET6;
    memcpy(peer->address, nla_data(tb[WGALLOWEDIP_A_IPADDR]), ipv4 ? 4 : 16);
    return 0;
}

static int set_address(struct peer_fact *peer, struct nlattr *all)
{
    struct nlattr *nest = nla_data(all);
    int left = nla_len(all), r = 0;

    for (; r == 0 && nla_ok(nest, left); nest = nla_next(nest, &left))
        r = read_allowed(nest, peer);
    return r;
}

/* A time that no clock tells is none. */
static int64_t handshake_usec(struct nlattr *attribute)
{
    struct __kernel_timespec time;

    memcpy(&time, nla_data(attribute), sizeof(time));
    if (time.tv_sec <= 0 || time.tv_sec >= CLOCK_TIME_MAX_USEC / SECOND || time.tv_nsec < 0 ||
        time.tv_nsec >= 1000 * SECOND)
        return 0;
    return time.tv_sec * SECOND + time.tv_nsec / 1000;
}

/* 1: a peer; 0: the rest of one that was told. */
static int decode_peer(struct nlattr *nest, struct peer_fact *peer)
{
    static struct nla_policy policy[WGPEER_A_MAX + 1] = {
        [WGPEER_A_PUBLIC_KEY] = {.minlen = WG_KEY_LEN, .maxlen = WG_KEY_LEN},
        [WGPEER_A_PRESHARED_KEY] = {.minlen = WG_KEY_LEN, .maxlen = WG_KEY_LEN},
        [WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = {.type = NLA_U16},
        [WGPEER_A_LAST_HANDSHAKE_TIME] = {.minlen = sizeof(struct __kernel_timespec),
                                          .maxlen = sizeof(struct __kernel_timespec)},
        [WGPEER_A_RX_BYTES] = {.type = NLA_U64},
        [WGPEER_A_TX_BYTES] = {.type = NLA_U64},
    };
    struct nlattr *tb[WGPEER_A_MAX + 1];

    if (nla_parse_nested(tb, WGPEER_A_MAX, nest, policy) < 0 || !tb[WGPEER_A_PUBLIC_KEY])
        return -EBADMSG;
    if (!tb[WGPEER_A_LAST_HANDSHAKE_TIME] && !tb[WGPEER_A_RX_BYTES] && !tb[WGPEER_A_TX_BYTES])
        return 0;
    if (!tb[WGPEER_A_LAST_HANDSHAKE_TIME] || !tb[WGPEER_A_RX_BYTES] || !tb[WGPEER_A_TX_BYTES])
        return -EBADMSG;
    memcpy(peer->key, nla_data(tb[WGPEER_A_PUBLIC_KEY]), sizeof(peer->key));
    peer->handshake_usec = handshake_usec(tb[WGPEER_A_LAST_HANDSHAKE_TIME]);
    peer->rx_bytes = nla_get_u64(tb[WGPEER_A_RX_BYTES]);
    peer->tx_bytes = nla_get_u64(tb[WGPEER_A_TX_BYTES]);
    if (tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
        peer->keepalive_sec = nla_get_u16(tb[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
    if (tb[WGPEER_A_ENDPOINT] && set_endpoint(&peer->endpoint, tb[WGPEER_A_ENDPOINT]) < 0)
        return -EBADMSG;
    if (tb[WGPEER_A_ALLOWEDIPS] && set_address(peer, tb[WGPEER_A_ALLOWEDIPS]) < 0)
        return -EBADMSG;
    return 1;
}

static int decode_peers(struct nlattr *peers, int32_t ifindex, wireguard_message_peer tell, void *userdata)
{
    struct nlattr *nest = nla_data(peers);
    int left = nla_len(peers), r;

    for (; nla_ok(nest, left); nest = nla_next(nest, &left)) {
        struct peer_fact peer;

        memset(&peer, 0, sizeof(peer));
        peer.ifindex = ifindex;
        r = decode_peer(nest, &peer);
        if (r < 0)
            return r;
        if (r > 0)
            tell(userdata, &peer);
    }
    return 0;
}

static int decode_tunnel(struct nlattr **tb, bool keyed, struct tunnel_fact *tunnel)
{
    int32_t ifindex = nla_get_u32(tb[WGDEVICE_A_IFINDEX]);
    char name[LINK_NAME_SIZE];

    if (ifindex <= 0 || !tb[WGDEVICE_A_IFNAME])
        return -EBADMSG;
    memset(tunnel, 0, sizeof(*tunnel));
    tunnel->ifindex = ifindex;
    tunnel->keyed = keyed;
    tunnel->port = tb[WGDEVICE_A_LISTEN_PORT] ? nla_get_u16(tb[WGDEVICE_A_LISTEN_PORT]) : 0;
    tunnel->mark = tb[WGDEVICE_A_FWMARK] ? nla_get_u32(tb[WGDEVICE_A_FWMARK]) : 0;
    nla_strlcpy(name, tb[WGDEVICE_A_IFNAME], sizeof(name));
    link_message_name(tunnel->name, name, ifindex);
    return 0;
}

static int decode(struct nlmsghdr *header, bool keyed, struct tunnel_fact *tunnel,
                  wireguard_message_peer peer, void *userdata)
{
    static struct nla_policy policy[WGDEVICE_A_MAX + 1] = {
        [WGDEVICE_A_IFINDEX] = {.type = NLA_U32},
        [WGDEVICE_A_IFNAME] = {.type = NLA_STRING, .maxlen = IFNAMSIZ},
        [WGDEVICE_A_PRIVATE_KEY] = {.minlen = WG_KEY_LEN, .maxlen = WG_KEY_LEN},
        [WGDEVICE_A_LISTEN_PORT] = {.type = NLA_U16},
        [WGDEVICE_A_FWMARK] = {.type = NLA_U32},
    };
    const struct genlmsghdr *info = nlmsg_data(header);
    struct nlattr *tb[WGDEVICE_A_MAX + 1];
    int r = 0;

    if (nlmsg_parse(header, GENL_HDRLEN, tb, WGDEVICE_A_MAX, policy) < 0)
        return -EBADMSG;
    if (info->cmd != WG_CMD_GET_DEVICE)
        return 0;
    if (tb[WGDEVICE_A_IFINDEX])
        r = decode_tunnel(tb, keyed, tunnel);
    if (r >= 0 && tb[WGDEVICE_A_PEERS])
        r = decode_peers(tb[WGDEVICE_A_PEERS], tunnel->ifindex, peer, userdata);
    return r < 0 ? r : 1;
}

int wireguard_message_decode(struct nlmsghdr *header, uint16_t family, struct tunnel_fact *tunnel,
                             wireguard_message_peer peer, void *userdata)
{
    bool keyed;
    int r;

    if (header->nlmsg_type != family)
        return 0;
    r = wipe_tunnel(header, &keyed) ? decode(header, keyed, tunnel, peer, userdata) : -EBADMSG;
    if (r < 0 && nlmsg_datalen(header) > 0) /* where its keys are, nobody knows */
        explicit_bzero(nlmsg_data(header), nlmsg_datalen(header));
    return r;
}
