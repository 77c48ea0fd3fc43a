/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name that a tunnel's file gives one peer */
#include "peer_name.h"

#include <string.h>

#include "tunnel_file.h"

#define GETENT "usr/bin/getent"

static void on_getent(void *userdata, int status, const char *output, size_t length)
{
    struct peer_name *name = userdata;

    endpoint_name_answer(&name->name, status, output, length);
    name->child = child_free(name->child); /* the output goes with it */
    name->done(name->userdata);
}

/* The last section of this key that has an endpoint counts; the rest of the file is nobody's business. */
static void take(struct peer_name *name, const char *link, const struct wireguard_conf *conf,
                 const uint8_t key[PEER_KEY_SIZE])
{
    for (size_t i = 0; i < conf->peers_count; i++)
        if (conf->peers[i].host[0] && memcmp(conf->peers[i].key, key, PEER_KEY_SIZE) == 0)
            endpoint_name_from(&name->name, link, &conf->peers[i]);
}

static void read_file(struct peer_name *name, int root, const char *link, const uint8_t key[PEER_KEY_SIZE])
{
    struct wireguard_conf conf;
    char problem[TUNNEL_FILE_PROBLEM_SIZE];

    if (tunnel_file_read(root, link, &conf, problem) <= 0)
        return;
    take(name, link, &conf, key);
    wireguard_conf_done(&conf);
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
