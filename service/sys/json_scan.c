/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A JSON object, read as it comes */
#include "json_scan.h"

#include <errno.h>
#include <string.h>

#define NUMBER_MAX 63 /* characters */

enum lexeme {
    NEW, /* the outermost object's beginning */
    VALUE,
    FIRST_VALUE, /* or the array's end */
    KEY,
    FIRST_KEY, /* or the object's end */
    COLON,
    COMMA, /* or an end */
    TEXT,
    ESCAPE,
    HEX,
    LITERAL, /* a number, or true, false, null */
    ENDED,
    FAILED,
};

static uint8_t place_of(const struct json_scan *scan)
{
    return scan->frames[scan->depth - 1].place;
}

static bool is_told(const struct json_scan *scan)
{
    return place_of(scan) != JSON_SCAN_SKIPPED;
}

static uint8_t tell(struct json_scan *scan, enum json_scan_kind kind)
{
    bool keyed = scan->frames[scan->depth - 1].object && kind != JSON_SCAN_END;

    if (!is_told(scan))
        return JSON_SCAN_SKIPPED;
    return scan->tell(scan->userdata, place_of(scan), keyed ? scan->key : "", kind, scan->text);
}

static int push(struct json_scan *scan, bool object)
{
    uint8_t place = JSON_SCAN_TOP;

    if (scan->depth == JSON_SCAN_DEPTH_MAX)
        return -EBADMSG;
    if (scan->depth)
        place = tell(scan, object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY);
    scan->frames[scan->depth].place = place;
    scan->frames[scan->depth++].object = object;
    scan->lexeme = object ? FIRST_KEY : FIRST_VALUE;
    return 0;
}

static int pop(struct json_scan *scan, char byte)
{
    if (byte != (scan->frames[scan->depth - 1].object ? '}' : ']'))
        return -EBADMSG;
    if (scan->depth > 1)
        tell(scan, JSON_SCAN_END);
    scan->lexeme = --scan->depth ? COMMA : ENDED;
    return 0;
}

static int begin_text(struct json_scan *scan, bool in_key)
{
    scan->in_key = in_key;
    scan->cut = false;
    scan->length = 0;
    scan->left = 0;
    scan->high = 0;
    scan->lexeme = TEXT;
    return 0;
}

static int begin_value(struct json_scan *scan, char byte)
{
    if (byte == '{' || byte == '[')
        return push(scan, byte == '{');
    if (byte == '"')
        return begin_text(scan, false);
    if (!byte || !strchr("-0123456789tfn", byte))
        return -EBADMSG;
    scan->text[0] = byte;
    scan->length = 1;
    scan->lexeme = LITERAL;
    return 0;
}

static size_t encode(uint32_t code, char bytes[4])
{
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};

    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        bytes[i] = 0x80 | (code & 0x3f);
    bytes[0] = lead[length - 1] | code;
    return length;
}

static int append(struct json_scan *scan, uint32_t code)
{
    size_t size = scan->in_key ? sizeof(scan->key) : sizeof(scan->text), length;
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    char bytes[4];

    if (scan->high)
        return -EBADMSG;
    if (scan->cut || !is_told(scan))
        return 0;
    length = encode(control ? ' ' : code, bytes);
    scan->cut = scan->length + length >= size;
    if (scan->cut)
        return 0;
    memcpy((scan->in_key ? scan->key : scan->text) + scan->length, bytes, length);
    scan->length += length;
    return 0;
}

static int end_text(struct json_scan *scan)
{
    if (scan->high)
        return -EBADMSG;
    (scan->in_key ? scan->key : scan->text)[scan->length] = 0;
    if (!scan->in_key)
        tell(scan, JSON_SCAN_TEXT);
    scan->lexeme = scan->in_key ? COLON : COMMA;
    return 0;
}

static int begin_character(struct json_scan *scan, uint8_t byte)
{
    if (byte < 0x80)
        return append(scan, byte);
    scan->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    scan->least = byte < 0xe0 ? 0x80 : byte < 0xf0 ? 0x800 : 0x10000;
    scan->code = byte & (0x3f >> scan->left);
    return byte < 0xc2 || byte > 0xf4 ? -EBADMSG : 0;
}

static int take_continuation(struct json_scan *scan, uint8_t byte)
{
    if ((byte & 0xc0) != 0x80)
        return -EBADMSG;
    scan->code = scan->code << 6 | (byte & 0x3f);
    if (--scan->left)
        return 0;
    if (scan->code < scan->least || scan->code > 0x10ffff || (scan->code >= 0xd800 && scan->code < 0xe000))
        return -EBADMSG;
    return append(scan, scan->code);
}

static int take_text(struct json_scan *scan, uint8_t byte)
{
    if (scan->left)
        return take_continuation(scan, byte);
    if (byte == '"')
        return end_text(scan);
    if (byte < 0x20)
        return -EBADMSG;
    if (byte != '\\')
        return begin_character(scan, byte);
    scan->lexeme = ESCAPE;
    return 0;
}

static int take_escape(struct json_scan *scan, char byte)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = byte ? strchr(from, byte) : NULL;

    if (byte == 'u') {
        scan->left = 4;
        scan->code = 0;
        scan->lexeme = HEX;
        return 0;
    }
    if (!found)
        return -EBADMSG;
    scan->lexeme = TEXT;
    return append(scan, to[found - from]);
}

