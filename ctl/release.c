/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* release: ends a wish and leaves the kernel's value. */
#include "command.h"
#include "verb.h"

int release_run(const struct command_options *options, char **arguments)
{
    int r = verb_check_text(options, arguments[0]);

    if (r == 0)
        r = verb_check_text(options, arguments[1]);
    return r != 0 ? r : verb_run(options, "Release", "ss", arguments[0], arguments[1]);
}
