/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text: strings that others chose, made fit for a terminal and for a shell. */
#include "text.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#define TEXT_INVALID UINT32_MAX

bool text_is_utf8_locale(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Reads one code point; a byte that begins none is TEXT_INVALID and one byte long. */
static size_t text_decode(const char *s, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s;
    size_t length = *p < 0x80                 ? 1
                    : *p >= 0xc2 && *p < 0xe0 ? 2
                    : (*p & 0xf0) == 0xe0     ? 3
                    : *p >= 0xf0 && *p < 0xf5 ? 4
                                              : 0;
    uint32_t code = length < 2 ? *p : *p & (0x7fU >> length);

    *ret = TEXT_INVALID;
    if (length == 0)
        return 1;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 1;
    *ret = code;
    return length;
}

/* Control characters drive the terminal; direction marks make a line read as another. */
static bool text_is_harmless(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == TEXT_INVALID)
        return false;
    return code != 0x61c && code != 0x200e && code != 0x200f && !(code >= 0x2028 && code <= 0x202e) &&
           !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

bool text_is_valid(const char *s)
{
    uint32_t code;

    for (; *s; s += text_decode(s, &code)) {
        text_decode(s, &code);
        if (code == TEXT_INVALID)
            return false;
    }
    return true;
}

void text_write(FILE *out, const char *s)
{
    bool utf8 = text_is_utf8_locale();
    uint32_t code;
    size_t length;

    for (; *s; s += length) {
        length = text_decode(s, &code);
        if (code == '\n' || code == '\t')
            fputc(' ', out);
        else if (!text_is_harmless(code))
            fputc('?', out);
        else if (code < 0x80 || utf8)
            fwrite(s, 1, length, out);
        else
            fputs(code == 0x2192 ? "->" : "?", out);
    }
}

char *text_clean(const char *s)
{
    char *cleaned = NULL;
    size_t size;
    FILE *out = open_memstream(&cleaned, &size);

    if (!out)
        return NULL;
    text_write(out, s);
    if (fclose(out) != 0) {
        free(cleaned);
        return NULL;
    }
    return cleaned;
}

size_t text_width(const char *s)
{
    mbstate_t state = {0};
    size_t width = 0;
    size_t left = strlen(s);

    while (left > 0) {
        wchar_t wide;
        size_t n = mbrtowc(&wide, s, left, &state);
        int columns;

        if (n == 0 || n > left)
            return width + left;
        columns = wcwidth(wide);
        width += columns > 0 ? (size_t)columns : 0;
        s += n;
        left -= n;
    }
    return width;
}

void text_quote(FILE *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
    bool harmless = true;
    uint32_t code;

    if (*s && s[strspn(s, plain)] == '\0') {
        fputs(s, out);
        return;
    }
    for (const char *p = s; *p; p += text_decode(p, &code)) {
        text_decode(p, &code);
        harmless = harmless && text_is_harmless(code) && (code < 0x80 || text_is_utf8_locale());
    }
    /* What cannot be shown is spelt out, so that the command means the same when it is copied. */
    fputs(harmless ? "'" : "$'", out);
    for (; *s; s++)
        if (!harmless && ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f))
            fprintf(out, "\\%03o", (unsigned char)*s);
        else if (!harmless && (*s == '\'' || *s == '\\'))
            fprintf(out, "\\%c", *s);
        else
            fputs(*s == '\'' ? "'\\''" : (char[]){*s, '\0'}, out);
    fputc('\'', out);
}

int text_number(const char *s, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;

    if (*s == '\0' || s[strspn(s, "0123456789")] != '\0')
        return -EINVAL;
    for (; *s; s++)
        if (__builtin_mul_overflow(number, 10U, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*s - '0'), &number) || number > max)
            return -ERANGE;
    *ret = number;
    return 0;
}

const char *text_time(uint64_t usec, char buffer[TEXT_TIME_SIZE])
{
    time_t seconds = (time_t)(usec / 1000000);
    struct tm local;

    if (usec == 0 || !localtime_r(&seconds, &local) ||
        strftime(buffer, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
        return strcpy(buffer, "-");
    return buffer;
}
