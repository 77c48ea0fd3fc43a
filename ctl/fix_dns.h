/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fix-dns: lets resolv.conf name servers that answer. */
#ifndef WSLNODE_CTL_FIX_DNS_H
#define WSLNODE_CTL_FIX_DNS_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a verb's result is one of DNS: mend gives such as well. */
bool fix_dns_is_result(const json_t *result);
/* Says which servers there are then, and what that takes and costs. */
void fix_dns_print(const json_t *result);

#endif
