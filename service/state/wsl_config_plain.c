/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text without its mark, in UTF-8 */
#include "wsl_config_plain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wsl_config.h"

static char *put(char *out, uint32_t character)
{
    if (character < 0x80) {
        *out++ = (char)character;
    } else if (character < 0x800) {
        *out++ = (char)(0xc0 | character >> 6);
        *out++ = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        *out++ = (char)(0xe0 | character >> 12);
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
        *out++ = (char)(0x80 | (character & 0x3f));
    } else {
        *out++ = (char)(0xf0 | character >> 18);
        *out++ = (char)(0x80 | (character >> 12 & 0x3f));
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
        *out++ = (char)(0x80 | (character & 0x3f));
    }
    return out;
}

static uint32_t unit(const unsigned char *at, bool big)
{
    return big ? at[0] << 8 | at[1] : at[0] | at[1] << 8;
}

static char *narrow(const unsigned char *at, const unsigned char *end, bool big, char *out)
{
    while (end - at >= 2) {
        uint32_t character = unit(at, big);

        at += 2;
        if (character >= 0xd800 && character < 0xe000) {
            uint32_t low = character < 0xdc00 && end - at >= 2 ? unit(at, big) : 0;
            bool pair = low >= 0xdc00 && low < 0xe000;

            character = pair ? 0x10000 + ((character & 0x3ff) << 10 | (low & 0x3ff)) : 0xfffd;
            at += pair ? 2 : 0;
        }
        out = put(out, character);
    }
    return at < end ? put(out, 0xfffd) : out;
}

int wsl_config_plain(const char *text, size_t size, char **ret, size_t *ret_size)
{
    enum wsl_config_encoding encoding = wsl_config_encoding_of(text, size);
    bool big = encoding == WSL_CONFIG_UTF16BE || encoding == WSL_CONFIG_UTF16BE_MARK;
    bool little = encoding == WSL_CONFIG_UTF16LE || encoding == WSL_CONFIG_UTF16LE_MARK;
    const unsigned char *begin = (const unsigned char *)text, *end = begin + size;
    char *out;

    if (size > WSL_CONFIG_SIZE_MAX)
        return -EFBIG;
    if (encoding == WSL_CONFIG_UTF8_MARK)
        begin += 3;
    else if (encoding == WSL_CONFIG_UTF16LE_MARK || encoding == WSL_CONFIG_UTF16BE_MARK)
        begin += 2;
    /* Two bytes become three at most, and a last one as well. */
    out = malloc(size + size / 2 + 3);
    if (!out)
        return -ENOMEM;
    *ret = out;
    *ret_size = end - begin;
    if (big || little)
        *ret_size = narrow(begin, end, big, out) - out;
    else
        memcpy(out, begin, *ret_size);
    return 0;
}
