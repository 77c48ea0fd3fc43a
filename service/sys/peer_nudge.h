/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer of a tunnel is sent something that nobody there waits for: what makes both ends shake hands. */
#pragma once

#include <stdint.h>

#define PEER_NUDGE_PORT 9 /* discard */

/* One UDP packet without data, by this link and no other. Never blocks; 0 or a negative errno. */
int peer_nudge(int32_t ifindex, uint8_t family, const uint8_t address[16]);
