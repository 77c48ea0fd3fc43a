/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resolv.conf, and WSL's own */
#include "resolver_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../state/resolv_conf.h"
#include "../state/wsl_config.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"

#define FOLDER   "etc"
#define NAME     "resolv.conf"
#define WSL_CONF FOLDER "/wsl.conf"
#define OURS     "/run/wslnode/resolv.conf"
#define RESOLVED "/run/systemd/resolve/"

#define TRIES_MAX 4

static int open_folder(int root)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};

    return syscall(SYS_openat2, root, FOLDER, &how, sizeof(how));
}

/* A rename anywhere makes the kernel give up on a path with dots: that is no news of the file. */
static ssize_t read_text(int root, const char *path, char **text)
{
    ssize_t length = -EAGAIN;

    for (int i = 0; i < TRIES_MAX && length == -EAGAIN; i++)
        length = file_io_read(root, path, RESOLV_CONF_SIZE_MAX, text);
    return length;
}

static enum resolver_kind kind_of(int folder)
{
    struct stat st;

    if (folder < 0 || fstatat(folder, NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return RESOLVER_MISSING;
    return S_ISLNK(st.st_mode) ? RESOLVER_LINK : S_ISREG(st.st_mode) ? RESOLVER_FILE : RESOLVER_JUNK;
}

static bool is_immutable(int folder)
{
    _cleanup_close_ int fd = openat(folder, NAME, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int flags = 0;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags & FS_IMMUTABLE_FL;
}

/* "../run/x" in /etc is /run/x. Links on the way are not followed: what they lead to has a mark. */
static void make_absolute(const char *target, char *path, size_t size)
{
    char copy[PATH_MAX + sizeof("/" FOLDER "/")], *position = copy, *part;

    snprintf(copy, sizeof(copy), "%s%s", target[0] == '/' ? "" : "/" FOLDER "/", target);
    path[0] = 0;
    while ((part = strsep(&position, "/"))) {
        char *slash = strrchr(path, '/');
        size_t length = strlen(path);

        if (strcmp(part, "..") == 0 && slash)
            *slash = 0;
        else if (*part && strcmp(part, ".") != 0 && strcmp(part, "..") != 0)
            snprintf(path + length, size - length, "/%s", part);
    }
}

/* What a link says; NONE if only the text can tell. */
static enum dns_owner owner_by_link(const struct wsl_resolv *wsl, const char *target)
{
    char path[PATH_MAX + sizeof("/" FOLDER "/")];

    make_absolute(target, path, sizeof(path));
    if (strcmp(path, wsl->path) == 0)
        return DNS_OWNER_WSL;
    if (strncmp(path, RESOLVED, strlen(RESOLVED)) == 0)
        return DNS_OWNER_RESOLVED;
    return strcmp(path, OURS) == 0 ? DNS_OWNER_WSLNODE : DNS_OWNER_NONE;
}

/* It goes onto the bus, where a string must be UTF-8. */
static void take_target(struct resolver_fact *fact, const char *target)
{
    for (size_t i = 0; target[i] && i < sizeof(fact->target) - 1; i++)
        fact->target[i] = target[i] < 0x20 || target[i] > 0x7e ? '?' : target[i];
}

static enum dns_owner read_link(int folder, const struct wsl_resolv *wsl, struct resolver_fact *fact)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(folder, NAME, target, sizeof(target) - 1);

    if (length < 0)
        return DNS_OWNER_NONE;
    target[length] = 0;
    take_target(fact, target);
    return owner_by_link(wsl, target);
}

/* Why there is no text. */
static enum resolver_kind kind_without_text(enum resolver_kind kind, int error)
{
    if (kind == RESOLVER_LINK)
        return error == -ENOENT || error == -ENOTDIR || error == -ELOOP ? RESOLVER_DANGLING : RESOLVER_JUNK;
    return error == -ENOENT ? RESOLVER_MISSING : RESOLVER_JUNK;
}

/* FNV-1a; a comment is no news. */
static uint32_t digest_of(const char *text, size_t length)
{
    uint32_t digest = 0x811c9dc5;
    bool comment = false;

    for (size_t i = 0; i < length; i++) {
        if (i == 0 || text[i - 1] == '\n')
            comment = text[i] == '#' || text[i] == ';';
        if (!comment)
            digest = (digest ^ (uint8_t)text[i]) * 0x01000193;
    }
    return digest;
}

static void read_resolver(int root, const struct wsl_resolv *wsl, struct resolver_fact *fact)
{
    _cleanup_close_ int folder = open_folder(root);
    _cleanup_free_ char *text = NULL;
    struct resolv_conf conf = {.written_by = DNS_OWNER_NONE};
    enum dns_owner owner = DNS_OWNER_NONE;
    ssize_t length;

    fact->kind = kind_of(folder);
    if (fact->kind == RESOLVER_MISSING)
        return;
    if (fact->kind == RESOLVER_LINK)
        owner = read_link(folder, wsl, fact);
    fact->immutable = fact->kind == RESOLVER_FILE && is_immutable(folder);
    length = fact->kind == RESOLVER_JUNK ? -EINVAL : read_text(root, FOLDER "/" NAME, &text);
    if (length < 0)
        fact->kind = kind_without_text(fact->kind, length);
    else
        resolv_conf_parse(text, length, &conf);
    if (fact->kind == RESOLVER_MISSING || fact->kind == RESOLVER_DANGLING)
        return;
    fact->written_by = conf.written_by;
    fact->owner = owner ? owner : conf.written_by ? conf.written_by : DNS_OWNER_USER;
    fact->listed = conf.servers;
    fact->use_vc = conf.use_vc;
    fact->digest = text ? digest_of(text, length) : 0;
}

static void read_wsl(int root, const struct wsl_resolv *wsl, struct resolver_fact *fact)
{
    _cleanup_free_ char *text = NULL;
    ssize_t length = read_text(root, wsl->path, &text);
    struct resolv_conf conf;

    fact->wsl_generates = wsl->generates;
    fact->wsl_there = length >= 0;
    if (!fact->wsl_there)
        return;
    resolv_conf_parse(text, length, &conf);
    fact->wsl = conf.servers;
}

void resolver_reader_read(int root, const struct wsl_resolv *wsl, struct resolver_fact *fact)
{
    read_resolver(root, wsl, fact);
    read_wsl(root, wsl, fact);
}

/* What is no boolean need not be text either; log and bus take nothing else. */
static void take_printable(const char *value, char *text, size_t size)
{
    size_t length = 0;

    for (; *value && length + 1 < size; value++)
        text[length++] = *value > ' ' && *value < 127 ? *value : '?';
    text[length] = 0;
}

void resolver_reader_setting(int root, struct resolver_fact *fact)
{
    _cleanup_free_ char *text = NULL;
    ssize_t length = file_io_read(root, WSL_CONF, WSL_CONFIG_SIZE_MAX, &text);
    const struct wsl_config_pair *pair;
    struct wsl_config config;

    fact->wsl_conf_missing = length == -ENOENT;
    if (length < 0 || wsl_config_parse(WSL_CONFIG_CONF, text, length, &config) < 0)
        return;
    pair = wsl_config_find(&config, "network", "generateResolvConf");
    if (pair)
        take_printable(pair->value, fact->generate, sizeof(fact->generate));
    wsl_config_done(&config);
}
