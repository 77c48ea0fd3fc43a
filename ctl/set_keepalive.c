/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set-keepalive: sets the keepalive of a WireGuard tunnel's peers. */
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "command.h"
#include "failure.h"
#include "text.h"
#include "verb.h"

int set_keepalive_run(const struct command_options *options, char **arguments)
{
    const char *peer = arguments[2] ? arguments[1] : "";
    const char *given = arguments[2] ? arguments[2] : arguments[1];
    uint64_t seconds = 0;
    int r = verb_check_text(options, arguments[0]);

    if (r == 0)
        r = verb_check_text(options, peer);
    if (r != 0)
        return r;
    if (strcmp(given, "off") != 0 && text_number(given, UINT16_MAX, &seconds) < 0)
        return failure_usage(options, SD_BUS_ERROR_INVALID_ARGS,
                             "\"%s\" is neither a number of seconds (at most 65535) nor off", given);
    return verb_run(options, "SetKeepalive", "ssu", arguments[0], peer, (uint32_t)seconds);
}
