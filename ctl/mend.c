/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mend: does what a finding's verb would do. */
#include "command.h"
#include "verb.h"

int mend_run(const struct command_options *options, char **arguments)
{
    const char *subject = arguments[1] ? arguments[1] : "";
    int r = verb_check_text(options, arguments[0]);

    if (r == 0)
        r = verb_check_text(options, subject);
    return r != 0 ? r : verb_run(options, "Mend", "ss", arguments[0], subject);
}