/* Characters beyond 0xffff are two escapes. */
static int take_escaped(struct json_scan *scan, uint32_t code)
{
    uint32_t high = scan->high;
    bool is_low = code >= 0xdc00 && code < 0xe000;

    scan->lexeme = TEXT;
    if (is_low != !!high)
        return -EBADMSG;
    scan->high = code >= 0xd800 && code < 0xdc00 ? code : 0;
    if (scan->high)
        return 0;
    return append(scan, is_low ? 0x10000 + ((high & 0x3ff) << 10 | (code & 0x3ff)) : code);
}

static int take_hex(struct json_scan *scan, char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = byte ? strchr(digits, byte >= 'A' && byte <= 'F' ? byte - 'A' + 'a' : byte) : NULL;

    if (!found)
        return -EBADMSG;
    scan->code = scan->code << 4 | (uint32_t)(found - digits);
    return --scan->left ? 0 : take_escaped(scan, scan->code);
}

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

static bool is_number(const char *text)
{
    const char *end;

    text += *text == '-';
    end = skip_digits(text);
    if (end == text || (*text == '0' && end != text + 1))
        return false;
    if (*end == '.') {
        text = end + 1;
        end = skip_digits(text);
        if (end == text)
            return false;
    }
    if (*end == 'e' || *end == 'E') {
        text = end + 1;
        text += *text == '+' || *text == '-';
        end = skip_digits(text);
        if (end == text)
            return false;
    }
    return !*end;
}

static int end_literal(struct json_scan *scan)
{
    static const char *const words[] = {
        [JSON_SCAN_NULL] = "null", [JSON_SCAN_FALSE] = "false", [JSON_SCAN_TRUE] = "true"};
    enum json_scan_kind kind = JSON_SCAN_NULL;

    scan->text[scan->length] = 0;
    while (kind < JSON_SCAN_NUMBER && strcmp(scan->text, words[kind]) != 0)
        kind++;
    if (kind == JSON_SCAN_NUMBER && !is_number(scan->text))
        return -EBADMSG;
    tell(scan, kind);
    scan->lexeme = COMMA;
    return 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static int take_comma(struct json_scan *scan, char byte)
{
    if (is_blank(byte))
        return 0;
    if (byte != ',')
        return pop(scan, byte);
    scan->lexeme = scan->frames[scan->depth - 1].object ? KEY : VALUE;
    return 0;
}

static int take_literal(struct json_scan *scan, char byte)
{
    int r;

    if (is_blank(byte) || byte == ',' || byte == ']' || byte == '}') {
        r = end_literal(scan);
        return r < 0 ? r : take_comma(scan, byte);
    }
    if (!byte || scan->length == NUMBER_MAX)
        return -EBADMSG;
    scan->text[scan->length++] = byte;
    return 0;
}

/* Where white space may stand. */
static int take_between(struct json_scan *scan, char byte)
{
    enum lexeme lexeme = scan->lexeme;

    if (is_blank(byte))
        return 0;
    if (lexeme == NEW)
        return byte == '{' ? push(scan, true) : -EBADMSG;
    if (lexeme == COLON) {
        scan->lexeme = VALUE;
        return byte == ':' ? 0 : -EBADMSG;
    }
    if ((lexeme == FIRST_KEY && byte == '}') || (lexeme == FIRST_VALUE && byte == ']'))
        return pop(scan, byte);
    if (lexeme == KEY || lexeme == FIRST_KEY)
        return byte == '"' ? begin_text(scan, true) : -EBADMSG;
    return begin_value(scan, byte);
}

static int take_byte(struct json_scan *scan, char byte)
{
    switch ((enum lexeme)scan->lexeme) {
    case NEW:
    case VALUE:
    case FIRST_VALUE:
    case KEY:
    case FIRST_KEY:
    case COLON:
        return take_between(scan, byte);
    case COMMA:
        return take_comma(scan, byte);
    case TEXT:
        return take_text(scan, byte);
    case ESCAPE:
        return take_escape(scan, byte);
    case HEX:
        return take_hex(scan, byte);
    case LITERAL:
        return take_literal(scan, byte);
    case ENDED:
    case FAILED:
        break;
    }
    return -EBADMSG;
}

void json_scan_begin(struct json_scan *scan, json_scan_tell teller, void *userdata)
{
    json_scan_done(scan);
    scan->tell = teller;
    scan->userdata = userdata;
    scan->lexeme = NEW;
    scan->depth = 0;
}

ssize_t json_scan_take(struct json_scan *scan, const char *bytes, size_t length)
{
    size_t taken = 0;

    while (taken < length && scan->lexeme != ENDED)
        if (take_byte(scan, bytes[taken++]) < 0) {
            scan->lexeme = FAILED;
            scan->wrong_at = taken - 1;
            return -EBADMSG;
        }
    return taken;
}

bool json_scan_is_new(const struct json_scan *scan)
{
    return scan->lexeme == NEW;
}

bool json_scan_ended(const struct json_scan *scan)
{
    return scan->lexeme == ENDED;
}

void json_scan_done(struct json_scan *scan)
{
    explicit_bzero(scan->key, sizeof(scan->key));
    explicit_bzero(scan->text, sizeof(scan->text));
    scan->length = 0;
    scan->code = scan->high = 0;
}
