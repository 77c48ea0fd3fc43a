/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interpreter that binfmt_misc calls as /init for files that start with MZ, and wslinfo, which is a link
 * to it */
#define _GNU_SOURCE
#include "windows.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    answer answer;
} programs[] = {
    {"wsl.exe", answer_wsl},
    {"cmd.exe", answer_cmd},
    {"reg.exe", answer_reg},
    {"netsh.exe", answer_netsh},
    {"powershell.exe", answer_powershell},
    {"tailscale.exe", answer_tailscale},
    {"wslinfo", answer_wslinfo},
};

int no_answer(const struct call *call)
{
    fprintf(stderr, "The dressing has no answer for %s", call->program);
    for (char **argument = call->arguments; *argument; argument++)
        fprintf(stderr, " %s", *argument);
    fputc('\n', stderr);
    return 1;
}

bool asked(char *const arguments[], ...)
{
    const char *word;
    va_list words;
    bool equal = true;

    va_start(words, arguments);
    while (equal && (word = va_arg(words, const char *)))
        equal = *arguments && strcasecmp(*arguments++, word) == 0;
    va_end(words);
    return equal && !*arguments;
}

/* Called through an opened file the path is /dev/fd/N: what it leads to is what runs. */
static const char *program_of(const char *path)
{
    char *found = realpath(path, NULL), *name;

    if (!found)
        return NULL;
    name = basename(found);
    for (char *c = name; *c; c++)
        *c = tolower((unsigned char)*c);
    return name;
}

static int run(const struct call *call)
{
    record(call);
    behave(call);
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
        if (strcmp(programs[i].name, call->program) == 0)
            return programs[i].answer(call);
    return no_answer(call);
}

int main(int argc, char *argv[])
{
    struct call call = {0};

    if (argc > 0 && strcmp(basename(argv[0]), "wslinfo") == 0)
        call = (struct call){"wslinfo", argv + 1};
    else if (argc >
             2) /* flag P: the interpreter, the program's path, the program's own argv[0], its arguments */
        call = (struct call){program_of(argv[1]), argv + 3};
    if (!call.program) {
        fprintf(stderr, "The dressing has no answer: no such program%s%s\n", argc > 1 ? ": " : "",
                argc > 1 ? argv[1] : "");
        return 1;
    }
    return run(&call);
}
