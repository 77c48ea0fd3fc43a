/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fix-dns: lets resolv.conf name servers that answer. */
#include "fix_dns.h"

#include <stdio.h>

#include "command.h"
#include "json.h"
#include "verb.h"

int fix_dns_run(const struct command_options *options, char **arguments)
{
    return verb_run(options, "FixDNS", "");
}

bool fix_dns_is_result(const json_t *result)
{
    return json_is_boolean(json_object_get(result, "restart-required"));
}

void fix_dns_print(const json_t *result)
{
    fputs("Servers: ", stdout);
    json_write_list(stdout, json_object_get(result, "servers"), "none");
    fputc('\n', stdout);
    if (json_flag(result, "public"))
        puts("A public server is among them: it sees what is asked for, and knows no private names.");
    if (json_flag(result, "restart-required"))
        puts("What only WSL's own servers know is lost with it: split DNS and the names of Windows' hosts "
             "file.\n"
             "It lasts once WSL has read its wsl.conf again. In Windows: wsl --terminate NAME\n"
             "(NAME is this distribution's, as wsl --list shows it).");
}
