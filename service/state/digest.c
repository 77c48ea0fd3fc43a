/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FNV-1a */
#include "digest.h"

#include <string.h>

uint64_t digest_add(uint64_t digest, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < size; i++)
        digest = (digest ^ byte[i]) * UINT64_C(0x100000001b3);
    return digest;
}

uint64_t digest_add_text(uint64_t digest, const char *text)
{
    return digest_add(digest, text, strlen(text) + 1);
}

uint64_t digest_add_number(uint64_t digest, uint64_t number)
{
    return digest_add(digest, &number, sizeof(number));
}
