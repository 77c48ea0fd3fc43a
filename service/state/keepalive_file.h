/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a tunnel's file (/etc/wireguard/wg0.conf) says of keepalive, and what would set another. It holds no
 * key but public ones. */
#pragma once

#include "wireguard_conf_edit.h"

#define KEEPALIVE_FILE_FOLDER "/etc/wireguard"

struct keepalive_file {
    char link[LINK_NAME_SIZE]; /* whose; empty: none was read */
    char problem[192];         /* why it cannot be changed; empty: it can */
    struct wireguard_conf conf;
    struct wireguard_conf_edit edit; /* that sets all its peers */
};

/* Of a text; empties it before. */
void keepalive_file_take(struct keepalive_file *file, const char *link, const char *text, size_t size,
                         uint16_t seconds);
/* The same where there is no text. */
void keepalive_file_refuse(struct keepalive_file *file, const char *link, const char *problem);
void keepalive_file_done(struct keepalive_file *file);
/* What sets this peer's; NULL: nothing is to be done. */
const struct wireguard_conf_span *keepalive_file_span(const struct keepalive_file *file,
                                                      const uint8_t key[PEER_KEY_SIZE]);
