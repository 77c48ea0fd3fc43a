/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent: asks for a password on this terminal when polkit wants one. */
#ifndef WSLNODE_CTL_AGENT_H
#define WSLNODE_CTL_AGENT_H

#include <sys/types.h>

/*
 * Starts polkit's text agent for this process and waits until it is ready. Without a terminal, as root or
 * without the program there is none: *ret stays 0, which is no error.
 */
int agent_start(pid_t *ret);
/* Ends it and collects it; for 0 nothing. */
void agent_end(pid_t *agent);

#define _agent_ __attribute__((cleanup(agent_end)))

#endif
