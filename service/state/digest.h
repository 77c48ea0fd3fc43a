/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A digest of what is compared with what it was: FNV-1a. It keeps nobody out who wants two to be alike. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BEGIN UINT64_C(0xcbf29ce484222325)

uint64_t digest_add(uint64_t digest, const void *bytes, size_t size);
/* With its NUL, so that none runs into the next. */
uint64_t digest_add_text(uint64_t digest, const char *text);
uint64_t digest_add_number(uint64_t digest, uint64_t number);
