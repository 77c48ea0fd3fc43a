/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tunnel's file, /etc/wireguard/LINK.conf, as far as it steers what root does: root's, and nobody else's to
 * write. The keys in it are wiped as it is read over. */
#pragma once

#include <stddef.h>

#include "../state/wireguard_conf.h"

#define TUNNEL_FILE_PROBLEM_SIZE 192

/* 1 and `conf`, to be done with; 0: there is none; -1: it cannot be used, and why. */
int tunnel_file_read(int root, const char *link, struct wireguard_conf *conf,
                     char problem[TUNNEL_FILE_PROBLEM_SIZE]);
