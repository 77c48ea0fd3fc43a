/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PersistentKeepalive of one peer in a file of wg-quick's, or of all, is set to another value or back, and
 * every other byte stays.
 *
 * It is set where it counts (wireguard_conf_find()); the value alone is replaced. Where it is not there, it
 * becomes a line of its own behind the last one with a key of that section, indented, spaced around its = and
 * ended as that one is. So an edit is a list of small texts with places, which hold no key but a public one:
 * it can be shown, kept, and taken back.
 */
#pragma once

#include "wireguard_conf.h"

struct wireguard_conf_span {
    uint8_t key[PEER_KEY_SIZE];                                             /* public; of the peer */
    uint32_t offset, line;                                                  /* in the text before */
    char before[WIREGUARD_CONF_TEXT_SIZE], after[WIREGUARD_CONF_TEXT_SIZE]; /* values; or "" and a line */
};

struct wireguard_conf_edit {
    struct wireguard_conf_span *spans; /* in the order of the text */
    size_t count;                      /* 0: it is so already */
};

/* Of one public key, or of all with NULL. 0 seconds is `off`, or nothing where it is not there. */
enum wireguard_conf_error wireguard_conf_set_keepalive(const struct wireguard_conf *conf, const char *text,
                                                       const uint8_t *key, uint16_t seconds,
                                                       struct wireguard_conf_edit *edit);
/*
 * Takes back what was done (be it an undoing), in the text as it is now: other lines may have moved it, but
 * what was written has to stand there as it was written, and to count; else WIREGUARD_CONF_STALE.
 */
enum wireguard_conf_error wireguard_conf_undo(const struct wireguard_conf *conf, const char *text,
                                              size_t size, const struct wireguard_conf_edit *done,
                                              struct wireguard_conf_edit *edit);
void wireguard_conf_edit_done(struct wireguard_conf_edit *edit);

/*
 * The text with all spans replaced, to be wiped and freed; NULL on an error. It ends with a NUL that does not
 * count.
 */
enum wireguard_conf_error wireguard_conf_apply(const char *text, size_t size,
                                               const struct wireguard_conf_edit *edit, char **ret_text,
                                               size_t *ret_size);
