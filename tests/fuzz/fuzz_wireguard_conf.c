/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a file of wg-quick's, behind a line that says what keepalive to set, and of which peer: "25"
 * of all, "25 0" of the first one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../state/wireguard_conf_edited.h"

#define LINE_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* The key of that peer; false if there is none. */
static bool key_of(const char *text, size_t size, size_t index, uint8_t key[PEER_KEY_SIZE])
{
    struct wireguard_conf conf;
    uint32_t line, lines = 1;
    bool found;

    if (wireguard_conf_parse(text, size, &conf, &line)) {
        for (size_t i = 0; i < size; i++)
            lines += text[i] == '\n';
        check(line <= lines);
        return false;
    }
    found = index < conf.peers_count;
    if (found)
        memcpy(key, conf.peers[index].key, PEER_KEY_SIZE);
    wireguard_conf_done(&conf);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    size_t length = newline ? (size_t)(newline - data) : size;
    char line[LINE_MAX] = "", *rest;
    struct keepalive_wish wish = {0};
    uint8_t key[PEER_KEY_SIZE] = {0};
    const char *text;

    if (!newline || length >= sizeof(line))
        return 0;
    memcpy(line, data, length);
    text = (const char *)newline + 1;
    size -= length + 1;
    wish.seconds = (uint16_t)strtoul(line, &rest, 10);
    /* Without such a peer, a key that most likely nobody has. */
    if (*rest) {
        key_of(text, size, strtoul(rest, NULL, 10), key);
        wish.key = key;
    }
    check(edits_well(&wish, text, size));
    return 0;
}
