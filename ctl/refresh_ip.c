/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refresh-ip: puts the node's address into the files that follow it. */
#include "command.h"
#include "verb.h"

int refresh_ip_run(const struct command_options *options, char **arguments)
{
    return verb_run(options, "RefreshIP", "");
}
