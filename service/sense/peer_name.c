/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name that a tunnel's file gives one peer */
#include "peer_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../state/keepalive_file.h"
#include "../sys/safe_file.h"

#define GETENT    "usr/bin/getent"
#define NOT_FOUND 2 /* getent's status */

static void on_getent(void *userdata, int status, const char *output, size_t length)
{
    struct peer_name *name = userdata;

    if (status == 0 || status == -EFBIG)
        endpoint_name_answer(&name->name, output, length);
    else
        name->name.answer = status == NOT_FOUND ? ENDPOINT_NOT_FOUND
                            : status == -ETIME  ? ENDPOINT_LATE
                                                : ENDPOINT_FAILED;
    name->child = child_free(name->child); /* the output goes with it */
    name->done(name->userdata);
}

/* The last section of this key that has an endpoint counts; the rest of the file is nobody's business. */
static void take(struct peer_name *name, const char *link, const struct wireguard_conf *conf,
                 const uint8_t key[PEER_KEY_SIZE])
{
    static struct endpoint_names names; /* too large for a stack */
    struct wireguard_conf one = {0};

    for (size_t i = 0; i < conf->peers_count; i++)
        if (conf->peers[i].host[0] && memcmp(conf->peers[i].key, key, PEER_KEY_SIZE) == 0)
            one = (struct wireguard_conf){.peers = &conf->peers[i], .peers_count = 1};
    memset(&names, 0, sizeof(names));
    endpoint_names_take(&names, link, &one);
    if (names.count)
        memcpy(&name->name, &names.list[0], sizeof(name->name));
}

static void read_file(struct peer_name *name, int root, const char *link, const uint8_t key[PEER_KEY_SIZE])
{
    char path[FILE_PATH_SIZE];
    struct wireguard_conf conf;
    struct safe_file file;
    uint32_t line;

    snprintf(path, sizeof(path), KEEPALIVE_FILE_FOLDER "/%s.conf", link);
    if (safe_file_open(&file, root, path, 0) == 0 && file.fd >= 0 &&
        wireguard_conf_parse(file.text, file.length, &conf, &line) == WIREGUARD_CONF_DONE) {
        take(name, link, &conf, key);
        wireguard_conf_done(&conf);
    }
    /* Keys are in it. */
    if (file.text)
        explicit_bzero(file.text, file.length);
    safe_file_close(&file);
}

bool peer_name_ask(struct peer_name *name, const struct sense *sense, const char *link,
                   const uint8_t key[PEER_KEY_SIZE], peer_name_done done, void *userdata)
{
    char *argv[] = {"getent", "ahosts", name->name.host, NULL};

    peer_name_stop(name);
    memset(&name->name, 0, sizeof(name->name));
    name->done = done;
    name->userdata = userdata;
    read_file(name, sense->root, link, key);
    if (!name->name.host[0] || name->name.answer != ENDPOINT_ASKED)
        return false;
    if (child_start(sense->event, sense->root, GETENT, argv, PEER_NAME_USEC, on_getent, name, &name->child) >=
        0)
        return true;
    name->name.answer = ENDPOINT_FAILED;
    return false;
}

void peer_name_stop(struct peer_name *name)
{
    name->child = child_free(name->child);
}
