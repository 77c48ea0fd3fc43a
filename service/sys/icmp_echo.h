/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICMP and ICMPv6 echo messages: the question, its answer, and its beginning within an error. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICMP_ECHO_HEADER_SIZE 8
#define ICMP_ECHO_COOKIE_SIZE 16
#define ICMP_ECHO_SIZE_MIN    (ICMP_ECHO_HEADER_SIZE + ICMP_ECHO_COOKIE_SIZE)

/* What all questions of one asker share. The cookie is random: only who has seen a question can answer it. */
struct icmp_echo {
    uint8_t family; /* AF_INET or AF_INET6 */
    uint8_t id[2];  /* as it goes over the wire */
    uint8_t cookie[ICMP_ECHO_COOKIE_SIZE];
};

/*
 * Writes header and cookie over the beginning of `bytes`, of at least ICMP_ECHO_SIZE_MIN; the rest is the
 * caller's and goes into the checksum. ICMPv6's is left to the kernel, which knows the addresses.
 */
void icmp_echo_write(const struct icmp_echo *echo, uint16_t sequence, uint8_t *bytes, size_t length);
/* How long the IPv4 header is that a raw socket puts before the message; `length` if it is cut off. */
size_t icmp_echo_offset(const uint8_t *bytes, size_t length);
/* It answers a question of this asker's; which one, is in `sequence`. The checksum is the kernel's to look
 * at. */
bool icmp_echo_is_answer(const struct icmp_echo *echo, const uint8_t *bytes, size_t length,
                         uint16_t *sequence);
/* It is the beginning of such a question: an error quotes its header at least, and mostly the cookie too. */
bool icmp_echo_is_question(const struct icmp_echo *echo, const uint8_t *bytes, size_t length,
                           uint16_t *sequence);
