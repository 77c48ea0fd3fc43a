/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who might set the clock */
#include "writers.h"

#include <stdio.h>
#include <string.h>

#include "../sys/cleanup.h"
#include "../sys/file_io.h"

/* A unit runs as long as it has a control group: asking systemd would take a call. */
static bool runs(int root, const char *unit)
{
    static const char *const trees[] = {"", "/systemd", "/unified"};
    char path[160];

    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        snprintf(path, sizeof(path), "sys/fs/cgroup%s/system.slice/%s.service", trees[i], unit);
        if (file_io_exists(root, path))
            return true;
    }
    return false;
}

static bool is_set(int root, const char *path)
{
    _cleanup_free_ char *text = NULL;

    return file_io_read(root, path, 64, &text) > 0 && (text[0] == 'Y' || text[0] == '1');
}

void writers_read(int root, struct writers_fact *writers)
{
    *writers = (struct writers_fact){
        .timesyncd = runs(root, "systemd-timesyncd"),
        .chronyd = runs(root, "chrony") || runs(root, "chronyd"),
        .ntpd = runs(root, "ntp") || runs(root, "ntpd") || runs(root, "ntpsec") || runs(root, "openntpd"),
        .hv_utils = is_set(root, "sys/module/hv_utils/parameters/timesync_implicit"),
        .docker = file_io_exists(root, "mnt/wsl/docker-desktop"),
    };
}
