/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbers of MTUs, in bytes. */
#pragma once

/* IPv4's smallest (RFC 791) and IPv6's (RFC 8200): a link below 1280 has no IPv6. */
#define MTU_LEAST_IPV4 68u
#define MTU_LEAST_IPV6 1280u

/*
 * What WireGuard puts around a packet: IP header (20 or 40) + UDP (8) + type, receiver and counter (16) +
 * authentication tag (16). Tailscale's transport is the same.
 */
#define MTU_OVERHEAD_IPV4 60u
#define MTU_OVERHEAD_IPV6 80u
