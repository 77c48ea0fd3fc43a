/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The characters of a configuration file as WSL's parser gets them */
#include "wsl_config_reader.h"

#include <string.h>

#define CTRL_Z 0x1a
/* Characters that are looked at to tell UTF-16 without a mark. */
#define LOOK 4

static bool begins(const char *text, size_t size, const char *mark, size_t length)
{
    return size >= length && memcmp(text, mark, length) == 0;
}

/* ASCII in UTF-16: every other byte is NUL, and the others are not. */
static bool looks_wide(const char *text, size_t size, size_t nul)
{
    size_t count = size / 2 < LOOK ? size / 2 : LOOK;

    for (size_t i = 0; i < count; i++)
        if (text[2 * i + nul] || !text[2 * i + 1 - nul])
            return false;
    return count > 0;
}

enum wsl_config_encoding wsl_config_encoding_of(const char *text, size_t size)
{
    if (begins(text, size, "\xef\xbb\xbf", 3))
        return WSL_CONFIG_UTF8_MARK;
    if (begins(text, size, "\xff\xfe", 2))
        return WSL_CONFIG_UTF16LE_MARK;
    if (begins(text, size, "\xfe\xff", 2))
        return WSL_CONFIG_UTF16BE_MARK;
    if (looks_wide(text, size, 1))
        return WSL_CONFIG_UTF16LE;
    return looks_wide(text, size, 0) ? WSL_CONFIG_UTF16BE : WSL_CONFIG_PLAIN;
}

bool wsl_config_encoding_is_dead(enum wsl_config_dialect dialect, enum wsl_config_encoding encoding)
{
    if (dialect == WSL_CONFIG_CONF)
        return encoding != WSL_CONFIG_PLAIN;
    return encoding == WSL_CONFIG_UTF16BE_MARK || encoding == WSL_CONFIG_UTF16LE ||
           encoding == WSL_CONFIG_UTF16BE;
}

size_t wsl_config_utf8(const unsigned char *bytes, size_t size, uint32_t *character)
{
    unsigned char first = bytes[0], least = 0x80, most = 0xbf;
    size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    *character = first;
    if (first < 0x80)
        return 1;
    *character = 0xfffd;
    if (first < 0xc2 || first > 0xf4)
        return 1;
    if (first == 0xe0)
        least = 0xa0;
    else if (first == 0xed)
        most = 0x9f;
    else if (first == 0xf0)
        least = 0x90;
    else if (first == 0xf4)
        most = 0x8f;
    for (size_t i = 1; i < length; i++) {
        if (i == size || bytes[i] < least || bytes[i] > most)
            return i;
        least = 0x80;
        most = 0xbf;
    }
    *character = first & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++)
        *character = *character << 6 | (bytes[i] & 0x3f);
    return length;
}

/* The unit that begins where the last one ended. */
static int read_unit(struct wsl_config_reader *reader)
{
    const unsigned char *at = reader->text + reader->end;
    size_t left = reader->size - reader->end;
    uint32_t character;
    int low = reader->low;

    reader->low = 0;
    if (low)
        return low;
    /* Half a unit at the end is none. */
    if (left < (reader->wide ? 2 : 1))
        return WSL_CONFIG_END;
    if (!reader->text_mode || reader->wide) {
        reader->end += reader->wide ? 2 : 1;
        return reader->wide ? at[0] | at[1] << 8 : at[0];
    }
    reader->end += wsl_config_utf8(at, left, &character);
    if (character < 0x10000)
        return character;
    reader->low = 0xdc00 | (character & 0x3ff);
    return 0xd800 | (character - 0x10000) >> 10;
}

void wsl_config_reader_next(struct wsl_config_reader *reader)
{
    size_t end;

    reader->line += reader->unit == '\n';
    reader->begin = reader->end;
    reader->unit = read_unit(reader);
    if (reader->unit == CTRL_Z && reader->text_mode) {
        reader->size = reader->end = reader->begin;
        reader->unit = WSL_CONFIG_END;
    }
    if (reader->unit != '\r' || !reader->text_mode)
        return;
    end = reader->end;
    if (read_unit(reader) == '\n') {
        reader->unit = '\n';
    } else {
        reader->end = end;
        reader->low = 0;
    }
}

void wsl_config_reader_begin(struct wsl_config_reader *reader, enum wsl_config_dialect dialect,
                             const char *text, size_t size)
{
    enum wsl_config_encoding encoding = wsl_config_encoding_of(text, size);
    bool text_mode = dialect == WSL_CONFIG_WSLCONFIG;

    *reader = (struct wsl_config_reader){
        .text = (const unsigned char *)text,
        .size = size,
        .text_mode = text_mode,
        .wide = text_mode && encoding == WSL_CONFIG_UTF16LE_MARK,
        .line = 1,
    };
    if (text_mode && encoding == WSL_CONFIG_UTF8_MARK)
        reader->end = 3;
    else if (reader->wide)
        reader->end = 2;
    wsl_config_reader_next(reader);
}
