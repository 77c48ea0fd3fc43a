/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A byte that says how large the pieces are and what is read, then any text as tailscaled's: in pieces it
 * says what it says as a whole, and what is an object to jansson is one here.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../service/sys/tailscale_message.h"

#define NUMBER_MAX 60 /* characters: some more are taken */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct story {
    struct tailscale_fact fact;
    unsigned messages, news;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Printable, whole characters, an end, and nothing behind it. */
static void check_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    json_t *string = json_stringn(text, length);

    check(length < size && string);
    json_decref(string);
    for (size_t i = 0; i < size; i++)
        check(i < length ? (unsigned char)text[i] >= 0x20 && text[i] != 0x7f : !text[i]);
}

static void tell(void *userdata, const struct tailscale_message *message)
{
    struct story *story = userdata;
    const struct tailscale_fact *fact = &story->fact;

    story->messages++;
    story->news += tailscale_message_apply(message, &story->fact);
    check(fact->state < TAILSCALE_STATES && fact->peers_online <= UINT16_MAX && fact->peers <= UINT16_MAX);
    check(fact->key_expiry_usec >= 0 && fact->key_expiry_usec <= CLOCK_TIME_MAX_USEC);
    check_text(fact->version, sizeof(fact->version));
    check_text(fact->exit_node_name, sizeof(fact->exit_node_name));
    check_text(fact->error, sizeof(fact->error));
    check_text(fact->warning, sizeof(fact->warning));
}

static int take(const char *text, size_t length, size_t size, struct tailscale_message *message)
{
    int r = 0;

    for (size_t at = 0; at < length && r >= 0; at += size) {
        size_t part = length - at < size ? length - at : size;
        char *piece = malloc(part); /* of its own size, so that a byte too far is seen */

        memcpy(piece, text + at, part);
        r = tailscale_message_take(message, piece, part);
        free(piece);
    }
    return r;
}

static size_t depth_of(json_t *value)
{
    size_t deepest = 0, index, depth;
    const char *key;
    json_t *within;

    json_object_foreach(value, key, within) deepest = (depth = depth_of(within)) > deepest ? depth : deepest;
    json_array_foreach(value, index, within) deepest = (depth = depth_of(within)) > deepest ? depth : deepest;
    return json_is_object(value) || json_is_array(value) ? deepest + 1 : 0;
}

static bool has_long_number(const char *text, size_t length)
{
    for (size_t i = 0, run = 0; i < length; i++) {
        run = text[i] && strchr("0123456789+-.eE", text[i]) ? run + 1 : 0;
        if (run > NUMBER_MAX)
            return true;
    }
    return false;
}

/* jansson has limits of its own: of numbers, and of keys with a NUL. */
static bool is_beyond(const json_error_t *error)
{
    return json_error_code(error) == json_error_numeric_overflow ||
           json_error_code(error) == json_error_null_byte_in_key;
}

static void compare(const char *text, size_t length, bool taken)
{
    json_error_t error;
    json_t *object = json_loadb(text, length, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);

    if (taken)
        check(json_is_object(object) || (!object && is_beyond(&error)));
    else if (json_is_object(object)) /* jansson passes over a NUL behind a number */
        check(depth_of(object) > JSON_SCAN_DEPTH_MAX || has_long_number(text, length) ||
              memchr(text, 0, length));
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum tailscale_form form;
    struct story told = {.messages = 0}, again = {.messages = 0};
    struct tailscale_message whole, parts;
    const char *text;
    size_t length;
    int r;

    if (size < 2)
        return 0;
    form = data[0] & 1 ? TAILSCALE_STATUS : TAILSCALE_NOTIFY;
    text = (const char *)data + 1;
    length = size - 1;
    tailscale_message_begin(&whole, form, tell, &told);
    tailscale_message_begin(&parts, form, tell, &again);
    r = take(text, length, length, &whole);
    check(r == take(text, length, 1 + (data[0] >> 1), &parts));
    check(memcmp(&told, &again, sizeof(told)) == 0 && whole.wrong == parts.wrong);
    if (form == TAILSCALE_STATUS) {
        check(told.messages == (r == 0));
        compare(text, length, r == 0);
    }
    tailscale_message_done(&whole);
    tailscale_message_done(&parts);
    return 0;
}
