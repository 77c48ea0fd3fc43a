/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* undo: takes a change back. */
#include "command.h"
#include "failure.h"
#include "text.h"
#include "verb.h"

int undo_run(const struct command_options *options, char **arguments)
{
    uint64_t change;

    if (options->all)
        return undo_all_run(options, arguments);
    if (text_number(arguments[0], UINT64_MAX, &change) < 0)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS, "\"%s\" is not the number of a change",
                             arguments[0]);
    return verb_run(options, "Undo", "t", change);
}
