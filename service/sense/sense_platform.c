/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sensor of the platform
 *
 * Nothing here can be watched (binfmt_misc announces no change), and nothing changes often: it is read at
 * start, at a reload and for Diagnose.
 */
#include "sense.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../sys/child.h"
#include "../sys/cleanup.h"
#include "../sys/file_io.h"

#define TEXT_LIMIT            16384
#define WSLINFO_PATH          "usr/bin/wslinfo"
#define WSLINFO_DEADLINE_USEC 5000000

struct sense_platform {
    struct sense sense;
    struct platform_fact fact;
    struct child *wslinfo;
    bool asked_mode; /* which of the two questions the child answers */
    bool again;      /* the answers may be old already: both are asked once more */
};

static void read_line(int root, const char *path, char *line, size_t size)
{
    _cleanup_free_ char *text = NULL;

    line[0] = 0;
    if (file_io_read(root, path, TEXT_LIMIT, &text) < 0)
        return;
    text[strcspn(text, "\n")] = 0;
    snprintf(line, size, "%s", text);
    for (char *c = line; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
}

/* PRETTY_NAME="…" of os-release; the shell's escapes do not occur there in practice and are kept. */
static void read_distribution(int root, char *name, size_t size)
{
    _cleanup_free_ char *text = NULL;
    char *line, *position;

    if (file_io_read(root, "etc/os-release", TEXT_LIMIT, &text) < 0 &&
        file_io_read(root, "usr/lib/os-release", TEXT_LIMIT, &text) < 0)
        return;
    position = text;
    while ((line = strsep(&position, "\n"))) {
        if (strncmp(line, "PRETTY_NAME=", 12) != 0)
            continue;
        line += 12;
        if (*line == '"' || *line == '\'')
            line++;
        line[strcspn(line, "\"'\n")] = 0;
        snprintf(name, size, "%s", line);
        for (char *c = name; *c; c++)
            if (!isprint((unsigned char)*c))
                *c = '?';
        return;
    }
}

/* WSL's own test: a capital M is WSL1. A kernel of one's own may have dropped the word. */
static const char *tell_platform(int root, const char *kernel)
{
    bool guest = file_io_exists(root, "run/WSL") || file_io_exists(root, "mnt/wsl") ||
                 file_io_exists(root, "usr/lib/wsl/lib");

    if (strstr(kernel, "Microsoft") && !strstr(kernel, "WSL2"))
        return "wsl1";
    if (strcasestr(kernel, "microsoft") || strstr(kernel, "WSL2"))
        return guest ? "wsl2" : "wsl2-container";
    return file_io_exists(root, "run/WSL") ? "wsl2" : "linux";
}

static bool starts(int root, const char *path, const char *word)
{
    char line[WORD_SIZE];

    read_line(root, path, line, sizeof(line));
    return strcmp(line, word) == 0;
}

static const char *tell_interop(int root, const char *platform)
{
    bool registered = file_io_exists(root, "proc/sys/fs/binfmt_misc/WSLInterop") ||
                      file_io_exists(root, "proc/sys/fs/binfmt_misc/WSLInterop-late");
    bool enabled = starts(root, "proc/sys/fs/binfmt_misc/WSLInterop", "enabled") ||
                   starts(root, "proc/sys/fs/binfmt_misc/WSLInterop-late", "enabled");
    bool served = file_io_exists(root, "run/WSL/1_interop") || file_io_exists(root, "run/WSL/2_interop");

    if (strcmp(platform, "wsl2") != 0)
        return "absent";
    if (registered && (!enabled || starts(root, "proc/sys/fs/binfmt_misc/status", "disabled")))
        return "disabled";
    return registered && served ? "usable" : "broken";
}

static void emit(struct sense_platform *platform)
{
    struct fact fact = fact_of(FACT_PLATFORM);

    fact.platform = platform->fact;
    platform->sense.emit(platform->sense.userdata, &fact);
    platform->sense.turn(platform->sense.userdata);
}

/* One word, whatever WSL calls its modes tomorrow. */
static void take_word(char *word, size_t size, const char *output, size_t length)
{
    size_t used = 0;

    memset(word, 0, size);
    while (length && isspace((unsigned char)output[length - 1]))
        length--;
    if (!length || length >= size)
        return;
    for (; used < length; used++)
        if (!isalnum((unsigned char)output[used]) && !strchr(".-_", output[used]))
            break;
    if (used == length)
        memcpy(word, output, length);
}

/* The answer to the first question asks the second. */
static void on_wslinfo(void *userdata, int status, const char *output, size_t length);

static void ask_wslinfo(struct sense_platform *platform, bool mode)
{
    char *argv[] = {"wslinfo", mode ? "--networking-mode" : "--wsl-version", NULL};

    platform->asked_mode = mode;
    platform->again = false;
    /* Absent on old versions of WSL: then the links tell. */
    (void)child_start(platform->sense.event, platform->sense.root, WSLINFO_PATH, argv, WSLINFO_DEADLINE_USEC,
                      on_wslinfo, platform, &platform->wslinfo);
}

static void on_wslinfo(void *userdata, int status, const char *output, size_t length)
{
    struct sense_platform *platform = userdata;
    char *word = platform->asked_mode ? platform->fact.mode : platform->fact.version;

    take_word(word, WORD_SIZE, output, status == 0 ? length : 0);
    platform->wslinfo = child_free(platform->wslinfo);
    emit(platform);
    if (platform->again)
        ask_wslinfo(platform, true);
    else if (platform->asked_mode)
        ask_wslinfo(platform, false);
}

void sense_platform_refresh(struct sense_platform *platform)
{
    struct platform_fact *fact = &platform->fact;
    int root = platform->sense.root;

    read_line(root, "proc/sys/kernel/osrelease", fact->kernel, sizeof(fact->kernel));
    read_distribution(root, fact->distribution, sizeof(fact->distribution));
    snprintf(fact->platform, sizeof(fact->platform), "%s", tell_platform(root, fact->kernel));
    snprintf(fact->interop, sizeof(fact->interop), "%s", tell_interop(root, fact->platform));
    emit(platform);
    platform->again = platform->wslinfo != NULL;
    if (strcmp(fact->platform, "wsl2") == 0 && !platform->wslinfo)
        ask_wslinfo(platform, true);
}

struct sense_platform *sense_platform_free(struct sense_platform *platform)
{
    if (!platform)
        return NULL;
    child_free(platform->wslinfo);
    free(platform);
    return NULL;
}

int sense_platform_new(const struct sense *sense, struct sense_platform **ret)
{
    struct sense_platform *platform = calloc(1, sizeof(*platform));

    if (!platform)
        return -ENOMEM;
    platform->sense = *sense;
    *ret = platform;
    sense_platform_refresh(platform);
    return 0;
}
