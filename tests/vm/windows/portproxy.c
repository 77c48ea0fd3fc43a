/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of the port proxy, from the knob "portproxy" */
#define _GNU_SOURCE
#include "portproxy.h"

#include <string.h>

#include "windows.h"

char *portproxy(void)
{
    return knob("portproxy", NULL);
}

bool next_rule(char **lines, struct rule *rule)
{
    char *line;

    while ((line = strsep(lines, "\n")))
        if (sscanf(line, "%63[^/ ]/%d %63[^/ ]/%d", rule->listen_address, &rule->listen_port,
                   rule->connect_address, &rule->connect_port) == 4)
            return true;
    return false;
}
