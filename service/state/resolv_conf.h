/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a resolv.conf, as glibc reads it: what counts for us, and ours made from another's.
 *
 * Any bytes are taken. A server that is no numeric address, or has a scope, is not one that can be asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fact.h"

#define RESOLV_CONF_SIZE_MAX (64 * 1024)

struct resolv_conf {
    struct dns_list servers;   /* the first DNS_SERVERS_MAX */
    bool use_vc;               /* in any options line */
    enum dns_owner written_by; /* by the mark at the head, or by a server that only one has; else user */
};

void resolv_conf_parse(const char *text, size_t length, struct resolv_conf *conf);
/*
 * Ours: a mark and what it is there for, these servers, and every line of `base` but its servers, its
 * comments and what is no line of a resolv.conf: search, domain, options and sortlist stay. With `use_vc` one
 * more options line. Returns the text, to be freed; NULL without memory.
 */
char *resolv_conf_render(const char *base, size_t base_length, const struct dns_list *servers, bool use_vc,
                         size_t *length);
