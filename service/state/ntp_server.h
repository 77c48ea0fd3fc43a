/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An NTP server that may be asked for the time. */
#pragma once

#include <stdint.h>

#define NTP_SERVERS_MAX 4

struct ntp_server {
    uint16_t port;     /* 0: NTP's own, 123 */
    uint8_t family;    /* AF_INET or AF_INET6 */
    uint8_t bytes[16]; /* of an IPv4 address the first four */
};
