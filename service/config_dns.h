/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of DNS: section [DNS]. */
#pragma once

#include <stddef.h>

#include "state/dns.h"

struct config_pair; /* config_targets.h */

/* What holds without a section. */
void config_dns_default(struct dns_config *dns);
/* 1: it was one of these; 0: it is not; -1 with the problem. */
int config_dns_take(struct dns_config *dns, const struct config_pair *pair, char *problem, size_t size);
