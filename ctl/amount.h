/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* amount: how long ago, and how many bytes, in words. */
#ifndef WSLNODE_CTL_AMOUNT_H
#define WSLNODE_CTL_AMOUNT_H

#include <stdint.h>

#define AMOUNT_SIZE 32

/* "34 s ago", "3 d 4 h ago". */
const char *amount_ago(uint64_t usec, char buffer[AMOUNT_SIZE]);
/* "148 B", "1.5 MiB". */
const char *amount_bytes(uint64_t bytes, char buffer[AMOUNT_SIZE]);

#endif
