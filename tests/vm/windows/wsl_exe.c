/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wsl.exe: --version, --status, --list
 *
 * From the source of WSL (microsoft/WSL, WslClient.cpp and the strings of its localisation): order of the
 * lines, columns, words in English and German, UTF-16LE without a mark, WSL_UTF8. Guessed: the versions.
 */
#define _GNU_SOURCE
#include "windows.h"

#include <stdlib.h>
#include <string.h>

/* One line of the knob "distributions": "* Debian Running 2", the mark of the default may be missing. */
struct distribution {
    char name[64], state[32];
    int version;
    bool is_default;
};

static bool next_distribution(char **lines, struct distribution *distribution)
{
    char *line;

    while ((line = strsep(lines, "\n"))) {
        distribution->is_default = *line == '*';
        line += distribution->is_default;
        if (sscanf(line, "%63s %31s %d", distribution->name, distribution->state, &distribution->version) ==
            3)
            return true;
    }
    return false;
}

static char *distributions(void)
{
    return knob("distributions", "* Debian Running 2");
}

/* The environment goes to Windows only as far as WSLENV names it; flag u is for the other direction. */
static bool came_along(const char *variable)
{
    const char *value = getenv(variable);
    char *list = strdup(getenv("WSLENV") ? getenv("WSLENV") : ""), *entry;

    while ((entry = strsep(&list, ":"))) {
        char *flags = strchrnul(entry, '/');
        bool goes = !strpbrk(flags, "u");

        *flags = 0;
        if (strcmp(entry, variable) == 0 && goes)
            return value && strcmp(value, "1") == 0;
    }
    return false;
}

static enum encoding encoding(void)
{
    return came_along("WSL_UTF8") ? ENCODING_UTF8 : ENCODING_UTF16;
}

static int show_version(void)
{
    static const char *const english[] = {"WSL version",    "Kernel version",   "WSLg version",
                                          "MSRDC version",  "Direct3D version", "DXCore version",
                                          "Windows version"};
    static const char *const translated[] = {"WSL-Version",    "Kernelversion",    "WSLg-Version",
                                             "MSRDC-Version",  "Direct3D-Version", "DXCore-Version",
                                             "Windows-Version"};
    const char *const *names = german() ? translated : english;
    const char *versions[] = {knob("wsl-version", "2.6.1"),
                              "6.6.87.2-1",
                              "1.0.66",
                              "1.2.6353",
                              "1.611.1-81528511",
                              "10.0.26100.1-240331-1435.ge-release",
                              knob("windows-version", "10.0.26100.6584")};

    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
        say(stdout, encoding(), "%s: %s\n", names[i], versions[i]);
    return 0;
}

static int show_status(void)
{
    struct distribution each;
    char *lines = distributions();

    while (next_distribution(&lines, &each))
        if (each.is_default)
            say(stdout, encoding(), "%s: %s\n", german() ? "Standarddistribution" : "Default Distribution",
                each.name);
    say(stdout, encoding(), "%s: 2\n", german() ? "Standardversion" : "Default Version");
    return 0;
}

/* Neither the titles nor the states are translated. */
static int list_verbosely(void)
{
    struct distribution each;
    char *lines = distributions();
    int width = strlen("NAME");

    while (next_distribution(&lines, &each))
        if ((int)strlen(each.name) > width)
            width = strlen(each.name);
    say(stdout, encoding(), "  %-*s%-16s%s\n", width + 4, "NAME", "STATE", "VERSION");
    lines = distributions();
    while (next_distribution(&lines, &each))
        say(stdout, encoding(), "%c %-*s%-16s%d\n", each.is_default ? '*' : ' ', width + 4, each.name,
            each.state, each.version);
    return 0;
}

static int list(bool quietly)
{
    struct distribution each;
    char *lines = distributions();

    if (!quietly)
        say(stdout, encoding(), "%s:\n",
            german() ? "Windows Subsystem für Linux-Distributionen"
                     : "Windows Subsystem for Linux Distributions");
    while (next_distribution(&lines, &each))
        say(stdout, encoding(), "%s%s\n", each.name,
            quietly || !each.is_default ? ""
            : german()                  ? " (Standard)"
                                        : " (Default)");
    return 0;
}

int answer_wsl(const struct call *call)
{
    char **words = call->arguments;

    if (asked(words, "--version", NULL) || asked(words, "-v", NULL))
        return show_version();
    if (asked(words, "--status", NULL))
        return show_status();
    if (!*words || (strcmp(*words, "--list") != 0 && strcmp(*words, "-l") != 0))
        return no_answer(call);
    words++;
    if (asked(words, NULL))
        return list(false);
    if (asked(words, "--quiet", NULL) || asked(words, "-q", NULL))
        return list(true);
    if (asked(words, "--verbose", NULL) || asked(words, "-v", NULL))
        return list_verbosely();
    return no_answer(call);
}
