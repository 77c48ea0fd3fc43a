/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wslinfo: --networking-mode, --wsl-version and its newer name --version, each with or without -n
 *
 * From the source of WSL (microsoft/WSL, wslinfo.cpp): the options, \n and not CRLF for it is a Linux
 * program, exit status 1 and stderr for everything else.
 */
#include "windows.h"

#include <stddef.h>
#include <string.h>

int answer_wslinfo(const struct call *call)
{
    const char *word = NULL, *end = "\n";

    for (char **argument = call->arguments; *argument; argument++) {
        bool mode = strcmp(*argument, "--networking-mode") == 0;
        bool version = strcmp(*argument, "--wsl-version") == 0 || strcmp(*argument, "--version") == 0;

        if (strcmp(*argument, "-n") == 0)
            end = "";
        else if (!word && (mode || version))
            word = mode ? knob("networking-mode", "nat") : knob("wsl-version", "2.6.1");
        else
            return no_answer(call);
    }
    if (!word)
        return no_answer(call);
    printf("%s%s", word, end);
    return 0;
}
