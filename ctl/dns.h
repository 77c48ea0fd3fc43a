/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dns: whose resolv.conf is, which servers there are, and how they answer. */
#ifndef WSLNODE_CTL_DNS_H
#define WSLNODE_CTL_DNS_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a server of DNSServers is asked for this reason. */
bool dns_has_role(const json_t *server, const char *role);

#endif
