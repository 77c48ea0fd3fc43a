/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration: /etc/wslnode/wslnode.conf, then /etc/wslnode/wslnode.conf.d/NAME.conf by name.
 *
 *   [Node]
 *   MTU=tailscale0:1280 wg0:1280    wishes; later ones for the same link win, an empty value forgets all
 *
 *   [RefreshIP]
 *   Files=/etc/default/node         root's files in which WSL_IP follows the node's address
 *   Units=node.service              restarted when it changed
 *   Automatic=no                    only when asked; otherwise by itself when the address changes
 *
 *   [File home]                     more about one file; any name that says which
 *   Path=/home/me/wsl-network.conf
 *   Variables=WSL_IP NODE_IP        which assignments follow
 *   User=me                         whose it is, and who writes it
 *   Create=yes                      it is made when it is not there
 *
 *   [Clock]
 *   AutoSync=resume                 it is set by itself after a resume; or `always` when it is wrong; or `no`
 *   NTPServers=192.0.2.1 fd00::1    addresses, at most 4; an empty value forgets all
 *
 *   [DNS]
 *   Servers=192.0.2.53 fd00::53     addresses, at most 3, asked when WSL's own do not answer
 *   PublicFallback=yes              public ones, when nothing else answers and a person asked
 *   ProbeName=dns.msftncsi.com      what servers are asked for
 *
 * A file that cannot be understood is refused together with all others: the configuration before it stays.
 * Unknown sections and keys are named in the log and left alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config_clock.h"
#include "state/dns.h"
#include "state/fact.h"
#include "state/targets.h"
#include "state/wanted.h"

#define CONFIG_MTUS_MAX 64

struct config {
    struct {
        char link[LINK_NAME_SIZE];
        uint32_t mtu;
    } mtus[CONFIG_MTUS_MAX];
    size_t mtus_count;
    struct targets targets;
    struct clock_config clock;
    struct dns_config dns;
    unsigned unknown; /* keys and sections that were left alone */
};

/* 0, or -1 with the problem. No file at all is an empty configuration. */
int config_load(int root, struct config *config, struct config_fact *problem);

/* Makes the configured wishes those of this configuration. */
void config_apply(const struct config *config, uint64_t now_usec, struct wanted *wanted);
