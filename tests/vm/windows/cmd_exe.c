/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd.exe: /c ver, /c chcp, /c echo with the few variables that a service asks for
 *
 * From Microsoft's reference of Windows commands (cmd, ver, chcp, echo) and reports of WSL's users (what it
 * says of a UNC working directory, and on stderr, which they silence). Guessed: that German differs in
 * nothing else, and the blank line before the answer of ver.
 */
#define _GNU_SOURCE
#include "windows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool on_drive(const char *path)
{
    return strncmp(path, "/mnt/", 5) == 0 && isalpha((unsigned char)path[5]) && (path[6] == '/' || !path[6]);
}

/* Linux's own files are a network share to Windows, and cmd.exe cannot be in one. */
static void complain_of_directory(void)
{
    char *cwd = get_current_dir_name(), *root = in_root("");
    size_t length = strlen(root);

    if (!cwd)
        return;
    if (strncmp(cwd, root, length) == 0)
        cwd += length;
    if (on_drive(cwd))
        return;
    for (char *c = cwd; *c; c++)
        if (*c == '/')
            *c = '\\';
    say(stderr, ENCODING_OEM,
        german()
            ? "\"\\\\wsl.localhost\\Debian%s\"\n"
              "CMD.EXE wurde mit dem oben angegebenen Pfad als aktuellem Verzeichnis gestartet.\n"
              "UNC-Pfade werden nicht unterstützt.\nStattdessen wird das Windows-Verzeichnis verwendet.\n"
            : "'\\\\wsl.localhost\\Debian%s'\n"
              "CMD.EXE was started with the above path as the current directory.\n"
              "UNC paths are not supported.  Defaulting to Windows directory.\n",
        cwd);
}

static const char *variable(const char *name, size_t length)
{
    static const char *const names[] = {"USERPROFILE", "USERNAME", "SystemRoot"};
    const char *profile = knob("userprofile", "C:\\Users\\Test");
    const char *values[] = {profile, strrchr(profile, '\\') ? strrchr(profile, '\\') + 1 : profile,
                            "C:\\Windows"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == length && strncasecmp(names[i], name, length) == 0)
            return values[i];
    return NULL;
}

/* NULL if there is a variable that is not dressed. */
static char *expand(const char *text)
{
    char *expanded;
    size_t length;
    FILE *to = open_memstream(&expanded, &length);

    for (; to && *text; text++) {
        const char *end = *text == '%' ? strchr(text + 1, '%') : NULL;
        const char *value = end ? variable(text + 1, end - text - 1) : NULL;

        if (end && !value)
            return NULL;
        if (value)
            fputs(value, to);
        else
            fputc(*text, to);
        text = end ? end : text;
    }
    return to && fclose(to) == 0 ? expanded : NULL;
}

static int echo(const struct call *call, char *const words[])
{
    char *line, *expanded;
    size_t length;
    FILE *to = open_memstream(&line, &length);

    for (; to && *words; words++)
        fprintf(to, "%s%s", *words, words[1] ? " " : "");
    if (!to || fclose(to) != 0 || !*line || strpbrk(line, "&|<>^\""))
        return no_answer(call);
    expanded = expand(line);
    if (!expanded)
        return no_answer(call);
    say(stdout, ENCODING_OEM, "%s\n", expanded);
    return 0;
}

int answer_cmd(const struct call *call)
{
    char **words = call->arguments;

    if (*words && strcasecmp(*words, "/d") == 0)
        words++;
    if (!*words || strcasecmp(*words, "/c") != 0)
        return no_answer(call);
    words++;
    complain_of_directory();
    if (asked(words, "ver", NULL)) {
        say(stdout, ENCODING_OEM, "\nMicrosoft Windows [Version %s]\n",
            knob("windows-version", "10.0.26100.6584"));
        return 0;
    }
    if (asked(words, "chcp", NULL)) {
        say(stdout, ENCODING_OEM, german() ? "Aktive Codepage: %s.\n" : "Active code page: %s\n",
            knob("codepage", german() ? "850" : "437"));
        return 0;
    }
    if (*words && strcasecmp(*words, "echo") == 0)
        return echo(call, words + 1);
    return no_answer(call);
}
