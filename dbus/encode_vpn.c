/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VPN, as D-Bus values */
#include "encode_vpn.h"

#include <errno.h>
#include <stdlib.h>

#include "../service/sys/clock_time.h"
#include "encode.h"
#include "vpn_object.h"

static int handshake_age(sd_bus_message *message, int64_t age_usec)
{
    return age_usec < 0 ? 0 : encode_entry(message, "handshake-age-usec", "t", (uint64_t)age_usec);
}

static int endpoint(sd_bus_message *message, const struct peer *peer)
{
    char text[PEER_ENDPOINT_TEXT_SIZE] = "";

    if (peer)
        peer_endpoint_text(&peer->seen.endpoint, text, sizeof(text));
    return encode_entry(message, "endpoint", "s", text);
}

static int peer_dict(sd_bus_message *message, const struct node *node, const struct peer *peer, int64_t raw)
{
    char key[PEER_KEY_TEXT_SIZE];
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0)
        r = encode_entry(message, "key", "s", peer_key_text(peer->seen.key, key));
    if (r >= 0)
        r = endpoint(message, peer);
    if (r >= 0)
        r = encode_entry(message, "state", "s", peer_state_name(peer->state));
    if (r >= 0)
        r = encode_entry(message, "reason", "s", tunnel_reason_name(tunnel_peer_reason(node, peer)));
    if (r >= 0)
        r = handshake_age(message, peer_age(peer, raw));
    if (r >= 0)
        r = encode_entry(message, "rx", "t", peer->seen.rx_bytes);
    if (r >= 0)
        r = encode_entry(message, "tx", "t", peer->seen.tx_bytes);
    if (r >= 0)
        r = encode_entry(message, "keepalive", "u", (uint32_t)peer->seen.keepalive_sec);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

int encode_peers(sd_bus_message *message, const struct node *node, const struct tunnel *tunnel,
                 uint32_t offset, uint32_t limit)
{
    const struct peers *peers = &tunnel->peers;
    int64_t raw = clock_time_raw();
    int r = sd_bus_message_open_container(message, 'a', "a{sv}");

    for (size_t i = offset; r >= 0 && i < peers->count && i - offset < limit; i++)
        r = peer_dict(message, node, &peers->list[i], raw);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int path(sd_bus_message *message, const struct drop *drop)
{
    char *text = vpn_object_path(drop->kind, drop->name);
    int r = text ? encode_entry(message, "path", "o", text) : -ENOMEM;

    free(text);
    return r;
}

static int64_t age_of(const struct tunnel *tunnel, const struct peer *peer)
{
    if (peer)
        return peer_age(peer, clock_time_raw());
    return tunnel ? tunnel_age(tunnel, clock_time_raw()) : -1;
}

int encode_drop(sd_bus_message *message, const struct node *node, const struct drop *drop, bool down)
{
    const struct tunnel *tunnel = tunnels_find(&node->tunnels, drop->kind, drop->name);
    const struct peer *peer = tunnel && !drop->whole ? peers_find(&tunnel->peers, drop->key) : NULL;
    int r = sd_bus_message_open_container(message, 'a', "{sv}");

    if (r >= 0 && down)
        r = encode_entry(message, "finding", "s", drop->reason == TUNNEL_LINK_GONE ? "" : "vpn-down");
    if (r >= 0)
        r = path(message, drop);
    if (r >= 0)
        r = encode_entry(message, "kind", "s", tunnel_kind_name(drop->kind));
    if (r >= 0)
        r = encode_entry(message, "link", "s", tunnel ? tunnel_link(node, tunnel) : "");
    if (r >= 0)
        r = endpoint(message, peer);
    if (r >= 0 && down && (drop->whole || peer))
        r = handshake_age(message, age_of(tunnel, peer));
    return r < 0 ? r : sd_bus_message_close_container(message);
}
