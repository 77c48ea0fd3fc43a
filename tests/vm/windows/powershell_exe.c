/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* powershell.exe -NoProfile -NonInteractive -Command -: takes a script from stdin, answers what the knob
 * holds
 *
 * From Microsoft's about_PowerShell_exe (the options, "-" for stdin) and [MS-PSRP], section 2.2.5 (the frame
 * of an error in CLIXML). Guessed: that such a script's error goes to stderr in that form, and the exit
 * status 1.
 */
#include "windows.h"

#include <fcntl.h>

/* Kept for the test to read, if it has put the file there: see README.md. */
static bool take_script(void)
{
    int fd = open(in_root("/run/windows/script"), O_WRONLY | O_TRUNC | O_CLOEXEC);
    FILE *kept = fd >= 0 ? fdopen(fd, "w") : NULL;
    size_t length = 0;
    int byte;

    while ((byte = getchar()) != EOF) {
        length++;
        if (kept)
            fputc(byte, kept);
    }
    if (kept)
        fclose(kept);
    return length > 0;
}

static int refuse(void)
{
    say(stderr, ENCODING_UTF8,
        "#< CLIXML\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">"
        "<S S=\"Error\">The script failed: the dressing holds no answer_x000D__x000A_</S></Objs>");
    return 1;
}

int answer_powershell(const struct call *call)
{
    char *json;

    if (!asked(call->arguments, "-NoProfile", "-NonInteractive", "-Command", "-", NULL) || !take_script())
        return no_answer(call);
    json = knob("powershell.json", NULL);
    if (!json)
        return refuse();
    say(stdout, ENCODING_UTF8, "%s\n", json);
    return 0;
}
