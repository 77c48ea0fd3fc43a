/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A JSON object (RFC 8259), read as it comes, in pieces of any size.
 *
 * What nobody wants is checked and dropped byte by byte, so memory is the same for any length, and secrets
 * are never put together. Strings must be UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define JSON_SCAN_DEPTH_MAX 32
#define JSON_SCAN_KEY_SIZE  64
#define JSON_SCAN_TEXT_SIZE 256

enum json_scan_kind {
    JSON_SCAN_NULL,
    JSON_SCAN_FALSE,
    JSON_SCAN_TRUE,
    JSON_SCAN_NUMBER, /* the text is as it stands there */
    JSON_SCAN_TEXT,   /* cut at a character if it is too long; control characters are blanks */
    JSON_SCAN_OBJECT,
    JSON_SCAN_ARRAY,
    JSON_SCAN_END, /* of an object or array */
};

/* Places are the reader's own numbers of objects and arrays, but for these. */
#define JSON_SCAN_SKIPPED 0 /* of what is within nothing is told */
#define JSON_SCAN_TOP     1 /* the outermost object */

/* A value within `place`; key is empty in an array. Of an object or array it returns the place. At its end
 * `place` is its own. */
typedef uint8_t (*json_scan_tell)(void *userdata, uint8_t place, const char *key, enum json_scan_kind kind,
                                  const char *text);

struct json_scan {
    json_scan_tell tell;
    void *userdata;
    uint8_t lexeme; /* what is being read, or may come next */
    uint8_t depth;
    struct {
        uint8_t place;
        bool object;
    } frames[JSON_SCAN_DEPTH_MAX];
    bool in_key;
    bool cut;             /* no more of the text is kept */
    uint8_t left;         /* bytes of a character, or digits of an escape */
    uint32_t code, least; /* a character so far, and what makes its length right */
    uint32_t high;        /* a surrogate that waits for the other one */
    size_t length;        /* of the text so far */
    size_t wrong_at;      /* after -EBADMSG: where in that piece the byte is that was wrong */
    char key[JSON_SCAN_KEY_SIZE];
    char text[JSON_SCAN_TEXT_SIZE];
};

void json_scan_begin(struct json_scan *scan, json_scan_tell tell, void *userdata);
/* How many bytes it took, which are all unless the object has ended with the last of them. -EBADMSG: that is
 * no such object, or one that is too deep; nothing is left to be taken then. */
ssize_t json_scan_take(struct json_scan *scan, const char *bytes, size_t length);
/* Nothing but white space came so far. */
bool json_scan_is_new(const struct json_scan *scan);
bool json_scan_ended(const struct json_scan *scan);
/* Wipes what it holds of texts. */
void json_scan_done(struct json_scan *scan);
