/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of the port proxy, which reg.exe and netsh.exe tell in their own ways */
#pragma once

#include <stdbool.h>

struct rule {
    char listen_address[64], connect_address[64];
    int listen_port, connect_port;
};

/* The lines of the knob "portproxy", as the registry has them: "0.0.0.0/4000 172.17.16.2/4000". NULL: no key.
 */
char *portproxy(void);
bool next_rule(char **lines, struct rule *rule);
