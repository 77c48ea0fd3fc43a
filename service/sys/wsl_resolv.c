/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where WSL keeps the resolv.conf that it makes */
#include "wsl_resolv.h"

#include <stdio.h>
#include <string.h>

#include "../state/wsl_config.h"
#include "../state/wsl_config_value.h"
#include "cleanup.h"
#include "file_io.h"

#define WSL_CONF "etc/wsl.conf"
#define ROOT     "/mnt"
#define NAME     "wsl/resolv.conf"

/* A relative root is mounted below / as well. A path too long for a fact is as good as none. */
static void take_root(struct wsl_resolv *wsl, const char *root)
{
    size_t length = strlen(root);
    const char *before = root[0] == '/' ? "" : "/";
    const char *between = length == 0 || root[length - 1] == '/' ? "" : "/";

    if ((size_t)snprintf(wsl->path, sizeof(wsl->path), "%s%s%s" NAME, before, root, between) >=
        sizeof(wsl->path))
        snprintf(wsl->path, sizeof(wsl->path), ROOT "/" NAME);
    memcpy(wsl->drives, wsl->path, sizeof(wsl->drives));
    wsl->drives[strlen(wsl->path) - strlen(NAME)] = 0;
}

static void take_config(struct wsl_resolv *wsl, const struct wsl_config *config)
{
    const struct wsl_config_pair *root = wsl_config_find(config, "automount", "root");
    const struct wsl_config_pair *generates = wsl_config_find(config, "network", "generateResolvConf");
    struct wsl_config_value value;

    if (root)
        take_root(wsl, root->value);
    if (generates && wsl_config_value_read(WSL_CONFIG_CONF, generates->known, generates->value, &value))
        wsl->generates = value.number;
}

void wsl_resolv_read(int root, struct wsl_resolv *wsl)
{
    _cleanup_free_ char *text = NULL;
    ssize_t size = file_io_read(root, WSL_CONF, WSL_CONFIG_SIZE_MAX, &text);
    struct wsl_config config;

    memset(wsl, 0, sizeof(*wsl));
    wsl->generates = true;
    take_root(wsl, ROOT);
    if (size < 0 || wsl_config_parse(WSL_CONFIG_CONF, text, size, &config) < 0)
        return;
    take_config(wsl, &config);
    wsl_config_done(&config);
}
