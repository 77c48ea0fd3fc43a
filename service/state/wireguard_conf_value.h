/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A piece of a line of a WireGuard configuration file. To wg white space is not there, be it within a name, a
 * number or a key; so it is skipped here, and never copied with the rest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIREGUARD_CONF_HOST_SIZE 256
#define WIREGUARD_CONF_PORT_SIZE 32

struct wireguard_conf_run {
    const char *begin, *end;
};

bool wireguard_conf_is_space(char c);
/* Without the white space at both ends. */
struct wireguard_conf_run wireguard_conf_trim(struct wireguard_conf_run run);
/* Byte by byte, in any case of letters: as wg-quick compares. */
bool wireguard_conf_same(struct wireguard_conf_run run, const char *name);
/* What follows `head`, in any case of letters; NULL if it does not begin so. */
const char *wireguard_conf_behind(struct wireguard_conf_run run, const char *head);

/* 44 characters of base64, no bit lost. Nothing is copied: it may be a private key. */
bool wireguard_conf_is_key(struct wireguard_conf_run run);
/* Without white space, with an end. False, and "", if it does not fit. */
bool wireguard_conf_copy(struct wireguard_conf_run run, char *buffer, size_t size);
/* `off` is 0. False for what wg does not take. */
bool wireguard_conf_keepalive(struct wireguard_conf_run run, uint16_t *seconds);
/*
 * A number or the name of a service, which nobody looks up here. glibc cuts 65536 and more, which are
 * refused.
 */
bool wireguard_conf_port(struct wireguard_conf_run run, char port[WIREGUARD_CONF_PORT_SIZE]);
/*
 * [host]:port, or host:port by the last colon. The host is an address with or without a scope, or a name;
 * printable ASCII, and nobody looks it up here.
 */
bool wireguard_conf_endpoint(struct wireguard_conf_run run, char host[WIREGUARD_CONF_HOST_SIZE],
                             char port[WIREGUARD_CONF_PORT_SIZE]);
/* As `ip link set mtu` reads it: also in hexadecimal or octal; white space within is none of a number. */
bool wireguard_conf_mtu(struct wireguard_conf_run run, int32_t *mtu);
