/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The .wslconfig of Windows' users */
#include "wslconfig_finder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../state/wsl_config_lint.h"
#include "../state/wsl_config_value.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"
#include "../sys/wsl_resolv.h"

#define USERS        "c/Users"
#define NAME         ".wslconfig"
#define USERS_MAX    64
#define DEFAULT_MSEC 15000
#define PATH_SIZE    512 /* the longest: a root of FILE_PATH_SIZE, and a name of 255 bytes */

/* One user's. */
struct found {
    char path[PATH_SIZE];
    bool there;
    int32_t idle_msec;
    uint32_t first_line, remarks;
};

enum look { LOOK_NOBODYS, LOOK_DONE, LOOK_FAILED };

static bool is_systems(const char *name)
{
    static const char *const names[] = {"All Users", "Default", "Default User", "desktop.ini", "Public"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

static void take_idle(const struct wsl_config *config, struct found *found)
{
    const struct wsl_config_pair *pair = wsl_config_find(config, "general", "instanceIdleTimeout");
    struct wsl_config_value value;

    if (pair && wsl_config_value_read(WSL_CONFIG_WSLCONFIG, pair->known, pair->value, &value))
        found->idle_msec = (int32_t)value.number;
}

static bool take_remarks(const struct wsl_config *config, const char *text, struct found *found)
{
    struct wsl_config_remarks remarks;

    if (wsl_config_lint(config, text, &remarks) < 0)
        return false;
    found->remarks = remarks.count;
    found->first_line = remarks.count ? remarks.list[0].line : 0;
    wsl_config_remarks_done(&remarks);
    return true;
}

static bool read_file(int root, struct found *found)
{
    _cleanup_free_ char *text = NULL;
    ssize_t size = file_io_read(root, found->path, WSL_CONFIG_SIZE_MAX, &text);
    struct wsl_config config;
    bool ok;

    if (size < 0 || wsl_config_parse(WSL_CONFIG_WSLCONFIG, text, size, &config) < 0)
        return false;
    take_idle(&config, found);
    ok = take_remarks(&config, text, found);
    wsl_config_done(&config);
    return ok;
}

static int open_folder(int root, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

/* What is there and cannot be read, a link that leads to another drive for instance, Windows may read. */
static enum look look_at(int root, const char *users, const char *name, struct found *found)
{
    _cleanup_close_ int folder = -1;
    struct stat st;

    *found = (struct found){.idle_msec = DEFAULT_MSEC};
    if (is_systems(name))
        return LOOK_NOBODYS;
    snprintf(found->path, sizeof(found->path), "%s/%s", users, name);
    folder = open_folder(root, found->path);
    if (folder < 0)
        return folder == -EIO || folder == -ENOMEM ? LOOK_FAILED : LOOK_NOBODYS;
    snprintf(found->path, sizeof(found->path), "%s/%s/" NAME, users, name);
    found->there = fstatat(folder, NAME, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!found->there)
        return errno == ENOENT ? LOOK_DONE : LOOK_FAILED;
    return read_file(root, found) ? LOOK_DONE : LOOK_FAILED;
}

/* Whole characters, and as many as fit: it is told on the bus. */
static void show_path(const char *path, char *shown, size_t size)
{
    size_t left = strlen(path), used = 0;

    while (left) {
        uint32_t character;
        size_t length = wsl_config_utf8((const unsigned char *)path, left, &character);
        bool plain = character >= ' ' && character != 0x7f && character != 0xfffd;
        size_t wanted = plain ? length : 1;

        if (used + wanted >= size)
            break;
        memcpy(shown + used, plain ? path : "?", wanted);
        used += wanted;
        path += length;
        left -= length;
    }
    memset(shown + used, 0, size - used);
}

/* Of several the one is meant that lets WSL stop, or else one with remarks. */
static bool is_meant(const struct wslconfig_fact *fact, const struct found *found)
{
    bool stays = fact->idle_msec < 0;

    if (!fact->files)
        return true;
    if (stays != (found->idle_msec < 0))
        return stays;
    return found->remarks && !fact->remarks;
}

static void take(struct wslconfig_fact *fact, const struct found *found)
{
    if (is_meant(fact, found)) {
        fact->idle_msec = found->idle_msec;
        fact->first_line = found->first_line;
        fact->remarks = found->remarks;
        show_path(found->path, fact->path, sizeof(fact->path));
    }
    fact->files++;
    fact->staying += found->idle_msec < 0;
}

/* None has one: with several users it is not known whose is missing. */
static void take_missing(struct wslconfig_fact *fact, const char *missing)
{
    fact->idle_msec = DEFAULT_MSEC;
    if (fact->folders == 1)
        show_path(missing, fact->path, sizeof(fact->path));
}

static bool read_all(int root, const char *users, char *const *names, int count, struct wslconfig_fact *fact)
{
    char missing[PATH_SIZE] = "";
    struct found found;

    for (int i = 0; i < count; i++) {
        enum look look = look_at(root, users, names[i], &found);

        if (look == LOOK_FAILED)
            return false;
        if (look == LOOK_NOBODYS)
            continue;
        fact->folders++;
        if (found.there)
            take(fact, &found);
        else
            memcpy(missing, found.path, sizeof(missing));
    }
    if (fact->folders && !fact->files)
        take_missing(fact, missing);
    return true;
}

void wslconfig_finder_read(int root, struct wslconfig_fact *fact)
{
    char users[FILE_PATH_SIZE + sizeof(USERS)];
    struct wsl_resolv wsl;
    char **names;
    int count;

    memset(fact, 0, sizeof(*fact));
    wsl_resolv_read(root, &wsl);
    snprintf(users, sizeof(users), "%s" USERS, wsl.drives);
    count = file_io_names(root, users, "", USERS_MAX, &names);
    if (count < 0)
        return;
    if (!read_all(root, users, names, count, fact))
        memset(fact, 0, sizeof(*fact));
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}
