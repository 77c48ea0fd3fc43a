/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* offset: how far the clock is off, in words and exact. */
#ifndef WSLNODE_CTL_OFFSET_H
#define WSLNODE_CTL_OFFSET_H

#include <stdint.h>

#define OFFSET_SIZE 48

/* "2 h 0 min ahead", "12 ms behind". */
const char *offset_words(int64_t usec, char buffer[OFFSET_SIZE]);
/* "+7200.120 s", with so many digits behind the point, 6 at most. */
const char *offset_exact(int64_t usec, int digits, char buffer[OFFSET_SIZE]);

#endif
