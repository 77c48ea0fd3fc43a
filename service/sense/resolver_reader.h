/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /etc/resolv.conf as it stands, whose it is, and what WSL would have there.
 *
 * Links are followed within the root, and nothing here waits.
 */
#pragma once

#include "../state/fact.h"
#include "../sys/wsl_resolv.h"

/* Fills a zeroed fact, but for what no file tells (`lost`, `wsl_good`) and the setting. */
void resolver_reader_read(int root, const struct wsl_resolv *wsl, struct resolver_fact *fact);
/* What wsl.conf has of generateResolvConf. */
void resolver_reader_setting(int root, struct resolver_fact *fact);
