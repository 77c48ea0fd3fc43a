/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set-mtu: sets a link's MTU and keeps it wanted. */
#include <errno.h>

#include "command.h"
#include "failure.h"
#include "text.h"
#include "verb.h"

int set_mtu_run(const struct command_options *options, char **arguments)
{
    uint64_t mtu;
    int r = verb_check_text(options, arguments[0]);

    if (r != 0)
        return r;
    r = text_number(arguments[1], UINT32_MAX, &mtu);
    if (r == -ERANGE)
        return failure_usage(options, FAILURE_PREFIX "InvalidMTU", "no link has an MTU of %s", arguments[1]);
    if (r < 0)
        return failure_usage(options, FAILURE_PREFIX "InvalidMTU", "\"%s\" is not a number of bytes",
                             arguments[1]);
    return verb_run(options, "SetMTU", "su", arguments[0], (uint32_t)mtu);
}
